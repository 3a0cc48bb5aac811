"""Counts how often one `myelin up` goes back: `python tests/support/tracing.py [CHECKOUT]`.

A *call across* is a call from one of our modules into another; a *return* is a call across into a module that
was entered and left before. Many returns mean that a reader, like the program, goes back and forth between
rooms. Counted with `sys.setprofile` in every thread, from the first line of `deploy` in
`cli/deployment/pipeline.py` to its last, in a copy of the project's data, in a sandbox of its own.

Two figures each: every call, and every call site once (a loop over 130 resources counts as one walk).
CHECKOUT, by default this one, may be of another commit: only the places of `deploy` and `cli.main` are relied
on.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

OURS = ("cli/", "components/", "lambdas/", "policies/", "sandbox/", "services/", "stacks/")
COPIED = ("lambdas", "policies", "services", "stacks")
START = ("cli/deployment/pipeline.py", "deploy")


class Trace:
    """Follows all threads of a process while the deployment runs."""

    def __init__(self, root: Path) -> None:
        self._root = str(root) + os.sep
        self._modules: dict[CodeType, str | None] = {}
        self._lock = threading.Lock()
        self._start: FrameType | None = None
        self._seen: set[str] = set()
        self._sites: set[tuple[CodeType, int, CodeType]] = set()
        self.across = 0
        self.returns = 0
        self.returning_sites = 0
        self.into: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()

    def install(self) -> None:
        """Follow this thread and all that it starts."""
        threading.setprofile(self._profile)
        sys.setprofile(self._profile)

    def _module(self, code: CodeType) -> str | None:
        if code not in self._modules:
            name = code.co_filename
            inside = name.startswith(self._root) and ".venv" not in name
            relative = name.removeprefix(self._root) if inside else ""
            self._modules[code] = relative if relative.startswith(OURS) else None
        return self._modules[code]

    def _profile(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        here = self._module(code)
        if here is None:
            return
        if (here, code.co_name) == START:
            if event == "call" and self._start is None:
                self._start = frame
                self._seen.add(here)
            elif event == "return" and frame is self._start:
                self._start = None
            return
        if event == "call" and self._start is not None:
            self._called(frame, here)

    def _called(self, frame: FrameType, here: str) -> None:
        caller = frame.f_back
        while caller is not None and self._module(caller.f_code) is None:
            caller = caller.f_back
        source = self._module(caller.f_code) if caller else None
        if caller is None or source == here:
            return
        site = (caller.f_code, caller.f_lineno, frame.f_code)
        with self._lock:
            self.across += 1
            again = here in self._seen
            self._seen.add(here)
            if again:
                self.returns += 1
                self.into[here] += 1
                self.pairs[str(source), here] += 1
                if site not in self._sites:
                    self.returning_sites += 1
            self._sites.add(site)


def main(checkout: Path) -> None:
    """Deploy once under the trace, print the figures, and end the sandbox."""
    sys.path.insert(0, str(checkout))
    with tempfile.TemporaryDirectory(prefix="myelin-trace-") as folder:
        root = Path(folder) / "project"
        root.mkdir()
        shutil.copy(checkout / "Pulumi.yaml", root)
        for name in COPIED:
            shutil.copytree(checkout / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        os.chdir(root)
        from cli.main import app  # noqa: PLC0415 - of the checkout that is looked at

        trace = Trace(checkout)
        trace.install()
        try:
            app(["up", "sandbox", "--yes"], standalone_mode=False)
        finally:
            sys.setprofile(None)
            app(["down", "--yes"], standalone_mode=False)
    sys.stdout.write(f"calls across: {trace.across}; into a module left before (returns): {trace.returns}\n")
    sys.stdout.write(f"call sites across that return: {trace.returning_sites}; modules: {len(trace.into)}\n")
    for (left, entered), count in trace.pairs.most_common(int(os.environ.get("TOP", "25"))):
        sys.stdout.write(f"{count:7} {left} -> {entered}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve())
