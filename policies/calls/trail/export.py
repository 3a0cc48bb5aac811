"""The audit trail as text that is verified offline. Pure.

    entry <digest> <body>                one line an entry, in order
    checkpoint <signature> <body>        a signed statement of how far the trail went, wherever one was made

Every line ends with a newline and has one form only, so each byte of an export counts.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from policies.calls.trail.chain import Checkpoint, Head, Link, checkpoint_from, entry_from, verify
from policies.calls.trail.errors import BrokenChainError

Holds = Callable[[Checkpoint, bytes], bool]
"""Whether this is the signature (DER) of a checkpoint by the key that is trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A checkpoint's body and its signature in base64."""

    body: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a trail was found to be: how many entries hold, and how many of them are signed for.

    What comes after `signed` entries can have been cut off or written anew without a trace.
    """

    head: Head
    signed: int
    checkpoints: int


def written(links: Iterable[Link], checkpoints: Iterable[Signed] = ()) -> Iterator[str]:
    """The lines of an export."""
    for link in links:
        yield f"entry {link.digest} {link.body}\n"
    for signed in checkpoints:
        yield f"checkpoint {signed.signature} {signed.body}\n"


def read(text: str) -> tuple[tuple[Link, ...], tuple[Signed, ...]]:
    """The entries and checkpoints of an export. Raises BrokenChainError for a line that is neither."""
    links: list[Link] = []
    checkpoints: list[Signed] = []
    if text and not text.endswith("\n"):
        raise BrokenChainError(_last(text), "its line is cut off")
    for line in text.split("\n")[:-1]:
        kind, _, rest = line.partition(" ")
        seal, _, body = rest.partition(" ")
        if kind == "entry":
            links.append(Link(body=body, digest=seal))
        elif kind == "checkpoint":
            checkpoints.append(Signed(body=body, signature=seal))
        else:
            raise BrokenChainError(len(links) + 1, "its line is neither an entry nor a checkpoint")
    return tuple(links), tuple(checkpoints)


def merged(texts: Iterable[str]) -> tuple[tuple[Link, ...], tuple[Signed, ...]]:
    """The entries and checkpoints of exports that follow each other, or overlap and agree."""
    links: dict[int, Link] = {}
    checkpoints: list[Signed] = []
    for text in texts:
        found, signed = read(text)
        checkpoints += signed
        start = _first(found)
        for number, link in enumerate(found, start=start):
            if links.setdefault(number, link) != link:
                raise BrokenChainError(number, "two exports have different entries in its place")
    return tuple(links[number] for number in sorted(links)), tuple(checkpoints)


def verified(links: Iterable[Link], checkpoints: Iterable[Signed], holds: Holds) -> Verified:
    """Verify a whole trail. Raises BrokenChainError at the first entry that does not hold."""
    good: list[Checkpoint] = []
    for signed in checkpoints:
        checkpoint = checkpoint_from(signed.body)
        if not holds(checkpoint, _signature(signed, checkpoint)):
            raise BrokenChainError(checkpoint.sequence, "the signature of its checkpoint does not hold")
        good.append(checkpoint)
    head = verify(links, good)
    return Verified(
        head=head, signed=max((point.sequence for point in good), default=0), checkpoints=len(good)
    )


def _signature(signed: Signed, checkpoint: Checkpoint) -> bytes:
    try:
        data = base64.b64decode(signed.signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BrokenChainError(
            checkpoint.sequence, "the signature of its checkpoint is not base64"
        ) from error
    # several texts decode to the same bytes; only one of them is how it was written
    if base64.b64encode(data).decode() != signed.signature:
        raise BrokenChainError(checkpoint.sequence, "the signature of its checkpoint was altered")
    return data


def _first(links: tuple[Link, ...]) -> int:
    """The number that an export begins with."""
    return entry_from(links[0].body, 1).sequence if links else 1


def _last(text: str) -> int:
    return max(1, text.count("\nentry ") + text.startswith("entry "))
