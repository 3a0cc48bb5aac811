"""Reads policy sets from folders: the policies there, and those that follow from the declared services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.errors import UsageError
from cli.project import Project
from components.declarations import Services, load_services
from policies.calls.language.case_files import PATTERN, PlacedCase, check_cases, read_cases
from policies.calls.language.checking import Inspection, check, inspect
from policies.calls.language.errors import PolicyError
from policies.calls.language.files import read_document
from policies.calls.language.sources import SCHEMA_FILE, read_sources
from policies.calls.language.values import PolicySources, SourceText
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import PolicyVersion, cut

CASES_SUFFIX = PATTERN.removeprefix("*")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSet:
    """A checked set as a folder has it, for the services that the project declares."""

    folder: Path
    sources: PolicySources
    catalogue: Catalogue
    cases: tuple[PlacedCase, ...]

    def version(self) -> PolicyVersion:
        """The set as it would be published. Raises TooLargeError."""
        return cut(self.sources, self.catalogue, [placed.case.document() for placed in self.cases])

    def rehearsal(self) -> Rehearsal:
        """The set, ready to be asked. Raises TooLargeError."""
        return Rehearsal.of(self.version())


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """All that is wrong with files, and the set that they are part of; `named` are the files asked about."""

    inspection: Inspection
    faults: tuple[PolicyError, ...]
    cases: int
    named: frozenset[Path]
    services: frozenset[str]


def read_set(project: Project, folder: Path | None = None) -> LocalSet:
    """Read the set of a folder, by default the project's; a folder without a schema takes the project's.

    Raises PolicyError or DeclarationError.
    """
    root = folder or project.policies
    services = load_services(project.services)
    if (root / SCHEMA_FILE).exists() or not root.is_dir():
        sources = read_sources(root, services.calls)
    else:
        schema = read_document(project.policies / SCHEMA_FILE)
        sources = check(
            schema, [read_document(path) for path in sorted(root.rglob("*.cedar"))], services.calls
        )
    return LocalSet(folder=root, sources=sources, catalogue=catalogue(services), cases=read_cases(root))


def catalogue(services: Services) -> Catalogue:
    """What the project declares, as a version lists it."""
    return Catalogue(services=services.names, calls=services.calls)


def inspect_files(project: Project, files: Sequence[Path]) -> Inspected:
    """Find everything that is wrong with files and folders, as part of the project's set.

    A folder with a schema is a set of its own. Raises DeclarationError, and UsageError for what is no policy
    file.
    """
    services = load_services(project.services)
    roots = [file for file in files if (file / SCHEMA_FILE).exists()]
    if len(roots) > 1 or (roots and len(files) > 1):
        raise UsageError(
            f"`{roots[0]}` is a set of its own and cannot be checked together with others",
            hint="name either one folder with a schema, or files",
        )
    root = roots[0] if roots else project.policies
    named = frozenset(path.resolve() for file in files or [root] for path in _policy_files(file))
    paths = {path.resolve(): path for path in (*_policy_files(root), *sorted(named))}
    faults: list[PolicyError] = []
    documents: dict[Path, SourceText] = {}
    for path in (root / SCHEMA_FILE, *paths.values()):
        try:
            documents[path] = read_document(path)
        except PolicyError as fault:
            faults.append(fault)
    schema = documents.pop(root / SCHEMA_FILE, None)
    texts = {path: document for path, document in documents.items() if not path.name.endswith(CASES_SUFFIX)}
    inspection = inspect(
        schema or SourceText(path=root / SCHEMA_FILE, text=""),
        texts.values(),
        services.calls if schema else (),
    )
    if schema is None:
        # without a schema every policy fails to validate; report the schema alone
        inspection = Inspection(sources=inspection.sources, faults=())
    cases = 0
    try:
        cases = len(check_cases(documents[path] for path in documents if path not in texts))
    except PolicyError as fault:
        faults.append(fault)
    return Inspected(
        inspection=inspection,
        faults=tuple(sorted((*faults, *inspection.faults), key=_place)),
        cases=cases,
        named=named,
        services=frozenset(services.names),
    )


def _place(fault: PolicyError) -> tuple[str, int, int]:
    return str(fault.path), fault.line or 0, fault.column or 0


def _policy_files(file: Path) -> tuple[Path, ...]:
    """The policy and case files that a name stands for. Raises UsageError."""
    if file.is_dir():
        return tuple(sorted({*file.rglob("*.cedar"), *file.rglob(PATTERN)}))
    if file.suffix == ".cedar" or file.name.endswith(CASES_SUFFIX):
        return (file,)
    if not file.exists():
        raise UsageError(f"`{file}` does not exist", hint="name policy files, or folders that hold them")
    raise UsageError(f"`{file}` is no policy file", hint=f"name `*.cedar` or `{PATTERN}` files, or folders")
