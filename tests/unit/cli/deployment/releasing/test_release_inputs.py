"""Inputs of a deployment, recorded and written again as files. DEL-4."""

from __future__ import annotations

from pathlib import Path

from cli.deployment.inputs import read_inputs
from cli.deployment.releasing.release_inputs import record_inputs, write_inputs
from cli.environment import read_environment
from cli.project import Project
from stacks.names import Layer


def test_what_is_written_again_is_the_same(project: Project, tmp_path: Path) -> None:
    """Read from the files of a release, the inputs have the name that they had, and so deploy the same."""
    environment = read_environment(project, "dev")
    recorded = record_inputs(project, environment, read_inputs(project, environment))
    written, there = write_inputs(recorded, project, environment, tmp_path / "release")
    again = record_inputs(written, there, read_inputs(written, there))
    assert again == recorded
    assert again.digest == recorded.digest


def test_images_are_those_of_the_release(project: Project, tmp_path: Path) -> None:
    """Whatever the code would make by now."""
    environment = read_environment(project, "dev")
    recorded = record_inputs(project, environment, read_inputs(project, environment))
    (project.code / "axon" / "app.py").write_text("changed = True\n")
    written, there = write_inputs(recorded, project, environment, tmp_path / "release")
    assert read_inputs(written, there).images == recorded.images
    assert read_inputs(project, environment).images != recorded.images


def test_no_secret_of_a_stack_file_is_recorded(project: Project, tmp_path: Path) -> None:
    """Credentials of the provider are named and not kept; a rollback takes them as they are now. SEC-2"""
    file = project.stack_file("dev", Layer.PLATFORM)
    text = file.read_text()
    file.write_text(f"{text}  aws:secretKey: hunter2-of-then\n")
    environment = read_environment(project, "dev")
    recorded = record_inputs(project, environment, read_inputs(project, environment))
    assert "hunter2" not in recorded.document
    assert recorded.withheld == {"platform": ("aws:secretKey",)}
    file.write_text(f"{text}  aws:secretKey: hunter2-of-now\n")
    _, there = write_inputs(recorded, project, read_environment(project, "dev"), tmp_path / "release")
    assert there.files[Layer.PLATFORM].values["aws:secretKey"] == "hunter2-of-now"
