"""The limit of file descriptors of the background process."""

from __future__ import annotations

import resource

import pytest

from sandbox.cloud.host.descriptors import raise_limit


def test_the_limit_is_raised_to_the_hard_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process, and with it its children, take what the system gives."""
    limits = [(256, 512)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: limits.append(wanted))
    assert raise_limit() == 512
    assert limits[-1] == (512, 512)


def test_a_system_that_does_not_grant_it_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS names a hard limit that it does not grant: the limit stays."""

    def refuse(*_: object) -> None:
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert raise_limit() == 256
