"""The middleware that refuses what IAM does not allow."""

from __future__ import annotations

from datetime import datetime

import pytest

from sandbox.cloud.authorization.judgement import JudgedNeed
from sandbox.cloud.authorization.middleware import EMULATOR, AuthorizationMiddleware, may_call_url
from sandbox.cloud.authorization.need import Need
from sandbox.cloud.authorization.received_call import ReceivedCall
from sandbox.cloud.authorization.record import AuthorizationRecord
from sandbox.cloud.emulator.wsgi import capture
from sandbox.cloud.iam.evaluation import AccessDecision, AccessRequest, PolicyKind
from sandbox.cloud.iam.principal import principal_of
from tests.support.emulator.applications import RecordingApplication
from tests.support.iam.requests import request

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


class ScriptedJudge:
    """Allows everything, or nothing, and remembers who asked for what."""

    def __init__(self, *, allows: bool) -> None:
        self.allows = allows
        self.asked: list[str] = []

    def call(self, access_key: str, call: ReceivedCall, now: datetime) -> tuple[JudgedNeed, ...]:
        return self.needs(access_key, (Need(action=call.operation, resource="*"),), call.region, now)

    def needs(
        self, access_key: str, needs: tuple[Need, ...], _region: str, _now: datetime
    ) -> tuple[JudgedNeed, ...]:
        self.asked += [f"{access_key} {need.action}" for need in needs]
        return tuple(
            JudgedNeed(
                need=need,
                request=AccessRequest(principal=principal_of(ARN), action=need.action, resource="*"),
                decision=AccessDecision(allowed=self.allows, kind=PolicyKind.IDENTITY),
            )
            for need in needs
        )

    def service(self, name: str, call: ReceivedCall, now: datetime) -> tuple[JudgedNeed, ...]:
        return self.call(name, call, now)


@pytest.fixture
def recorder() -> RecordingApplication:
    return RecordingApplication()


def answered(judge: ScriptedJudge, recorder: RecordingApplication, path: str = "/", **services: str) -> int:
    layer = AuthorizationMiddleware(
        recorder, lambda: judge, AuthorizationRecord(), services=services, elsewhere=("/_function-url/",)
    )
    return capture(layer, request("kms", "Sign", path=path)).status_code


def test_what_is_allowed_is_passed_on(recorder: RecordingApplication) -> None:
    """FID-2: whoever signed is asked about, by access key."""
    judge = ScriptedJudge(allows=True)
    assert answered(judge, recorder) == 200
    assert (judge.asked, len(recorder.calls)) == (["AKIA Sign"], 1)


def test_what_is_denied_does_not_arrive(recorder: RecordingApplication) -> None:
    """FID-2: moto never sees it."""
    assert answered(ScriptedJudge(allows=False), recorder) == 400
    assert recorder.calls == []


def test_aws_services_are_judged_by_their_names(recorder: RecordingApplication) -> None:
    """IAM-2: a service that acts in the account is asked about as itself."""
    judge = ScriptedJudge(allows=True)
    assert answered(judge, recorder, AKIA="lambda.amazonaws.com") == 200
    assert judge.asked == ["lambda.amazonaws.com Sign"]


def test_the_emulator_itself_is_not_judged(recorder: RecordingApplication) -> None:
    """It has to read what it emulates; and function URLs are looked after by another middleware."""
    judge = ScriptedJudge(allows=False)
    assert answered(judge, recorder, AKIA=EMULATOR) == 200
    assert answered(judge, recorder, path="/_function-url/abc/") == 200
    assert judge.asked == []


@pytest.mark.parametrize("allows", [True, False])
def test_a_function_url_needs_two_permissions(allows: bool) -> None:
    """To call the URL, and the function through it."""
    judge, record = ScriptedJudge(allows=allows), AuthorizationRecord()
    assert may_call_url(judge, record, "AKIA", ARN) is allows
    assert judge.asked == ["AKIA lambda:InvokeFunctionUrl", "AKIA lambda:InvokeFunction"]
    assert record.document()["allowed"] == (2 if allows else 0)


def test_what_can_be_read_in_two_ways_is_refused_unjudged(recorder: RecordingApplication) -> None:
    """Whoever signed it, and whatever they may do: it does not reach the judge, nor the service."""
    judge = ScriptedJudge(allows=True)
    assert answered(judge, recorder, path="/?KeyId=other") == 400
    assert (judge.asked, recorder.calls) == ([], [])
