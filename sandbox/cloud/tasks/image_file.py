"""The image table, read from its file at each look-up: images may be added while the sandbox runs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

from sandbox.cloud.tasks.errors import ImageTableError
from sandbox.cloud.tasks.images import Image, ImageTable

_logger = logging.getLogger(__name__)


class Images(Protocol):
    """Finds the command of a container image."""

    def find(self, image: str) -> Image:
        """The entry for an image reference; raises CannotPullContainerError when there is none."""
        ...


class ImageFile:
    """An image table that is read again for each look-up."""

    def __init__(self, path: Path) -> None:
        """Raises ImageTableError if the table is broken from the start."""
        self._path = path
        self._table = ImageTable.load(path)

    def find(self, image: str) -> Image:
        """The entry for an image reference; if the file is broken by now, from the last good table."""
        try:
            self._table = ImageTable.load(self._path)
        except ImageTableError as error:
            _logger.warning("going on with the images as they were: %s", error)
        return self._table.find(image)
