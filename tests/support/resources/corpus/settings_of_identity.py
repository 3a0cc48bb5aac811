"""Settings of identities, keys, secrets, and of what is logged and kept for evidence."""

from __future__ import annotations

from tests.support.resources.corpus.decisive import KMS, OFF, ON, OPEN, TIGHT, Decisive, row, statement

READ = statement(Action="s3:GetObject", Resource="arn:aws:s3:::b/k")
ADMIN = statement(Action="*", Resource="*")
TRUST = statement(Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole")
ANY_TRUST = statement(Principal={"AWS": "*"}, Action="sts:AssumeRole")

IDENTITY = (
    row("aws:kms/key:Key", 7, {"enableKeyRotation": ON}, {"enableKeyRotation": False}),
    row("aws:kms/key:Key", 227, {"isEnabled": ON}, {"isEnabled": False}),
    row("aws:secretsmanager/secret:Secret", 149, {"kmsKeyId": KMS}),
    row(
        "aws:secretsmanager/secretRotation:SecretRotation",
        304,
        {"rotationRules": {"automaticallyAfterDays": Decisive(30)}},
        {"rotationRules": {"automaticallyAfterDays": 300}},
    ),
    row("aws:ssm/parameter:Parameter", 337, {"type": "SecureString", "keyId": KMS}, {"type": "SecureString"}),
    row("aws:iam/policy:Policy", 62, {"policy": Decisive(READ)}, {"policy": ADMIN}),
    row(
        "aws:iam/policy:Policy",
        "40",
        {"policy": Decisive(READ)},
        {"policy": statement(Action="iam:*", Resource="*")},
    ),
    row(
        "aws:iam/rolePolicy:RolePolicy",
        63,
        {"role": "r", "policy": Decisive(READ)},
        {"role": "r", "policy": ADMIN},
    ),
    row(
        "aws:iam/userPolicy:UserPolicy",
        355,
        {"user": "u", "policy": Decisive(READ)},
        {"user": "u", "policy": statement(Action="s3:PutObject", Resource="*")},
    ),
    row("aws:iam/role:Role", 60, {"assumeRolePolicy": Decisive(TRUST)}, {"assumeRolePolicy": ANY_TRUST}),
    row(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        274,
        {"role": "r", "policyArn": Decisive("arn:aws:iam::aws:policy/ReadOnlyAccess")},
        {"role": "r", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    row(
        "aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
        10,
        {"minimumPasswordLength": Decisive(14)},
        {"minimumPasswordLength": 8},
    ),
    row(
        "aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
        14,
        {"requireSymbols": ON},
        {"requireSymbols": False},
    ),
    row("aws:cloudwatch/logGroup:LogGroup", 158, {"kmsKeyId": KMS}),
    row("aws:cloudwatch/logGroup:LogGroup", 338, {"retentionInDays": Decisive(365)}, {"retentionInDays": 30}),
    row("aws:cloudwatch/logGroup:LogGroup", 66, {"retentionInDays": Decisive(365)}),
    row("aws:cloudwatch/metricAlarm:MetricAlarm", 319, {"actionsEnabled": ON}, {"actionsEnabled": False}),
    row("aws:cloudtrail/trail:Trail", 36, {"enableLogFileValidation": ON}),
    row("aws:cloudtrail/trail:Trail", 67, {"isMultiRegionTrail": ON}),
    row("aws:cloudtrail/eventDataStore:EventDataStore", 294, {"kmsKeyId": KMS}),
    row(
        "aws:ecr/repository:Repository",
        51,
        {"imageTagMutability": Decisive("IMMUTABLE")},
        {"imageTagMutability": "MUTABLE"},
    ),
    row("aws:ecr/repository:Repository", 163, {"imageScanningConfiguration": {"scanOnPush": ON}}),
    row(
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        32,
        {"repository": "r", "policy": Decisive(TIGHT)},
        {"repository": "r", "policy": OPEN},
    ),
    row("aws:codeartifact/domain:Domain", 221, {"encryptionKey": KMS}),
    row("aws:guardduty/detector:Detector", 238, {"enable": ON}, {"enable": False}),
    row(
        "aws:cognito/identityPool:IdentityPool",
        366,
        {"allowUnauthenticatedIdentities": OFF},
        {"allowUnauthenticatedIdentities": True},
    ),
)
