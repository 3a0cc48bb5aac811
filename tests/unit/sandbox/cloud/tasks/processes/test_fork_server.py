"""What the server of forks has loaded before it forks."""

from __future__ import annotations

import json
import subprocess
import sys

from sandbox.cloud.tasks.processes.fork_server import ForkedProgram
from tests.support.paths import ROOT

LOADED = """
import json, sys
{imports}
print(json.dumps([
    [name.partition(".")[0], getattr(module, "__file__", None) or ""]
    for name, module in sys.modules.items() if module is not None
]))
"""


def loaded(imports: str) -> dict[str, str]:
    """A file of each package that is loaded after these imports, in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", LOADED.format(imports=imports)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(ran.stdout))


def test_a_program_is_as_it_was_asked_for() -> None:
    """A request says the whole program."""
    program = ForkedProgram(module="a.b", arguments=("-x", "é"), environment={"A": "1"}, directory="/tmp")
    assert ForkedProgram.of_message(program.to_message()) == program


def test_every_library_of_a_service_is_loaded_and_nothing_of_a_project() -> None:
    """What the services import from elsewhere is there before they start, and nothing of the project."""
    server = loaded("from sandbox.cloud.tasks.processes.fork_server import load_libraries; load_libraries()")
    services = loaded(
        "import services.runtime.serve, services.orbit.app, services.axon.app, services.gate.app"
    )
    libraries = {name for name, file in services.items() if "site-packages" in file}
    assert libraries
    assert libraries - server.keys() == set()
    assert server.keys() & {"services", "components", "policies", "stacks", "cli", "lambdas"} == set()
