"""The image table as its file says now: an image may be added while the sandbox runs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

from sandbox.cloud.tasks.errors import ImageTableError
from sandbox.cloud.tasks.images import Image, ImageTable

_logger = logging.getLogger(__name__)


class Images(Protocol):
    """What tasks need of a table of images."""

    def find(self, image: str) -> Image:
        """The entry for an image reference; raises CannotPullContainerError when there is none."""
        ...


class ImageFile:
    """Reads the table again whenever an image is looked for."""

    def __init__(self, path: Path) -> None:
        """Raise ImageTableError for a table that is broken from the start."""
        self._path = path
        self._table = ImageTable.load(path)

    def find(self, image: str) -> Image:
        """The entry for an image reference; one that breaks later leaves the last good table in force."""
        try:
            self._table = ImageTable.load(self._path)
        except ImageTableError as error:
            _logger.warning("going on with the images as they were: %s", error)
        return self._table.find(image)
