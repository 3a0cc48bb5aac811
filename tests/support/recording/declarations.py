"""Declarations for tests, written to files and read back as the platform reads them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from components.account import Account, Place
from components.declarations import Services, Tier, load_services
from components.declarations.declaration import CallDeclaration, IntentDeclaration, ServiceDeclaration
from components.naming import PhysicalNames

ACCOUNT = Account(id="111122223333", region="eu-central-1")
PLACE = Place(account=ACCOUNT, names=PhysicalNames("dev"))

MINIMAL = """\
description = "{name}"
tier = "{tier}"
port = {port}
cpu = 256
memory = 512
"""

INTENT = '[[intents]]\nname = "reason"\n'


def minimal(
    name: str, port: int, *, tier: str = "private", calls: tuple[str, ...] = (), more: str = ""
) -> str:
    """The text of a declaration with nothing but what has to be there, and calls."""
    text = MINIMAL.format(name=name, tier=tier, port=port) + dedent(more)
    return text + "".join(f'[[calls]]\nservice = "{callee}"\nintent = "reason"\n' for callee in calls)


def write(directory: Path, **texts: str) -> Path:
    """Write `services/<name>/service.toml` for each; a double underscore in a name stands for a hyphen.

    A service that another one calls offers `reason`, unless it says what it offers.
    """
    services = directory / "services"
    for name, text in texts.items():
        called = any(f'service = "{name.replace("__", "-")}"' in other for other in texts.values())
        if called and "[[intents]]" not in text:
            text += INTENT  # noqa: PLW2901 - what is called has to offer it
        folder = services / name.replace("__", "-")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "service.toml").write_text(text, encoding="utf-8")
    return services


def declared(directory: Path, **texts: str) -> Services:
    """Write declarations and read them."""
    return load_services(write(directory, **texts))


def services_calling(**callees: tuple[str, ...]) -> Services:
    """Services by name, each with those that it calls for `reason`; written to no file."""
    return Services(
        services=tuple(
            ServiceDeclaration(
                name=name,
                path=Path(f"services/{name}/service.toml"),
                description=name,
                tier=Tier.PRIVATE,
                port=9000 + number,
                cpu=256,
                memory=512,
                intents=(IntentDeclaration(name="reason"),),
                calls=tuple(CallDeclaration(service=callee, intent="reason") for callee in called),
            )
            for number, (name, called) in enumerate(sorted(callees.items()))
        )
    )
