"""A published version, read back."""

from __future__ import annotations

from pathlib import Path

from cli.policies.admin_client import PolicyAdmin
from cli.policies.published import read_published
from policies.calls.language.checking import check
from policies.calls.language.values import SourceText
from tests.support.governance.admin_api import CASES, CATALOGUE, written
from tests.support.governance.fixtures import SCHEMA


def test_version_is_read_back_whole(admin: PolicyAdmin) -> None:
    """Its digest is that of what was published, so nothing of it is missing."""
    found = read_published(admin, "current")
    assert found.rehearsal().version == found.version == admin.version().version
    assert sorted(found.by_id) == ["no-erase", "orbit-may-reason-on-axon", "other"]
    assert [rule.id for rule, _ in found.policies] == sorted(found.by_id)
    assert found.declared == {"orbit-may-reason-on-axon"}
    assert (found.catalogue.services, found.cases) == (CATALOGUE.services, tuple(CASES))
    assert [case.name for case in found.read_cases()] == ["orbit may reason"]


def test_set_with_and_without_a_policy(admin: PolicyAdmin) -> None:
    """Either is another version; taking back what was added is the same version again."""
    found = read_published(admin, "current")
    sources = check(
        SourceText(path=Path("schema"), text=SCHEMA), [SourceText(path=Path("a"), text=written("third"))]
    )
    more = found.having(sources.policies[0])
    assert sorted(more.by_id.keys() - found.by_id.keys()) == ["third"]
    assert more.rehearsal().version != found.version
    assert more.without("third").rehearsal().version == found.version
