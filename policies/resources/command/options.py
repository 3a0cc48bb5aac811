"""The options of a check; `myelin check` has them, too."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PreviewOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--preview",
        metavar="FILE",
        help="Check the output of `pulumi preview --json`; `-` is standard input. Several are one plan.",
    ),
]
ExportOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--export",
        metavar="FILE",
        help="Check the output of `pulumi stack export`, or a state file; `-` is standard input.",
    ),
]
ProgramOption = Annotated[
    Path | None,
    typer.Option(
        "--program",
        metavar="DIR",
        help="Where the program of a preview or export lies; by default the working folder.",
        exists=True,
        file_okay=False,
    ),
]
ConventionsOption = Annotated[
    bool | None,
    typer.Option(
        "--conventions/--no-conventions",
        help="Hold any program to the platform's own conventions.",
        show_default=False,
    ),
]
OutputOption = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT[=FILE]",
        help="text, json, sarif or junit, on stdout or into a file; may be given several times.",
    ),
]
BaselineOption = Annotated[
    Path | None,
    typer.Option("--baseline", metavar="FILE", help="Do not count the failures that this file knows."),
]
WriteBaselineOption = Annotated[
    Path | None,
    typer.Option("--write-baseline", metavar="FILE", help="Keep the failures of this run as known."),
]
ExitCodeOption = Annotated[
    bool | None,
    typer.Option("--exit-code/--no-exit-code", help="Exit 3 when something is to mend.", show_default=False),
]
FailOnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="WHAT",
        help="Exit 3 only from this severity on (low, medium, high, critical), or also for `undecided`.",
    ),
]
CheckOption = Annotated[
    list[str] | None,
    typer.Option("--check", metavar="ID", help="Run only these checks; `*` stands for any part of an id."),
]
SkipCheckOption = Annotated[
    list[str] | None, typer.Option("--skip-check", metavar="ID", help="Leave these checks out.")
]
RulesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules", metavar="FILE", help="A Python file with rules of your own.", exists=True, dir_okay=False
    ),
]
ShowOption = Annotated[
    int | None,
    typer.Option(
        "--show", metavar="N", min=0, help="Places to show of each check, 0 for all.", show_default="10"
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The configuration; by default `myelin-check.toml` or the section in `pyproject.toml`.",
        exists=True,
        dir_okay=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")]
