from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.paths import ROOT

PROGRAM = """
import boto3
from botocore.exceptions import ClientError
from moto import mock_aws
from sandbox.cloud.emulator.quirks import copy_tables_cheaply

copy_tables_cheaply()
with mock_aws():
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
    client = session.client("dynamodb")
    keys = [("pk", "HASH"), ("sk", "RANGE")][: {keys}]
    client.create_table(
        TableName="t", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{{"AttributeName": name, "KeyType": kind}} for name, kind in keys],
        AttributeDefinitions=[{{"AttributeName": name, "AttributeType": "S"}} for name, _ in keys],
    )
    def key(name):
        return {{part: {{"S": name}} for part, _ in keys}}
    def items():
        return sorted(client.scan(TableName="t")["Items"], key=repr)
    for name in "abc":
        more = {{"n": {{"N": "1"}}, "s": {{"S": "x"}}, "l": {{"L": [{{"N": "1"}}]}}, "ss": {{"SS": ["a"]}},
                 "m": {{"M": {{"x": {{"N": "1"}}}}}}}}
        more = more if name == "a" else {{"n": {{"N": "1"}}}}
        client.put_item(TableName="t", Item={{**key(name), **more}})
    before = items()
    values = {{":l": {{"L": [{{"N": "2"}}]}}, ":ss": {{"SS": ["b"]}}, ":two": {{"N": "2"}}}}
    update = {{"TableName": "t", "Key": key("a"), "ExpressionAttributeValues": values,
              "UpdateExpression": "SET l = list_append(l, :l), m.x = :two, n = n + :two ADD ss :ss"}}
    number = {{"TableName": "t", "Key": key("b"), "ExpressionAttributeValues": {{":two": {{"N": "2"}}}},
              "UpdateExpression": "SET n = :two"}}
    put = {{"TableName": "t", "Item": {{**key("d"), "n": {{"N": "4"}}}}}}
    gone = {{"TableName": "t", "Key": key("c")}}
    failing = {{"TableName": "t", "Key": key("z"), "ConditionExpression": "attribute_exists(pk)"}}
    changes = [{{"Update": update}}, {{"Update": number}}, {{"Put": put}}, {{"Delete": gone}}]
    try:
        client.transact_write_items(TransactItems=[*changes, {{"ConditionCheck": failing}}])
    except ClientError as error:
        print(error.response["Error"]["Code"])
    print(items() == before)
    client.transact_write_items(TransactItems=changes)
    print([item["pk"]["S"] + item["n"]["N"] for item in sorted(items(), key=lambda item: item["pk"]["S"])])
"""


@pytest.mark.parametrize("keys", [1, 2])
def test_a_transaction_that_fails_leaves_the_table_as_it_was(keys: int) -> None:
    """Whatever its parts did before: texts, numbers, lists, maps and sets; one that succeeds does it all."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(keys=keys)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines() == ["TransactionCanceledException", "True", "['a3', 'b2', 'd4']"]
