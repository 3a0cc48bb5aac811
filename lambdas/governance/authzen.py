"""The OpenID AuthZEN Authorization API 1.0: reads requests as questions, writes answers as decisions. Pure.

https://openid.net/specs/authorization-api-1_0.html. Subject and resource are of type `service`, the name of
the action is the intent. `context.tenant` is the tenant, everything else in `context` the caller's claims. Of
these, what the schema does not name is left out of the decision, and listed in the answer. A subject or
resource of another type is nobody that a policy could permit: the decision is false. Properties are accepted
and ignored, since no policy can read them. Unknown members are ignored, and `null` is as if absent, as the
specification demands. There is no search, and the metadata names none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.calls.deciding.errors import RequestError
from policies.calls.deciding.model import Answer
from policies.calls.deciding.reason_codes import ReasonCode, ReasonKind, codes_of
from policies.calls.language.schema_types import RecordType

EVALUATION = "/access/v1/evaluation"
EVALUATIONS = "/access/v1/evaluations"
CONFIGURATION = "/.well-known/authzen-configuration"
MAX_EVALUATIONS = 100
_TYPE = "service"
_DEFAULTS = ("subject", "action", "resource", "context")
_UNAVAILABLE = codes_of(ReasonKind.UNAVAILABLE)

ClaimsOf = Callable[[str], RecordType | None]
"""The type of the caller's claims for an intent; None if it is not known, so that nothing is left out."""
Semantic = Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class AuthzenEntity(_Part):
    """AuthZEN `subject` or `resource`; its id is the name of a service."""

    type: str
    id: str
    properties: dict[str, Any] = Field(default_factory=dict)


class AuthzenAction(_Part):
    """AuthZEN `action`; its name is our intent."""

    name: str
    properties: dict[str, Any] = Field(default_factory=dict)


class AuthzenEvaluation(_Part):
    """An AuthZEN access evaluation request."""

    subject: AuthzenEntity
    action: AuthzenAction
    resource: AuthzenEntity
    context: dict[str, Any] = Field(default_factory=dict)


class _Options(_Part):
    evaluations_semantic: Semantic = "execute_all"


