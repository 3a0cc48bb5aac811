"""Archives with packages that were built for another machine."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.cloud.functions.errors import PackagesError
from sandbox.cloud.functions.executor import DeployedFunction, FunctionExecutor
from sandbox.cloud.functions.invocation import Invocation
from sandbox.cloud.functions.packaging.packages import MachinePackages, install_locked
from sandbox.cloud.functions.packaging.wheels import LOCK, Machine, find_substitutes
from tests.support.paths import ROOT

LAMBDA = Machine(python=(3, 13), system="linux", processor="aarch64")
LAPTOP = Machine(python=(3, 12), system="macosx", processor="arm64")
SERVER = Machine(python=(3, 11), system="linux", processor="x86_64")
ON_LAMBDA = "cp313-cp313-manylinux_2_17_aarch64"

PROJECT_LOCK = ROOT / "requirements.lock"


def archive(packages: Mapping[str, str], lock: str | None = None, app: str = "") -> bytes:
    """A zip file with packages, as name-version and tag."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        bundle.writestr("app.py", app)
        for package, tag in packages.items():
            bundle.writestr(
                f"{package}.dist-info/WHEEL", f"Wheel-Version: 1.0\nTag: py9-none-other\nTag: {tag}\n"
            )
        if lock is not None:
            bundle.writestr(LOCK, lock)
    return buffer.getvalue()


def locked(*names: str) -> str:
    return "# made by a tool\n" + "".join(
        f"{name}==1.0 ; x \\\n    --hash=sha256:{name}\n    # via y\n" for name in names
    )


@pytest.mark.parametrize(
    ("tag", "machines"),
    [
        ("py3-none-any", (LAMBDA, LAPTOP, SERVER)),
        (ON_LAMBDA, (LAMBDA,)),
        ("cp313-abi3-manylinux_2_17_aarch64", (LAMBDA,)),
        ("cp39-abi3-macosx_11_0_arm64", (LAPTOP,)),
        ("cp312-cp312-macosx_10_9_universal2", (LAPTOP,)),
        ("cp311-cp311-macosx_11_0_arm64", ()),
        ("py3-none-manylinux2014_x86_64", (SERVER,)),
        ("cp311-cp311-manylinux_2_28_x86_64", (SERVER,)),
        ("cp312-abi3-manylinux_2_28_x86_64", ()),
    ],
)
def test_a_tag_says_which_machine_a_wheel_is_for(tag: str, machines: tuple[Machine, ...]) -> None:
    """Python, its ABI, system and processor have to fit; pure Python fits everywhere."""
    assert tuple(machine for machine in (LAMBDA, LAPTOP, SERVER) if machine.fits(tag)) == machines


def test_what_does_not_fit_is_wanted_in_its_locked_version() -> None:
    """With the lock's entries as they stand, hashes and markers included, whatever the spelling of a name;
    and what only this machine needs, which the archive does not have.
    """
    made = archive(
        {"My_Native-1.0": ON_LAMBDA, "pure-1.0": "py3-none-any"}, locked("my-native", "only.here", "pure")
    )
    assert find_substitutes(made, LAMBDA) is None
    found = find_substitutes(made, SERVER)
    assert found is not None
    assert found.packages == ("my-native",)
    assert found.requirements == locked("my-native", "only.here").partition("\n")[2]


@pytest.mark.parametrize(
    "made",
    [
        archive({"pure-1.0": "py3-none-any"}, locked("pure", "elsewhere")),
        archive({"native-1.0": ON_LAMBDA}),
        b"no archive",
    ],
    ids=["fitting", "without-lock", "no-archive"],
)
def test_nothing_is_wanted(made: bytes) -> None:
    """For an archive that fits, and where there is no lock to go by."""
    assert find_substitutes(made, SERVER) is None


class Index:
    """Stands for uv: keeps what it was asked for."""

    def __init__(self, reason: str | None = None) -> None:
        self.reason = reason
        self.asked: list[str] = []

    def __call__(self, requirements: str, into: Path) -> str | None:
        self.asked.append(requirements)
        (into / "native.py").touch()
        return self.reason


def test_packages_are_installed_once(tmp_path: Path) -> None:
    """For every archive with the same lock, also after a restart; another machine has its own."""
    index = Index()
    first, second = (archive({"native-1.0": ON_LAMBDA}, locked("native"), app=text) for text in ("1", "2"))
    installed = MachinePackages(tmp_path, index, SERVER).prepare("f", first)
    assert installed is not None
    assert installed.packages == ("native",)
    assert (installed.folder / "native.py").exists()
    assert MachinePackages(tmp_path, index, SERVER).prepare("f", second) == installed
    assert len(index.asked) == 1
    other = MachinePackages(tmp_path, index, LAPTOP).prepare("f", first)
    assert other is not None
    assert other.folder != installed.folder


def test_packages_that_cannot_be_had_are_said(tmp_path: Path) -> None:
    """Function, packages, machine and reason; nothing stays behind, and the next attempt may succeed."""
    index = Index("no network")
    packages = MachinePackages(tmp_path, index, SERVER)
    made = archive({"native-1.0": ON_LAMBDA}, locked("native"))
    with pytest.raises(PackagesError) as caught:
        packages.prepare("f", made)
    assert caught.value.message == (
        "function `f` has native for another machine, and the same versions cannot be installed for this "
        "one (linux x86_64 with Python 3.11): no network"
    )
    assert list(tmp_path.iterdir()) == []
    index.reason = None
    assert packages.prepare("f", made) is not None


def test_an_install_checks_hashes_and_says_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uv's words in short, without an index's address."""
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    reason = install_locked(f"six==1.17.0 --hash=sha256:{'0' * 64}\n", tmp_path / "into")
    assert reason
    assert "127.0.0.1" not in reason
    assert install_locked("six==1.17.0\n", tmp_path / "into")
    monkeypatch.setenv("UV_OFFLINE", "1")
    reason = install_locked(f"six==1.17.0 --hash=sha256:{'0' * 64}\n", tmp_path / "into")
    assert reason == "`six` is not in the package cache, and no index has it or can be reached"


@pytest.mark.sandbox
def test_a_function_with_foreign_packages_runs(
    tmp_path: Path, sink: Any, configuration: Any, invocation: Callable[..., Invocation]
) -> None:
    """Its code comes from the archive, native modules from beside it, and the status names them. GOV-1"""
    entry = re.search(r"^wrapt==.*?(?=^\S|\Z)", PROJECT_LOCK.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert entry
    app = "import wrapt._wrappers as w\ndef handler(event, context): return [__file__, w.__file__]\n"
    made = archive({"wrapt-9.9": "cp39-cp39-manylinux1_s390x"}, entry[0], app)
    executor = FunctionExecutor(tmp_path, sink=sink, credentials=lambda _: {}, supplied={})
    executor.start()
    try:
        outcome = executor.invoke(DeployedFunction(configuration=configuration, archive=made), invocation())
        assert not outcome.failed
        code, native = json.loads(outcome.payload)
        assert code.startswith(str(tmp_path / "code"))
        assert native.startswith(str(tmp_path / "packages"))
        [status] = executor.status()
        assert status["replaced_packages"] == ["wrapt"]
    finally:
        executor.stop()
