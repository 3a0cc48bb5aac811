"""The Pulumi program: reads the current stack's settings and the declarations, and runs its layer.

    stack name -> environment and layer -> settings -> declarations -> account -> layer -> outputs

Mistakes in settings and declarations are found before the first resource is registered.
"""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

import pulumi

from components.current_account import current_account
from components.declarations import load_services
from components.functions.definition import FunctionCode
from components.functions.runtime import FunctionTarget
from components.scope import Scope
from stacks.agreement import check_agreement
from stacks.config_file import load_config_file
from stacks.layer_outputs import Made, MadeList, export_outputs
from stacks.layer_settings import FoundationSettings, PlatformSettings, Settings, WorkloadSettings
from stacks.layers.context import ArchiveBuilder, LayerContext
from stacks.lean_imports import import_provider_leanly
from stacks.names import PROJECT_FILE, existing_stacks, find_project_root, parse_stack_name
from stacks.outputs import LayerOutputs
from stacks.pulumi_config import all_config
from stacks.settings import check_workloads, settings_of

SERVICES = "services"
CACHE = Path(".myelin", "archives")
"""Below the project root; archives are named by their content, so it never goes stale."""


def main(written: Path | None = None) -> None:
    """Run the stack that Pulumi is asked for; raises StackError and ComponentError.

    `written` is as for `deploy_stack`.
    """
    deploy_stack(project_root(), function_archive, written=written)


def deploy_stack(root: Path, build_archive: ArchiveBuilder, *, written: Path | None = None) -> None:
    """Run the current stack of the project at `root` and export its outputs.

    `written` has stack files and declarations where they are not those of the project, but of a release.
    """
    inputs = written or root
    stack = parse_stack_name(pulumi.get_stack(), root)
    source = load_config_file(stack.config_file(inputs))
    settings = settings_of(stack.layer, all_config(), source)
    check_agreement(
        {
            one.layer: load_config_file(one.config_file(inputs))
            for one in existing_stacks(root)
            if one.environment == stack.environment
        }
    )
    services = load_services(inputs / SERVICES)
    import_provider_leanly()
    if isinstance(settings, WorkloadSettings):
        check_workloads(settings, services, source)
    context = LayerContext(
        stack=stack,
        root=root,
        services=services,
        scope=Scope(account=current_account(), environment=stack.environment, layer=stack.layer),
        build_archive=build_archive,
    )
    export_outputs(_run_layer(context, settings))


def load_layers() -> None:
    """Import every layer with its resource classes, for a caller that has time now and runs them later."""
    import_provider_leanly()
    from stacks.layers import foundation, platform, workloads  # noqa: F401, PLC0415


def project_root() -> Path:
    """The project's root: from the engine, else the nearest folder upwards with a Pulumi.yaml."""
    told = pulumi.get_root_directory()
    if told and (Path(told) / PROJECT_FILE).is_file():
        return Path(told)
    return find_project_root(Path.cwd())


def function_archive(project_root: Path, code: FunctionCode, target: FunctionTarget) -> Path:
    """The code archive of a function for a target, built if the cache has none; raises ArchiveError."""
    from components.functions.archive import build_archive  # noqa: PLC0415 - one layer of three needs it

    return build_archive(project_root=project_root, code=code, target=target, cache=project_root / CACHE)


def _run_layer(context: LayerContext, settings: Settings) -> LayerOutputs[Made, MadeList]:
    # importing a layer imports its resource classes, so only the one that runs is imported
    match settings:
        case FoundationSettings():
            from stacks.layers import foundation  # noqa: PLC0415

            return foundation.deploy(context, settings)
        case PlatformSettings():
            from stacks.layers import platform  # noqa: PLC0415

            return platform.deploy(context, settings)
        case WorkloadSettings():
            from stacks.layers import workloads  # noqa: PLC0415

            return workloads.deploy(context, settings)
        case _:
            assert_never(settings)
