"""The services that call functions: SQS and SNS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.cloud.emulator.clients import EmulatorClients
from tests.support.functions.emulated_lambda import EmulatedLambda

pytestmark = pytest.mark.sandbox


def test_sqs_runs_the_function_and_keeps_what_failed(
    aws: EmulatorClients, create: Callable[..., Any]
) -> None:
    """A message whose function fails stays in the queue; one that succeeds is deleted."""
    create(
        "consumer",
        "def handler(event, context):\n    if event['Records'][0]['body'] == 'bad': raise ValueError('no')\n",
    )
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName="queue", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="consumer", BatchSize=1)
    sqs.send_message(QueueUrl=url, MessageBody="good")
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    sqs.send_message(QueueUrl=url, MessageBody="bad")
    assert [message["Body"] for message in sqs.receive_message(QueueUrl=url)["Messages"]] == ["bad"]


def test_sns_runs_the_function(box: EmulatedLambda, aws: EmulatorClients, create: Callable[..., Any]) -> None:
    """A published message reaches a subscribed function."""
    created = create(
        "listener", "def handler(event, context): print('got', event['Records'][0]['Sns']['Message'])\n"
    )
    topic = aws("sns").create_topic(Name="topic")["TopicArn"]
    aws("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=created["FunctionArn"])
    aws("sns").publish(TopicArn=topic, Message="hello")
    box.logs.flush()
    events = aws("logs").filter_log_events(logGroupName="/aws/lambda/listener")["events"]
    assert "got hello" in [event["message"] for event in events]
