"""Policies that stand for all that may be permitted, and all that may be forbidden."""

from __future__ import annotations

from tests.support.governance.naive.cedar import Policy
from tests.support.governance.naive.expressions import Attribute, Constant, Has, Operation, Variable
from tests.support.governance.naive.values import TRUE, string

SCOPE = tuple((name, Constant(TRUE)) for name in ("principal", "action", "resource"))
OPEN = Policy(id="open", effect="permit", scope=SCOPE)
_CONTEXT = Variable("context")
_ATTRIBUTES = Attribute(_CONTEXT, "attributes")
CAREFUL = Policy(
    id="careful",
    effect="permit",
    scope=SCOPE,
    conditions=(
        ("when", Has(_CONTEXT, "attributes")),
        ("when", Has(_ATTRIBUTES, "purpose")),
        ("when", Operation(Attribute(_ATTRIBUTES, "purpose"), "==", Constant(string("dev")))),
    ),
)
"""Permits what has the purpose `dev`."""

CLOSED = Policy(id="closed", effect="forbid", scope=SCOPE)
