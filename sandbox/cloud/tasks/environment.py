"""The environment variables of a task, as a value; of the host's own only those that every program needs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.cloud.ecs.definition import TaskDefinition
from sandbox.cloud.tasks.errors import ResourceInitializationError

INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")
_SECRET_ARN_PARTS = 7
_LOOPBACK_PORT = re.compile(r"(?P<host>\b(?:127\.0\.0\.1|localhost)):(?P<port>[0-9]{1,5})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRoleCredentials:
    """Temporary credentials of a task role."""

    access_key_id: str
    secret_access_key: str
    session_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretAddress:
    """The parts of a `valueFrom`: secret ARN, JSON key, version stage, version id; empty means the default.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    """

    arn: str
    json_key: str = ""
    version_stage: str = ""
    version_id: str = ""

    @classmethod
    def parse(cls, value_from: str) -> SecretAddress:
        """Split `<secret ARN>[:json-key:version-stage:version-id]`; raises ResourceInitializationError."""
        parts = value_from.split(":")
        if len(parts) < _SECRET_ARN_PARTS or parts[0] != "arn" or parts[2] != "secretsmanager":
            raise ResourceInitializationError(
                f"`{value_from}` is not the ARN of a Secrets Manager secret",
                hint="the sandbox injects secrets from Secrets Manager only",
            )
        suffix = parts[_SECRET_ARN_PARTS:]
        if len(suffix) not in (0, 3):
            raise ResourceInitializationError(
                f"`{value_from}` must end in `:json-key:version-stage:version-id` or in nothing of it",
                hint="leave a part empty to get its default, as in `<secret ARN>:password::`",
            )
        json_key, version_stage, version_id = suffix or ("", "", "")
        return cls(
            arn=":".join(parts[:_SECRET_ARN_PARTS]),
            json_key=json_key,
            version_stage=version_stage,
            version_id=version_id,
        )

    def extract(self, secret_string: str) -> str:
        """The variable's value, taken from the secret's; raises ResourceInitializationError."""
        if not self.json_key:
            return secret_string
        try:
            value = json.loads(secret_string)[self.json_key]
        except (ValueError, KeyError, TypeError) as error:
            raise ResourceInitializationError(
                f"secret `{self.arn}` has no JSON key `{self.json_key}`"
            ) from error
        return value if isinstance(value, str) else json.dumps(value)


def with_mapped_ports(variables: Mapping[str, str], ports: Mapping[int, int]) -> dict[str, str]:
    """Variables in which the ports of a task are those of this machine that stand for them.

    On AWS each task has a loopback of its own; here all share one. Changed are the variable PORT, and
    `127.0.0.1:<port>` and `localhost:<port>` in any value.
    """

    def mapped(found: re.Match[str]) -> str:
        port = int(found["port"])
        return f"{found['host']}:{ports.get(port, port)}"

    changed = {name: _LOOPBACK_PORT.sub(mapped, value) for name, value in variables.items()}
    own = changed.get("PORT", "")
    if own.isascii() and own.isdigit() and int(own) in ports:
        changed["PORT"] = str(ports[int(own)])
    return changed


def task_environment(
    definition: TaskDefinition,
    *,
    host: Mapping[str, str],
    image: Mapping[str, str],
    secrets: Mapping[str, str],
    supplied: Mapping[str, str],
    sidecar_url: str | None,
    credentials: TaskRoleCredentials | None,
    ports: Mapping[int, int] | None = None,
) -> dict[str, str]:
    """Build the whole environment of a task's process. `ports` are its container ports, and where they are.

    The task definition wins over its image, as in a container. `supplied` stands for what AWS supplies and
    wins over both, so that no definition can lead a task off this machine. The sidecar is also the proxy for
    https, and refuses to open a tunnel.
    """
    environment = {name: host[name] for name in INHERITED if name in host}
    environment |= image
    environment |= with_mapped_ports(dict(definition.environment), ports or {})
    environment |= secrets
    environment |= supplied
    if sidecar_url is not None:
        for name in ("http_proxy", "https_proxy"):
            environment[name] = environment[name.upper()] = sidecar_url
        environment["no_proxy"] = environment["NO_PROXY"] = "127.0.0.1,localhost"
    if credentials is not None:
        environment["AWS_ACCESS_KEY_ID"] = credentials.access_key_id
        environment["AWS_SECRET_ACCESS_KEY"] = credentials.secret_access_key
        environment["AWS_SESSION_TOKEN"] = credentials.session_token
    return environment
