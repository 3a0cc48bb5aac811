"""Finds what an image runs: its copy, or what the image table says.

The table is read from its file at each look-up: images may be added while the sandbox runs.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

from sandbox.cloud.images.store import ImageStore
from sandbox.cloud.tasks.errors import CannotPullContainerError, ImageTableError
from sandbox.cloud.tasks.images import Image, ImageReference, ImageTable

_logger = logging.getLogger(__name__)


class Images(Protocol):
    """Finds the command of a container image."""

    def find(self, image: str) -> Image:
        """The entry for an image reference; raises CannotPullContainerError when there is none."""
        ...


class ImageFile:
    """An image table that is read again for each look-up, and the copies that stand before it."""

    def __init__(self, path: Path, copies: ImageStore | None = None) -> None:
        """Raises ImageTableError if the table is broken from the start."""
        self._path = path
        self._table = ImageTable.load(path)
        self._copies = copies

    def find(self, image: str) -> Image:
        """What an image runs; if the table's file is broken by now, from the last good one.

        An exact row wins over a copy. Where a copy is what should run and there is none, the code of the
        working tree is not taken instead: raises CannotPullContainerError.
        """
        try:
            self._table = ImageTable.load(self._path)
        except ImageTableError as error:
            _logger.warning("going on with the images as they were: %s", error)
        digest = ImageReference.parse(image).digest
        if self._copies is None or not digest:
            return self._table.find(image)
        try:
            row = self._table.find(image)
        except CannotPullContainerError:
            row = None
        if row is not None and not row.runs_a_copy:
            return row
        copy = self._copies.find(digest)
        if copy is None:
            raise CannotPullContainerError(image, self._path)
        return Image(
            repository=copy.config.service,
            tag=digest,
            command=copy.config.command,
            environment=copy.config.environment,
            directory=copy.code,
        )
