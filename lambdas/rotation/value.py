"""A secret that is one random text: made, taken to where it is checked, tested, made current. SEC-2.

                      the secret                     whoever else has to know
    createSecret      a new text is pending
    setSecret                                        is told the new text (only where a call is declared)
    testSecret        the new text is a proper one   and is taken
    finishSecret      the new text is current        tasks that read it at their start are replaced

The services read both ends of a signing key themselves, and take the current and the previous text, so there
nobody has to be told.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from typing import Protocol

from lambdas.rotation.errors import RotationError
from lambdas.rotation.steps import Request, RotationStep
from lambdas.rotation.versions import CURRENT, PENDING, Secrets, Versions

LENGTH = 64
"""Characters of a text, as many as the first one has that the deployment makes; about 380 bits."""
_ALPHABET = string.ascii_letters + string.digits

Restart = Callable[[str], None]
"""Replaces the tasks of a service, which is named, by new ones."""

RESTART_TAG = "myelin:restart"
"""The tag of a secret that names the service whose tasks read it when they start, and not again."""


class RotationTarget(Protocol):
    """Whoever has to know the text besides its readers."""

    def tell(self, request: Request, new: str) -> None:
        """Have it take the new text, too. Raises RotationError."""
        ...

    def test(self, text: str) -> None:
        """Try a text. Raises RotationError if it is not taken."""
        ...


class NobodyElse:
    """A secret that only its readers know."""

    def tell(self, request: Request, new: str) -> None:
        """Nobody is told."""

    def test(self, text: str) -> None:
        """Every text is good."""


class ValueRotation:
    """Carries out the steps for secrets with one text."""

    def __init__(self, *, secrets: Secrets, restart: Restart, make: Callable[[], str] | None = None) -> None:
        """`make` gives a new random text."""
        self._secrets = secrets
        self._restart = restart
        self._make = make or make_text

    def take(self, request: Request, versions: Versions, target: RotationTarget) -> None:
        """Take one step. Raises RotationError; everything else that fails is AWS's."""
        match request.step:
            case RotationStep.CREATE:
                if self._secrets.new_text(request) is None:
                    self._secrets.put_pending(request, self._make())
            case RotationStep.SET:
                target.tell(request, self._needed(request))
            case RotationStep.TEST:
                _test(self._tried(request), target)
            case RotationStep.FINISH:
                _test(self._needed(request), target)
                self._secrets.move_current(request, versions)
                service = versions.tags.get(RESTART_TAG)
                # the label comes off last: as long as it is there, a repetition replaces the tasks again
                if service and PENDING in versions.labels[request.token]:
                    self._restart(service)
                self._secrets.end(request, versions)

    def _needed(self, request: Request) -> str:
        text = self._secrets.new_text(request)
        if text is None:
            raise RotationError("the new version has no value yet", hint="createSecret comes first")
        return text

    def _tried(self, request: Request) -> str:
        """The text to test. A schedule that is set up is tried with a version that is empty: what counts then
        is whether the current text works.
        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
        """
        text = self._secrets.new_text(request) or self._secrets.text(request.secret_id, label=CURRENT)
        if text is None:
            raise RotationError("the secret has no value", hint="rotate it, which makes the first one")
        return text


def make_text() -> str:
    """A random text of letters and digits, which no shell, URL or file has to escape."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))


def _test(text: str, target: RotationTarget) -> None:
    if not text.strip():
        raise RotationError("the value is empty", hint="look at who wrote the version, and rotate again")
    target.test(text)
