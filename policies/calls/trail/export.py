"""The audit trail as a text file that can be verified offline. Pure.

    entry <digest> <body>                one line for each entry, in order
    checkpoint <signature> <body>        a signed statement of how far the trail went

Every line ends with a newline and has only one valid form, so a change of any byte is found.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from policies.calls.trail.chain import (
    ChainHead,
    ChainLink,
    Checkpoint,
    checkpoint_from,
    entry_from,
    verify_chain,
)
from policies.calls.trail.errors import BrokenChainError

SignatureCheck = Callable[[Checkpoint, bytes], bool]
"""Whether this signature (DER) of a checkpoint is by the trusted key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint's body and its signature in base64."""

    body: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedTrail:
    """The result of a verification: the end of the trail, and how many entries a signed checkpoint covers.

    Entries after the first `signed` ones could have been cut off or replaced without a trace.
    """

    head: ChainHead
    signed: int
    checkpoints: int


def export_lines(links: Iterable[ChainLink], checkpoints: Iterable[SignedCheckpoint] = ()) -> Iterator[str]:
    """The lines of an export."""
    for link in links:
        yield f"entry {link.digest} {link.body}\n"
    for signed in checkpoints:
        yield f"checkpoint {signed.signature} {signed.body}\n"


def read_export(text: str) -> tuple[tuple[ChainLink, ...], tuple[SignedCheckpoint, ...]]:
    """Read an export. Raises BrokenChainError for a line that is neither an entry nor a checkpoint."""
    links: list[ChainLink] = []
    checkpoints: list[SignedCheckpoint] = []
    if text and not text.endswith("\n"):
        raise BrokenChainError(_last_number(text), "its line is cut off")
    for line in text.split("\n")[:-1]:
        kind, _, rest = line.partition(" ")
        seal, _, body = rest.partition(" ")
        if kind == "entry":
            links.append(ChainLink(body=body, digest=seal))
        elif kind == "checkpoint":
            checkpoints.append(SignedCheckpoint(body=body, signature=seal))
        else:
            raise BrokenChainError(len(links) + 1, "its line is neither an entry nor a checkpoint")
    return tuple(links), tuple(checkpoints)


def merge_exports(texts: Iterable[str]) -> tuple[tuple[ChainLink, ...], tuple[SignedCheckpoint, ...]]:
    """Join exports that follow each other, or overlap. Raises BrokenChainError where they disagree."""
    links: dict[int, ChainLink] = {}
    checkpoints: list[SignedCheckpoint] = []
    for text in texts:
        found, signed = read_export(text)
        checkpoints += signed
        start = _first_number(found)
        for number, link in enumerate(found, start=start):
            if links.setdefault(number, link) != link:
                raise BrokenChainError(number, "two exports have different entries in its place")
    return tuple(links[number] for number in sorted(links)), tuple(checkpoints)


def verify_trail(
    links: Iterable[ChainLink], checkpoints: Iterable[SignedCheckpoint], holds: SignatureCheck
) -> VerifiedTrail:
    """Verify a whole trail. Raises BrokenChainError at the first entry or signature that is wrong."""
    good: list[Checkpoint] = []
    for signed in checkpoints:
        checkpoint = checkpoint_from(signed.body)
        if not holds(checkpoint, _signature(signed, checkpoint)):
            raise BrokenChainError(checkpoint.sequence, "the signature of its checkpoint does not hold")
        good.append(checkpoint)
    head = verify_chain(links, good)
    return VerifiedTrail(
        head=head, signed=max((point.sequence for point in good), default=0), checkpoints=len(good)
    )


def _signature(signed: SignedCheckpoint, checkpoint: Checkpoint) -> bytes:
    try:
        data = base64.b64decode(signed.signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BrokenChainError(
            checkpoint.sequence, "the signature of its checkpoint is not base64"
        ) from error
    # several base64 texts decode to the same bytes; only one of them is what the export wrote
    if base64.b64encode(data).decode() != signed.signature:
        raise BrokenChainError(checkpoint.sequence, "the signature of its checkpoint was altered")
    return data


def _first_number(links: tuple[ChainLink, ...]) -> int:
    """The number of the first entry of an export."""
    return entry_from(links[0].body, 1).sequence if links else 1


def _last_number(text: str) -> int:
    return max(1, text.count("\nentry ") + text.startswith("entry "))
