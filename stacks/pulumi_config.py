"""All configuration of the stack that is running, which `pulumi.Config` gives only key by key."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi.runtime import config


def all_config() -> Mapping[str, str]:
    """Full keys to text: what the engine passed in the environment, and what was set in this process."""
    return {**config.get_config_env(), **config.CONFIG.get()}
