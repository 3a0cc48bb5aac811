"""The policy table, which not even an administrator may write, opened for a test as one could do it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.end_to_end.project import ProjectCopy


@contextmanager
def opened_table(project: ProjectCopy) -> Iterator[Any]:
    """A client of DynamoDB that may write the policy table; afterwards its policy is as before.

    A table that was made by hand may have none.
    """
    client = project.client("dynamodb")
    name = project.platform.policy_table_name
    arn = client.describe_table(TableName=name)["Table"]["TableArn"]
    try:
        policy = client.get_resource_policy(ResourceArn=arn)["Policy"]
    except client.exceptions.PolicyNotFoundException:
        yield client
        return
    client.delete_resource_policy(ResourceArn=arn)
    try:
        yield client
    finally:
        client.put_resource_policy(ResourceArn=arn, Policy=policy)
