from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from components.functions.archive import build_archive
from components.functions.catalogue import GOVERNANCE_CODE
from components.functions.errors import ArchiveError
from components.functions.runtime import FunctionTarget
from tests.support.paths import ROOT

# one worker builds the archives that several tests only read
pytestmark = pytest.mark.xdist_group("archive")

LOCK = "lambdas/governance/requirements.lock"
Build = Callable[..., Path]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for the archives that several tests only read."""
    return tmp_path_factory.mktemp("archives")


def build(
    cache: Path, *, root: Path = ROOT, target: FunctionTarget = FunctionTarget.HOST, lock: str = LOCK
) -> Path:
    code = replace(GOVERNANCE_CODE, lock=Path(lock))
    return build_archive(project_root=root, code=code, target=target, cache=cache)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what goes into the archive, below another root."""
    root = tmp_path / "elsewhere" / "project"
    for folder in ("lambdas", "policies"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project whose function depends on one small package only."""
    root = tmp_path / "small"
    (root / "lambdas" / "governance").mkdir(parents=True)
    (root / "policies" / "calls").mkdir(parents=True)
    (root / "policies" / "calls" / "text.py").write_text("LIMIT = 1\n")
    for package in ("lambdas", "policies"):
        (root / package / "__init__.py").write_text('"""A package."""\n')
    (root / "lambdas" / "governance" / "decide.py").write_text("ANSWER = 42\n")
    locked = (ROOT / LOCK).read_text()
    entry = re.search(r"^six==.*?(?=^\S|\Z)", locked, flags=re.MULTILINE | re.DOTALL)
    assert entry
    (root / LOCK).write_text(entry.group())
    return root


def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as file:
        return file.namelist()


def test_the_archive_for_aws_holds_arm_wheels(shared: Path) -> None:
    """Built here, it carries aarch64 libraries for Python 3.13, as Lambda on Graviton needs. SHP-5"""
    archive = build(shared, target=FunctionTarget.LAMBDA_ARM64)
    libraries = [name for name in names(archive) if ".so" in name]
    owners = {name.split("/")[0].split(".")[0] for name in libraries}
    assert owners == {"_cffi_backend", "cedarpy", "cryptography", "pydantic_core", "wrapt"}
    # cryptography has one library for every Python, of the stable interface
    assert all(name.endswith((".cpython-313-aarch64-linux-gnu.so", ".abi3.so")) for name in libraries)
    with zipfile.ZipFile(archive) as file:
        for name in libraries:
            # the machine of an ELF file stands in bytes 18 and 19: 183 is AArch64
            assert file.read(name)[18:20] == b"\xb7\x00"


def test_the_archive_holds_code_and_nothing_else(shared: Path) -> None:
    """Sources, packages, licences; no caches, scripts, stubs or records of an installation."""
    content = names(build(shared))
    assert content == sorted(content)
    assert {"lambdas/__init__.py", "lambdas/governance/decide.py", "cedarpy/__init__.py"} <= set(content)
    assert any(name.endswith("METADATA") for name in content)
    forbidden = re.compile(
        r"__pycache__|\.pyc$|\.pyi$|^bin/|/(RECORD|INSTALLER|REQUESTED)$|(^|/)\.|/requirements"
    )
    assert [name for name in content if forbidden.search(name)] == []


def test_an_archive_carries_its_lock(shared: Path) -> None:
    """With versions and hashes, so that its packages can be installed again from the archive alone."""
    with zipfile.ZipFile(build(shared)) as file:
        assert file.read("requirements.lock") == (ROOT / LOCK).read_bytes()


def test_only_the_models_of_services_in_use_are_packed(shared: Path) -> None:
    """botocore's models are two thirds of its size; those of other services stay out."""
    models = {
        name.split("/")[2]
        for name in names(build(shared))
        if name.startswith("botocore/data/") and name.count("/") > 2
    }
    assert models == {"dynamodb", "kms", "s3", "secretsmanager", "sts", "xray"}


def test_an_archive_fits_what_lambda_accepts(shared: Path) -> None:
    """At most 50 MB zipped for an upload and 250 MB unzipped, by far."""
    for target in FunctionTarget:
        archive = build(shared, target=target)
        assert archive.stat().st_size < 20_000_000
        with zipfile.ZipFile(archive) as file:
            assert sum(entry.file_size for entry in file.infolist()) < 60_000_000


@pytest.mark.costly("builds each archive twice")
@pytest.mark.parametrize("target", FunctionTarget)
def test_the_same_source_gives_the_same_bytes(
    shared: Path, project: Path, tmp_path: Path, target: FunctionTarget
) -> None:
    """Two builds, from different folders into different caches, with other times and modes of the files."""
    for path in (project / "lambdas").rglob("*.py"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    first = build(shared, target=target)
    second = build(tmp_path / "cache", root=project, target=target)
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


def test_entries_carry_one_time_and_plain_modes(shared: Path) -> None:
    """So that nothing of the building machine is in them."""
    with zipfile.ZipFile(build(shared)) as file:
        entries = file.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {stat.S_IMODE(entry.external_attr >> 16) for entry in entries} <= {0o644, 0o755}


def test_a_cached_archive_is_found_at_once(shared: Path) -> None:
    """A preview needs the path at once: the builders' lock is not taken, and the file is not touched."""
    archive = build(shared)
    lock = archive.with_suffix(".lock")
    lock.unlink()
    before = archive.stat()
    assert build(shared) == archive
    assert not lock.exists()
    assert archive.stat().st_mtime_ns == before.st_mtime_ns


def test_whatever_decides_the_content_decides_the_name(small: Path, tmp_path: Path) -> None:
    """Code, file names, lock and target are part of the key; a note beside the lock is not."""
    cache = tmp_path / "cache"
    seen = {build(cache, root=small)}
    seen.add(build(cache, root=small, target=FunctionTarget.LAMBDA_ARM64))
    (small / "lambdas" / "governance" / "decide.py").write_text("ANSWER = 43\n")
    seen.add(build(cache, root=small))
    (small / "lambdas" / "governance" / "decide.py").rename(small / "lambdas" / "governance" / "other.py")
    seen.add(build(cache, root=small))
    with (small / LOCK).open("a") as lock:
        lock.write("# a comment\n")
    seen.add(build(cache, root=small))
    assert len(seen) == 5
    (small / "lambdas" / "governance" / "requirements.in").write_text("six\n")
    (small / "lambdas" / "governance" / "__pycache__").mkdir()
    (small / "lambdas" / "governance" / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert build(cache, root=small) in seen


def test_a_changed_source_is_in_the_new_archive(small: Path, tmp_path: Path) -> None:
    """The code that runs is the code that is there."""
    archive = build(tmp_path / "cache", root=small)
    with zipfile.ZipFile(archive) as file:
        assert file.read("lambdas/governance/decide.py") == b"ANSWER = 42\n"
        assert b"Utilities for writing code" in file.read("six.py")


def test_builders_at_once_build_once(small: Path, tmp_path: Path) -> None:
    """Four threads want the same archive: all get it, whole, and nothing else is left in the cache."""
    cache = tmp_path / "cache"
    start = threading.Barrier(4)

    def want(_: int) -> bytes:
        start.wait(timeout=30)
        return build(cache, root=small).read_bytes()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(want, range(4)))
    assert len(set(results)) == 1
    assert sorted(path.suffix for path in cache.iterdir()) == [".lock", ".zip"]


def test_a_second_builder_waits_for_the_first(small: Path, tmp_path: Path) -> None:
    """While another process holds the lock, nothing is built; after it, what it built is taken."""
    cache = tmp_path / "cache"
    archive = build(cache, root=small)
    content = archive.read_bytes()
    archive.unlink()
    with archive.with_suffix(".lock").open("w") as held, ThreadPoolExecutor(1) as pool:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = pool.submit(build, cache, root=small)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)
        archive.write_bytes(b"built by the other")
        fcntl.flock(held, fcntl.LOCK_UN)
        assert waiting.result(timeout=30).read_bytes() == b"built by the other"
    assert content != b"built by the other"


def refusal(cache: Path, root: Path, sources: tuple[str, ...] = GOVERNANCE_CODE.sources) -> ArchiveError:
    with pytest.raises(ArchiveError) as caught:
        build_archive(
            project_root=root,
            code=replace(GOVERNANCE_CODE, sources=sources),
            target=FunctionTarget.HOST,
            cache=cache,
        )
    error = caught.value
    assert error.hint
    assert "http" not in error.message + error.hint
    assert "Traceback" not in error.message
    assert not cache.exists() or [path for path in cache.iterdir() if path.suffix != ".lock"] == []
    return error


def test_a_missing_lock_is_named(small: Path, tmp_path: Path) -> None:
    """Nothing is installed without hashes to check."""
    (small / LOCK).unlink()
    error = refusal(tmp_path / "cache", small)
    assert error.message == "the lock file `requirements.lock` cannot be used: no such file or directory"
    assert error.path == small / LOCK


def test_a_changed_policy_makes_no_new_archive(shared: Path, project: Path) -> None:
    """Policies are published, not deployed: of their folder the archive has the code alone. GOV-2"""
    first = build(shared)
    assert not [name for name in names(first) if name.endswith((".cedar", ".cedarschema"))]
    (project / "policies" / "calls" / "rules" / "more.cedar").write_text("// another one\n")
    assert build(shared, root=project) == first


@pytest.mark.parametrize("source", ["lambdas/nothing", "lambdas/*.nothing", "../outside"])
def test_a_missing_source_is_named(small: Path, tmp_path: Path, source: str) -> None:
    """Neither absent folders nor folders outside the project are packed."""
    (tmp_path / "outside").mkdir()
    error = refusal(tmp_path / "cache", small, (source,))
    assert error.message == f"the source `{source}` is not in the project"


def test_a_wrong_hash_is_refused(small: Path, tmp_path: Path) -> None:
    """A package whose bytes are not the locked ones never gets into an archive."""
    text = (small / LOCK).read_text()
    (small / LOCK).write_text(re.sub(r"sha256:[0-9a-f]{4}", "sha256:0000", text))
    error = refusal(tmp_path / "cache", small)
    assert error.message == "the hash of `six==1.17.0` is not the one in `requirements.lock`"


def test_a_package_without_hash_is_refused(small: Path, tmp_path: Path) -> None:
    """A lock that checks nothing is no lock."""
    (small / LOCK).write_text("six==1.17.0\n")
    error = refusal(tmp_path / "cache", small)
    assert error.message == "`six==1.17.0` has no hash in `requirements.lock`"


def test_a_version_that_does_not_exist_is_refused(small: Path, tmp_path: Path) -> None:
    """It is named, with what can be done."""
    (small / LOCK).write_text(f"six==0.0.999 --hash=sha256:{'0' * 64}\n")
    assert refusal(tmp_path / "cache", small).message == "`six==0.0.999` could not be found"


def test_a_lock_that_is_none_is_refused(small: Path, tmp_path: Path) -> None:
    """Other faults show the one line in which uv names them."""
    (small / LOCK).write_text("this is } not a lock\n")
    message = refusal(tmp_path / "cache", small).message
    assert message.startswith("the dependencies for `host` could not be installed: ")
    assert "\n" not in message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_source_that_can_not_be_read_is_named(small: Path, tmp_path: Path) -> None:
    """A file without permission stops the build."""
    (small / "lambdas" / "governance" / "decide.py").chmod(0)
    message = refusal(tmp_path / "cache", small).message
    assert message == "the source `lambdas/governance/decide.py` cannot be used: permission denied"


def test_a_cache_that_can_not_be_written_is_named(small: Path, tmp_path: Path) -> None:
    """A file in the place of the cache folder is an error with that path."""
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(ArchiveError, match="the cache of archives cannot be used: file exists") as caught:
        build(tmp_path / "cache", root=small)
    assert caught.value.path == tmp_path / "cache"


@pytest.fixture(scope="module")
def unpacked(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The archive for this machine, as Lambda lays it out."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(build(shared)) as file:
        file.extractall(folder)
    yield folder
    shutil.rmtree(folder)


def test_the_handler_runs_from_the_archive_alone(unpacked: Path) -> None:
    """Isolated from this environment's packages, it imports and answers. GOV-1"""
    program = (
        "import sys, json; sys.path.insert(0, sys.argv[1])\n"
        "from lambdas.governance.decide import handler\n"
        "answer = handler({'service': 'orbit', 'intent': 'reason'}, None)\n"
        "files = [getattr(module, '__file__', None) or '' for module in sys.modules.values()]\n"
        "outside = [file for file in files if 'site-packages' in file]\n"
        "print('ANSWER', json.dumps([answer['allowed'], answer['reason_code'], outside]))\n"
    )
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(unpacked)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={
            "POLICY_TABLE": "policies",
            "MYELIN_ENVIRONMENT": "test",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "LAMBDA_TASK_ROOT": str(unpacked),
        },
    )
    assert result.returncode == 0, result.stderr[-1000:]
    (answer,) = [line for line in result.stdout.splitlines() if line.startswith("ANSWER ")]
    assert json.loads(answer.removeprefix("ANSWER ")) == [False, "store_unavailable", []]
