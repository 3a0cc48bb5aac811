"""Every Lambda function of the platform: a row for each."""

from __future__ import annotations

from pathlib import Path

from components.functions.definition import FunctionCode, FunctionDefinition
from components.identity.admin_statements import admin_statements
from components.identity.governance_statements import governance_statements
from components.identity.rollout_statements import rollout_statements
from components.identity.rotation_statements import rotation_statements
from components.naming import (
    AUDIT_KEY,
    GOVERNANCE,
    GOVERNANCE_ADMIN,
    GRANTS_KEY,
    PLATFORM_KEY,
    ROLLOUT,
    ROTATION,
)

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

ROTATION_CODE = FunctionCode(
    sources=(
        "lambdas/__init__.py",
        "lambdas/rotation",
        "policies/__init__.py",
        "policies/calls/__init__.py",
        "policies/calls/errors.py",
        "policies/calls/granting/__init__.py",
        "policies/calls/granting/errors.py",
        "policies/calls/granting/keys.py",
    ),
    lock=Path("lambdas", "rotation", "requirements.lock"),
    aws_services=("ecs", "secretsmanager"),
)

ROLLOUT_CODE = FunctionCode(
    sources=("lambdas/__init__.py", "lambdas/rollout"),
    lock=Path("lambdas", "rollout", "requirements.lock"),
    aws_services=("ecs",),
)

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
        keys=(PLATFORM_KEY, GRANTS_KEY),
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
    # SEC-2: Secrets Manager calls it, four steps for each rotation
    FunctionDefinition(
        name=ROTATION,
        component="RotationFunction",
        handler="lambdas.rotation.handler.handler",
        code=ROTATION_CODE,
        description="rotates secrets for AWS Secrets Manager",
        role_description="rotates secrets",
        failure="rotate a secret",
        memory=256,
        timeout=60,
        concurrency=5,
        keys=(PLATFORM_KEY,),
        statements=rotation_statements,
    ),
    # DEL-4: ECS calls it in each deployment that shifts traffic
    FunctionDefinition(
        name=ROLLOUT,
        component="RolloutFunction",
        handler="lambdas.rollout.handler.handler",
        code=ROLLOUT_CODE,
        description="tests a new release of a service before it gets traffic",
        role_description="tests new releases",
        failure="test a release",
        memory=256,
        timeout=60,
        concurrency=10,  # so many services may be deployed at once
        keys=(PLATFORM_KEY,),
        statements=rollout_statements,
    ),
)

FUNCTIONS = {definition.name: definition for definition in DEFINITIONS}
