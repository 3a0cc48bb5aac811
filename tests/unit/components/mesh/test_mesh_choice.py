"""The mesh behind its interface. MSH-1."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.declarations import load_services
from components.mesh.errors import MeshEndedError, MeshUnavailableError
from components.mesh.membership import Alias, Membership
from components.mesh.mesh import MeshKind, choose_mesh
from components.mesh.service_connect import ServiceConnect
from tests.support.paths import ROOT
from tests.support.recording.declarations import declared, minimal

MESH = ServiceConnect()


def test_reference_workload() -> None:
    """MSH-1: Axon is known by its name and port; Orbit is a client that comes after it."""
    services = load_services(ROOT / "services")
    axon, orbit = services.services
    assert MESH.membership(services, axon) == Membership(exposes=Alias(name="axon", port=8081), after=())
    assert MESH.membership(services, orbit) == Membership(exposes=None, after=("axon",))
    assert MESH.url(axon) == "http://axon:8081"


def test_who_neither_calls_nor_is_called_stays_outside(tmp_path: Path) -> None:
    """A service of its own has no part in the mesh."""
    services = declared(tmp_path, solo=minimal("solo", 9000))
    assert MESH.membership(services, services.get("solo")) is None


def test_services_in_a_ring_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """A service waits only for those callees that do not call back, directly or through others."""
    services = declared(
        tmp_path,
        a=minimal("a", 9001, calls=("b", "d")),
        b=minimal("b", 9002, calls=("c",)),
        c=minimal("c", 9003, calls=("a",)),
        d=minimal("d", 9004),
    )
    memberships = {one.name: MESH.membership(services, one) for one in services.services}
    assert {name: found.after if found else None for name, found in memberships.items()} == {
        "a": ("d",),
        "b": (),
        "c": (),
        "d": (),
    }


def test_service_connect_is_to_be_had() -> None:
    """The default back end needs no permission."""
    assert isinstance(choose_mesh(MeshKind.SERVICE_CONNECT, allow_ended=False), ServiceConnect)


def test_app_mesh_has_ended() -> None:
    """MSH-1: App Mesh is refused, with the day on which AWS ended it, the alternative, and the way round."""
    with pytest.raises(MeshEndedError) as caught:
        choose_mesh(MeshKind.APP_MESH, allow_ended=False)
    assert (caught.value.message, caught.value.hint) == (
        "the mesh `app-mesh` cannot be deployed, AWS ended App Mesh on 2026-09-30",
        "set `myelin:mesh` to `service-connect`, which is what AWS points to, "
        "or `myelin:meshAllowEnded` to `true`",
    )


def test_app_mesh_is_never_replaced_in_silence() -> None:
    """Allowed or not, asking for App Mesh does not deploy another mesh."""
    with pytest.raises(MeshUnavailableError) as caught:
        choose_mesh(MeshKind.APP_MESH, allow_ended=True)
    assert caught.value.message == "the mesh `app-mesh` has no resources in this version"
