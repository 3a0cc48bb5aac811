"""Every Lambda function of the platform: a row for each."""

from __future__ import annotations

from pathlib import Path

from components.functions.definition import FunctionCode, FunctionDefinition
from components.identity.admin_statements import admin_statements
from components.identity.governance_statements import governance_statements
from components.naming import AUDIT_KEY, GOVERNANCE, GOVERNANCE_ADMIN, PLATFORM_KEY

GOVERNANCE_CODE = FunctionCode(
    # the code that reads policies, not the policies: those are published, and must not change the function's
    # hash
    sources=(
        "lambdas/__init__.py",
        "lambdas/governance",
        "policies/__init__.py",
        "policies/calls/**/*.py",
    ),
    lock=Path("lambdas", "governance", "requirements.lock"),
    aws_services=("dynamodb", "kms", "s3", "secretsmanager", "sts", "xray"),
)
"""Both functions about policies run the same archive."""

DEFINITIONS = (
    # GOV-1
    FunctionDefinition(
        name=GOVERNANCE,
        component="GovernanceFunction",
        handler="lambdas.governance.decide.handler",
        code=GOVERNANCE_CODE,
        description="may a service do something on another one",
        role_description="decides what services may ask of each other",
        failure="decide",
        memory=512,
        timeout=5,  # callers wait less
        live_alias=True,
        url=True,
        keys=(PLATFORM_KEY,),
        statements=governance_statements,
    ),
    # GOV-2: the URL takes signed requests alone, so the author of a change is the one that AWS authenticated.
    # Callers need `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction`; nothing here grants these.
    FunctionDefinition(
        name=GOVERNANCE_ADMIN,
        component="AdminFunction",
        handler="lambdas.governance.admin.handler",
        code=GOVERNANCE_CODE,
        description="changes the policies that decide what services may do",
        role_description="changes what services may ask of each other",
        failure="make changes",
        memory=1024,  # checking a large set takes both memory and CPU
        timeout=60,
        concurrency=5,  # changes come one after the other anyway
        url=True,
        keys=(PLATFORM_KEY, AUDIT_KEY),
        statements=admin_statements,
    ),
)

FUNCTIONS = {definition.name: definition for definition in DEFINITIONS}
