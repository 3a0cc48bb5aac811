"""The values that a layer is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from components.functions.catalogue import DEFINITIONS
from components.functions.definition import FunctionCode
from components.functions.runtime import FunctionTarget
from stacks.layer_settings import PlatformSettings
from stacks.layers.context import ArchiveBuilder, LayerContext
from stacks.layers.platform import deploy
from stacks.names import Layer
from tests.support.recording.environments import archive, layer_context, recorded_outputs
from tests.support.recording.recorder import record


def _deploy(context: LayerContext, settings: PlatformSettings) -> None:
    deploy(context, settings)


def test_archives_are_built_by_whom_the_context_names() -> None:
    """A layer asks for the archive of each function, for the target in its settings, and builds none."""
    asked: list[tuple[Path, FunctionCode, FunctionTarget]] = []

    def build(project_root: Path, code: FunctionCode, target: FunctionTarget) -> Path:
        asked.append((project_root, code, target))
        return archive(project_root, code, target)

    builder: ArchiveBuilder = build
    context = replace(layer_context(Layer.PLATFORM), build_archive=builder)
    settings = PlatformSettings(allow_http=True, function_target=FunctionTarget.HOST)
    record(
        lambda: _deploy(context, settings), stack="dev-platform", config={}, stacks=recorded_outputs("dev")
    )
    assert asked == [(context.root, definition.code, FunctionTarget.HOST) for definition in DEFINITIONS]
