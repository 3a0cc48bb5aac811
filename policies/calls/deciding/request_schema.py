"""The schema of a version: which requests fit it, and the entities that a decision needs."""

from __future__ import annotations

from typing import Any

import cedarpy

from policies.calls.deciding.lru import Lru

_MAX_SHAPES = 4096
_MOMENT = "2000-01-01T00:00:00.000Z"
_SAMPLE = {"environment": "e", "time": {"__extn": {"fn": "datetime", "arg": _MOMENT}}, "proven": True}
_SAMPLES = {False: _SAMPLE, True: {**_SAMPLE, "tenant": "t"}}


def _exact_context(members: str) -> cedarpy.PolicySet:
    """A policy that permits exactly one context: the one with these members."""
    return cedarpy.PolicySet.from_str(
        f"permit (principal, action, resource) when {{ context == {{{members}}} }};"
    )


_SAMPLE_TEXT = f'"environment": "e", "time": datetime("{_MOMENT}"), "proven": true'
_EXACT_CONTEXTS = {
    False: _exact_context(_SAMPLE_TEXT),
    True: _exact_context(f'{_SAMPLE_TEXT}, "tenant": "t"'),
}


class Vocabulary:
    """A parsed schema, from its text. Raises ValueError if it does not parse.

    `entities` are its actions with the groups that they are in. A decision needs no other: services have
    neither parents nor attributes.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.schema: Any = cedarpy.Schema.from_str(text)
        self.entities = cedarpy.Entities.from_json_str("[]", self.schema)
        self._fits: Lru[tuple[str, str, str, bool], bool] = Lru(_MAX_SHAPES)

    def fits(self, service: str, intent: str, target: str, *, tenant: bool) -> bool:
        """Whether requests without claims of the caller fit the schema, whatever their values are.

        All but the claims always has the same types, so one sample of each kind is enough. A schema may also
        make Cedar read a value differently, such as text as a decimal. A request fits only if Cedar reads the
        same context with the schema as without it.
        """
        return self._fits.get(
            (service, intent, target, tenant),
            lambda: self._check_sample(service, intent, target, tenant=tenant),
            lambda _: 1,
        )

    def _check_sample(self, service: str, intent: str, target: str, *, tenant: bool) -> bool:
        request = {
            "principal": {"type": "Service", "id": service},
            "action": {"type": "Action", "id": intent},
            "resource": {"type": "Service", "id": target},
            "context": _SAMPLES[tenant],
        }
        result = cedarpy.is_authorized(request, _EXACT_CONTEXTS[tenant], self.entities, schema=self.schema)
        return result.allowed and not result.diagnostics.errors
