"""Stack files and the lines of their keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks.config_file import ConfigFile, load_config_file
from stacks.errors import StackSettingsError

TEXT = """\
# comment
config:
  aws:region: eu-central-1
  myelin:natGateways: 2

  myelin:allowHttp: True
  short: text
  myelin:zones: [a, b]
  myelin:imageTags:
    axon: 1.10
  myelin:password:
    secure: AAABAKk=
encryptionsalt: v1:abc
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "Pulumi.dev-platform.yaml"


def test_values_and_lines(path: Path) -> None:
    """Values are text as Pulumi passes it; a short key is the project's; encrypted ones are only named."""
    path.write_text(TEXT)
    assert load_config_file(path) == ConfigFile(
        path=path,
        values={
            "aws:region": "eu-central-1",
            "myelin:natGateways": "2",
            "myelin:allowHttp": "true",
            "myelin:short": "text",
            "myelin:zones": '["a", "b"]',
            "myelin:imageTags": '{"axon": "1.10"}',
        },
        lines={
            "aws:region": 3,
            "myelin:natGateways": 4,
            "myelin:allowHttp": 6,
            "myelin:short": 7,
            "myelin:zones": 8,
            "myelin:imageTags": 9,
            "myelin:password": 11,
        },
        encrypted=frozenset({"myelin:password"}),
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "config:\n", "encryptionsalt: x\n", "config: {}\n"])
def test_nothing_set(path: Path, text: str) -> None:
    """An empty file is a file that sets nothing."""
    path.write_text(text)
    assert load_config_file(path) == ConfigFile(path=path)


@pytest.mark.parametrize(
    ("text", "message", "hint", "line"),
    [
        (
            "config:\n  a: [1\n  b: 2\n",
            "malformed YAML: expected ',' or ']', but got ':'",
            "correct the syntax",
            3,
        ),
        (
            "config:\n\ta: 1\n",
            "malformed YAML: found character '\\t' that cannot start any token",
            "correct",
            2,
        ),
        ("- a\n", "the file must be a table of keys and values", "write `config:`", 1),
        ("x: 1\nconfig: 3\n", "`config` must be a table of keys and values", "write `config:`", 2),
        (
            "config:\n  myelin:zones: [a]\n  zones: [b]\n",
            "`myelin:zones` is set twice",
            "remove one, the first is in line 2",
            3,
        ),
    ],
)
def test_files_that_are_wrong(path: Path, text: str, message: str, hint: str, line: int) -> None:
    """The message says what, the line where."""
    path.write_text(text)
    with pytest.raises(StackSettingsError) as caught:
        load_config_file(path)
    assert caught.value.message == message
    assert caught.value.hint.startswith(hint)
    assert (caught.value.path, caught.value.line) == (path, line)
    assert str(caught.value) == f"{path}:{line}: {message}"


def test_files_that_can_not_be_read(path: Path) -> None:
    """A missing file and one that is not text are errors without a line."""
    with pytest.raises(StackSettingsError) as caught:
        load_config_file(path)
    assert (caught.value.message, caught.value.location) == ("the settings file cannot be read", str(path))
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StackSettingsError) as caught:
        load_config_file(path)
    assert caught.value.message == "malformed YAML: it is not text"


def test_an_encrypted_setting_is_not_its_default(tmp_path: Path) -> None:
    """Who runs the program without Pulumi cannot read it, and says so, with the line of the first one."""
    path = tmp_path / "Pulumi.dev-platform.yaml"
    path.write_text("config:\n  myelin:plain: 1\n  zeta:\n    secure: AAA\n  alpha:\n    secure: AAA\n")
    with pytest.raises(StackSettingsError) as caught:
        load_config_file(path).plain_values()
    error = caught.value
    assert (error.key, error.path, error.line) == ("myelin:zeta", path, 3)
    assert "`myelin:zeta` is encrypted, and only Pulumi can read it" in error.message
    path.write_text("config:\n  myelin:plain: 1\n")
    assert load_config_file(path).plain_values() == {"myelin:plain": "1"}
