"""Looks at one resource as it is by now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jmespath

from sandbox.provider.api_call import ApiCall
from sandbox.provider.errors import ApiError
from sandbox.provider.live.forms import FORMS, LiveForm
from sandbox.provider.live.view import LiveResource, live_values
from sandbox.provider.mapping import ResourceMapping
from sandbox.provider.resource_step import NOT_IMPLEMENTED, ResourceStep, ignore_codes


def look(mapping: ResourceMapping, step: ResourceStep, outputs: Mapping[str, Any]) -> LiveResource | None:
    """The inputs of a resource as they are found; None if it is not found. Raises ApiError.

    `outputs` are those that were recorded.
    """
    wanted = {name: value for name, value in step.inputs.items() if value is not None}
    if mapping.not_emulated is not None or mapping.read is None:
        return LiveResource(values=wanted, untold=tuple(wanted))
    try:
        answer = step.do(mapping.read)
    except ApiError as error:
        ignore_codes(error, mapping.not_found)
        return None
    if not answer:
        return None
    if not isinstance(answer, Mapping):
        return LiveResource(values=wanted, untold=tuple(wanted))
    form = FORMS.get(mapping.token, LiveForm())
    step.outputs |= {name: value for name, value in answer.items() if isinstance(value, str)}
    told = {**answer, **form.derive(answer, wanted), **_further(form, step, answer)}
    witnessed = _witnessed(form, answer, wanted, outputs)
    compared = {name: value for name, value in wanted.items() if name not in form.identity | witnessed.keys()}
    renames = {**_renames_of(mapping), **form.renames}
    found = live_values(compared, told, renames)
    return LiveResource(values={**wanted, **found.values, **witnessed}, untold=found.untold)


def _witnessed(
    form: LiveForm, answer: Mapping[str, Any], wanted: Mapping[str, Any], outputs: Mapping[str, Any]
) -> dict[str, Any]:
    """The inputs that a recorded output speaks for: as asked for, or what is there in place of it."""
    found = {}
    for name, (output, path) in form.witnesses.items():
        now = jmespath.search(path, answer)
        if name in wanted and outputs.get(output) and now:
            found[name] = wanted[name] if now == outputs[output] else f"[{output} {now}]"
    return found


def _renames_of(mapping: ResourceMapping) -> dict[str, str]:
    return dict(mapping.create.rename) if isinstance(mapping.create, ApiCall) else {}


def _further(form: LiveForm, step: ResourceStep, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs that stand elsewhere in the answer, or that only further calls tell.

    A call that the emulator lacks, and one about something that was never set, tells nothing.
    """
    found = {name: jmespath.search(path, answer) for name, path in form.paths.items()}
    for further in form.calls:
        try:
            told = step.clients.call(
                further.service or step.service, further.operation, **step.fill(dict(further.given))
            )
        except ApiError as error:
            ignore_codes(error, NOT_IMPLEMENTED | further.never_set)
            continue
        found |= {name: jmespath.search(path, told) for name, path in further.paths.items()}
    return {name: value for name, value in found.items() if value is not None}
