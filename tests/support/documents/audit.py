"""Writes docs/security-audit.md: the lines about zero trust and identity, with what proves them.

`python -m tests.support.documents.audit` writes the file. What is said of resources is computed from those
that the stacks of `prod` register.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from cli.network.planned import plan_network
from cli.project import find_project
from components.declarations import load_services
from components.identity.statement import UNSCOPED_ACTIONS
from stacks.names import Layer
from tests.support.documents.traceability import requirements
from tests.support.network.matrix import asked_ports, matrix
from tests.support.paths import ROOT
from tests.support.recording.environments import recorded
from tests.support.recording.iam import statements
from tests.support.recording.policy_documents import policy_documents
from tests.support.recording.recorder import Graph, Recorded
from tests.support.structure import is_test, modules

PAGE = ROOT / "docs" / "security-audit.md"
ENVIRONMENT = "prod"
AUDITED = ("ZTN-1", "IAM-1", "IAM-2")
Claim = tuple[str, str, bool]
"""What is claimed, what was found, and whether that is it."""
_HEAD = f"""# Security audit

Each line of [requirements.md](requirements.md) about zero trust and identity, with its evidence: what is true
of the resources that the stacks of `{ENVIRONMENT}` make, and the tests that say so of every environment. Made
by `python -m tests.support.documents.audit`; `make check` fails when it is stale, and when a claim does not
hold.

It judges what is declared and what AWS is told, and not an account: what somebody changes there by hand,
`myelin graph reach --deployed` sees of the network, and a preview of the rest. What nobody enforces stands in
[enforcement.md](enforcement.md#what-nobody-enforces).
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_sections()]).rstrip() + "\n"


def claims() -> Mapping[str, list[Claim]]:
    """What is claimed of each audited line."""
    graphs = recorded(ENVIRONMENT)
    documents = policy_documents(graphs)
    made = [one for graph in graphs.values() for one in graph.custom]
    return {
        "ZTN-1": list(_network(graphs, made)),
        "IAM-1": list(_roles(made, documents)),
        "IAM-2": list(_wildcards(documents)),
    }


def _sections() -> Iterator[str]:
    held = claims()
    for named in AUDITED:
        yield f"## {named}\n{requirements()[named]}\n"
        yield "| claim | found | holds |\n|---|---|---|"
        yield from (
            f"| {claim} | {found} | {'yes' if holds else '**no**'} |" for claim, found, holds in held[named]
        )
        yield ""
        if named == "IAM-2":
            yield from _unscoped()
        yield "| tested in | what it says |\n|---|---|"
        yield from _tests(named)
        yield ""


def _of(made: list[Recorded], kind: str) -> list[Recorded]:
    return [one for one in made if one.type.endswith(f":{kind}")]


def _network(graphs: Mapping[Layer, Graph], made: list[Recorded]) -> Iterator[Claim]:
    services = _of(made, "Service")
    public = [one for one in services if one.inputs["networkConfiguration"]["assignPublicIp"]]
    yield "no task has a public address", f"{len(public)} of {len(services)} services", not public
    outside = set(graphs[Layer.FOUNDATION].outputs["public_subnet_ids"])
    there = [one for one in services if outside & set(one.inputs["networkConfiguration"]["subnets"])]
    yield "no task stands in a public subnet", f"{len(there)} of {len(services)} services", not there
    balancers = _of(made, "LoadBalancer")
    internal = [one for one in balancers if one.inputs["internal"]]
    yield "every load balancer is internal", f"{len(internal)} of {len(balancers)}", internal == balancers
    rules = [*_of(made, "SecurityGroupIngressRule"), *_of(made, "SecurityGroupEgressRule")]
    wide = [
        one
        for one in rules
        if {one.inputs.get("cidrIpv4"), one.inputs.get("cidrIpv6")} & {"0.0.0.0/0", "::/0"}
    ]
    yield "no rule of a group names the whole internet", f"{len(wide)} of {len(rules)} rules", not wide
    declared = load_services(ROOT / "services")
    topology = plan_network(find_project(ROOT), ENVIRONMENT, declared)
    reached = matrix(topology, asked_ports(declared))
    outer = [one for one in reached if "internet" in one]
    yield (
        "nothing reaches the internet, nor it anything",
        f"{len(outer)} of {len(reached)} connections",
        not outer,
    )
    calls = {(by, to) for by, to, _ in reached if {by, to} <= set(declared.names)}
    edges = {(edge.caller, edge.callee) for edge in declared.edges}
    shown = ", ".join(f"{by} to {to}" for by, to in sorted(calls))
    yield "services reach each other only where a call is declared", shown, calls == edges
    isolated = [view for view in topology.subnets.values() if view.acl == "isolated"]
    out = [view for view in isolated if any(route.cidr == "0.0.0.0/0" for route in view.routes)]
    yield "isolated subnets have no way out", f"{len(out)} of {len(isolated)} have a default route", not out
    logs = [one for one in _of(made, "FlowLog") if one.inputs["trafficType"] == "ALL"]
    yield "every connection is logged", f"{len(logs)} flow log of the whole VPC", len(logs) == 1


