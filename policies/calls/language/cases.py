"""Cases: questions to a policy set, with the expected answers. Pure: parsed values in, checked values out.

A case that expects a denial expects one by the policies: by a forbid, or because nothing permits. A denial
for another reason, such as a misspelt service, has to be expected with its `reason_code`; else a typing
mistake in a case would pass.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

MAX_CASES = 10_000
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
"""The time at which a case asks by default: a Monday."""

CaseText = Annotated[str, Field(min_length=1, max_length=300)]


class CaseRequest(BaseModel):
    """The question of a case. Its values are checked by the decide function, not here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    intent: str
    target: str | None = None
    tenant: str | None = None
    context: dict[str, Any] | None = None
    unproven: bool | None = None

    @field_validator("context")
    @classmethod
    def _json_only(cls, context: dict[str, Any] | None) -> dict[str, Any] | None:
        pending: list[object] = [context]
        while pending:
            match pending.pop():
                case None | bool() | int() | float() | str():
                    pass
                case list() as items:
                    pending.extend(items)
                case dict() as members if all(isinstance(name, str) for name in members):
                    pending.extend(members.values())
                case _:
                    raise ValueError("holds something that JSON has not; put a date or a number in quotes")
        return context

    def event(self) -> dict[str, Any]:
        """The question as an event of the decide function."""
        return self.model_dump(exclude_none=True)


class Case(BaseModel):
    """One case. `policies` are the ids of all policies that have to determine the decision, in any order.

    A `protected` case stays with the published set: a change that drops it is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: CaseText
    request: CaseRequest
    expect: Literal["allow", "deny"]
    policies: tuple[str, ...] | None = None
    reason_code: CaseText | None = None
    environment: CaseText = "sandbox"
    at: AwareDatetime = NOON
    protected: bool = False

    @model_validator(mode="after")
    def _can_be_met(self) -> Case:
        if self.expect == "allow" and self.reason_code not in (None, "permitted"):
            raise ValueError("only `permitted` allows, so no other `reason_code` can be expected with it")
        if self.expect == "deny" and self.reason_code == "permitted":
            raise ValueError("`permitted` allows, so it cannot be expected with `deny`")
        return self

    def document(self) -> dict[str, Any]:
        """The case as a JSON value that reads back as the same case."""
        return self.model_dump(mode="json", exclude_none=True)


def sentence(message: str) -> str:
    """A message of pydantic on one line, lowercase, without prefix and full stop."""
    text = " ".join(message.removeprefix("Value error, ").split()).rstrip(".")
    return text[:1].lower() + text[1:]
