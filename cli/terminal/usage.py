"""Usage errors that the option parser finds: an unknown option, a missing argument, no such command."""

from __future__ import annotations

from typing import Any

from typer._click import Context
from typer._click.exceptions import NoArgsIsHelpError, UsageError
from typer.core import TyperGroup

from cli.errors import ExplainedFailure
from cli.exit_codes import ExitCode
from cli.terminal.output import OutputClosedError, end_without_reader, print_json


class ReportingGroup(TyperGroup):
    """The whole command line: writes a usage error as a JSON document, too, where `--json` was given."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: Context | None = None, **extra: Any
    ) -> Context:
        """Parse what comes before the command."""
        wanted = "--json" in args
        try:
            context = super().make_context(info_name, args, parent, **extra)
        except Exception as error:
            _report(error, as_json=wanted)
            raise
        context.meta[__name__] = wanted
        return context

    def invoke(self, ctx: Context) -> Any:
        """Run a command, which first parses its own options."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            _report(error, as_json=ctx.meta[__name__])
            raise


def _report(error: Exception, *, as_json: bool) -> None:
    """Write a usage error as a document, and end quietly when the reader of the help has gone."""
    if isinstance(error, BrokenPipeError):
        end_without_reader()
    if not as_json or not isinstance(error, UsageError) or isinstance(error, NoArgsIsHelpError):
        return
    path = error.ctx.command_path if error.ctx is not None else "myelin"
    message = error.format_message().removesuffix(".")
    explanation = ExplainedFailure(
        code=ExitCode.USAGE, message=message[:1].lower() + message[1:], hint=f"see `{path} --help`"
    )
    try:
        print_json(explanation.document())
    except OutputClosedError:
        end_without_reader()
