"""`myelin check`: look at every resource before it is deployed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.checking.stacks import choose_environments, from_stacks
from cli.command import command
from cli.errors import UsageError
from cli.options import complete_environments
from cli.session import Session
from cli.terminal.output import note, print_verbatim, reported, say
from policies.resources.command.finish import finish
from policies.resources.command.options import (
    BaselineOption,
    CheckOption,
    ConfigOption,
    ConventionsOption,
    ExitCodeOption,
    ExportOption,
    FailOnOption,
    OutputOption,
    PreviewOption,
    ProgramOption,
    RulesOption,
    ShowOption,
    SkipCheckOption,
    WriteBaselineOption,
)
from policies.resources.command.outputs import Format, parse_outputs
from policies.resources.command.run import check as run_checks
from policies.resources.command.settings import Given, settle_settings
from policies.resources.command.targets import Target, from_documents
from policies.resources.scanning.checkov_runner import load


@command()
def check(
    session: Session,
    environments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ENV]...",
            help="Environments to check.",
            autocompletion=complete_environments,
            show_default="all",
        ),
    ] = None,
    *,
    stack: Annotated[str | None, typer.Option("--stack", metavar="STACK", help="Check one stack.")] = None,
    preview: PreviewOption = None,
    export: ExportOption = None,
    program: ProgramOption = None,
    conventions: ConventionsOption = None,
    check: CheckOption = None,
    skip_check: SkipCheckOption = None,
    rules: RulesOption = None,
    output: OutputOption = None,
    show: ShowOption = None,
    baseline: BaselineOption = None,
    write_baseline: WriteBaselineOption = None,
    exit_code: ExitCodeOption = None,
    fail_on: FailOnOption = None,
    config: ConfigOption = None,
) -> None:
    """Check every resource with checkov and the platform's own rules.

    Runs the project's stacks in process, without AWS, a token or the Pulumi command; or reads what Pulumi
    wrote about a project that may be anybody's. Each finding names the resource, its component, and the line
    of the program that made it; what is not known before a deployment is not decided, and said to be.

    Examples:

        myelin check

        myelin check dev --exit-code --output sarif=check.sarif

        pulumi preview --json --show-sames > preview.json; myelin check --preview preview.json
    """
    chosen = [*(output or ()), *(["json"] if session.as_json else ())]
    # `--output json` is `--json`, for a failure, too
    with reported(as_json="json" in chosen):
        documents = bool(preview or export)
        _refuse_mixtures(environments or [], stack, program, documents=documents)
        given = Given(
            check=check or (),
            skip_check=skip_check or (),
            fail_on=fail_on or (),
            output=chosen,
            rules=rules or (),
            exit_code=exit_code,
            conventions=conventions,
            baseline=baseline,
            show=show,
        )
        folder = (program or Path.cwd()).resolve() if documents else session.project.root
        settings = settle_settings(given, config, folder)
        outputs = parse_outputs(settings.outputs)

        def target() -> Target:
            if documents:
                return from_documents(
                    preview or (), export or (), program=program, conventions=settings.conventions
                )
            wanted = choose_environments(session.project, environments or [], stack)
            return from_stacks(session.project, wanted, stack)

        report = run_checks(
            target,
            load,
            baseline=settings.baseline,
            today=datetime.now(UTC).date(),
            selection=settings.selection,
            rule_files=settings.rules,
        )
        code = finish(
            report, outputs, settings, program=folder, new_baseline=write_baseline, write=_write, note=note
        )
        raise typer.Exit(code)


def _write(form: Format, text: str) -> None:
    (say if form is Format.TEXT else print_verbatim)(text.removesuffix("\n"))


def _refuse_mixtures(
    environments: list[str], stack: str | None, program: Path | None, *, documents: bool
) -> None:
    given = {
        "an environment": bool(environments),
        "--stack": stack is not None,
        "--preview or --export": documents,
    }
    named = [name for name, is_given in given.items() if is_given]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} exclude each other", hint="give one of them")
    if program is not None and not documents:
        raise UsageError("--program is for --preview and --export", hint="a checkout is given by --project")
