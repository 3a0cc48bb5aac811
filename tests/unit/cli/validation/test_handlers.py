"""Handlers and declarations, with the code in a process of its own."""

from __future__ import annotations

from pathlib import Path

from cli.validation.handlers import Application, check_handlers, find_application
from cli.validation.mistake import Mistake, Unchecked
from components.declarations import Runtime, load_services
from tests.support.paths import ROOT
from tests.support.recording.declarations import declared, minimal

HEAD = "from services.runtime import Call, Service\nservice = Service()\n"
HANDLER = '@service.intent("{0}")\nasync def {0}(call: Call[int]) -> int: ...\n'
INTENTS = '[[intents]]\nname = "credit"\n[[intents]]\nname = "debit"\n'


def applications(root: Path, **codes: str) -> list[Application]:
    """Code of services, in modules that no installed package hides."""
    found = []
    for name, code in codes.items():
        (root / f"{name}_code.py").write_text(code, encoding="utf-8")
        found.append(Application(service=name, reference=f"{name}_code:service", environment={"MODE": "a"}))
    return found


def test_each_difference_is_told_with_its_place(tmp_path: Path) -> None:
    """An intent without a handler is told where it is declared, a handler that nothing declares where it
    stands; code that ends its process is told, and what comes after is still listed.
    """
    codes = {
        "bank": HEAD + HANDLER.format("credit") + HANDLER.format("debbit"),
        "chatty": "import os\nprint('{}')\nassert os.environ['MODE'] == 'a'\n" + HEAD,
        "dead": "import os, sys\nprint('bye', file=sys.stderr, flush=True)\nos._exit(7)\n",
        "other": "service = object()\n",
        "raising": HEAD + "1 / 0\n",
    }
    texts = {
        name: minimal(name, 9000 + number, more=INTENTS if name == "bank" else "")
        for number, name in enumerate(codes)
    }
    services = declared(tmp_path, **texts)
    found = list(check_handlers(tmp_path, services, applications(tmp_path, **codes)))
    told = [(each.message, each.path, each.line) for each in found if isinstance(each, Mistake)]
    bank = tmp_path / "services" / "bank" / "service.toml"
    assert told == [
        (
            "`bank` declares the intent `debit` and has no handler for it; is `debbit` meant",
            bank,
            bank.read_text(encoding="utf-8").splitlines().index('name = "debit"') + 1,
        ),
        ("`bank` has a handler for `debbit`, which it does not declare", tmp_path / "bank_code.py", 5),
        (
            "importing its code ended the process (exit code 7): bye",
            tmp_path / "services" / "dead" / "service.toml",
            None,
        ),
        (
            "`raising_code:service` cannot be imported: ZeroDivisionError: division by zero",
            tmp_path / "raising_code.py",
            3,
        ),
    ]
    assert [each.subject for each in found if isinstance(each, Unchecked)] == ["handlers of other"]


def test_code_that_is_never_imported_is_given_up(tmp_path: Path) -> None:
    """After its time the process is ended, and what it was at is told."""
    services = declared(tmp_path, endless=minimal("endless", 9000))
    code = applications(tmp_path, endless="import time\ntime.sleep(600)\n")
    [mistake] = check_handlers(tmp_path, services, code, seconds=0)
    assert isinstance(mistake, Mistake)
    assert mistake.message == "its code is still being imported after a while"


def test_what_an_image_runs_says_where_the_code_is() -> None:
    """The reference is that of the command, or by default the service's own; other programs are not looked
    into, and that is said.
    """
    axon = load_services(ROOT / "services").get("axon")
    serve = ("{python}", "-m", "services.runtime.serve")

    def reference(*command: str) -> str:
        found = find_application(axon, command)
        return found.reference if isinstance(found, Application) else found.reason

    assert reference(*serve) == "services.axon.app:service"
    assert reference(*serve, "a.b:c", "--port", "1") == "a.b:c"
    assert reference("node", "app.js") == "its image does not run `services.runtime.serve`"
    gate = find_application(axon.model_copy(update={"runtime": Runtime.GATE}), serve)
    assert isinstance(gate, Unchecked)
