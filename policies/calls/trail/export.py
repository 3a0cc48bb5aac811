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
    verified_checkpoints,
    verify_chain,
)
from policies.calls.trail.errors import BrokenChainError, UnprovenTrailError

SignatureCheck = Callable[[str, bytes], bool]
"""Whether this signature (DER) of a body is by the trusted key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint's body and its signature in base64."""

    body: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedTrail:
    """The result of a verification: the end of the trail, and the checkpoints, which sign for all of it."""

    head: ChainHead
    checkpoints: tuple[Checkpoint, ...]

    @property
    def newest(self) -> Checkpoint:
        """The checkpoint that signs for the end."""
        return self.checkpoints[-1]


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
    """Verify a whole trail, signed for up to its end.

    Raises BrokenChainError at the first entry or signature that is wrong, and UnprovenTrailError where no
    checkpoint signs for the end.
    """
    good: list[Checkpoint] = []
    for signed in checkpoints:
        checkpoint = checkpoint_from(signed.body)
        if not is_signed(checkpoint.body, signed.signature, holds):
            raise BrokenChainError(checkpoint.sequence, "the signature of its checkpoint does not hold")
        good.append(checkpoint)
    head = verify_chain(links, good)
    newest = max((point.sequence for point in good), default=0)
    if not good or newest < head.sequence:
        raise UnprovenTrailError(head.sequence, newest)
    return VerifiedTrail(head=head, checkpoints=verified_checkpoints(good))


def is_signed(body: str, signature: str, holds: SignatureCheck) -> bool:
    """Whether a signature in base64 holds for a body; base64 in another spelling does not."""
    try:
        data = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    # several base64 texts decode to the same bytes; only one of them is what was written
    return base64.b64encode(data).decode() == signature and holds(body, data)


def _first_number(links: tuple[ChainLink, ...]) -> int:
    """The number of the first entry of an export."""
    return entry_from(links[0].body, 1).sequence if links else 1


def _last_number(text: str) -> int:
    return max(1, text.count("\nentry ") + text.startswith("entry "))
