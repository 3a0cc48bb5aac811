"""The copies of images in the project's sandbox: makes and registers them, and says which are not here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cli.images.composing import ComposedImage
from cli.images.registry import ImageRegistry
from cli.project import Project
from sandbox.cloud.images.store import FOLDER, ImageStore
from sandbox.cloud.tasks.errors import CannotPullContainerError
from sandbox.cloud.tasks.images import ImageTable


def open_store(project: Project) -> ImageStore:
    """The copies in the project's sandbox folder; they outlive the sandbox."""
    return ImageStore(project.sandbox / FOLDER)


def make_copies(store: ImageStore, images: Iterable[ComposedImage], wanted: Mapping[str, str]) -> None:
    """Make the copy of each image that is wanted, by service and digest, and that runs in one."""
    for image in images:
        if image.copied and wanted.get(image.service) == image.digest:
            store.add(image.config, image.files)


def register_images(
    registry: ImageRegistry, store: ImageStore, images: Iterable[ComposedImage], wanted: Mapping[str, str]
) -> None:
    """Have the registry know every copy, and the wanted images that run without one."""
    known = {service: registry.digests(service) for service in wanted}
    made = {image.digest: image for image in images if wanted.get(image.service) == image.digest}
    for image in made.values():
        if image.digest not in known[image.service]:
            registry.push(image.service, digest=image.digest, manifest=image.manifest, tag=image.tag)
    for copy in store.all():
        service = copy.config.service
        if service in known and copy.digest not in known[service] and copy.digest not in made:
            registry.push(service, digest=copy.digest, manifest=copy.manifest, tag="copy")


def lost_images(
    project: Project, environment: str, wanted: Mapping[str, str], composed: Mapping[str, ComposedImage]
) -> Mapping[str, str]:
    """The wanted images, by service, that cannot run here, each with the reason.

    There has to be a whole copy, a row of exactly that digest in the image table, or the files that make it.
    """
    store, table = open_store(project), ImageTable.load(project.images)
    found: dict[str, str] = {}
    for service, digest in wanted.items():
        made = composed.get(service)
        if (made is not None and made.digest == digest) or _has_row(
            table, f"{environment}/{service}@{digest}"
        ):
            continue
        copy = store.find(digest)
        if copy is None:
            now = f"; its code makes {made.digest[:19]}… now" if made else ""
            found[service] = f"the image {digest[:19]}… of `{service}` is not here{now}"
        elif copy.config.service != service:
            found[service] = f"the image {digest[:19]}… is of `{copy.config.service}` and not of `{service}`"
        elif not store.is_whole(copy):
            found[service] = f"the copy of the image {digest[:19]}… of `{service}` was changed: {copy.code}"
    return found


def _has_row(table: ImageTable, image: str) -> bool:
    """Whether the image table has a row for exactly this image."""
    try:
        return table.find(image).tag != "*"
    except CannotPullContainerError:
        return False
