"""A program with one of each common mistake; the mistake's name stands behind the line that makes it."""

PROGRAM = '''\
"""Takes orders, and lets everybody in."""

import json

import pulumi
import pulumi_aws as aws


class Shop(pulumi.ComponentResource):
    """A shop with everything that a review should find."""

    def __init__(self, name: str) -> None:
        super().__init__("shop:index:Shop", name)
        own = pulumi.ResourceOptions(parent=self)
        aws.dynamodb.Table(  # unencrypted table
            "orders",
            hash_key="id",
            attributes=[{"name": "id", "type": "S"}],
            opts=own,
        )
        for color in ("red",):
            aws.kms.Key(color, enable_key_rotation=False, opts=own)  # no rotation of a key


reports = aws.s3.Bucket("reports", bucket="reports-of-a-shop")  # public bucket
aws.s3.BucketAcl("reports", bucket=reports.id, acl="public-read")
aws.ec2.SecurityGroup(  # open port 22
    "front",
    description="anybody may log in",
    ingress=[
        {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]},
    ],
)
everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
aws.iam.RolePolicy(  # wildcard role
    "worker",
    role="worker",
    policy=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
)
shop = Shop("corner")
aws.secretsmanager.Secret("password", kms_key_id="alias/orders")  # no rotation of a secret
'''

MISTAKES = {
    "public bucket": ("CKV_AWS_20", "reports"),
    "open port 22": ("CKV_AWS_24", "front"),
    "unencrypted table": ("CKV_AWS_119", "orders"),
    "wildcard role": ("CKV_AWS_62", "worker"),
    "no rotation of a key": ("CKV_MYELIN_8", "red"),
    "no rotation of a secret": ("CKV2_AWS_57", "password"),
}
"""The check that finds each, and the resource's name."""


def line_of(mistake: str) -> int:
    """The line that makes a mistake."""
    return next(
        number for number, line in enumerate(PROGRAM.splitlines(), start=1) if line.endswith(f"# {mistake}")
    )
