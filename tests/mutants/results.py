"""What a run of mutmut found, as values: how many changes of a module were noticed, and which were not."""

from __future__ import annotations

import contextlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant

_SURVIVED, _UNTESTED, _UNTRIED = 0, 33, None
UNCHANGING = Path(__file__).with_name("unchanging.toml")
"""Changes after which the code does the same, each with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A change that no test noticed: where it is, the lines that it takes, and those that it puts there."""

    module: str
    function: str
    before: str
    after: str

    def __str__(self) -> str:
        """The place, and the two lines."""
        return f"{self.module} {self.function}\n    - {self.before}\n    + {self.after}"


@dataclass(frozen=True, kw_only=True)
class ModuleResult:
    """All changes of one module; `untried` are those that a run has not come to yet."""

    module: str
    noticed: int
    untried: int
    survivors: tuple[Survivor, ...]
    unchanging: tuple[Survivor, ...]

    @cached_property
    def tried(self) -> int:
        """Changes that were tried and do change something."""
        return self.noticed + len(self.survivors)

    @property
    def share(self) -> float:
        """How much of what was tried was noticed."""
        return self.noticed / self.tried if self.tried else 1.0


def load_unchanging(path: Path = UNCHANGING) -> Mapping[Survivor, str]:
    """The kept list, with the reason of each."""
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("unchanging", [])
    return {
        Survivor(
            module=row["module"], function=row["function"], before=row["before"], after=row["after"]
        ): row["reason"]
        for row in rows
    }


def read_results(copy: Path, module: str, unchanging: Mapping[Survivor, str]) -> ModuleResult:
    """The results of a module of a copy that mutmut has run in; no run at all counts as no change."""
    meta = copy / "mutants" / f"{module}.meta"
    codes: Mapping[str, int | None] = (
        json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"] if meta.exists() else {}
    )
    with contextlib.chdir(copy):
        missed = [_survivor(module, key) for key, code in codes.items() if code in (_SURVIVED, _UNTESTED)]
    untried = sum(code is _UNTRIED for code in codes.values())
    return ModuleResult(
        module=module,
        noticed=len(codes) - len(missed) - untried,
        untried=untried,
        survivors=tuple(one for one in missed if one not in unchanging),
        unchanging=tuple(one for one in missed if one in unchanging),
    )


def _survivor(module: str, key: str) -> Survivor:
    lines = get_diff_for_mutant(key, path=module).splitlines()[2:]
    return Survivor(
        module=module,
        function=_readable(key),
        before=" ".join(_marked(lines, "-")),
        after=" ".join(_marked(lines, "+")),
    )


def _marked(lines: list[str], mark: str) -> Iterator[str]:
    return (line[1:].strip() for line in lines if line.startswith(mark))


def _readable(key: str) -> str:
    """`policies.calls.x.xǁRulesetǁevaluate__mutmut_1` -> `Ruleset.evaluate`."""
    name = key.rpartition(".")[2].rpartition("__mutmut_")[0]
    return name[2:].replace("ǁ", ".") if name.startswith("xǁ") else name.removeprefix("x_")
