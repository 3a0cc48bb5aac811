"""The fixtures of this folder's tests; they stand in tests/support/router/fixtures.py."""

from __future__ import annotations

from tests.support.router.fixtures import aws, balancer, emulator, loop, other_task, proxy, serve, task

__all__ = ["aws", "balancer", "emulator", "loop", "other_task", "proxy", "serve", "task"]