def _roles(made: list[Recorded], documents: Mapping[str, str]) -> Iterator[Claim]:
    roles = _of(made, "Role")
    bounded = [one for one in roles if one.inputs.get("permissionsBoundary", "").endswith("-boundary")]
    yield "every role has a permission boundary", f"{len(bounded)} of {len(roles)} roles", bounded == roles
    services = set(load_services(ROOT / "services").names)
    own = {one.inputs["tags"].get("myelin:service") for one in roles if one.name.endswith("-task")}
    yield "each service has a role of its own", ", ".join(sorted(services)), own == services
    trusts = [documents[f"Role {one.name}"] for one in roles]
    named = {str(one["Principal"].get("Service")) for trust in trusts for one in statements(trust)}
    by_aws = all(set(one["Principal"]) == {"Service"} for trust in trusts for one in statements(trust))
    yield (
        "roles are taken on by services of AWS alone",
        ", ".join(f"`{one}`" for one in sorted(named)),
        by_aws,
    )


def _wildcards(documents: Mapping[str, str]) -> Iterator[Claim]:
    found = [one for document in documents.values() for one in statements(document)]
    wide = [one for one in found for action in _many(one.get("Action", "*")) if "*" in action]
    yield "no statement has an action with a wildcard", f"{len(wide)} of {len(found)} statements", not wide
    of_roles = [
        one
        for name, document in documents.items()
        if name.startswith(("RolePolicy ", "Policy "))
        for one in statements(document)
    ]
    stars = [one for one in of_roles if "*" in _many(one["Resource"])]
    listed = all(set(_many(one["Action"])) <= UNSCOPED_ACTIONS.keys() for one in stars)
    said = f"{len(stars)} of {len(of_roles)} statements, of the {len(UNSCOPED_ACTIONS)} actions below"
    yield "`*` as resource stands only where AWS lets nothing be named", said, listed


def _unscoped() -> Iterator[str]:
    yield "| action with `*` as resource | why |\n|---|---|"
    yield from (f"| {action} | {why} |" for action, why in sorted(UNSCOPED_ACTIONS.items()))
    yield ""


@cache
def _docstrings() -> tuple[tuple[str, str], ...]:
    """Each file of tests, or test, with its docstring on one line."""
    found = []
    for module in modules():
        source = (ROOT / module).read_text(encoding="utf-8") if is_test(module) else ""
        if any(named in source for named in AUDITED):
            tree = ast.parse(source)
            for node in [tree, *tree.body]:
                if isinstance(node, ast.Module | ast.FunctionDef):
                    text = " ".join((ast.get_docstring(node) or "").split())
                    found.append((str(module), text))
    return tuple(found)


def _tests(named: str) -> Iterator[str]:
    for file, text in _docstrings():
        if named in text:
            yield f"| `{file}` | {text.replace('|', '')} |"


def _many(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