class _Batch(_Part):
    evaluations: list[Any] = Field(default_factory=list, max_length=MAX_EVALUATIONS)
    options: _Options = Field(default_factory=_Options)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """A question of the decide function, and the paths in the context that are left out of it."""

    event: dict[str, Any]
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEntity:
    """A subject or resource that is no service, and so is permitted nothing."""

    code: ReasonCode
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The questions of a batch, in order (an error for an invalid one), and after which decision to stop."""

    questions: tuple[AskedQuestion | UnknownEntity | RequestError, ...]
    semantic: Semantic

    def ends_with(self, *, allowed: bool) -> bool:
        """Whether the batch stops after such a decision."""
        match self.semantic:
            case "execute_all":
                return False
            case "deny_on_first_deny":
                return not allowed
            case "permit_on_first_permit":
                return allowed


def read_evaluation(
    body: Mapping[str, Any], correlation_id: str | None, claims_of: ClaimsOf = lambda _: None
) -> AskedQuestion | UnknownEntity:
    """Read a single request as a question of the decide function. Raises RequestError."""
    try:
        asked = AuthzenEvaluation.model_validate(_without_nulls(body))
    except ValidationError as error:
        raise RequestError(_explain(error)) from error
    except RecursionError as error:
        raise RequestError("the request is nested too deeply") from error
    for name, entity, code in (
        ("subject", asked.subject, ReasonCode.UNKNOWN_SERVICE),
        ("resource", asked.resource, ReasonCode.UNKNOWN_TARGET),
    ):
        if entity.type != _TYPE:
            return UnknownEntity(code=code, reason=f"{name}.type: only `{_TYPE}` is known")
    proven = asked.context.get("proven", True)
    claims = {name: value for name, value in asked.context.items() if name not in ("tenant", "proven")}
    ignored: list[str] = []
    kind = claims_of(asked.action.name)
    if kind is not None:
        claims = _named_claims(claims, kind, (), ignored)
    question = {
        "service": asked.subject.id,
        "intent": asked.action.name,
        "target": asked.resource.id,
        "tenant": asked.context.get("tenant"),
        "context": claims or None,
        # a value of another type makes the question invalid, as one of any other claim does
        "unproven": {True: None, False: True}[proven] if isinstance(proven, bool) else proven,
        "correlation_id": correlation_id,
    }
    return AskedQuestion(
        event={name: value for name, value in question.items() if value is not None}, ignored=tuple(ignored)
    )


def _without_nulls(value: Any) -> Any:
    """A JSON value without the members of objects that are null."""
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    return value


def _named_claims(
    claims: Mapping[str, Any], kind: RecordType, path: tuple[str, ...], ignored: list[str]
) -> dict[str, Any]:
    """The claims that the schema names; the paths of the others are added to `ignored`."""
    kept: dict[str, Any] = {}
    for name, value in claims.items():
        if name.startswith("__"):
            # Cedar would read an object with such a name as something else: it is refused, not passed over
            kept[name] = value
            continue
        if name not in kind.attributes:
            ignored.append(".".join((*path, name)))
            continue
        inner = kind.attributes[name][0]
        kept[name] = (
            _named_claims(value, inner, (*path, name), ignored)
            if isinstance(inner, RecordType) and isinstance(value, dict)
            else value
        )
    return kept


def read_batch(
    body: Mapping[str, Any], correlation_id: str | None, claims_of: ClaimsOf = lambda _: None
) -> Batch | None:
    """Read a batch; None if it has no evaluations, and so is to be read as a single request.

    Raises RequestError for a malformed batch. A malformed evaluation in it is one of its questions.
    """
    try:
        batch = _Batch.model_validate(body)
    except ValidationError as error:
        raise RequestError(_explain(error)) from error
    if not batch.evaluations:
        return None
    defaults = {name: body[name] for name in _DEFAULTS if name in body}
    questions = tuple(_questions(batch.evaluations, defaults, correlation_id, claims_of))
    return Batch(questions=questions, semantic=batch.options.evaluations_semantic)


def _questions(
    evaluations: list[Any], defaults: Mapping[str, Any], correlation_id: str | None, claims_of: ClaimsOf
) -> Iterator[AskedQuestion | UnknownEntity | RequestError]:
    for evaluation in evaluations:
        if not isinstance(evaluation, dict):
            yield RequestError("an evaluation is not an object")
            continue
        try:
            stated = {name: value for name, value in evaluation.items() if value is not None}
            yield read_evaluation({**defaults, **stated}, correlation_id, claims_of)
        except RequestError as error:
            yield error


def decision(answer: Answer, ignored: tuple[str, ...] = ()) -> dict[str, Any]:
    """Write an answer as an AuthZEN decision; its `context` has the other fields of the answer."""
    context: dict[str, Any] = {
        "reason_code": answer.reason_code.value,
        "reason": answer.reason,
        "policies": answer.policies,
        "policy_version": answer.policy_version,
        "decision_id": answer.decision_id,
        "evaluated_at": answer.evaluated_at.isoformat().replace("+00:00", "Z"),
    }
    if ignored:
        context["ignored_context"] = ignored
    if answer.reason_code in _UNAVAILABLE:
        context["error"] = {"status": 500, "message": answer.reason}
    return {"decision": answer.allowed, "context": context}


def unknown(found: UnknownEntity) -> dict[str, Any]:
    """The decision about a subject or resource that is no service."""
    return {"decision": False, "context": {"reason_code": found.code.value, "reason": found.reason}}


def refused(error: RequestError) -> dict[str, Any]:
    """The decision on a malformed evaluation of a batch."""
    return {
        "decision": False,
        "context": {
            "reason_code": ReasonCode.INVALID_REQUEST.value,
            "reason": error.message,
            "error": {"status": 400, "message": error.message},
        },
    }


def configuration(base: str) -> dict[str, str]:
    """The metadata of this policy decision point; `base` is its URL without a slash at the end."""
    return {
        "policy_decision_point": base,
        "access_evaluation_endpoint": f"{base}{EVALUATION}",
        "access_evaluations_endpoint": f"{base}{EVALUATIONS}",
    }


def _explain(error: ValidationError) -> str:
    """What is wrong with a request, at most ten mistakes; values are not repeated."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{_place(fault['loc'])}: {_sentence(fault['msg'])}" for fault in faults[:10])


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) if location else "the request"


def _sentence(message: str) -> str:
    return message[:1].lower() + message[1:]
