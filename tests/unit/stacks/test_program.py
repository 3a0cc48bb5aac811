"""The program as Pulumi runs it, and what it says about what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from components.declarations import DeclarationError
from stacks.errors import LayerOutputError, StackNameError, StackSettingsError
from stacks.names import Layer
from stacks.program import deploy_stack, project_root
from stacks.pulumi_config import all_config
from tests.support.paths import ROOT
from tests.support.recording.environments import archive, recorded
from tests.support.recording.project_copy import copy_project
from tests.support.recording.recorder import UNKNOWN, Graph, record

# one worker records each environment, for all of them
pytestmark = pytest.mark.xdist_group("recorded")

AS_PULUMI = ROOT / "tests" / "support" / "recording" / "as_pulumi.py"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path)


def run(stack: str, root: Path, *, config: dict[str, str] | None = None, **more: object) -> Graph:
    """Record a stack of the project at `root`."""
    return record(lambda: deploy_stack(root, archive), stack=stack, config=config or {}, root=root, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("layer", [Layer.FOUNDATION, Layer.WORKLOADS])
def test_runs_as_pulumi_up_runs_it(layer: Layer) -> None:
    """`pulumi up` runs the folder stacks/, in it and with it first on the import path."""
    graphs = recorded("dev")
    outputs = {
        f"organization/myelin/dev-{below}": graph.outputs
        for below, graph in graphs.items()
        if below is not layer
    }
    config = {"aws:region": "us-east-1", "myelin:logRetentionDays": "90"}
    if layer is Layer.FOUNDATION:
        config = {"aws:region": "us-east-1", "myelin:natGateways": "1"}
    result = subprocess.run(
        [sys.executable, str(AS_PULUMI), str(ROOT), f"dev-{layer}", json.dumps(outputs)],
        cwd=ROOT / "stacks",
        env={**os.environ, "PULUMI_CONFIG": json.dumps(config)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    types = json.loads(result.stdout)
    assert types == sorted(resource.type for resource in graphs[layer].resources)


def test_no_module_of_stacks_hides_another(tmp_path: Path) -> None:
    """stacks/ is first on the path then, so no name in it may be one of the standard library's or of ours."""
    ours = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    taken = set(sys.stdlib_module_names) | ours | {"pulumi", "pulumi_aws", "pydantic", "yaml", "boto3"}
    names = {path.stem for path in (ROOT / "stacks").iterdir()} - {"__init__", "__main__", "__pycache__"}
    assert names & taken == set()


def test_root_is_where_the_engine_says(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's root directory wins; without one the search goes upwards from the working folder."""
    seen: list[Path] = []
    record(lambda: seen.append(project_root()), stack="dev-foundation", config={}, root=project)
    inside = project / "stacks" / "config"
    monkeypatch.chdir(inside)
    record(lambda: seen.append(project_root()), stack="dev-foundation", config={}, root=None)
    record(lambda: seen.append(project_root()), stack="dev-foundation", config={}, root=inside)
    assert seen == [project, project.resolve(), project.resolve()]


def test_unknown_stack_registers_nothing(project: Path) -> None:
    """A stack without a settings file is an error that lists those that have one."""
    with pytest.raises(StackNameError, match="there is no stack `live-foundation`"):
        run("live-foundation", project)


def test_bad_setting_names_the_line(project: Path) -> None:
    """A wrong value in the stack's file is located in it."""
    with pytest.raises(StackSettingsError) as caught:
        run("dev-foundation", project, config={"myelin:natGateways": "many"})
    assert caught.value.path == project / "stacks/config/Pulumi.dev-foundation.yaml"
    assert caught.value.line == 4


def test_image_tag_of_an_unknown_service_names_the_line(project: Path) -> None:
    """A tag of an unknown service is found before anything is registered."""
    path = project / "stacks/config/Pulumi.dev-workloads.yaml"
    path.write_text(path.read_text() + "  myelin:imageTags: {axom: '2'}\n")
    with pytest.raises(StackSettingsError) as caught:
        run("dev-workloads", project, config={"myelin:imageTags": '{"axom": "2"}'})
    assert (caught.value.path, caught.value.line) == (path, 4)


def test_bad_declaration_comes_before_any_resource(project: Path) -> None:
    """A declaration that cannot be honoured ends the program."""
    path = project / "services" / "axon" / "service.toml"
    path.write_text(path.read_text().replace("port = 8081", "port = 8080"))
    with pytest.raises(DeclarationError, match="both use port `8080`"):
        run("dev-foundation", project)


def test_missing_output_below() -> None:
    """A layer that was deployed too long ago to have an output is named, with the remedy."""
    outputs = dict(recorded("sandbox")[Layer.FOUNDATION].outputs)
    outputs["key_arns"] = {name: arn for name, arn in outputs["key_arns"].items() if name != "platform"}
    with pytest.raises(LayerOutputError) as caught:
        run(
            "sandbox-platform",
            ROOT,
            config={"myelin:allowHttp": "true"},
            stacks={"organization/myelin/sandbox-foundation": outputs},
        )
    assert (caught.value.message, caught.value.hint) == (
        "the stack `sandbox-foundation` has no output `key_arns` that is a table with `platform`",
        "deploy it first, `pulumi up -s sandbox-foundation`",
    )


def test_preview_before_anything_exists() -> None:
    """A preview goes through with everything below still unknown."""
    outputs = recorded("sandbox")[Layer.FOUNDATION].outputs
    unknown = {
        name: dict.fromkeys(value, UNKNOWN) if isinstance(value, dict) else UNKNOWN
        for name, value in outputs.items()
    }
    graph = run(
        "sandbox-platform",
        ROOT,
        config={"myelin:allowHttp": "true"},
        stacks={"organization/myelin/sandbox-foundation": unknown},
        preview=True,
    )
    assert len(graph.resources) == len(recorded("sandbox")[Layer.PLATFORM].resources)


def test_config_from_this_process_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set in the process stands over what the engine passed in the environment."""
    monkeypatch.setenv("PULUMI_CONFIG", '{"a:b": "1", "a:c": "2"}')
    seen: list[object] = []
    record(lambda: seen.append(dict(all_config())), stack="dev-foundation", config={"a:b": "3"})
    assert seen == [{"a:b": "3", "a:c": "2"}]


def test_pulumi_is_the_pinned_one() -> None:
    """The recorder stands on unadvertised parts of the SDK; a new one has to be looked at first."""
    assert version("pulumi").startswith("3.272.")
