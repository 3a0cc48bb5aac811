"""`myelin image build`: make the images of the working tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

import typer

from cli.command import command
from cli.deployment.inputs import read_images
from cli.errors import NotRunningError, UsageError
from cli.images.composing import ComposedImage
from cli.images.copies import make_copies, open_store, register_images
from cli.images.registry import ImageRegistry
from cli.session import Session


@command(environment="option", acts=True)
def build(
    session: Session,
    service: Annotated[
        str | None,
        typer.Argument(metavar="SERVICE", help="The service; by default all.", show_default=False),
    ] = None,
) -> None:
    """Make the images of the working tree, and name their digests.

    In the sandbox an image is a copy of the code of a service and of the runtime, named by its content. It is
    registered in the environment's registry, which has it scanned, if the environment is deployed; otherwise
    the next `up` does that. Deploys nothing: `myelin deploy SERVICE --image DIGEST` does.

    Examples:

        myelin image build

        myelin image build orbit --env dev --json
    """
    images = read_images(session.project, session.world.environment)
    if service is not None:
        if service not in images:
            raise UsageError(
                f"there is no service `{service}`", hint=f"declared are {', '.join(sorted(images))}"
            )
        images = {service: images[service]}
    wanted = {name: image.digest for name, image in images.items()}
    store = open_store(session.project)
    make_copies(store, images.values(), wanted)
    registered = _is_deployed(session)
    if registered:
        registry = ImageRegistry(session.world.client("ecr"), session.environment)
        register_images(registry, store, images.values(), wanted)
    document = {
        "environment": session.environment,
        "registered": registered,
        "images": [
            {"service": name, "digest": image.digest, "copied": image.copied}
            for name, image in images.items()
        ],
    }
    session.write(document, _lines(images, session.environment, registered=registered))


def _is_deployed(session: Session) -> bool:
    try:
        return session.world.platform() is not None
    except NotRunningError:
        return False


def _lines(images: Mapping[str, ComposedImage], environment: str, *, registered: bool) -> Iterator[str]:
    for name, image in images.items():
        how = "" if image.copied else "  (no copy: its row in images.toml runs in the project's folder)"
        yield f"{name}  {image.digest}{how}"
    if not registered:
        yield f"not registered: `{environment}` is not deployed; the next `myelin up` registers them"
