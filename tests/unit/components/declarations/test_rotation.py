"""How a secret gets its next value, as a declaration says it. SEC-2."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.declarations import DeclarationError, ServiceDeclaration, load_services
from components.declarations.rotation import RotationKind, with_tables
from lambdas.rotation.handler import CALL, GENERATED

HEAD = 'description = "x"\ntier = "private"\nport = 8090\ncpu = 256\nmemory = 512\n'
CALLED = '[secrets.partner-token]\npurpose = "for a partner"\nrotate = "call"\n'
URLS = 'tell = "https://partner.example/v1/tokens"\ntest = "https://partner.example/v1/me"\n'


def declared(folder: Path, text: str) -> ServiceDeclaration:
    """The service `pay`, whose declaration ends so."""
    file = folder / "pay" / "service.toml"
    file.parent.mkdir()
    file.write_text(HEAD + text, encoding="utf-8")
    return load_services(folder).get("pay")


def test_the_deployment_and_the_function_name_a_kind_alike() -> None:
    """The tag that a component writes is the one that the rotation function knows."""
    assert (RotationKind.GENERATED.value, RotationKind.CALL.value) == (GENERATED, CALL)


def test_a_text_is_short_for_a_generated_secret(tmp_path: Path) -> None:
    """`NAME = "purpose"` and a table with the purpose alone are the same."""
    service = declared(tmp_path, '[secrets]\nshort = "a"\nlong = { purpose = "a" }\n')
    assert service.secrets["short"] == service.secrets["long"]
    assert service.secret("short").rotate is RotationKind.GENERATED
    assert dict(service.injected_secrets) == {"short": "a", "long": "a"}
    assert with_tables({"secrets": 5}) == {"secrets": 5}


def test_an_issuer_has_two_addresses(tmp_path: Path) -> None:
    """Where it is told, and where it is asked."""
    secret = declared(tmp_path, CALLED + URLS).secret("partner-token")
    assert secret.rotate is RotationKind.CALL
    assert (secret.tell[-10:], secret.test[-6:]) == ("/v1/tokens", "/v1/me")


def test_what_the_platform_adds_is_rotated_or_by_hand(tmp_path: Path) -> None:
    """The gate's token is generated; the keys of clients' tokens are their issuer's."""
    client = 'client = "jwt"\nissuer = "https://i.example"\naudience = "a"\n'
    service = declared(tmp_path, f'runtime = "gate"\n[ingress]\npaths = ["/pay"]\n{client}')
    assert service.secret("gate-token").rotate is RotationKind.GENERATED
    assert service.secret("client-keys").rotate is RotationKind.BY_HAND


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (CALLED, 8, "`secrets.partner-token.tell` is missing"),
        (
            CALLED + 'tell = "http://partner.example/"\n',
            9,
            "tell` must be an https URL",
        ),
        (CALLED + URLS.replace("/v1/me", "/v1/me?x=y"), 10, "must be an https URL"),
        (CALLED.replace("call", "weekly"), 8, "must be `generated`, `call` or `by-hand`"),
        (CALLED.replace("call", "generated") + URLS, 9, "`secrets.partner-token.tell` is only"),
        (CALLED.replace("rotate", "rotat"), 8, "unknown key `secrets.partner-token.rotat`"),
        ('[secrets.partner-token]\nrotate = "by-hand"\n', 6, "missing key `secrets.partner-token.purpose`"),
        ("[secrets]\npartner-token = 5\n", 7, "`secrets.partner-token` must be"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(tmp_path: Path, text: str, line: int, said: str) -> None:
    """Whatever is wrong with it, before anything is deployed."""
    with pytest.raises(DeclarationError) as error:
        declared(tmp_path, text)
    assert said in error.value.message
    assert (error.value.path.name, error.value.line) == ("service.toml", line)
