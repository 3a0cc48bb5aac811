"""Plans the stack files of a new environment: those of another one, in an address range of its own."""

from __future__ import annotations

from ipaddress import IPv4Network

from cli.errors import UsageError
from cli.project import DEFAULT_ENVIRONMENT, LAYERS, Project
from cli.scaffolding.changes import FileChange, read_text, require_free
from stacks.config_file import ConfigFile, load_config_file
from stacks.errors import StackSettingsError
from stacks.layer_settings import FoundationSettings
from stacks.names import NAME_ADVICE, Layer, StackName, is_environment_name
from stacks.settings import load_settings

RANGE_KEY = "myelin:vpcCidr"
_POOL = tuple(f"10.{second}.0.0/16" for second in range(256))


def plan_environment(project: Project, name: str, like: str) -> tuple[FileChange, ...]:
    """The stack files of `name`, copied from those of `like` with their comments.

    Raises UsageError for a name that is taken or unfit, StackSettingsError for a file that cannot be read.
    """
    _require_fit(name)
    project.require_environment(like)
    if like == DEFAULT_ENVIRONMENT:
        raise UsageError(
            f"`{like}` is no model for an environment: its functions run on this machine alone",
            hint="take another, such as `--like dev`",
        )
    changes = tuple(_copied(project, name, like, layer) for layer in LAYERS)
    require_free(project.root, changes)
    return changes


def _require_fit(name: str) -> None:
    if not is_environment_name(name):
        raise UsageError(f"`{name}` cannot name an environment", hint=NAME_ADVICE)


def _copied(project: Project, name: str, like: str, layer: Layer) -> FileChange:
    model = project.stack_file(like, layer)
    text = read_text(model)
    if layer is Layer.FOUNDATION:
        text = _with_range(text, load_config_file(model), _free_range(project))
    path = StackName(environment=name, layer=layer).config_file(project.root).relative_to(project.root)
    return FileChange(path=path, text=text)


def _with_range(text: str, file: ConfigFile, cidr: str) -> str:
    """The text with another address range, in the line that it has for it or in one of its own."""
    lines = text.splitlines(keepends=True)
    line = f"  {RANGE_KEY}: {cidr}\n"
    if RANGE_KEY in file.lines:
        lines[file.lines[RANGE_KEY] - 1] = line
    elif "config:\n" in lines:
        lines.insert(lines.index("config:\n") + 1, line)
    else:
        raise StackSettingsError(
            "it has no line `config:` to write an address range below",
            hint=f"write `config:` and below it `{RANGE_KEY}: {cidr}`",
            path=file.path,
        )
    return "".join(lines)


def _free_range(project: Project) -> str:
    """The first /16 of 10.0.0.0/8 that no environment has. Two that overlap could never be joined."""
    taken = [_range_of(project, environment) for environment in project.environments()]
    for cidr in _POOL:
        if not any(IPv4Network(cidr).overlaps(other) for other in taken):
            return cidr
    raise UsageError(
        "every range of 10.0.0.0/8 is taken by an environment",
        hint=f"copy the stack files by hand, and give `{RANGE_KEY}` a range of 172.16.0.0/12",
    )


def _range_of(project: Project, environment: str) -> IPv4Network:
    file = load_config_file(project.stack_file(environment, Layer.FOUNDATION))
    return IPv4Network(load_settings(FoundationSettings, file.plain_values(), file).vpc_cidr)
