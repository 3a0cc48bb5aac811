"""`myelin image list`: the images of an environment's registry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cli.command import command
from cli.images.copies import open_store
from cli.images.registry import NOT_SCANNED, ImageRegistry, RegisteredImage
from cli.session import Session
from cli.worlds.world import deployed_workloads


@command(environment="argument", acts=True)
def list_images(
    session: Session,
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most this many of each service, the newest.")] = 20,
) -> None:
    """List the images of each service: digest, tags, what the scan found, and where the copy is.

    Examples:

        myelin image list

        myelin image list dev --limit 100 --json
    """
    services = sorted(deployed_workloads(session.world).services)
    registry = ImageRegistry(session.world.client("ecr"), session.environment)
    found = {service: registry.images(service) for service in services}
    shown = [image for service in services for image in found[service][:limit]]
    store = open_store(session.project)
    copies = {copy.digest: str(copy.code) for copy in store.all()}
    session.write(
        {
            "environment": session.environment,
            "total": {service: len(found[service]) for service in services},
            "images": [_document(image, copies.get(image.digest)) for image in shown],
        },
        [*_lines(shown, copies)] or ["no image yet"],
    )


def _document(image: RegisteredImage, copy: str | None) -> dict[str, Any]:
    return {
        "service": image.service,
        "digest": image.digest,
        "tags": list(image.tags),
        "pushed_at": image.pushed_at.isoformat() if image.pushed_at else None,
        "scan": image.scan,
        "findings": dict(image.findings),
        "copy": copy,
    }


def _lines(images: list[RegisteredImage], copies: dict[str, str]) -> Iterator[str]:
    for image in images:
        counts = ", ".join(f"{count} {severity}" for severity, count in sorted(image.findings.items()))
        scan = f"scan {image.scan.lower()}: {counts or 'nothing found'}"
        scan = "not scanned" if image.scan == NOT_SCANNED else scan
        copy = "" if image.digest in copies else "  no copy here"
        yield f"{image.service}  {image.digest}  {', '.join(image.tags)}  {scan}{copy}"
