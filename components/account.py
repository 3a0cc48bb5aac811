"""Where a stack is deployed, and the ARNs that follow from names there."""

from __future__ import annotations

from dataclasses import dataclass

from components.declarations import Edge
from components.naming import CALLER_ALIAS, FUNCTIONS, GOVERNANCE, LIVE, PhysicalNames


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An AWS account and region; `partition` is `aws`, `aws-cn` or `aws-us-gov`."""

    id: str
    region: str
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        """ARN of a resource in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.id}:{resource}"

    @property
    def root(self) -> str:
        """ARN of the account as a principal; conditions narrow what it may do."""
        return f"arn:{self.partition}:iam::{self.id}:root"

    def role(self, name: str) -> str:
        """ARN of a role, or a pattern of roles."""
        return f"arn:{self.partition}:iam::{self.id}:role/{name}"

    def secret(self, name: str) -> str:
        """Pattern of a secret's ARN: AWS appends a hyphen and six characters to the name."""
        return self.arn("secretsmanager", f"secret:{name}-??????")

    def log_group(self, name: str) -> str:
        """ARN of a log group."""
        return self.arn("logs", f"log-group:{name}")

    def log_streams(self, name: str) -> str:
        """Pattern of all streams of a log group."""
        return self.arn("logs", f"log-group:{name}:log-stream:*")

    def repository(self, name: str) -> str:
        """ARN of an ECR repository."""
        return self.arn("ecr", f"repository/{name}")

    def table(self, name: str) -> str:
        """ARN of a DynamoDB table."""
        return self.arn("dynamodb", f"table/{name}")

    def bucket(self, name: str) -> str:
        """ARN of a bucket, or a pattern of its objects."""
        return f"arn:{self.partition}:s3:::{name}"

    def service_endpoint(self, service: str) -> str:
        """The value of `kms:ViaService` when this AWS service uses a key for a principal."""
        return f"{service}.{self.region}.amazonaws.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An environment in an account: the ARNs of things that have a fixed name."""

    account: Account
    names: PhysicalNames

    @property
    def runtime_roles(self) -> tuple[str, ...]:
        """ARN patterns of every role that services and functions of this environment run as."""
        functions = (self.function_role(function) for function in FUNCTIONS)
        return (self.task_role("*"), self.execution_role("*"), *functions)

    def task_role(self, service: str) -> str:
        """ARN of a service's task role."""
        return self.account.role(self.names.task_role(service))

    def execution_role(self, service: str) -> str:
        """ARN of a service's execution role."""
        return self.account.role(self.names.execution_role(service))

    def function_role(self, function: str) -> str:
        """ARN of a function's role."""
        return self.account.role(self.names.function(function))

    @property
    def audit_bucket(self) -> str:
        """Name of the bucket of the exported audit trail."""
        return self.names.audit_bucket(self.account.id, self.account.region)

    @property
    def archive_bucket(self) -> str:
        """Name of the bucket of logs."""
        return self.names.archive_bucket(self.account.id, self.account.region)

    @property
    def access_log_bucket(self) -> str:
        """Name of the bucket of access logs."""
        return self.names.access_log_bucket(self.account.id, self.account.region)

    def function_alias(self, function: str) -> str:
        """ARN of a function's live version, which callers invoke."""
        return self.account.arn("lambda", f"function:{self.names.function(function)}:{LIVE}")

    def caller_alias(self, service: str) -> str:
        """ARN of the alias of the governance function that this caller alone invokes."""
        function = self.names.function(GOVERNANCE)
        return self.account.arn("lambda", f"function:{function}:{CALLER_ALIAS}{service}")

    @property
    def grant_issuer(self) -> str:
        """Who issues the grants of this environment."""
        return f"{self.account.id}/{self.account.region}/{self.names.environment}"

    @property
    def grant_signing_key(self) -> str:
        """ARN pattern of the secret of the private key of grants."""
        return self.account.secret(self.names.grant_signing_key)

    @property
    def grant_public_keys(self) -> str:
        """ARN pattern of the secret of the public keys of grants."""
        return self.account.secret(self.names.grant_public_keys)

    @property
    def secrets(self) -> str:
        """ARN pattern of all secrets of the environment."""
        return self.account.arn("secretsmanager", f"secret:{self.names.environment}/*")

    @property
    def ecs_services(self) -> str:
        """ARN pattern of the services of the cluster."""
        return self.account.arn("ecs", f"service/{self.names.cluster}/*")

    def own_secrets(self, service: str, secrets: tuple[str, ...]) -> tuple[str, ...]:
        """ARN patterns of a service's own secrets."""
        return tuple(self.account.secret(self.names.secret(service, secret)) for secret in secrets)

    def signing_secrets(self, caller: str = "*", callee: str = "*") -> str:
        """ARN pattern of the signing keys of a caller, of a callee, or of every call.

        Names of services have no slash, so no other service's keys fit it.
        """
        return self.account.secret(self.names.signing_secret(Edge(caller=caller, callee=callee)))
