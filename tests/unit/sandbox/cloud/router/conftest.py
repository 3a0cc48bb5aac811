"""The fixtures of this folder's tests."""

from __future__ import annotations

from tests.support.emulated_aws import aws, emulator
from tests.support.router.fixtures import balancer, loop, other_task, proxy, serve, task

__all__ = ["aws", "balancer", "emulator", "loop", "other_task", "proxy", "serve", "task"]
