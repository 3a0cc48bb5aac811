"""The decorator of every command: it adds the options that commands share, and hands over a Session."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from inspect import Parameter
from typing import Annotated, Any, Literal

import typer

from cli.options import (
    AsOption,
    EnvironmentArgument,
    EnvironmentOption,
    JsonOption,
    ProjectOption,
    SameEnvironmentOption,
    YesOption,
)
from cli.session import Session, chosen_environment
from cli.terminal.output import reported


def command(
    *,
    environment: Literal["argument", "option"] | None = None,
    yes: bool = False,
    dry_run: str = "",
    acts: bool = False,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a command of a function that takes a Session and, by keyword, options of its own.

    `--project` and `--json` are added to each. With `environment="argument"` ENV and `--env` mean the same;
    commands whose last argument may be left out take `"option"`, where a name could be meant as either. `yes`
    is for commands that ask, `dry_run` says in their help what the option does, `acts` adds `--as` to those
    that act as somebody. A failure inside becomes one message and an exit code.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(function, eval_str=True)
        _session, *own = signature.parameters.values()
        shared = tuple(_shared_options(environment, yes=yes, dry_run=dry_run, acts=acts))
        names = tuple(parameter.name for parameter in shared)
        changes = yes or bool(dry_run)

        @wraps(function)
        def run(**given: Any) -> None:
            found = {name: given.pop(name) for name in names}
            with reported(as_json=found["as_json"], goes_on=changes):
                function(_session_of(found), **given)

        parameters = [*own, *shared]
        run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return decorate


def _shared_options(environment: str | None, *, yes: bool, dry_run: str, acts: bool) -> Iterator[Parameter]:
    """The shared options, in the order in which help lists them below a command's own."""
    if environment == "argument":
        yield _option("environment", EnvironmentArgument, None)
    if dry_run:
        yield _option("dry_run", Annotated[bool, typer.Option("--dry-run", help=dry_run)], default=False)
    if yes:
        yield _option("yes", YesOption, default=False)
    if environment == "argument":
        yield _option("env", SameEnvironmentOption, None)
    elif environment == "option":
        yield _option("env", EnvironmentOption, None)
    if acts:
        yield _option("acting_as", AsOption, None)
    yield _option("project", ProjectOption, None)
    yield _option("as_json", JsonOption, default=False)


def _option(name: str, annotation: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _session_of(given: dict[str, Any]) -> Session:
    """The session that the shared options describe. Raises UsageError."""
    return Session(
        directory=given["project"],
        named_environment=chosen_environment(given.get("environment"), given.get("env")),
        as_json=given["as_json"],
        yes=given.get("yes", False),
        dry_run=given.get("dry_run", False),
        acting_as=given.get("acting_as"),
    )
