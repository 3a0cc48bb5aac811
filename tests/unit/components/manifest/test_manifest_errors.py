"""Declarations that cannot be honoured: each says what, where and what to do, in these very words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from components.manifest import DeclarationError, load_services
from tests.support.recording.declared import minimal, write

BASE = minimal("solo", 9000)
AXON = minimal("axon", 8081, tier="isolated")


@dataclass(frozen=True, kw_only=True)
class Case:
    """Files by service, and the error: which file, which line, message and hint."""

    files: dict[str, str]
    blamed: str = "solo"
    line: int | None
    message: str
    hint: str


def solo(text: str, **expected: object) -> Case:
    """A case of one service."""
    return Case(files={"solo": text}, **expected)  # type: ignore[arg-type]


CASES = {
    "malformed": solo(
        BASE + "[health\n",
        line=6,
        message="malformed TOML: expected ']' at the end of a table declaration",
        hint="correct the syntax, see https://toml.io/en/v1.0.0",
    ),
    "malformed at the end": solo(
        BASE + "x = [1,\n\n",
        line=6,
        message="malformed TOML: invalid value",
        hint="correct the syntax, see https://toml.io/en/v1.0.0",
    ),
    "unknown key, near one": solo(
        BASE.replace("memory", "memroy"),
        line=5,
        message="unknown key `memroy`",
        hint="did you mean `memory`",
    ),
    "unknown key in a table": solo(
        BASE + "[health]\nperiod = 1\nwhatever = 2\n",
        line=7,
        message="unknown key `health.period`",
        hint="did you mean `start_period`",
    ),
    "unknown key, nothing near": solo(
        BASE + "[scaling]\nzzz = 1\n",
        line=7,
        message="unknown key `scaling.zzz`",
        hint="known here are cpu_percent, max, min",
    ),
    "unknown table": solo(
        BASE + "[volumes]\nx = 1\n",
        line=6,
        message="unknown key `volumes`",
        hint="known here are calls, cpu, description, environment, health, ingress, intents, memory, "
        "objectives, port, runtime, scaling, secrets, tier",
    ),
    "the name is the folder's": solo(
        'name = "solo"\n' + BASE,
        line=1,
        message="unknown key `name`",
        hint="remove it, the folder gives it",
    ),
    "wrong type": solo(
        BASE.replace("9000", '"9000"'),
        line=3,
        message='`port` must be a port from 1024 to 49151, not `"9000"`',
        hint="correct the value",
    ),
    "text for a truth value": solo(
        BASE + '[[intents]]\nname = "credit"\nsafe_to_repeat = "yes"\n',
        line=8,
        message='`intents[0].safe_to_repeat` must be true or false, not `"yes"`',
        hint="correct the value",
    ),
    "governed, as it was written once": solo(
        BASE + "governed = true\n",
        line=6,
        message="`governed` is no key any more: every declared call is governed",
        hint="remove the line; what a service offers is declared under `[[intents]]`",
    ),
    "an intent twice": solo(
        BASE + '[[intents]]\nname = "credit"\n[[intents]]\nname = "credit"\n',
        line=9,
        message="the intent `credit` is declared twice",
        hint="remove one, the first is in line 6",
    ),
    "an intent at the path of the health check": solo(
        BASE + '[[intents]]\nname = "health"\n',
        line=7,
        message="the intent `health` has the path of the health check",
        hint="rename one of them; an intent is served at `/<name>`",
    ),
    "an intent at the clients' door": solo(
        BASE + '[ingress]\npaths = ["/dispatch", "/c*"]\n[[intents]]\nname = "credit"\n',
        line=7,
        message="the path `/c*` leads to the intent `credit`",
        hint="clients come in on paths of their own: an intent is only for services with a grant",
    ),
    "an attribute that is no name": solo(
        BASE + '[[intents]]\nname = "credit"\nattributes = ["the amount"]\n',
        line=8,
        message='`intents[0].attributes[0]` must be a name such as `amount`, not `"the amount"`',
        hint="correct the value",
    ),
    "tokens without an issuer": solo(
        BASE + '[ingress]\npaths = ["/x"]\nclient = "jwt"\naudience = "us"\n',
        line=8,
        message="`ingress.issuer` is missing for clients with tokens",
        hint="add `issuer = ...`",
    ),
    "an issuer without tokens": solo(
        BASE + '[ingress]\npaths = ["/x"]\nissuer = "https://login.example"\n',
        line=8,
        message="`ingress.issuer` is only for clients with tokens",
        hint='remove it, or set `client = "jwt"`',
    ),
    "a call to an intent that is not offered": Case(
        files={
            "solo": BASE + '[[calls]]\nservice = "axon"\nintent = "resaon"\n',
            "axon": AXON + '[[intents]]\nname = "reason"\n[[intents]]\nname = "erase"\n',
        },
        line=8,
        message="`axon` does not offer the intent `resaon`",
        hint="did you mean `reason`",
    ),
    "a call to an intent that is not like any": Case(
        files={
            "solo": BASE + '[[calls]]\nservice = "axon"\nintent = "zzz"\n',
            "axon": AXON + '[[intents]]\nname = "reason"\n[[intents]]\nname = "erase"\n',
        },
        line=8,
        message="`axon` does not offer the intent `zzz`",
        hint="it offers erase, reason",
    ),
    "a truth value for text": solo(
        BASE + "[environment]\nLOG_LEVEL = true\n",
        line=7,
        message="`environment.LOG_LEVEL` must be text, not `true`",
        hint="correct the value",
    ),
    "a table for a number": solo(
        BASE.replace("cpu = 256", "cpu = { units = 256 }"),
        line=4,
        message="`cpu` must be a number of CPU units, not a table",
        hint="correct the value",
    ),
    "a list for a table": solo(
        BASE + "health = [1]\n",
        line=6,
        message="`health` must be a table, not a list",
        hint="correct the value",
    ),
    "a number for calls": solo(
        BASE + "calls = 1\n",
        line=6,
        message="`calls` must be tables `[[calls]]`, not `1`",
        hint="correct the value",
    ),
    "a text for a call": solo(
        BASE + 'calls = ["axon"]\n',
        line=6,
        message='`calls[0]` must be a table, not `"axon"`',
        hint="correct the value",
    ),
    "out of range": solo(
        BASE.replace("9000", "80"),
        line=3,
        message="`port` must be a port from 1024 to 49151, not `80`",
        hint="correct the value",
    ),
    "an unknown tier": solo(
        BASE.replace('"private"', '"public"'),
        line=2,
        message='`tier` must be `private` or `isolated`, not `"public"`',
        hint="correct the value",
    ),
    "a long text": solo(
        BASE.replace('"solo"', '"' + "x" * 201 + '"'),
        line=1,
        message="`description` must be text of 1 to 200 characters, not so long a text",
        hint="correct the value",
    ),
    "a path without slash": solo(
        BASE + '[ingress]\npaths = [\n  "/a",\n  "b",\n]\n',
        line=9,
        message='`ingress.paths[1]` must be an absolute path such as `/health`, not `"b"`',
        hint="correct the value",
    ),
    "no paths": solo(
        BASE + "[ingress]\npaths = []\n",
        line=7,
        message="`ingress.paths` must be a list of 1 to 5 paths, not a list",
        hint="correct the value",
    ),
    "a secret's name": solo(
        BASE + '[secrets]\nHeartbeat = "x"\n',
        line=7,
        message="the name `Heartbeat` in `secrets` must be words in lower case joined by hyphens",
        hint="correct the value",
    ),
    "a variable's name": solo(
        BASE + '[environment]\nlog-level = "x"\n',
        line=7,
        message="the name `log-level` in `environment` must be a name in capitals such as `LOG_LEVEL`",
        hint="correct the value",
    ),
    "an intent": solo(
        BASE + '[[calls]]\nservice = "axon"\nintent = "Reason!"\n',
        line=8,
        message='`calls[0].intent` must be a word in lower case such as `reason`, not `"Reason!"`',
        hint="correct the value",
    ),
    "missing key": solo(
        BASE.replace("port = 9000\n", ""),
        line=1,
        message="missing key `port`",
        hint="add `port = ...`, a port from 1024 to 49151",
    ),
    "missing key in a table": solo(
        BASE + '[[calls]]\nservice = "axon"\n',
        line=6,
        message="missing key `calls[0].intent`",
        hint="add `intent = ...`, a word in lower case such as `reason`",
    ),
    "missing paths": solo(
        BASE + "[ingress]\n",
        line=6,
        message="missing key `ingress.paths`",
        hint="add `paths = ...`, a list of 1 to 5 paths",
    ),
    "a wrong key before a missing one": solo(
        BASE.replace("port", "prot"),
        line=3,
        message="unknown key `prot`",
        hint="did you mean `port`",
    ),
    "a size that Fargate lacks": solo(
        BASE.replace("256", "300"),
        line=4,
        message="`cpu` must be a size that Fargate offers, not `300`",
        hint="use one of 256, 512, 1024, 2048, 4096, 8192, 16384",
    ),
    "memory that does not go with cpu": solo(
        BASE.replace("= 512", "= 4096"),
        line=5,
        message="`memory` of `4096` does not go with `cpu` of `256` on Fargate",
        hint="use one of 512, 1024, 2048",
    ),
    "memory that does not go with much cpu": solo(
        BASE.replace("256", "1024"),
        line=5,
        message="`memory` of `512` does not go with `cpu` of `1024` on Fargate",
        hint="use 2048 to 8192 in steps of 1024",
    ),
    "min above max": solo(
        BASE + "[scaling]\nmax = 3\nmin = 4\n",
        line=8,
        message="`scaling.min` of `4` is above `scaling.max` of `3`",
        hint="lower one or raise the other",
    ),
    "default min above max": solo(
        BASE + "[scaling]\nmax = 1\n",
        line=7,
        message="`scaling.min` of `2` is above `scaling.max` of `1`",
        hint="lower one or raise the other",
    ),
    "timeout not below interval": solo(
        BASE + "[health]\ninterval = 5\n",
        line=7,
        message="`health.timeout` of `5` is not below `health.interval` of `5`",
        hint="a check has to end before the next one begins",
    ),
    "self call": solo(
        minimal("solo", 9000, calls=("solo",)),
        line=7,
        message="`solo` calls itself",
        hint="remove the call",
    ),
    "duplicate call": Case(
        files={"solo": minimal("solo", 9000, calls=("axon", "axon")), "axon": AXON},
        line=9,
        message="the call of `axon` for `reason` is declared twice",
        hint="remove one, the first is in line 6",
    ),
    "unknown callee, near one": Case(
        files={"solo": minimal("solo", 9000, calls=("axom",)), "axon": AXON},
        line=7,
        message="`solo` calls `axom`, which is not declared",
        hint="did you mean `axon`",
    ),
    "unknown callee": Case(
        files={"solo": minimal("solo", 9000, calls=("zzz",)), "axon": AXON},
        line=7,
        message="`solo` calls `zzz`, which is not declared",
        hint="declared are axon, solo",
    ),
    "cycle of tiers": Case(
        files={"solo": BASE, "axon": minimal("axon", 8081, tier="isolated", calls=("solo",))},
        blamed="axon",
        line=7,
        message="`axon` is isolated and cannot call `solo`, which is not",
        hint="remove the call, or make `solo` isolated too",
    ),
    "isolated with ingress": solo(
        minimal("solo", 9000, tier="isolated", more='[ingress]\npaths = ["/x"]\n'),
        line=6,
        message="`solo` is isolated and cannot have ingress",
        hint='let a private service call it, or set `tier = "private"`',
    ),
    "one path, two services": Case(
        files={
            "axon": minimal("axon", 8081, more='[ingress]\npaths = ["/x"]\n'),
            "solo": minimal("solo", 9000, more='[ingress]\npaths = ["/y", "/x"]\n'),
        },
        line=7,
        message="`axon` and `solo` both claim the path `/x`",
        hint="the load balancer can send it to one of them only, see {axon}",
    ),
    "one port, two services": Case(
        files={"axon": AXON, "solo": minimal("solo", 8081)},
        line=3,
        message="`axon` and `solo` both use port `8081`",
        hint="choose another one, see {axon}:3",
    ),
    "a variable of the platform": solo(
        BASE + '[environment]\nPORT = "1"\n',
        line=7,
        message="`environment.PORT` is set by the platform itself",
        hint="remove it or use another name",
    ),
    "a secret that hides a variable": solo(
        BASE + '[secrets]\nlog-level = "x"\n[environment]\nLOG_LEVEL = "INFO"\n',
        line=7,
        message="the secret `log-level` would be `LOG_LEVEL`, which `environment` sets already",
        hint="rename the secret",
    ),
    "a secret that hides the platform's": solo(
        BASE + '[secrets]\nmyelin-version = "x"\n',
        line=7,
        message="the secret `myelin-version` would be `MYELIN_VERSION`, which the platform sets already",
        hint="rename the secret",
    ),
    "edges that cannot be told apart": Case(
        files={
            "a": minimal("a", 9001, calls=("b-c",)),
            "a__b": minimal("a-b", 9002, calls=("c",)),
            "b__c": minimal("b-c", 9003),
            "c": minimal("c", 9004),
        },
        blamed="a-b",
        line=7,
        message="the call `a-b` to `c` cannot be told from `a` to `b-c`",
        hint="rename one of the services",
    ),
    "no DNS label": Case(
        files={"Solo_1": BASE},
        blamed="Solo_1",
        line=None,
        message="the folder name `Solo_1` cannot name a service",
        hint="use at most 20 lower case letters, digits and hyphens, a letter first",
    ),
    "a name of the platform": Case(
        files={"governance": BASE},
        blamed="governance",
        line=None,
        message="`governance` cannot name a service, the platform uses it itself",
        hint="rename the folder",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_error_names_place_problem_and_remedy(case: Case, tmp_path: Path) -> None:
    """The exact message and hint, the file, and the line."""
    services = write(tmp_path, **case.files)
    with pytest.raises(DeclarationError) as caught:
        load_services(services)
    error = caught.value
    places = {name: str(services / name / "service.toml") for name in case.files}
    assert (error.message, error.hint, error.line) == (
        case.message,
        case.hint.replace("{axon}", places.get("axon", "")),
        case.line,
    )
    assert error.path == services / case.blamed / "service.toml"
    suffix = "" if case.line is None else f":{case.line}"
    assert str(error) == f"{error.path}{suffix}: {error.message}"
