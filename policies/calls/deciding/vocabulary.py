"""The schema of a version: what it makes of a request, and which entities it brings."""

from __future__ import annotations

from typing import Any

import cedarpy

from policies.calls.deciding.lru import Lru

_MOST_SHAPES = 4096
_MOMENT = "2000-01-01T00:00:00.000Z"
_SAMPLE = {"environment": "e", "time": {"__extn": {"fn": "datetime", "arg": _MOMENT}}}
_SAMPLES = {False: _SAMPLE, True: {**_SAMPLE, "tenant": "t"}}


def _only(members: str) -> cedarpy.PolicySet:
    """Permits the context that has exactly these members."""
    return cedarpy.PolicySet.from_str(
        f"permit (principal, action, resource) when {{ context == {{{members}}} }};"
    )


_READ = f'"environment": "e", "time": datetime("{_MOMENT}")'
_AS_THEY_ARE = {False: _only(_READ), True: _only(f'{_READ}, "tenant": "t"')}


class Vocabulary:
    """A schema, parsed. Raises ValueError when the text is none.

    Actions may be in groups, and only the schema says in which: services have no parents and no attributes,
    so the actions are all the entities that a decision needs.
    """

    def __init__(self, text: str) -> None:
        """Parse it."""
        self.schema: Any = cedarpy.Schema.from_str(text)
        self.entities = cedarpy.Entities.from_json_str("[]", self.schema)
        self._fits: Lru[tuple[str, str, str, bool], bool] = Lru(_MOST_SHAPES)

    def fits(self, service: str, intent: str, target: str, *, tenant: bool) -> bool:
        """Whether a question that carries nothing of its caller's fits, whatever its values are.

        Asked once for each: environment, time and tenant are always of the same types, so the schema takes
        them or not, and reads them as what they are or, say, a text as a decimal number. It fits only if what
        Cedar reads with the schema is what it reads without.
        """
        return self._fits.get(
            (service, intent, target, tenant),
            lambda: self._asked(service, intent, target, tenant=tenant),
            lambda _: 1,
        )

    def _asked(self, service: str, intent: str, target: str, *, tenant: bool) -> bool:
        request = {
            "principal": {"type": "Service", "id": service},
            "action": {"type": "Action", "id": intent},
            "resource": {"type": "Service", "id": target},
            "context": _SAMPLES[tenant],
        }
        result = cedarpy.is_authorized(request, _AS_THEY_ARE[tenant], self.entities, schema=self.schema)
        return result.allowed and not result.diagnostics.errors
