"""What a new service declares, and what is added for it."""

from __future__ import annotations

from pathlib import Path

from cli.scaffolding.declarations import declaration, edits
from cli.scaffolding.service_request import NewCall, NewService
from components.declarations import Tier, load_services
from tests.support.recording.declarations import declared, minimal


def test_port_and_tier_follow_from_the_others(tmp_path: Path) -> None:
    """The first port that is free; isolated, but private as soon as it calls a service that is."""
    services = declared(
        tmp_path,
        a=minimal("a", 8080, tier="isolated", more='[[intents]]\nname = "x"\n'),
        b=minimal("b", 8081, more='[[intents]]\nname = "x"\n'),
    )
    for calls, tier in ((("a",), Tier.ISOLATED), (("a", "b"), Tier.PRIVATE)):
        asked = NewService(
            name="c", intents=("y",), calls=tuple(NewCall(service=name, intent="x") for name in calls)
        )
        written = declaration(asked, services)
        target = tmp_path / written.path
        target.parent.mkdir(exist_ok=True)
        target.write_text(written.text, encoding="utf-8")
        made = load_services(tmp_path / "services").get("c")
        assert (made.port, made.tier, [call.service for call in made.calls]) == (8082, tier, list(calls))


def test_lines_are_added_as_a_file_has_them(tmp_path: Path) -> None:
    """At the end, with the line ends of the file, also where the last line has none; known actions stay."""
    images = tmp_path / "services" / "images.toml"
    caller = tmp_path / "services" / "a" / "service.toml"
    caller.parent.mkdir(parents=True)
    images.write_bytes(b"# images")
    caller.write_bytes(b"port = 1\r\n")
    asked = NewService(name="c", intents=("y",), callers=("a",))
    table, call = edits(tmp_path, asked, actions=("y",))
    assert table.text.startswith("# images\n\n[[image]]\nrepository = ")
    assert call.text == 'port = 1\r\n\r\n[[calls]]\r\nservice = "c"\r\nintent = "y"\r\n'
    assert (table.before, call.before) == ("# images", "port = 1\r\n")
