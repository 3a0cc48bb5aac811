"""What a run ends with: its reports where they are wanted, the new baseline, and the exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ..findings.baseline import write_baseline
from ..findings.source_paths import SourcePaths
from ..findings.values import Report
from .outputs import Format, Output, on_stdout, render, write_files
from .settings import Settings

FINDINGS = 3
"""The exit code of a run that found something to mend, where that is wanted."""


def finish(
    report: Report,
    outputs: Sequence[Output],
    settings: Settings,
    *,
    program: Path,
    new_baseline: Path | None,
    write: Callable[[Format, str], None],
    note: Callable[[str], None],
) -> int:
    """Write everything, and give the exit code; raises OutputError."""
    paths = source_paths(program)
    write_files(report, outputs, paths, settings.show)
    if new_baseline is not None:
        kept = [*report.failed, *report.known]
        write_baseline(new_baseline, kept)
        note(f"kept {len(kept)} failures in {new_baseline}")
    form = on_stdout(outputs)
    write(form, render(report, form, paths, settings.show))
    return FINDINGS if settings.exit_code and settings.fail_on.fails(report) else 0


def source_paths(program: Path) -> SourcePaths:
    """Paths from the root of the repository that a program lies in, or of its folder if that is in none."""
    root = next((place for place in (program, *program.parents) if (place / ".git").exists()), program)
    return SourcePaths(
        root=root.as_posix(),
        program="" if root == program else program.relative_to(root).as_posix(),
        has_file=lambda path: (root / path).is_file(),
    )
