"""Does something as another user of this machine, where the tests run as root."""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import pytest

NOBODY = 65534

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def as_another_user(work: Callable[[], Any]) -> Any:
    """What `work` gives in a process of the user `nobody`; an exception is given, not raised.

    It should import nothing: the folders of the interpreter may be closed to that user.
    """
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child uses nothing that a thread may hold
        child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            found: Any = work()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the parent looks at it
            found = error
        try:
            os.write(writer, pickle.dumps(found))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(said)
