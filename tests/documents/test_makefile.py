"""What the Makefile decides by itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT

SHOW = "show: ; @echo cache=$$UV_CACHE_DIR"


def cache(**environment: str) -> str:
    """The cache that uv is told of; nothing where it keeps to its own."""
    kept = {
        name: value for name, value in os.environ.items() if name not in ("UV_CACHE_DIR", "XDG_CACHE_HOME")
    }
    ran = subprocess.run(
        ["make", "--no-print-directory", "--eval", SHOW, "show"],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip().removeprefix("cache=")


def test_home_that_can_be_written_is_left_alone(tmp_path: Path) -> None:
    """uv then shares the cache of all projects, wherever that is."""
    assert cache(HOME=str(tmp_path)) == ""
    assert cache(HOME="/dev/null/home", XDG_CACHE_HOME=str(tmp_path)) == ""
    assert cache(HOME="/dev/null/home", UV_CACHE_DIR="elsewhere") == "elsewhere"


@pytest.mark.parametrize("home", ["/dev/null/home", "/proc"])
def test_home_that_cannot_be_written_does_not_stop_a_setup(home: str) -> None:
    """The cache is in the project then, where `myelin` has its caches, too."""
    assert cache(HOME=home) == str(ROOT / ".myelin" / "uv")
