"""Writes resources of the corpus as Pulumi does: into previews, exports and event streams."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.resources.corpus.decisive import Decisive
from tests.support.resources.documents import STACK, UNKNOWN, urn

Form = str
PREVIEW, EXPORT, STREAM, SAMES = "preview", "export", "stream", "preview of what is there"
FORMS: tuple[Form, ...] = (PREVIEW, EXPORT, STREAM, SAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A resource as a program writes it; `refers` has the inputs that are outputs of others, by their
    URNs.
    """

    token: str
    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    refers: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def urn(self) -> str:
        """Its URN, in the stack itself."""
        return urn(self.token, self.name)


def known(value: Any) -> Any:
    """Inputs with what is decisive as it is."""
    return _put(value, lambda decisive: decisive.value)


def unknown(value: Any) -> Any:
    """Inputs with what is decisive not known yet, as documents have it."""
    return _put(value, lambda _: UNKNOWN)


def _put(value: Any, replacement: Any) -> Any:
    if isinstance(value, Decisive):
        return replacement(value)
    if isinstance(value, Mapping):
        return {name: _put(item, replacement) for name, item in value.items()}
    return [_put(item, replacement) for item in value] if isinstance(value, list) else value


def write(path: Path, form: Form, resources: Iterable[Written]) -> Path:
    """Write a document of a form; raises KeyError for no such form."""
    listed = list(resources)
    path.write_text({PREVIEW: _preview, EXPORT: _export, STREAM: _stream, SAMES: _sames}[form](listed))
    return path


def _state(item: Written, number: int) -> dict[str, Any]:
    return {
        "urn": item.urn,
        "custom": True,
        "type": item.token,
        "inputs": {**item.inputs, "__defaults": []},
        "parent": STACK,
        "dependencies": sorted(set(item.refers.values())),
        "propertyDependencies": {
            **{name: [] for name in item.inputs},
            **{name: [target] for name, target in item.refers.items()},
        },
        "sourcePosition": f"project:///__main__.py#{number + 3}",
    }


def _root() -> dict[str, Any]:
    return {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack"}


def _preview(resources: list[Written]) -> str:
    states = [_root(), *(_state(item, number) for number, item in enumerate(resources))]
    steps = [{"op": "create", "urn": state["urn"], "newState": state} for state in states]
    return json.dumps({"config": {}, "steps": steps, "duration": 1, "changeSummary": {"create": len(steps)}})


def _deployed(item: Written, number: int) -> dict[str, Any]:
    """With an id and outputs, among them settings that are off, as AWS tells them."""
    identity = f"{item.name}-0123"
    empty: dict[str, Any] = {"noSuchSetting": None, "tags": {}, "tagsAll": {}}
    told = {"id": identity, "arn": f"arn:aws:x:eu-west-1:111122223333:{identity}"}
    outputs = {**empty, **told, **item.inputs, **item.outputs}
    return {**_state(item, number), "id": identity, "outputs": outputs}


def _export(resources: list[Written]) -> str:
    states = [_root(), *(_deployed(item, number) for number, item in enumerate(resources))]
    return json.dumps(
        {"version": 3, "deployment": {"manifest": {"version": "v3.200.0"}, "resources": states}}
    )


def _sames(resources: list[Written]) -> str:
    states = [_root(), *(_deployed(item, number) for number, item in enumerate(resources))]
    steps = [{"op": "same", "urn": state["urn"], "oldState": state, "newState": state} for state in states]
    return json.dumps({"steps": steps, "changeSummary": {"same": len(steps)}})


def _stream(resources: list[Written]) -> str:
    """Events tell of no dependencies and no lines."""
    kept = ("urn", "custom", "type", "inputs", "parent")
    bodies: list[dict[str, Any]] = [{"preludeEvent": {"config": {}}}]
    for number, item in enumerate(resources):
        new = {name: value for name, value in _state(item, number).items() if name in kept}
        metadata = {"op": "create", "urn": item.urn, "type": item.token, "new": new}
        bodies.append({"resourcePreEvent": {"metadata": metadata, "planning": True}})
    bodies.append({"summaryEvent": {"resourceChanges": {"create": len(resources)}}})
    return "".join(
        json.dumps({"sequence": number, "timestamp": 1, **body}) + "\n" for number, body in enumerate(bodies)
    )
