"""Writes which images are wanted into a stack file (`myelin:images`), and leaves the rest of it as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from cli.errors import CliError

KEY = "myelin:images"
_COMMENT = (
    "which image of a service is wanted, whatever the working tree makes; remove one to deploy its code"
)


class SettingNotWrittenError(CliError):
    """A stack file that is written in a way that cannot be changed by itself."""

    def __init__(self, path: Path, images: Mapping[str, str]) -> None:
        super().__init__(
            f"`{KEY}` cannot be written into the file as it is",
            hint=f"write it by hand: {KEY}: {dict(images)}",
        )
        self.path = path

    def __str__(self) -> str:
        """The message with its place in front."""
        return f"{self.path}: {self.message}"


def write_images(path: Path, images: Mapping[str, str]) -> bool:
    """Have the file name these images; whether that changed it. Raises SettingNotWrittenError."""
    before = path.read_text(encoding="utf-8")
    if _values(before).get(KEY, {}) == dict(images):
        return False
    after = with_images(before, images)
    wanted = {**_without(_values(before)), **({KEY: dict(images)} if images else {})}
    try:
        written = _values(after) == wanted
    except yaml.YAMLError:
        written = False
    if not written:
        raise SettingNotWrittenError(path, images)
    new = path.with_name(f"{path.name}.new")
    new.write_text(after, encoding="utf-8")
    new.replace(path)
    return True


def with_images(text: str, images: Mapping[str, str]) -> str:
    """The text of a stack file with these images in the place of those that it has."""
    lines = text.splitlines()
    config = _node(yaml.compose(text, Loader=yaml.SafeLoader), "config")
    if not isinstance(config, yaml.MappingNode):
        kept = [line for line in lines if not line.startswith("config:")]
        return _joined([*kept, "config:", *_block("  ", images)])
    indent = " " * (config.value[0][0].start_mark.column if config.value else 2)
    end = max((_last_line(value) for _, value in config.value), default=config.start_mark.line) + 1
    for key, value in config.value:
        if key.value in (KEY, KEY.removeprefix("myelin:")):
            first = key.start_mark.line
            if first and _COMMENT in lines[first - 1]:
                first -= 1
            return _joined([*lines[:first], *_block(indent, images), *lines[_last_line(value) + 1 :]])
    return _joined([*lines[:end], *_block(indent, images), *lines[end:]])


def _block(indent: str, images: Mapping[str, str]) -> list[str]:
    if not images:
        return []
    named = [f"{indent}  {service}: {digest}" for service, digest in sorted(images.items())]
    return [f"{indent}# {_COMMENT}", f"{indent}{KEY}:", *named]


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _last_line(node: yaml.Node) -> int:
    """The line of a node's last character; that of a block ends where the next token begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.line)


def _node(root: yaml.Node | None, name: str) -> yaml.Node | None:
    if not isinstance(root, yaml.MappingNode):
        return None
    return next((value for key, value in root.value if key.value == name), None)


def _values(text: str) -> dict[str, Any]:
    """The settings by full key."""
    config = (yaml.safe_load(text) or {}).get("config") or {}
    return {key if ":" in key else f"myelin:{key}": value for key, value in config.items()}


def _without(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != KEY}
