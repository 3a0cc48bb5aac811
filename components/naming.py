"""Every physical name, in one place.

A physical name is identity: AWS replaces most resources whose name changes, with all that hangs on them. The
`Name` tag is presentation only. Logical names (the ones in URNs) are the components' own and carry no
environment, because the stack is part of the URN already.
"""

from __future__ import annotations

from dataclasses import dataclass

from components.declarations import Edge

GOVERNANCE = "governance"
"""The function that decides about calls."""
GOVERNANCE_ADMIN = "governance-admin"
"""The function that changes policies."""
ROTATION = "rotation"
"""The function that rotates secrets."""
ROLLOUT = "rollout"
"""The function that tests a new release before it gets traffic; also its security group."""
BALANCER_ROLE = "ecs-load-balancer"
"""What ECS shifts traffic as: the rules of the load balancer, and the targets behind them."""
HOOKS_ROLE = "ecs-hooks"
"""What ECS calls the function of a deployment as."""
AUDIT_KEY = "audit"
"""The key that signs checkpoints of the audit trail."""
GRANTS_KEY = "grants"
"""The key that the keys of grants, and the records of deeds, are kept under."""
CALLS_KEY = "calls"
"""The key that encrypts the signing keys of calls."""
PLATFORM_KEY = "platform"
"""The key that encrypts logs, tables, images and alerts."""
CALLER_ALIAS = "caller-"
"""How the alias of the governance function begins that one caller alone may invoke."""
BALANCER_LOGS = "load-balancer"
BUCKET_LOGS = "buckets"
"""The prefixes of the bucket of access logs: those of the load balancer, and those of other buckets."""
ROTATION_TAG = "myelin:rotation"
"""The tag of a secret that says how the rotation function rotates it."""
TELL_TAG, TEST_TAG = "myelin:rotation-tell", "myelin:rotation-test"
"""The tags of a secret that have the addresses of its issuer: where it is told, and asked."""
RESTART_TAG = "myelin:restart"
"""The tag of a secret that names the service whose tasks read it when they start, and not again."""
LIVE = "live"
"""The alias that callers of a function use where it has versions."""

FUNCTIONS = (GOVERNANCE, GOVERNANCE_ADMIN, ROTATION, ROLLOUT)
"""Every Lambda function; `components.functions.catalogue` says what each of them is."""
_FUNCTION_NAMES = {GOVERNANCE: "governance-decide"}
"""Functions that have another name in AWS than here."""


@dataclass(frozen=True, slots=True)
class PhysicalNames:
    """The names of one environment."""

    environment: str

    def of(self, thing: str) -> str:
        """`<env>-<thing>`."""
        return f"{self.environment}-{thing}"

    @property
    def cluster(self) -> str:
        """ECS cluster."""
        return self.environment

    @property
    def namespace(self) -> str:
        """Cloud Map namespace of the mesh."""
        return f"{self.environment}.myelin"

    @property
    def load_balancer(self) -> str:
        """The private load balancer."""
        return self.of("internal")

    @property
    def policy_table(self) -> str:
        """DynamoDB table of the policy store."""
        return self.of("governance-policies")

    @property
    def idempotency_table(self) -> str:
        """DynamoDB table of the records of deeds."""
        return self.of("idempotency")

    @property
    def release_table(self) -> str:
        """DynamoDB table of the releases."""
        return self.of("releases")

    @property
    def grant_signing_key(self) -> str:
        """The secret of the private key of grants."""
        return f"{self.environment}/grants/signing-key"

    @property
    def grant_public_keys(self) -> str:
        """The secret of the public keys of grants."""
        return f"{self.environment}/grants/public-keys"

    def function(self, function: str) -> str:
        """A Lambda function; also the role that it runs as."""
        return self.of(_FUNCTION_NAMES.get(function, function))

    def function_log_group(self, function: str) -> str:
        """Log group of a Lambda function."""
        return f"/aws/lambda/{self.function(function)}"

    def audit_bucket(self, account: str, region: str) -> str:
        """Bucket of the exported audit trail; names of buckets are unique in the world."""
        return self.of(f"governance-audit-{account}-{region}")

    def archive_bucket(self, account: str, region: str) -> str:
        """Bucket of the logs that are kept for a time and cannot be changed in it."""
        return self.of(f"archive-{account}-{region}")

    def access_log_bucket(self, account: str, region: str) -> str:
        """Bucket of the access logs of the load balancer and of the other buckets."""
        return self.of(f"access-logs-{account}-{region}")

    @property
    def alert_topic(self) -> str:
        """SNS topic of alarms."""
        return self.of("alerts")

    def service_dashboard(self, service: str) -> str:
        """CloudWatch dashboard of a service; its name has letters, digits, hyphens and underscores alone."""
        return self.of(f"services-{service}")

    @property
    def functions_dashboard(self) -> str:
        """CloudWatch dashboard of the functions."""
        return self.of("functions")

    def service_alarm(self, service: str) -> str:
        """The composite alarm of a service as a whole, which deployments roll back on."""
        return f"{self.environment}/{service}"

    def alarm(self, service: str, kind: str) -> str:
        """An alarm on one condition of a service."""
        return f"{self.environment}/{service}/{kind}"

    def repository(self, service: str) -> str:
        """ECR repository of a service's images."""
        return f"{self.environment}/{service}"

    def log_group(self, service: str) -> str:
        """Log group of a service's tasks."""
        return f"/myelin/{self.environment}/{service}"

    def family(self, service: str) -> str:
        """Family of a service's task definitions; also its target group."""
        return self.of(service)

    def alternate_target_group(self, service: str) -> str:
        """The second target group of a service. No service's name begins with a digit, so it is no other
        one's first.
        """
        return self.of(f"2{service}")

    def secret(self, service: str, secret: str) -> str:
        """A service's own secret."""
        return f"{self.environment}/{service}/{secret}"

    def signing_secret(self, edge: Edge) -> str:
        """Secret with the key that the caller signs with and the callee verifies with."""
        return f"{self.environment}/calls/{edge.caller}/{edge.callee}/signing-key"

    def task_role(self, service: str) -> str:
        """Role of a service's own code."""
        return self.of(f"{service}-task")

    def execution_role(self, service: str) -> str:
        """Role that ECS assumes to start a service's tasks."""
        return self.of(f"{service}-execution")

    def boundary(self, subject: str) -> str:
        """Permission boundary of the roles of a service or of a function."""
        return self.of(f"{subject}-boundary")

    def key_alias(self, key: str) -> str:
        """Alias of a KMS key."""
        return f"alias/{self.environment}/{key}"

    def security_group(self, group: str) -> str:
        """Security group of a service, of the load balancer or of the endpoints."""
        return self.of(group)


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of one layer of one environment."""

    environment: str
    layer: str

    def of(self, name: str, *, service: str | None = None) -> dict[str, str]:
        """Tags of one resource; `name` shows in the consoles."""
        tags = {"Name": name, "myelin:environment": self.environment, "myelin:layer": self.layer}
        if service is not None:
            tags["myelin:service"] = service
        return tags
