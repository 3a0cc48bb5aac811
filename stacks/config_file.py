"""Reads `stacks/config/Pulumi.<stack>.yaml` with the line of each key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from stacks.errors import StackSettingsError
from stacks.names import PROJECT


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """A stack's settings as Pulumi would hand them to the program.

    `values` maps full keys (`myelin:vpcCidr`) to text, lists and tables as JSON; `lines` counts from 1;
    `encrypted` are keys whose value only Pulumi can read, which are not among the values.
    """

    path: Path
    values: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    encrypted: frozenset[str] = frozenset()

    def plain_values(self) -> Mapping[str, str]:
        """All settings, for who runs the program without Pulumi.

        Raises StackSettingsError if one is encrypted: left out, it would be its default without a word.
        """
        if not self.encrypted:
            return self.values
        key = min(self.encrypted, key=self.lines.__getitem__)
        raise StackSettingsError(
            f"`{key}` is encrypted, and only Pulumi can read it",
            hint="write a value for the rehearsal in plain text, or leave the key out of this environment",
            key=key,
            path=self.path,
            line=self.lines[key],
        )


def load_config_file(path: Path) -> ConfigFile:
    """Read a stack's settings file; raises StackSettingsError when it is missing or malformed."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise StackSettingsError(
            "the settings file cannot be read", hint="create it, an empty one will do", path=path
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it is not text"
        raise StackSettingsError(
            f"malformed YAML: {problem}",
            hint="correct the syntax",
            path=path,
            line=mark.line + 1 if mark else None,
        ) from error
    if root is None:
        return ConfigFile(path=path)
    config = _entry(_mapping(root, path, "the file"), "config")
    if config is None or _is_null(config):
        return ConfigFile(path=path)
    return _read(_mapping(config, path, "`config`"), path)


def _read(config: yaml.MappingNode, path: Path) -> ConfigFile:
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    encrypted = set()
    for key_node, value_node in config.value:
        key = key_node.value if ":" in str(key_node.value) else f"{PROJECT}:{key_node.value}"
        line = key_node.start_mark.line + 1
        if key in lines:
            raise StackSettingsError(
                f"`{key}` is set twice",
                hint=f"remove one, the first is in line {lines[key]}",
                key=key,
                path=path,
                line=line,
            )
        lines[key] = line
        if isinstance(value_node, yaml.MappingNode) and _entry(value_node, "secure") is not None:
            encrypted.add(key)
        else:
            values[key] = _text(value_node)
    return ConfigFile(path=path, values=values, lines=lines, encrypted=frozenset(encrypted))


def _mapping(node: yaml.Node, path: Path, what: str) -> yaml.MappingNode:
    if isinstance(node, yaml.MappingNode):
        return node
    raise StackSettingsError(
        f"{what} must be a table of keys and values",
        hint="write `config:` and under it one key a line",
        path=path,
        line=node.start_mark.line + 1,
    )


def _entry(mapping: yaml.MappingNode, key: str) -> yaml.Node | None:
    return next((value for name, value in mapping.value if name.value == key), None)


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _text(node: yaml.Node) -> str:
    """A value as Pulumi stores it: scalars as written, booleans in lower case, all else as JSON."""
    if isinstance(node, yaml.ScalarNode):
        return node.value.lower() if node.tag == "tag:yaml.org,2002:bool" else str(node.value)
    return json.dumps(_plain(node))


def _plain(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return _text(node)
