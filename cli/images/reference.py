"""The images that a person names for a deployment: `sha256:...` or `repository@sha256:...`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from cli.errors import UsageError

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
FORM = "`sha256:` with 64 hexadecimal digits, or `repository@sha256:...`"


def read_references(
    services: Sequence[str], references: Sequence[str], digest_of_tag: Callable[[str, str], str | None]
) -> Mapping[str, str]:
    """The digest for each service that is given one. Raises UsageError.

    A reference with a repository is that service's; one without is for the only service. A tag may be another
    image tomorrow, so it is refused, with the digest of the image that has it now.
    """
    found: dict[str, str] = {}
    for text in references:
        name, at, digest = text.rpartition("@")
        service = _service(services, name.rsplit("/", 1)[-1].partition(":")[0] if at else "", text)
        if not _DIGEST.fullmatch(digest):
            raise _no_digest(service, text, digest_of_tag)
        if service in found:
            raise UsageError(f"`--image` gives `{service}` two images", hint="leave one of them out")
        found[service] = digest
    return found


def _service(services: Sequence[str], name: str, text: str) -> str:
    if name:
        if name not in services:
            raise UsageError(
                f"`--image {text}` is of `{name}`, which is not deployed by this command",
                hint=f"name the service, too, or give an image of {' or '.join(services)}",
            )
        return name
    if len(services) > 1:
        raise UsageError(
            f"`--image {text}` does not say which of {', '.join(services)} it is for",
            hint="write `--image SERVICE@sha256:...`, once for each service that gets another image",
        )
    return services[0]


def _no_digest(service: str, text: str, digest_of_tag: Callable[[str, str], str | None]) -> UsageError:
    if "sha256" in text:
        return UsageError(f"`--image {text}` is no digest", hint=f"expected is {FORM}")
    tag = text.rpartition(":")[2]
    digest = digest_of_tag(service, tag)
    if digest is None:
        return UsageError(
            f"`--image {text}` has no digest, and no image of `{service}` has the tag `{tag}`",
            hint=f"expected is {FORM}; `myelin image list` shows the digests",
        )
    return UsageError(
        f"`--image {text}` is a tag, which may be another image tomorrow",
        hint=f"the image that has it now is `--image {service}@{digest}`",
    )
