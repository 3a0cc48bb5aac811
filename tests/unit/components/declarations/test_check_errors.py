"""Declarations that contradict themselves or each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.declarations.checks import contradictions, service_errors
from components.declarations.declaration import ServiceDeclaration, Tier
from components.declarations.document import DeclarationFile
from tests.support.recording.declarations import minimal
from tests.support.recording.mistaken_declarations import AXON, BASE, Mistake, assert_is_explained, solo

MISTAKES = {
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
    "duplicate call": Mistake(
        files={"solo": minimal("solo", 9000, calls=("axon", "axon")), "axon": AXON},
        line=9,
        message="the call of `axon` for `reason` is declared twice",
        hint="remove one, the first is in line 6",
    ),
    "unknown callee, near one": Mistake(
        files={"solo": minimal("solo", 9000, calls=("axom",)), "axon": AXON},
        line=7,
        message="`solo` calls `axom`, which is not declared",
        hint="did you mean `axon`",
    ),
    "unknown callee": Mistake(
        files={"solo": minimal("solo", 9000, calls=("zzz",)), "axon": AXON},
        line=7,
        message="`solo` calls `zzz`, which is not declared",
        hint="declared are axon, solo",
    ),
    "cycle of tiers": Mistake(
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
    "one path, two services": Mistake(
        files={
            "axon": minimal("axon", 8081, more='[ingress]\npaths = ["/x"]\n'),
            "solo": minimal("solo", 9000, more='[ingress]\npaths = ["/y", "/x"]\n'),
        },
        line=7,
        message="`axon` and `solo` both claim the path `/x`",
        hint="the load balancer can send it to one of them only, see {axon}",
    ),
    "one port, two services": Mistake(
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
    "a gate with nothing to guard": solo(
        BASE + 'runtime = "gate"\n',
        line=6,
        message="`solo` is behind the gate, and neither offers an intent nor calls one",
        hint="declare what it offers under `[[intents]]`, or whom it calls under `[[calls]]`",
    ),
    "an application's port without a gate": solo(
        BASE + "application_port = 3000\n",
        line=6,
        message="`application_port` is only for a service behind the gate",
        hint='remove it, or set `runtime = "gate"`',
    ),
    "one port for gate and application": solo(
        BASE + 'runtime = "gate"\napplication_port = 9000\n[[intents]]\nname = "x"\n',
        line=7,
        message="gate and application of `solo` cannot both listen on 9000",
        hint="`port` is the gate's, `application_port` the application's: choose two",
    ),
    "an application on the port of its calls": solo(
        BASE + 'runtime = "gate"\napplication_port = 9081\n[[intents]]\nname = "x"\n',
        line=7,
        message="port 9081 is where the gate takes the calls of its application",
        hint="choose another one",
    ),
    "a secret of the gate's": solo(
        BASE + 'runtime = "gate"\n[[intents]]\nname = "x"\n[secrets]\ngate-token = "mine"\n',
        line=10,
        message="the secret `gate-token` would be `GATE_TOKEN`, which the platform sets already",
        hint="rename the secret",
    ),
    "a path that a server behind the gate may take for an intent's": solo(
        BASE + 'runtime = "gate"\n[ingress]\npaths = ["/Credit.json"]\n[[intents]]\nname = "credit"\n',
        line=8,
        message="the path `/Credit.json` leads to the intent `credit`",
        hint="clients come in on paths of their own: an intent is only for services with a grant",
    ),
    "clients with IAM credentials, and none that may come in": solo(
        BASE + '[ingress]\npaths = ["/x"]\nclient = "sigv4"\n',
        line=8,
        message="`ingress.identities` is missing for clients with IAM credentials",
        hint='add a table `[ingress.identities]` such as `"role/shop" = "acme"`',
    ),
    "identities that nobody looks at": solo(
        BASE + '[ingress]\npaths = ["/x"]\n[ingress.identities]\n"role/shop" = "acme"\n',
        line=8,
        message="`ingress.identities` is only for clients with IAM credentials",
        hint='remove it, or set `client = "sigv4"`',
    ),
    "claims without tokens": solo(
        BASE + '[ingress]\npaths = ["/x"]\nclaims = ["plan"]\n',
        line=8,
        message="`ingress.claims` is only for clients with tokens",
        hint='remove it, or set `client = "jwt"`',
    ),
    "a secret with the name of the keys of tokens": solo(
        BASE + '[secrets]\nclient-keys = "mine"\n',
        line=7,
        message="the secret `client-keys` would be `CLIENT_KEYS`, which the platform sets already",
        hint="rename the secret",
    ),
    "a call to an intent that is not offered": Mistake(
        files={
            "solo": BASE + '[[calls]]\nservice = "axon"\nintent = "resaon"\n',
            "axon": AXON + '[[intents]]\nname = "reason"\n[[intents]]\nname = "erase"\n',
        },
        line=8,
        message="`axon` does not offer the intent `resaon`",
        hint="did you mean `reason`",
    ),
    "a call to an intent that is not like any": Mistake(
        files={
            "solo": BASE + '[[calls]]\nservice = "axon"\nintent = "zzz"\n',
            "axon": AXON + '[[intents]]\nname = "reason"\n[[intents]]\nname = "erase"\n',
        },
        line=8,
        message="`axon` does not offer the intent `zzz`",
        hint="it offers erase, reason",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_mistake_is_explained(mistake: Mistake, tmp_path: Path) -> None:
    """The exact message and hint, the file, and the line."""
    assert_is_explained(mistake, tmp_path)


def test_declarations_are_checked_as_values() -> None:
    """One declaration alone, then all of them together; neither needs a file."""
    solo = ServiceDeclaration(
        name="solo",
        path=Path("service.toml"),
        description="x",
        tier=Tier.PRIVATE,
        port=9000,
        cpu=300,
        memory=512,
    )
    file = DeclarationFile(path=solo.path, content={}, lines={("cpu",): 4, ("port",): 3})
    [wrong] = service_errors(file, solo)
    assert (wrong.line, wrong.message) == (4, "`cpu` must be a size that Fargate offers, not `300`")
    other = solo.model_copy(update={"name": "other"})
    [wrong] = contradictions([(file, solo), (file, other)])
    assert (wrong.line, wrong.message) == (3, "`solo` and `other` both use port `9000`")
