"""The inputs of a deployment as the ledger of releases keeps them, and back again as files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from cli.deployment.inputs import IMAGES_KEY, Inputs
from cli.environment import Environment, read_environment
from cli.project import LAYERS, Project
from cli.releases.recorded_inputs import (
    RECORDED_FOREIGN,
    RecordedInputs,
    canonical,
    settings_texts,
    withheld_keys,
)
from stacks.config_file import ConfigFile
from stacks.names import Layer, StackName

_DECLARATION = "service.toml"
_POLICY_FILES = ("*.cedar", "*.cedarschema", "*.cases.yaml")
_IMAGES_FIELD = "images"


def record_inputs(project: Project, environment: Environment, inputs: Inputs) -> RecordedInputs:
    """The inputs of a deployment that were read and checked, to be kept."""
    return RecordedInputs(
        settings={
            layer.value: {
                **_foreign(environment.files[layer]),
                **settings_texts(inputs.settings[layer], without=(_IMAGES_FIELD,)),
            }
            for layer in LAYERS
        },
        withheld={
            layer.value: keys for layer in LAYERS if (keys := withheld_keys(environment.files[layer].values))
        },
        images=dict(inputs.images),
        declarations={
            service.name: service.path.read_text(encoding="utf-8") for service in inputs.services.services
        },
        policies={
            path.relative_to(project.policies).as_posix(): path.read_text(encoding="utf-8")
            for pattern in _POLICY_FILES
            for path in sorted(project.policies.rglob(pattern))
        },
        policy_folder=inputs.policies.version,
    )


def write_inputs(
    recorded: RecordedInputs, project: Project, environment: Environment, folder: Path
) -> tuple[Project, Environment]:
    """Write recorded inputs as files into an empty folder; gives the project and environment that they make.

    Settings that were not recorded are as the environment has them now.
    """
    written = Project(root=project.root, sandbox=project.sandbox, written=folder)
    for layer in LAYERS:
        path = StackName(environment=environment.name, layer=layer).config_file(folder)
        _write(path, yaml.safe_dump({"config": _stack_values(recorded, layer, environment.files[layer])}))
    for service, text in recorded.declarations.items():
        _write(written.services / service / _DECLARATION, text)
    for name, text in recorded.policies.items():
        _write(written.policies / name, text)
    return written, read_environment(written, environment.name)


def _stack_values(recorded: RecordedInputs, layer: Layer, now: ConfigFile) -> Mapping[str, str]:
    values = {key: text for key, text in now.values.items() if key in withheld_keys(now.values)}
    values |= recorded.settings[layer.value]
    if layer is Layer.WORKLOADS:
        values[IMAGES_KEY] = canonical(dict(recorded.images))
    return values


def _foreign(file: ConfigFile) -> dict[str, str]:
    return {key: text for key, text in file.values.items() if key in RECORDED_FOREIGN}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
