"""Which modules are changed at random, and which tests have to notice.

Pure modules only: what decides, plans or proves. What acts at the edge is tried by tests of whole runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

WANTED = 0.92
"""The share of changes that have to be noticed."""
WANTED_OF_CRITICAL = 0.95
"""The same where a change that nobody notices opens a door."""


@dataclass(frozen=True, kw_only=True)
class Area:
    """Modules of one folder, and the tests that are asked about a change to them.

    `modules` are names without `.py` (none: all of the folder); `tests` are added to the mirrored folder or,
    if `alone`, stand for it; `critical` are the modules that WANTED_OF_CRITICAL is asked of.
    """

    folder: str
    modules: tuple[str, ...] = ()
    critical: tuple[str, ...] = ()
    tests: tuple[str, ...] = field(default=())
    alone: bool = False

    def sources(self, root: Path) -> tuple[str, ...]:
        """The modules' paths below `root`."""
        names = self.modules or tuple(
            sorted(path.stem for path in (root / self.folder).glob("*.py") if path.stem != "__init__")
        )
        return tuple(f"{self.folder}/{name}.py" for name in names)

    def selected_tests(self) -> tuple[str, ...]:
        """The paths that pytest is given."""
        return self.tests if self.alone else (f"tests/unit/{self.folder}", *self.tests)

    @property
    def critical_sources(self) -> frozenset[str]:
        """The paths of the critical modules."""
        return frozenset(f"{self.folder}/{name}.py" for name in self.critical)


_IDENTITY = (
    "admin_statements",
    "boundary",
    "governance_statements",
    "rotation_statements",
    "service_statements",
    "statement",
    "trust",
)

AREAS = (
    Area(folder="components/identity", modules=_IDENTITY, critical=_IDENTITY),
    Area(
        folder="components/keys",
        critical=("key_policy", "key", "signing_key"),
    ),
    Area(
        folder="services/runtime/signing",
        modules=("canonical", "verify", "replay", "sign"),
        critical=("canonical", "verify"),
    ),
    Area(
        folder="policies/calls/deciding",
        critical=("evaluate",),
    ),
    Area(folder="policies/calls/trail", critical=("chain", "export", "signatures")),
    Area(
        folder="policies/calls/changing",
        modules=("checkpoints", "actors", "identity_proof", "requests", "proposals"),
        critical=("checkpoints",),
    ),
    Area(folder="policies/calls/granting"),
    Area(folder="policies/calls/versions"),
    Area(folder="policies/calls/language"),
    Area(folder="policies/calls/linting"),
    Area(folder="policies/calls/proving"),
    Area(folder="policies/calls/rehearsing"),
    Area(folder="services/runtime/grants"),
    Area(folder="services/runtime/requests", modules=("bodies", "head", "signable", "openapi")),
    Area(folder="services/runtime/calls", modules=("breaker",)),
    Area(folder="services/runtime/governance", modules=("decision", "grants", "memory", "reason_codes")),
    Area(folder="services/runtime/intents", modules=("attributes",)),
    Area(
        folder="services/runtime",
        modules=("correlation", "deadline", "problem_answers", "retry"),
        tests=tuple(
            f"tests/unit/services/runtime/test_{name}.py"
            for name in ("correlation", "deadline", "problem_answers", "retry")
        ),
        alone=True,
    ),
    Area(folder="sandbox/engine/values"),
    Area(folder="sandbox/engine/state"),
    Area(folder="sandbox/engine/planning"),
    Area(folder="sandbox/cloud/scheduler", modules=("deployments", "rolling_update", "status")),
)
