"""What a caller expects as the answer to a call: a pydantic model of its own, on the base that is here."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict


class CallAnswer(BaseModel):
    """The member that every answer to a call has; a caller adds the members that it reads.

    Members that the model does not name are ignored, so that a service may add to its answers. An answer is
    taken only if its `correlation_id` is that of the request.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    correlation_id: str


AnswerT = TypeVar("AnswerT", bound=CallAnswer)
"""The model of the answer that a caller expects."""
