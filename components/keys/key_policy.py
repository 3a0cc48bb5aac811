"""Key policies.

No policy gives `kms:*` to the account, so IAM policies alone open nothing: using a key takes a statement
here. Roles are named by `aws:PrincipalArn` under the account's root, because a role named as principal has
to exist before the key does, and the roles come in later layers.
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

from __future__ import annotations

from components.account import Place
from components.identity.statement import Condition, IamStatement, Principals
from components.naming import GOVERNANCE, GOVERNANCE_ADMIN, ROTATION

ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
"""What administrators may do with a key; none of it encrypts or decrypts anything."""
TABLE_ENCRYPTION = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
"""What it takes to have DynamoDB encrypt a table with a key."""


def service_key_policy(place: Place, service: str) -> tuple[IamStatement, ...]:
    """Secrets of one service: its own two roles read, deployers write, all through Secrets Manager. KEY-1."""
    return (
        _administration(place),
        _deployers(place, "secretsmanager", ("kms:Decrypt", "kms:GenerateDataKey")),
        _readers(
            place,
            "ServiceReads",
            roles=(place.task_role(service), place.execution_role(service)),
        ),
        _rotation(place, (place.account.secret(place.names.secret(service, "*")),)),
    )


def calls_key_policy(place: Place) -> tuple[IamStatement, ...]:
    """Signing keys: read by services, of the same size however many calls there are.

    Which service reads which, the policies of its role and of the secret say; the former by the encryption
    context, too.
    """
    return (
        _administration(place),
        _deployers(place, "secretsmanager", ("kms:Decrypt", "kms:GenerateDataKey")),
        _rotation(place, (place.signing_secrets(),)),
        _readers(place, "ServicesSign", roles=(place.task_role("*"),), secrets=(place.signing_secrets(),)),
    )


def grants_key_policy(place: Place) -> tuple[IamStatement, ...]:
    """The keys of grants, and the records of deeds: the same size however many services there are. GOV-4

    Principals that deploy make the secrets and the table; of what is in the secrets they decrypt the public
    keys alone. Secrets Manager tries a key before it makes a secret under it:
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    """
    trial = Condition(
        operator="StringEquals",
        key="kms:EncryptionContext:SecretVersionId",
        values=("RequestToValidateKeyAccess",),
    )
    return (
        _administration(place),
        _deployers(place, "dynamodb", TABLE_ENCRYPTION, sid="DeployTables"),
        _deployers(place, "secretsmanager", ("kms:Decrypt", "kms:GenerateDataKey"), narrowed=(trial,)),
        _deployers(
            place,
            "secretsmanager",
            ("kms:Decrypt",),
            sid="SeePublicKeys",
            narrowed=(_secret_context((place.grant_public_keys,)),),
        ),
        _readers(
            place,
            "GovernanceSigns",
            roles=(place.function_role(GOVERNANCE),),
            secrets=(place.grant_signing_key,),
        ),
        _rotation(place, (place.grant_signing_key, place.grant_public_keys)),
        _readers(place, "ServicesVerify", roles=(place.task_role("*"),), secrets=(place.grant_public_keys,)),
        IamStatement(
            sid="ServicesRecord",
            actions=("kms:Decrypt",),
            principals=Principals(arns=(place.account.root,)),
            this_resource=True,
            conditions=(
                Condition(operator="ArnLike", key="aws:PrincipalArn", values=(place.task_role("*"),)),
                _via(place, "dynamodb"),
                Condition(
                    operator="StringEquals",
                    key="kms:EncryptionContext:aws:dynamodb:tableName",
                    values=(place.names.idempotency_table,),
                ),
            ),
        ),
    )


def platform_key_policy(place: Place) -> tuple[IamStatement, ...]:
    """Logs, tables, images, function settings and alerts."""
    account = place.account
    names = place.names
    return (
        _administration(place),
        _deployers(place, "dynamodb", TABLE_ENCRYPTION, sid="DeployTables"),
        _deployers(
            place, "ecr", ("kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"), sid="DeployRepositories"
        ),
        _deployers(place, "lambda", ("kms:CreateGrant", "kms:Decrypt", "kms:Encrypt"), sid="DeployFunctions"),
        IamStatement(
            sid="Logs",
            actions=(
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ),
            principals=Principals(services=(account.service_endpoint("logs"),)),
            this_resource=True,
            conditions=(
                Condition(
                    operator="ArnLike",
                    key="kms:EncryptionContext:aws:logs:arn",
                    values=(
                        account.log_group(names.log_group("*")),
                        account.log_group(f"/aws/lambda/{names.environment}-*"),
                    ),
                ),
            ),
        ),
        IamStatement(
            sid="FlowLogs",
            actions=(
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ),
            principals=Principals(services=("delivery.logs.amazonaws.com",)),
            this_resource=True,
            conditions=(Condition(operator="StringEquals", key="aws:SourceAccount", values=(account.id,)),),
        ),
        IamStatement(
            sid="Alarms",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            principals=Principals(services=("cloudwatch.amazonaws.com",)),
            this_resource=True,
            conditions=(Condition(operator="StringEquals", key="aws:SourceAccount", values=(account.id,)),),
        ),
        IamStatement(
            sid="GovernanceReads",
            actions=("kms:Decrypt",),
            principals=Principals(arns=(account.root,)),
            this_resource=True,
            conditions=(
                Condition(
                    operator="ArnEquals",
                    key="aws:PrincipalArn",
                    values=(place.function_role(GOVERNANCE), place.function_role(GOVERNANCE_ADMIN)),
                ),
                Condition(
                    operator="StringEquals",
                    key="kms:ViaService",
                    values=(account.service_endpoint("dynamodb"), account.service_endpoint("lambda")),
                ),
            ),
        ),
        IamStatement(
            sid="RotationReadsItsSettings",
            actions=("kms:Decrypt",),
            principals=Principals(arns=(account.root,)),
            this_resource=True,
            conditions=(
                Condition(
                    operator="ArnEquals", key="aws:PrincipalArn", values=(place.function_role(ROTATION),)
                ),
                Condition(
                    operator="StringEquals",
                    key="kms:ViaService",
                    values=(account.service_endpoint("lambda"),),
                ),
            ),
        ),
    )


def audit_key_policy(place: Place) -> tuple[IamStatement, ...]:
    """Checkpoints of the audit trail: only the function that changes policies signs. GOV-2

    Principals that IAM allows to verify may read the public half.
    """
    signers = Condition(
        operator="ArnEquals", key="aws:PrincipalArn", values=(place.function_role(GOVERNANCE_ADMIN),)
    )
    return (
        _administration(place),
        IamStatement(
            sid="AdminSigns",
            actions=("kms:Sign",),
            principals=Principals(arns=(place.account.root,)),
            this_resource=True,
            conditions=(signers,),
        ),
        IamStatement(
            sid="Verify",
            actions=("kms:GetPublicKey", "kms:Verify"),
            principals=Principals(arns=(place.account.root,)),
            this_resource=True,
        ),
    )


def _administration(place: Place) -> IamStatement:
    return IamStatement(
        sid="Administration",
        actions=ADMINISTRATION,
        principals=Principals(arns=(place.account.root,)),
        this_resource=True,
    )


def _deployers(
    place: Place,
    via: str,
    actions: tuple[str, ...],
    sid: str = "DeploySecrets",
    narrowed: tuple[Condition, ...] = (),
) -> IamStatement:
    """Principals of the account that IAM also allows to, except the roles of services and functions."""
    return IamStatement(
        sid=sid,
        actions=actions,
        principals=Principals(arns=(place.account.root,)),
        this_resource=True,
        conditions=(_no_runtime_role(place), _via(place, via), *narrowed),
    )


def _readers(
    place: Place,
    sid: str,
    roles: tuple[str, ...],
    secrets: tuple[str, ...] = (),
    actions: tuple[str, ...] = ("kms:Decrypt",),
) -> IamStatement:
    return IamStatement(
        sid=sid,
        actions=actions,
        principals=Principals(arns=(place.account.root,)),
        this_resource=True,
        conditions=(
            Condition(operator="ArnEquals", key="aws:PrincipalArn", values=roles),
            _via(place, "secretsmanager"),
            *((_secret_context(secrets),) if secrets else ()),
        ),
    )


def _rotation(place: Place, secrets: tuple[str, ...]) -> IamStatement:
    """The rotation function reads and writes the values of some secrets. SEC-2."""
    return _readers(
        place,
        "RotationWrites",
        roles=(place.function_role(ROTATION),),
        secrets=secrets,
        actions=("kms:Decrypt", "kms:GenerateDataKey"),
    )


def _via(place: Place, service: str) -> Condition:
    return Condition(
        operator="StringEquals", key="kms:ViaService", values=(place.account.service_endpoint(service),)
    )


def _secret_context(secrets: tuple[str, ...]) -> Condition:
    return Condition(operator="StringLike", key="kms:EncryptionContext:SecretARN", values=secrets)


def _no_runtime_role(place: Place) -> Condition:
    return Condition(operator="ArnNotLike", key="aws:PrincipalArn", values=place.runtime_roles)
