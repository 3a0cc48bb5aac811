"""Previews, exports and event streams over many types, each with the verdicts that were judged by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from policies.resources.command.targets import from_documents
from policies.resources.findings.values import CheckVerdict
from policies.resources.graph.values import Graph
from policies.resources.scanning.checkov_runner import Checkov, load
from policies.resources.scanning.scan import scan
from tests.support.resources.corpus.connections import BELONGINGS
from tests.support.resources.corpus.decisive import Decisive
from tests.support.resources.corpus.groups import EGRESS, INGRESS_CHECKS, OpenGroup, groups
from tests.support.resources.corpus.rendering import (
    EXPORT,
    FORMS,
    PREVIEW,
    SAMES,
    STREAM,
    Form,
    Written,
    known,
    unknown,
    write,
)
from tests.support.resources.corpus.settings import SETTINGS
from tests.support.resources.documents import UNKNOWN, urn

pytestmark = pytest.mark.xdist_group("checkov")

PASSED, FAILED, OPEN = CheckVerdict.PASSED, CheckVerdict.FAILED, CheckVerdict.UNDECIDED
KEY = Written(token="aws:kms/key:Key", name="key", inputs={"enableKeyRotation": True})
TODAY = date(2026, 11, 22)
GROUPS = groups()
KNOWN_GROUPS = [group for group in GROUPS if not group.undecided and "unknown" not in group.name]
OPEN_GROUPS = [group for group in GROUPS if group not in KNOWN_GROUPS]
Expected = Mapping[tuple[str, str], CheckVerdict]
"""Verdicts by check and by the name of the resource."""


@pytest.fixture(scope="module")
def checkov() -> Checkov:
    return load()


def read(folder: Path, form: Form, resources: Iterable[Written]) -> Graph:
    """The resources as they are read from a document of a form."""
    path = write(folder / "document", form, resources)
    previews, exports = ([], [path]) if form == EXPORT else ([path], [])
    target = from_documents(previews, exports, program=folder, conventions=False)
    ((graph,),) = target.graphs.values()
    return graph


def wrong(
    checkov: Checkov, folder: Path, form: Form, resources: Iterable[Written], expected: Expected
) -> Expected:
    """The verdicts that are not as expected, and those of checks that said nothing at all."""
    (found,) = scan([read(folder, form, resources)], "dev", checkov, TODAY)
    verdicts = {(item.check.id, item.name): FAILED for item in found.failures}
    verdicts |= {(item.check.id, item.name): OPEN for item in found.undecided}
    silent = {place for place in expected if place[0] not in found.checks}
    return {
        place: verdicts.get(place, PASSED)
        for place, verdict in expected.items()
        if place in silent or verdicts.get(place, PASSED) is not verdict
    }


def settings(which: str) -> tuple[list[Written], dict[tuple[str, str], CheckVerdict]]:
    """Every setting as a resource of its own, and what is right for it."""
    verdict = {"good": PASSED, "bad": FAILED, "unknown": OPEN}[which]
    resources = []
    for number, row in enumerate(SETTINGS):
        inputs = {"good": known(row.good), "bad": known(row.bad), "unknown": unknown(row.good)}[which]
        resources.append(Written(token=row.token, name=f"{which}{number}", inputs=inputs))
    return resources, {(row.check, f"{which}{number}"): verdict for number, row in enumerate(SETTINGS)}


def opened(listed: Iterable[OpenGroup]) -> tuple[list[Written], dict[tuple[str, str], CheckVerdict]]:
    """Groups, and what is right for each of them."""
    resources, expected = [], {}
    for group in listed:
        resources.append(group.written())
        for check in (EGRESS,) if group.egress else INGRESS_CHECKS:
            verdict = FAILED if check in group.open else OPEN if check in group.undecided else PASSED
            expected[check, group.name] = verdict
    return resources, expected


def together(
    *parts: tuple[list[Written], dict[tuple[str, str], CheckVerdict]],
) -> tuple[list[Written], dict[tuple[str, str], CheckVerdict]]:
    """Resources that have nothing to do with each other, as one program, so that one run judges them."""
    expected: dict[tuple[str, str], CheckVerdict] = {}
    for _, some in parts:
        assert not expected.keys() & some.keys()
        expected |= some
    return [item for resources, _ in parts for item in resources], expected


@pytest.mark.parametrize("form", [PREVIEW, EXPORT])
def test_what_is_known_decides(checkov: Checkov, tmp_path: Path, form: Form) -> None:
    """What is set well passes and what is not fails; groups are open in every form of their rules."""
    resources, expected = together(settings("good"), settings("bad"), opened(KNOWN_GROUPS))
    assert wrong(checkov, tmp_path, form, resources, expected) == {}


@pytest.mark.costly("runs checkov hundreds of times")
def test_what_is_not_known_does_not(checkov: Checkov, tmp_path: Path) -> None:
    """Where the decisive value is not known, and comes from nowhere, the check is undecided."""
    resources, expected = together(settings("unknown"), opened(OPEN_GROUPS))
    assert wrong(checkov, tmp_path, PREVIEW, resources, expected) == {}


def test_other_forms_tell_the_same(tmp_path: Path) -> None:
    """A stream of events reads as the preview does, and a preview of what is there as the export: so are
    their verdicts.
    """
    resources, _ = together(*map(settings, ("good", "bad", "unknown")), opened(GROUPS))
    assert len(resources) > 500
    preview, stream, export, sames = (
        read(tmp_path, form, resources) for form in (PREVIEW, STREAM, EXPORT, SAMES)
    )
    # events of this kind tell of neither the stack itself nor of lines
    assert stream.resources == tuple(
        replace(item, location=None) for item in preview.resources if item.custom
    )
    assert sames.resources == export.resources
    assert (stream.missing, sames.missing) == (preview.missing, export.missing)


def _key_settings() -> list[tuple[int, str]]:
    """The settings that take a KMS key, by the input that it is in."""
    found = []
    for number, row in enumerate(SETTINGS):
        for name, value in row.good.items():
            if "key=True" in repr(value):
                found.append((number, name))
    return found


def test_a_key_of_the_same_stack_is_a_key(checkov: Checkov, tmp_path: Path) -> None:
    """Its ARN is not known, and that it is one is; a key of another stack may be none."""
    rows = _key_settings()
    assert len(rows) > 20
    own, foreign = [], []
    for number, name in rows:
        inputs = unknown(SETTINGS[number].good)
        token = SETTINGS[number].token
        own.append(Written(token=token, name=f"own{number}", inputs=inputs, refers={name: KEY.urn}))
        stack = {name: urn("pulumi:pulumi:StackReference", "base")}
        foreign.append(Written(token=token, name=f"foreign{number}", inputs=inputs, refers=stack))
    expected = {(SETTINGS[number].check, f"own{number}"): PASSED for number, _ in rows}
    expected |= {(SETTINGS[number].check, f"foreign{number}"): OPEN for number, _ in rows}
    assert wrong(checkov, tmp_path, PREVIEW, [KEY, *own, *foreign], expected) == {}


def test_what_belongs_together_is_found(checkov: Checkov, tmp_path: Path) -> None:
    """By an output of the first; without the second the check fails."""
    resources, expected = [], {}
    for number, row in enumerate(BELONGINGS):
        value = [UNKNOWN] if row.by.endswith("Ids") else UNKNOWN
        resources += [row.first(number), row.second(number, value, refers=True), row.first(100 + number)]
        expected[row.check, f"first{number}"] = PASSED
        expected[row.check, f"first{100 + number}"] = FAILED
    assert wrong(checkov, tmp_path, PREVIEW, resources, expected) == {}


@pytest.mark.parametrize("form", [EXPORT, SAMES])
def test_what_is_deployed_together_is_found(checkov: Checkov, tmp_path: Path, form: Form) -> None:
    """By the id or the ARN that AWS has given, with or without a word of Pulumi on where it comes from."""
    resources, expected = [], {}
    for number, row in enumerate(BELONGINGS):
        identity = f"first{number}-0123"
        value = f"arn:aws:x:eu-west-1:111122223333:{identity}" if row.by.endswith("Arn") else identity
        listed = [value] if row.by.endswith("Ids") else value
        resources += [
            row.first(number),
            row.second(number, listed, refers=bool(number % 2)),
            row.first(100 + number),
        ]
        expected[row.check, f"first{number}"] = PASSED
        expected[row.check, f"first{100 + number}"] = FAILED
    assert wrong(checkov, tmp_path, form, resources, expected) == {}


def test_what_is_named_by_hand_is_found(checkov: Checkov, tmp_path: Path) -> None:
    """By the literal name that the program gave; another name belongs to another resource."""
    resources, expected = [], {}
    for number, row in enumerate(BELONGINGS):
        if row.name:
            resources += [row.first(number, named=True), row.second(number, f"name-of-{number}")]
            expected[row.check, f"first{number}"] = PASSED
            other = 100 + number
            resources += [row.first(other, named=True), row.second(other, "name-of-none")]
            expected[row.check, f"first{other}"] = FAILED
    assert len(expected) >= 14
    assert wrong(checkov, tmp_path, PREVIEW, resources, expected) == {}


def test_what_may_belong_together_is_undecided(checkov: Checkov, tmp_path: Path) -> None:
    """Where the second names a resource without a word on which: each kind alone, for one may mean
    several.
    """
    for number, row in enumerate(BELONGINGS):
        value = [UNKNOWN] if row.by.endswith("Ids") else UNKNOWN
        resources = [row.first(number), row.second(number, value)]
        assert wrong(checkov, tmp_path, PREVIEW, resources, {(row.check, f"first{number}"): OPEN}) == {}


def test_the_corpus_is_wide() -> None:
    """More than 200 inputs over more than 60 types, as this file reads them."""
    inputs = len(SETTINGS) * (2 * len(FORMS) + 2) + len(GROUPS) * len(FORMS) + len(BELONGINGS) * 5
    assert inputs > 1000
    tokens = (
        {row.token for row in SETTINGS} | {row.token for row in BELONGINGS} | {row.token for row in GROUPS}
    )
    assert len(tokens) > 90
    assert all(any(isinstance(item, Decisive) for item in _leaves(row.good)) for row in SETTINGS)


def _leaves(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    return [leaf for item in value for leaf in _leaves(item)] if isinstance(value, list) else [value]
