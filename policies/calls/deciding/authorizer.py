"""Answers a question: reads it, finds the version, the target and the rules, and evaluates them.

Whatever fails on the way gives an answer too: a denial with a reason code of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from pydantic import ValidationError

from policies.calls.deciding.errors import ClockError, RequestError, StaleSnapshotError
from policies.calls.deciding.evaluate import CedarRequest, PolicyVerdict
from policies.calls.deciding.model import Answer, Question, invalid_fields
from policies.calls.deciding.reason_codes import ReasonCode
from policies.calls.deciding.snapshot import Snapshot, SnapshotCache, SnapshotClock
from policies.calls.errors import GovernanceError
from policies.calls.language.schema_types import RecordType, UnreadSchemaError, action_types
from policies.calls.versions.errors import RulesError, StoreError

_MISFIT_PREFIX = "failed to build request"


class Decided(NamedTuple):
    """An answer, and the question; None if the event was not a valid one.

    `confirmed_at` is when the deciding version was last known to be current; `reads_time` whether a rule that
    was evaluated may look at the time.
    """

    answer: Answer
    question: Question | None
    confirmed_at: datetime | None
    reads_time: bool


class Authorizer:
    """Answers questions by the current policies. Its only state is the cache."""

    def __init__(
        self,
        *,
        cache: SnapshotCache,
        clock: SnapshotClock,
        environment: str,
        parse: Callable[[object], Question],
        new_id: Callable[[], str],
        check_clock: Callable[[], None] = lambda: None,
    ) -> None:
        """`environment` is what conditions see as such; `parse` raises pydantic's ValidationError and
        `check_clock` ClockError.
        """
        self._check_clock = check_clock
        self._cache = cache
        self._clock = clock
        self._environment = environment
        self._parse = parse
        self._new_id = new_id

    def answer(self, event: object) -> Answer:
        """Decide. A GovernanceError becomes a denial; any other exception is raised."""
        return self.decide(event).answer

    def decide(self, event: object) -> Decided:
        """Decide, and give the question, too, as it was read."""
        snapshot: Snapshot | None = None
        question: Question | None = None
        target: str | None = None
        confirmed_at: datetime | None = None
        reads_time = True
        try:
            question = self._read_question(event)
            snapshot = self._current_snapshot()
            confirmed_at = self._cache.confirmed_at()
            verdict, target, reads_time = self._evaluate(question, snapshot)
        except GovernanceError as error:
            verdict = _denial_of(error)
        answer = _answer(
            _echo(event) if question is None else question,
            verdict,
            version=snapshot.version if snapshot else None,
            target=target,
            at=self._clock.now(),
            new_id=self._new_id,
        )
        return Decided(answer=answer, question=question, confirmed_at=confirmed_at, reads_time=reads_time)

    def claims_of(self, intent: str) -> RecordType | None:
        """The type of what a caller may claim about an intent, as the current version has it.

        None where that is not known: the store is not reached, the intent unknown, the schema not understood.
        """
        try:
            context = action_types(self._cache.current().vocabulary.text)[intent].context
        except (GovernanceError, UnreadSchemaError, KeyError):
            return None
        kind = context.attributes.get("attributes", (None, False))[0] if context else None
        return kind if isinstance(kind, RecordType) else RecordType({})

    def _read_question(self, event: object) -> Question:
        try:
            return self._parse(event)
        except ValidationError as error:
            raise RequestError("; ".join(invalid_fields(error))) from error

    def _current_snapshot(self) -> Snapshot:
        try:
            return self._cache.current()
        finally:
            # a wrong clock is why AWS refuses a signature, so this error is raised in place of that one
            self._check_clock()

    def _evaluate(self, question: Question, snapshot: Snapshot) -> tuple[PolicyVerdict, str | None, bool]:
        """The verdict, the target, and whether a rule that was asked may look at the time."""
        root = snapshot.root
        if question.service not in root.services:
            return (
                _unknown(ReasonCode.UNKNOWN_SERVICE, f"`{question.service}` is not a declared service"),
                None,
                True,
            )
        if question.intent not in root.intents:
            return (
                _unknown(ReasonCode.UNKNOWN_INTENT, f"`{question.intent}` is not an intent of the schema"),
                None,
                True,
            )
        own = self._cache.manifest(root.services[question.service])
        target = question.target or _only(own.targets.get(question.intent, ()))
        if target is None:
            reason = (
                f"`{question.service}` does not declare exactly one service to `{question.intent}` on, "
                "so the request has to name its target"
            )
            return _unknown(ReasonCode.UNKNOWN_TARGET, reason), None, True
        if target not in root.services:
            return _unknown(ReasonCode.UNKNOWN_TARGET, f"`{target}` is not a declared service"), target, True
        rules = self._cache.ruleset(question.intent, target, own, self._cache.manifest(root.everyone))
        access = CedarRequest(
            service=question.service,
            intent=question.intent,
            target=target,
            environment=self._environment,
            time=self._clock.now(),
            tenant=question.tenant,
            attributes=question.context,
            proven=not question.unproven,
        )
        verdict = rules.evaluate(access, snapshot.vocabulary)
        if verdict.errors and verdict.errors[0].startswith(_MISFIT_PREFIX) and question.context is not None:
            verdict = PolicyVerdict(
                code=ReasonCode.INVALID_REQUEST,
                reason="context: does not fit the schema of the published policies",
                errors=verdict.errors,
            )
        return verdict, target, rules.reads_time


def internal_error_answer(event: object, *, at: datetime, new_id: Callable[[], str]) -> Answer:
    """The denial for an unexpected exception. What it was is for the log alone."""
    reason = "the governance function failed, and a call that is not judged is denied"
    verdict = PolicyVerdict(code=ReasonCode.INTERNAL_ERROR, reason=reason)
    return _answer(_echo(event), verdict, version=None, target=None, at=at, new_id=new_id)


class _AskedAbout(Protocol):
    """The fields of a question, as far as they are known, which its answer repeats."""

    @property
    def service(self) -> str | None: ...

    @property
    def intent(self) -> str | None: ...

    @property
    def target(self) -> str | None: ...

    @property
    def correlation_id(self) -> str | None: ...


def _answer(
    asked: _AskedAbout,
    verdict: PolicyVerdict,
    *,
    version: str | None,
    target: str | None,
    at: datetime,
    new_id: Callable[[], str],
) -> Answer:
    return Answer(
        allowed=verdict.code is ReasonCode.PERMITTED,
        reason=verdict.reason,
        reason_code=verdict.code,
        policies=verdict.policies,
        errors=verdict.errors,
        policy_version=version,
        decision_id=new_id(),
        evaluated_at=at,
        service=asked.service,
        intent=asked.intent,
        target=target or asked.target,
        correlation_id=asked.correlation_id or new_id(),
    )


def _denial_of(error: GovernanceError) -> PolicyVerdict:
    """The denial for an error."""
    match error:
        case RequestError():
            code = ReasonCode.INVALID_REQUEST
        case StaleSnapshotError():
            code = ReasonCode.STALE_SNAPSHOT
        case ClockError():
            code = ReasonCode.CLOCK_SKEWED
        case StoreError():
            code = ReasonCode.STORE_UNAVAILABLE
        case RulesError():
            code = ReasonCode.POLICY_ERROR
        case _:
            code = ReasonCode.INTERNAL_ERROR
    return PolicyVerdict(code=code, reason=error.message, errors=(error.message,))


def _unknown(code: ReasonCode, reason: str) -> PolicyVerdict:
    return PolicyVerdict(code=code, reason=reason)


def _only(names: tuple[str, ...]) -> str | None:
    return names[0] if len(names) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Echo:
    """The fields of an invalid event that the denial repeats."""

    service: str | None
    intent: str | None
    target: str | None
    correlation_id: str | None


def _echo(event: object) -> _Echo:
    return _Echo(
        service=_printable(event, "service"),
        intent=_printable(event, "intent"),
        target=_printable(event, "target"),
        correlation_id=_printable(event, "correlation_id", longest=128),
    )


def _printable(event: object, field: str, *, longest: int = 64) -> str | None:
    """A field of an event, for the answer to repeat; None unless it is short, printable ASCII."""
    value = event.get(field) if isinstance(event, Mapping) else None
    if isinstance(value, str) and 0 < len(value) <= longest and value.isascii() and value.isprintable():
        return value
    return None
