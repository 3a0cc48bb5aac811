"""Which services are deployed, for commands that look at them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from cli.errors import UsageError
from cli.worlds.world import World, deployed_platform, deployed_workloads


def chosen_services(world: World, service: str) -> tuple[str, ...]:
    """One deployed service, or all when none is named. Raises NotDeployedError and UsageError."""
    known = sorted(deployed_workloads(world).services)
    if not service:
        return tuple(known)
    require_known("service", service, known)
    return (service,)


def require_known(kind: str, name: str, known: Iterable[str]) -> None:
    """Raise UsageError, with the names that there are, for one that is not deployed."""
    names = sorted(known)
    if name not in names:
        near = get_close_matches(name, names, n=1)
        meant = f"did you mean `{near[0]}`; " if near else ""
        there = f"there are {', '.join(names)}" if names else "there is none"
        raise UsageError(f"no {kind} `{name}` is deployed", hint=f"{meant}{there}")


def pace_of(world: World) -> float:
    """How many seconds of AWS pass in one: 1 but in a sandbox."""
    return world.running(deployed_platform(world), deployed_workloads(world)).time_scale
