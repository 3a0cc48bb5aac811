from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import packages_distributions

import pytest

from services.axon.app import AxonSettings
from services.runtime.serve import load_factory, own_factory
from services.runtime.signing.verify import REQUIRED_HEADERS, Reason
from tests.support.paths import ROOT

SERVICES = ("axon", "orbit")
GATE = "gate"
OWN = {"services"}
LOADED = {"aws-xray-sdk", "httptools"}
"""Distributions that are imported by name when traces go to X-Ray, and by uvicorn."""
REQUIREMENTS = (ROOT / "services" / "requirements.in").read_text(encoding="utf-8")
LOCK = (ROOT / "services" / "requirements.lock").read_text(encoding="utf-8")


def dockerfile() -> str:
    text = (ROOT / "services" / "Dockerfile").read_text(encoding="utf-8")
    return re.sub(r"\\\n\s*", "", text)


def test_images_are_built_in_stages_from_the_lock() -> None:
    """Two stages on one base; dependencies by hash, wheels only; no other service's code (AXN-1, ORB-1)."""
    text = dockerfile()

    first, *others = re.findall(r"^FROM (.+)$", text, flags=re.MULTILINE)
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})? AS base", first)
    assert others == ["base AS build", "base"]
    for option in ("--require-hashes", "--no-deps", "--only-binary :all:", "--requirement requirements.lock"):
        assert option in text
    copied = re.findall(r"^COPY services/(\S+) ", text, flags=re.MULTILINE)
    assert copied == ["requirements.lock", "__init__.py", "runtime", "${SERVICE}"]
    assert text.index('RUN test -n "${SERVICE}"') < text.index("COPY services/${SERVICE}")


def test_images_keep_the_models_of_the_clients_that_are_made() -> None:
    """botocore makes no client of a service whose model was left out of the image."""
    kept = set(re.findall(r"! -name (\w+)", dockerfile()))
    code = (path.read_text(encoding="utf-8") for path in (ROOT / "services").rglob("*.py"))
    made = {name for text in code for name in re.findall(r"\bclient\(\s*\"([a-z]+)\"", text)}
    assert made >= {"dynamodb", "lambda", "secretsmanager"}
    assert made <= kept


def test_images_run_without_privileges_on_a_read_only_file_system() -> None:
    """The final stage has a numeric user, writes no bytecode, and gets signals itself (ECS-3)."""
    final = dockerfile().split("\nFROM ")[3]

    assert "\nUSER 10001:10001\n" in final
    assert "PYTHONDONTWRITEBYTECODE=1" in final
    assert '\nENTRYPOINT ["python", "-P", "-m", "services.runtime.serve"]\n' in final
    assert "\nARG SERVICE\n" in final
    assert "MYELIN_SERVICE=${SERVICE}\n" in final


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_runs_the_application_of_its_service(service: str) -> None:
    """Without an argument the process of an image runs what its folder has as `app:service`."""
    assert own_factory(service) == f"services.{service}.app:service"
    assert load_factory(own_factory(service)).__qualname__ == "Service.build"


def test_a_build_sees_only_what_is_let_in() -> None:
    """Everything is ignored but the services, so that no secret or state gets into a build (AXN-1)."""
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert rules[0] == "*"
    assert [rule for rule in rules if rule.startswith("!")] == ["!services"]


def test_the_lock_has_hashes_and_no_places() -> None:
    """Every locked distribution has hashes; no index, host or path of a machine is in it (ENV-1)."""
    pinned = re.findall(
        r"^([a-z0-9-]+)==\S+(?: ; .*)? \\\n    --hash=sha256:[0-9a-f]{64}", LOCK, flags=re.MULTILINE
    )
    lines = [line for line in LOCK.splitlines() if re.match(r"[a-z]", line)]

    assert len(pinned) == len(lines) > 10
    assert not re.search(r"://|--index|--find-links|/home/|/work/|/root/", LOCK)
    wanted = REQUIREMENTS.splitlines()
    assert {name for name in wanted if name and not name.startswith("#")} <= set(pinned)


def test_the_images_contain_what_the_code_imports_and_no_more() -> None:
    """Each distribution that the lock is made from is imported, and whatever is imported is in the lock."""
    imported = {
        name.split(".")[0]
        for folder in ("runtime", GATE, *SERVICES)
        for path in (ROOT / "services" / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _names(node)
    }
    owners = packages_distributions()
    found = [{canonical(one) for one in owners[name]} for name in sorted(imported & owners.keys() - OWN)]
    wanted = {line for line in REQUIREMENTS.splitlines() if line and not line.startswith("#")}
    locked = set(re.findall(r"^([a-z0-9-]+)==", LOCK, flags=re.MULTILINE))
    assert wanted <= set().union(LOADED, *found)
    assert [one for one in found if not one & locked] == []


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_each_image_has_a_command_for_a_machine_without_containers() -> None:
    """images.toml says for both services, and for the gate, what runs instead of their image."""
    table = tomllib.loads((ROOT / "services" / "images.toml").read_text(encoding="utf-8"))["image"]

    assert {entry["repository"] for entry in table} >= {*SERVICES, GATE}
    for entry in (entry for entry in table if entry["repository"] in (*SERVICES, GATE)):
        made = "build" if entry["repository"] == GATE else "service"
        assert f"services.{entry['repository']}.app:{made}" in entry["command"]
        assert {"{python}", "{port}", "127.0.0.1"} <= set(entry["command"])


def test_the_documents_name_every_setting_and_every_reason() -> None:
    """The tables of settings and of refusals are complete (AXN-2, ENV-1)."""
    settings = (ROOT / "services" / "README.md").read_text(encoding="utf-8")
    for field in AxonSettings.model_fields.values():
        assert f"`{field.alias}`" in settings
    signing = (ROOT / "docs" / "sigv4.md").read_text(encoding="utf-8")
    for name in [*(reason.value for reason in Reason), *REQUIRED_HEADERS]:
        assert f"`{name}`" in signing
