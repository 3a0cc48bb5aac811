"""Creates, updates, deletes and reads a resource of any type, as its mapping says.

create: the create call, with the tags -> id and outputs -> `complete` -> settings that are not AWS's default
update: the settings whose inputs changed -> the tags that changed
delete: the delete call; "not found" is no error
read:   the read call; "not found" is None
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sandbox.engine.provider import Properties, State
from sandbox.provider.api_call import ApiCall
from sandbox.provider.errors import ApiError
from sandbox.provider.mapping import TAGS, Naming, ResourceMapping
from sandbox.provider.resource_step import NOT_IMPLEMENTED, ResourceStep, ignore_codes
from sandbox.provider.tagging import TagForm, tag_change
from sandbox.provider.translate import camel_case


def create(mapping: ResourceMapping, step: ResourceStep) -> State:
    """Create the resource; raises ApiError, with `step.id` set if the resource exists all the same."""
    if mapping.not_emulated is not None:
        return _record_only(mapping, step)
    form, tags = mapping.tags, step.inputs.get(TAGS) or {}
    # code that makes the resource passes its tags itself
    extra = form.creation_arguments(tags) if form and mapping.tagged_at_creation else {}
    _read_result(mapping, step, step.do(mapping.create, extra))
    _apply_settings(mapping, step)
    return state_of(mapping, step)


def update(mapping: ResourceMapping, step: ResourceStep) -> State:
    """Update what differs between the inputs before and now; raises ApiError.

    Nothing differs if a creation broke off after the resource existed: then its remaining calls are made.
    """
    if mapping.not_emulated is not None:
        return _record_only(mapping, step)
    changed = step.changed
    if step.is_repeated:
        step.before, before = {}, step.before
        _apply_settings(mapping, step)
        step.before = before
    for setting in mapping.settings:
        if setting.of & changed:
            step.outputs |= _apply_setting(setting.do, step)
    if mapping.tags is not None and TAGS in changed:
        _change_tags(mapping.tags, step)
    for name in changed - step.inputs.keys():
        step.outputs.pop(name, None)
    return state_of(mapping, step)


def delete(mapping: ResourceMapping, step: ResourceStep) -> None:
    """Delete the resource; raises ApiError unless it is not found."""
    if mapping.delete is None or mapping.not_emulated is not None:
        return
    try:
        step.do(mapping.delete)
    except ApiError as error:
        ignore_codes(error, mapping.not_found)


def read(mapping: ResourceMapping, step: ResourceStep) -> State | None:
    """Read the resource; None if it is not found. Raises ApiError for any other failure."""
    if mapping.not_emulated is not None:
        return _record_only(mapping, step) if step.inputs else None
    if mapping.read is None:
        return State(id=step.id, outputs={**step.inputs, **step.outputs})
    try:
        result = step.do(mapping.read)
    except ApiError as error:
        ignore_codes(error, mapping.not_found)
        return None
    if not result:
        return None
    if isinstance(result, dict):
        observed = _observed_inputs(mapping, result)
        step.inputs = {**observed, **step.inputs, **{k: v for k, v in observed.items() if k in step.inputs}}
    _read_result(mapping, step, result)
    return state_of(mapping, step)


def with_physical_name(naming: Naming | None, name: str, inputs: Properties, unique: str) -> Properties:
    """Fill in the physical name if it is not given: `<logical name>-<unique>`, cut to the type's limit."""
    if naming is None or inputs.get(naming.property) is not None:
        return inputs
    prefix = inputs.get(naming.prefix) if naming.prefix else None
    if prefix is None:
        room = naming.limit - len(naming.stem) - len(unique) - 1
        prefix = f"{naming.stem}{re.sub(r'[^A-Za-z0-9-]', '-', name)[:room]}-"
    return {**inputs, naming.property: f"{prefix}{unique}"}


def state_of(mapping: ResourceMapping, step: ResourceStep) -> State:
    """The resource's id and outputs, as far as they are known."""
    outputs = {**step.outputs, **step.inputs}
    outputs |= {name: step.outputs[name] for name in mapping.outputs if name in step.outputs}
    if mapping.tags is not None:
        outputs["tagsAll"] = dict(step.inputs.get(TAGS) or {})
    return State(id=step.id, outputs=outputs)


def _apply_settings(mapping: ResourceMapping, step: ResourceStep) -> None:
    """Make the calls that follow the create call; they may be repeated."""
    form, tags = mapping.tags, step.inputs.get(TAGS) or {}
    if mapping.complete is not None:
        step.outputs |= mapping.complete(step) or {}
    for setting in mapping.settings:
        if setting.at_creation and _differs_from_default(mapping, step, setting.of):
            step.outputs |= _apply_setting(setting.do, step)
    if form and tags and not mapping.tagged_at_creation:
        step.call(form.add, **form.add_arguments(step.fill(form.subject_from), tags))


def _change_tags(form: TagForm, step: ResourceStep) -> None:
    """Remove tags, then add tags; where the emulator cannot change them, they are only recorded."""
    change = tag_change(step.before.get(TAGS), step.inputs.get(TAGS))
    subject = step.fill(form.subject_from)
    try:
        if change.remove:
            step.call(form.remove, **form.remove_arguments(subject, change.remove))
        if change.add:
            step.call(form.add, **form.add_arguments(subject, change.add))
    except ApiError as error:
        ignore_codes(error, NOT_IMPLEMENTED)


def _record_only(mapping: ResourceMapping, step: ResourceStep) -> State:
    step.id = step.id or str(step.fill(mapping.id))
    step.outputs |= {name: step.fill(value) for name, value in mapping.outputs.items() if "{" in value}
    return state_of(mapping, step)


def _read_result(mapping: ResourceMapping, step: ResourceStep, result: Any) -> None:
    """Take id and outputs from a response: first by paths, then by templates, which may refer to them."""
    step.result = result
    if "{" not in mapping.id:
        step.id = str(step.express(mapping.id, result) or step.id)
    for name, expression in mapping.outputs.items():
        if "{" not in expression:
            found = step.express(expression, result)
            if found is not None:
                step.outputs[name] = found.isoformat() if isinstance(found, datetime) else found
    if "{" in mapping.id and not step.id:
        step.id = str(step.fill(mapping.id))
    for name, expression in mapping.outputs.items():
        if "{" in expression:
            step.outputs[name] = step.fill(expression)


def _apply_setting(do: Any, step: ResourceStep) -> Properties:
    answer = step.do(do)
    return answer if answer is not None and not isinstance(do, ApiCall) else {}


def _differs_from_default(mapping: ResourceMapping, step: ResourceStep, of: frozenset[str]) -> bool:
    return any(
        step.inputs.get(name) is not None and step.inputs[name] != mapping.defaults.get(name) for name in of
    )


def _observed_inputs(mapping: ResourceMapping, result: Properties) -> Properties:
    """The strings, numbers and booleans of a response that have the name of an input."""
    known = mapping.properties() - {TAGS}
    plain = {
        camel_case(name): value for name, value in result.items() if isinstance(value, str | int | float)
    }
    return {name: value for name, value in plain.items() if name in known}
