"""Values that say nothing and that checkov takes for something: the plan leaves these keys out.

Terraform's plans have null, `[]` or `""` for what a program leaves out. Checkov's checks were written for
programs, in which such a key is not there at all, and some of them pass, or break, because of it. Each row
was found by comparing what checkov says with the key and without it; tests hold both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

_EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """An attribute that is left out where it is empty: its type and path, and which check takes it how.

    `empty` are the values that say nothing.
    """

    type: str
    path: str
    check: str
    reason: str
    empty: tuple[Any, ...] = _EMPTY


def _rows(types: str, path: str, check: str, reason: str) -> tuple[Omission, ...]:
    return tuple(Omission(type=kind, path=path, check=check, reason=reason) for kind in types.split())


OMISSIONS: tuple[Omission, ...] = (
    Omission(
        type="aws_cloudwatch_log_group",
        path="retention_in_days",
        check="CKV_AWS_66",
        reason="passes where there is any number of days, and counts 0, which is for ever, as one",
        empty=(None, 0),
    ),
    *_rows(
        "aws_security_group_rule aws_vpc_security_group_ingress_rule aws_vpc_security_group_egress_rule",
        "description",
        "CKV_AWS_23",
        "passes where there is any description, and counts null as one",
    ),
    *_rows(
        "aws_security_group",
        "ingress.description",
        "CKV_AWS_23",
        'passes where every rule has a description, and counts "" as one',
    ),
    *_rows(
        "aws_security_group",
        "egress.description",
        "CKV_AWS_23",
        'passes where every rule has a description, and counts "" as one',
    ),
    *_rows(
        "aws_docdb_cluster",
        "enabled_cloudwatch_logs_exports",
        "CKV_AWS_85",
        "breaks on null, for it looks for `audit` in it",
    ),
    *_rows(
        "aws_eks_node_group",
        "remote_access.source_security_group_ids",
        "CKV_AWS_100",
        "passes where SSH is limited to any groups, and counts null as some",
    ),
    *_rows("aws_elb", "access_logs", "CKV_AWS_92", "passes where the block is there, and counts [] as it"),
    *_rows(
        "aws_elb",
        "listener.ssl_certificate_id",
        "CKV_AWS_127",
        'passes where a listener has any certificate, and counts "" as one',
    ),
    *_rows(
        "aws_ami",
        "ebs_block_device.snapshot_id",
        "CKV_AWS_204",
        'takes a device with any snapshot to be encrypted by it, and counts "" as one',
    ),
    *_rows(
        "aws_autoscaling_group", "tag", "CKV_AWS_153", "passes where there are tags, and counts [] as some"
    ),
    *_rows(
        "aws_kinesis_firehose_delivery_stream",
        "kinesis_source_configuration",
        "CKV_AWS_240",
        "says nothing of a stream that Kinesis encrypts, and takes [] for such a source",
    ),
    *_rows(
        "aws_kinesis_firehose_delivery_stream",
        "server_side_encryption",
        "CKV_AWS_240",
        "breaks on [], for it looks into the first block",
    ),
    *_rows(
        "aws_lambda_function", "kms_key_arn", "CKV_AWS_173", "passes with any key, and counts null as one"
    ),
    *_rows(
        "aws_opensearch_domain aws_elasticsearch_domain",
        "log_publishing_options",
        "CKV_AWS_84",
        "passes where logs are published, and counts [] as some",
    ),
    *_rows(
        "aws_secretsmanager_secret_rotation",
        "rotation_rules.schedule_expression",
        "CKV_AWS_304",
        "breaks on null, for it looks at how the text begins",
    ),
    *_rows(
        "aws_wafv2_web_acl aws_waf_web_acl aws_wafregional_web_acl",
        "rule",
        "CKV_AWS_175",
        "passes where there are rules, and counts [] as some",
    ),
    *_rows(
        "aws_route53_zone",
        "vpc",
        "CKV2_AWS_39",
        "takes a zone with the block to be private, and counts [] as the block",
    ),
)


@cache
def _rows_of(terraform_type: str) -> tuple[Omission, ...]:
    return tuple(row for row in OMISSIONS if row.type == terraform_type)


def leave_out(terraform_type: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a planned resource without the empty ones of the table."""
    found = dict(values)
    for row in _rows_of(terraform_type):
        found = _without(found, tuple(row.path.split(".")), row.empty)
    return found


def _without(values: dict[str, Any], path: tuple[str, ...], empty: tuple[Any, ...]) -> dict[str, Any]:
    name, rest = path[0], path[1:]
    value = values.get(name)
    if not rest:
        return {key: item for key, item in values.items() if key != name or item not in empty}
    if isinstance(value, list):
        inside = [_without(item, rest, empty) if isinstance(item, dict) else item for item in value]
        return {**values, name: inside}
    return values
