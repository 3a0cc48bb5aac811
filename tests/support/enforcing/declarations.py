"""Random declarations of three services, and a project whose services are these."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from itertools import permutations
from random import Random

from tests.support.end_to_end.project import ProjectCopy
from tests.support.governance.fixtures import SCHEMA
from tests.support.governance.naive.random_policies import INTENTS, SERVICES

BOUND = 5
"""Seconds that a withdrawn permission may still be used."""

APPLICATION = "tests.support.enforcing.answering_app:service"
ATTRIBUTES = ("purpose", "size")
TWICE = "ledger"
"""The service that runs in two instances."""

DOOR = "orbit"
"""The service with a door for clients."""

Edge = tuple[str, str, str]
"""Caller, callee and intent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """An intent that a service offers."""

    name: str
    safe_to_repeat: bool
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """What the services offer, and which calls they declare."""

    offers: dict[str, tuple[Offered, ...]]
    calls: frozenset[Edge]

    def offered(self, service: str, intent: str) -> Offered | None:
        """The intent as its service offers it, if it does."""
        return next((one for one in self.offers[service] if one.name == intent), None)

    def attributes(self, edge: Edge) -> tuple[str, ...]:
        """What a decision about this call looks at."""
        found = self.offered(edge[1], edge[2])
        return found.attributes if found else ()

    def callers(self) -> tuple[str, ...]:
        """Services that declare a call, and so have a name of governance's function to ask through."""
        return tuple(sorted({caller for caller, _, _ in self.calls}))

    def edges(self) -> frozenset[tuple[str, str]]:
        """Callers and callees that share a signing key."""
        return frozenset((caller, callee) for caller, callee, _ in self.calls)

    def write(self, project: ProjectCopy) -> None:
        """Make them the declarations of a project, each service run by the application of this folder."""
        for folder in project.path("services").iterdir():
            if folder.is_dir():
                shutil.rmtree(folder)
        for port, name in enumerate(SERVICES, start=8080):
            folder = project.path("services") / name
            folder.mkdir()
            (folder / "service.toml").write_text(self._toml(name, port), encoding="utf-8")
        project.path("services/images.toml").write_text("".join(map(_image, SERVICES)), encoding="utf-8")
        for rule in project.path("policies/calls/rules").iterdir():
            rule.unlink()
        platform = project.path("stacks/config/Pulumi.sandbox-platform.yaml")
        settings = re.sub(r"(policyStalenessSeconds:) \d+", rf"\1 {BOUND}", platform.read_text("utf-8"))
        platform.write_text(settings, encoding="utf-8")
        project.path("policies/calls/rules/schema.cedarschema").write_text(SCHEMA, encoding="utf-8")

    def _toml(self, name: str, port: int) -> str:
        lines = [
            f'description = "{name} of random declarations"\ntier = "private"\nport = {port}',
            "cpu = 256\nmemory = 512",
            f"[scaling]\nmin = {2 if name == TWICE else 1}\nmax = 2",
        ]
        if name == DOOR:
            lines.append('[ingress]\npaths = ["/ask"]')
        for one in self.offers[name]:
            safe, attributes = json.dumps(one.safe_to_repeat), json.dumps(one.attributes)
            lines.append(
                f'[[intents]]\nname = "{one.name}"\nsafe_to_repeat = {safe}\nattributes = {attributes}'
            )
        for caller, callee, intent in sorted(self.calls):
            if caller == name:
                lines.append(f'[[calls]]\nservice = "{callee}"\nintent = "{intent}"')
        return "\n\n".join(lines) + "\n"


def random_declarations(seed: int) -> Declarations:
    """Declarations that differ in what is offered and called, and have something of each kind."""
    random = Random(seed)
    while True:
        made = _draw(random)
        if _has_each_kind(made):
            return made


def _draw(random: Random) -> Declarations:
    offers = {
        name: tuple(
            Offered(
                name=intent,
                safe_to_repeat=random.random() < 0.5,
                attributes=tuple(one for one in ATTRIBUTES if random.random() < 0.6),
            )
            for intent in INTENTS
            if random.random() < 0.8
        )
        for name in SERVICES
    }
    calls = frozenset(
        (caller, callee, offered.name)
        for caller, callee in permutations(SERVICES, 2)
        for offered in offers[callee]
        if random.random() < 0.5
    )
    return Declarations(offers=offers, calls=calls)


def _has_each_kind(made: Declarations) -> bool:
    """A deed and a question with attributes at the service that runs twice, called by the door's; another
    caller of it; and a call that is not declared although its callee offers the intent.
    """
    deeds = {one.name for one in made.offers[TWICE] if not one.safe_to_repeat and one.attributes}
    questions = {one.name for one in made.offers[TWICE] if one.safe_to_repeat and one.attributes}
    called = {intent for caller, callee, intent in made.calls if (caller, callee) == (DOOR, TWICE)}
    callers = {caller for caller, callee, _ in made.calls if callee == TWICE}
    offered = {(callee, one.name) for callee, all_ in made.offers.items() for one in all_}
    undeclared = {
        (caller, callee, intent)
        for caller in SERVICES
        for callee, intent in offered
        if caller != callee and (caller, callee, intent) not in made.calls
    }
    elsewhere = any(caller == DOOR and callee != TWICE for caller, callee, _ in made.calls)
    return bool(deeds & called and questions & called and len(callers) == 2 and undeclared and elsewhere)


def _image(name: str) -> str:
    command = ["{python}", "-m", "services.runtime.serve", APPLICATION]
    command += ["--host", "127.0.0.1", "--port", "{port}"]
    return (
        f'[[image]]\nrepository = "{name}"\ntag = "*"\ncommand = {json.dumps(command)}\n'
        'environment = { PYTHONUNBUFFERED = "1" }\n\n'
    )
