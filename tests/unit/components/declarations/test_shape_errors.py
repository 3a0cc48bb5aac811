"""Declarations of a wrong shape: malformed, with unknown, wrong or missing keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from components.declarations.declaration import ServiceDeclaration
from components.declarations.document import DeclarationFile
from components.declarations.positions import KeyPath
from components.declarations.shape import shape_errors
from tests.support.recording.mistaken_declarations import BASE, Mistake, assert_is_explained, solo

MISTAKES = {
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
        hint="known here are application_port, calls, cpu, deployment, description, environment, health, "
        "ingress, intents, memory, objectives, port, runtime, scaling, secrets, tier",
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
    "an attribute that is no name": solo(
        BASE + '[[intents]]\nname = "credit"\nattributes = ["the amount"]\n',
        line=8,
        message='`intents[0].attributes[0]` must be a name such as `amount`, not `"the amount"`',
        hint="correct the value",
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
    "no DNS label": Mistake(
        files={"Solo_1": BASE},
        blamed="Solo_1",
        line=None,
        message="the folder name `Solo_1` cannot name a service",
        hint="use at most 20 lower case letters, digits and hyphens, a letter first",
    ),
    "a name of the platform": Mistake(
        files={"governance": BASE},
        blamed="governance",
        line=None,
        message="`governance` cannot name a service, the platform uses it itself",
        hint="rename the folder",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_mistake_is_explained(mistake: Mistake, tmp_path: Path) -> None:
    """The exact message and hint, the file, and the line."""
    assert_is_explained(mistake, tmp_path)


def test_mistakes_are_told_by_line() -> None:
    """Of several mistakes in a file each is told, in the order in which they stand."""
    content = {"description": "x", "tier": "private", "port": "x", "cpu": "y", "memory": 512}
    lines: dict[KeyPath, int] = {("port",): 9, ("cpu",): 4}
    file = DeclarationFile(path=Path("service.toml"), content=content, lines=lines)
    with pytest.raises(ValidationError) as caught:
        ServiceDeclaration(name="solo", path=file.path, **content)  # type: ignore[arg-type]
    assert [(error.line, error.message) for error in shape_errors(file, caught.value)] == [
        (4, '`cpu` must be a number of CPU units, not `"y"`'),
        (9, '`port` must be a port from 1024 to 49151, not `"x"`'),
    ]
