"""The settings of all environments."""

from __future__ import annotations

from pathlib import Path

from cli.project import Project
from cli.validation.settings import check_settings
from components.declarations import load_services
from tests.support.paths import ROOT
from tests.support.recording.project_copy import copy_sources


def test_the_projects_own_settings_are_right() -> None:
    """All environments are found right, and what the images run is known."""
    project = Project(root=ROOT, sandbox=ROOT / ".myelin")
    found = check_settings(project, load_services(project.services))
    assert (found.environments, found.mistakes) == (("dev", "prod", "sandbox", "staging"), [])
    assert set(found.commands) == {"axon", "orbit"}


def test_every_wrong_setting_is_told(tmp_path: Path) -> None:
    """Of every environment and layer, each setting that is wrong, with its line; files that are missing; and
    images that nothing stands for.
    """
    root = copy_sources(tmp_path / "project")
    config = root / "stacks" / "config"
    for other in (*config.glob("Pulumi.prod-*"), *config.glob("Pulumi.staging-*")):
        other.unlink()
    platform = config / "Pulumi.dev-platform.yaml"
    platform.write_text(
        "config:\n  aws:region: us-east-1\n  myelin:alowHttp: true\n  myelin:logRetentionDays: 6\n"
        "  myelin:policyRefreshSeconds: 0\n",
        encoding="utf-8",
    )
    workloads = config / "Pulumi.sandbox-workloads.yaml"
    workloads.write_text(
        "config:\n  aws:region: us-east-2\n  myelin:imageTags:\n    nobody: v1\n", encoding="utf-8"
    )
    (config / "Pulumi.prod-platform.yaml").write_text("config: {}\n", encoding="utf-8")
    images = root / "services" / "images.toml"
    images.write_text(images.read_text("utf-8").replace('"orbit"', '"orbiter"'), encoding="utf-8")
    project = Project(root=root, sandbox=root / ".myelin")
    found = check_settings(project, load_services(project.services))
    told = [(each.path and each.path.name, each.line, each.message) for each in found.mistakes]
    assert told == [
        (platform.name, 3, "unknown setting `myelin:alowHttp`"),
        (platform.name, 4, told[1][2]),
        (platform.name, 5, "`myelin:policyRefreshSeconds` must be seconds from 1 to 300, not `0`"),
        ("images.toml", None, "no image `orbit:0.1.0`, which `orbit` runs in `dev`"),
        (
            "config",
            None,
            "the environment `prod` lacks stacks/config/Pulumi.prod-foundation.yaml and "
            "stacks/config/Pulumi.prod-workloads.yaml",
        ),
        (workloads.name, 2, "`aws:region` is `us-east-2`, and `us-east-1` in Pulumi.sandbox-foundation.yaml"),
        (workloads.name, 3, "`myelin:imageTags` names `nobody`, which is no service"),
        ("images.toml", None, "no image `orbit:0.1.0`, which `orbit` runs in `sandbox`"),
    ]
    assert "`myelin:logRetentionDays` must be" in told[1][2]
