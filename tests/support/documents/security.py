"""Writes docs/security.md: what protects keys, secrets, data and ways in, as the stacks of `prod` make it.

`python -m tests.support.documents.security` writes the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.declarations import load_services
from stacks.config_file import load_config_file
from stacks.layer_settings import FoundationSettings, PlatformSettings
from stacks.names import Layer, StackName
from stacks.settings import load_settings
from tests.support.contract.breaches import STATEFUL
from tests.support.paths import ROOT
from tests.support.recording.environments import ENVIRONMENTS, recorded
from tests.support.recording.recorder import Recorded

PAGE = ROOT / "docs" / "security.md"
ENVIRONMENT = "prod"
_HEAD = f"""# Security

What protects keys, secrets, data and ways in, as the stacks of `{ENVIRONMENT}` make it. Made by
`python -m tests.support.documents.security`; `make check` fails when it is stale.

| question | page |
|---|---|
| who enforces what, and what nobody does | [enforcement.md](enforcement.md) |
| who may do what in the account | [iam.md](iam.md) |
| who reaches whom in the network | [network.md](network.md) |
| how calls are signed | [sigv4.md](sigv4.md) |
| how secrets and keys are rotated | [rotation.md](rotation.md) |
| what proves the requirements on all of it | [security-audit.md](security-audit.md) |
| which test proves which requirement | [traceability.md](traceability.md) |
| what a resource is checked for before it is deployed | [check.md](check.md) |
"""
_KEY_INPUTS = ("kmsKeyId", "kmsKeyArn", "kmsMasterKeyId")
_ENCRYPTION = "BucketServerSideEncryptionConfiguration"


def page() -> str:
    """The whole page."""
    made = [one for graph in recorded(ENVIRONMENT).values() for one in graph.custom]
    sections = (_keys(made), _secrets(made), _data(made), _doors(made), _clients(), _environments())
    return "\n".join([_HEAD, *("\n".join(section) + "\n" for section in sections)]).rstrip() + "\n"


def _of(made: Sequence[Recorded], kind: str) -> list[Recorded]:
    return sorted((one for one in made if one.type.endswith(f":{kind}")), key=lambda one: one.name)


def _keys(made: Sequence[Recorded]) -> Iterator[str]:
    yield "## Keys\nWhom each lets in: [iam.md](iam.md#keys).\n"
    yield "| key | for | rotated every |\n|---|---|---|"
    for one in _of(made, "Key"):
        days = one.inputs.get("rotationPeriodInDays")
        often = f"{days} days" if days else "never: KMS rotates symmetric keys alone"
        yield f"| {one.name} | {one.inputs['description']} | {often} |"


def _secrets(made: Sequence[Recorded]) -> Iterator[str]:
    schedules = {one.name: one.inputs["rotationRules"] for one in _of(made, "SecretRotation")}
    yield "## Secrets\nEach has a policy of its own: [iam.md](iam.md#secrets-images-buckets-functions).\n"
    yield "| secret | for | under the key | rotated |\n|---|---|---|---|"
    for one in _of(made, "Secret"):
        rules = schedules.get(one.name) or schedules.get(one.name.removesuffix(".signing-key"))
        when = f"`{rules['scheduleExpression']}`" if rules else "with the other of its pair"
        yield f"| {one.inputs['name']} | {one.inputs['description']} | {_key(one.inputs)} | {when} |"


def _data(made: Sequence[Recorded]) -> Iterator[str]:
    yield "## Data at rest\n"
    yield "| what | name | encrypted under | kept from deletion |\n|---|---|---|---|"
    for kind in ("Bucket", "Function", "LogGroup", "Repository", "Table", "Topic"):
        for one in _of(made, kind):
            name = one.inputs.get("name") or one.inputs["bucket"]
            kept = "yes" if one.type in STATEFUL and STATEFUL[one.type](one) else ""
            yield f"| {kind} | {_plain(name)} | {_encryption(one, made)} | {kept} |"


def _encryption(one: Recorded, made: Sequence[Recorded]) -> str:
    if one.type.endswith(":Bucket"):
        (beside,) = (
            other for other in _of(made, _ENCRYPTION) if other.inputs["bucket"] == one.inputs["bucket"]
        )
        default = beside.inputs["rules"][0]["applyServerSideEncryptionByDefault"]
        key = default.get("kmsMasterKeyId")
        return _short(key) if key else "S3's own key"
    if "encryptionConfigurations" in one.inputs:
        return _short(one.inputs["encryptionConfigurations"][0]["kmsKey"])
    if "serverSideEncryption" in one.inputs:
        return _short(one.inputs["serverSideEncryption"]["kmsKeyArn"])
    return _key(one.inputs)


def _key(inputs: Mapping[str, Any]) -> str:
    return next((_short(inputs[name]) for name in _KEY_INPUTS if name in inputs), "an AWS key")


def _short(arn: object) -> str:
    return str(arn).rpartition(":")[2]


def _plain(name: str) -> str:
    """Account and region of a recorded environment say nothing."""
    return name.replace("-111122223333-us-east-1", "")


def _doors(made: Sequence[Recorded]) -> Iterator[str]:
    yield "## Ways in\nThe load balancer is internal; the URLs of functions are AWS's.\n"
    yield "| way in | port | spoken | answers |\n|---|---|---|---|"
    for one in _of(made, "Listener"):
        action = one.inputs["defaultActions"][0]["type"].replace("-", " ")
        spoken = one.inputs.get("sslPolicy") or one.inputs["protocol"]
        yield f"| listener {one.name} | {one.inputs['port']} | {spoken} | {action} where no rule matches |"
    for one in _of(made, "FunctionUrl"):
        signed = one.inputs["authorizationType"]
        yield f"| URL of {one.name} | 443 | TLS | to signed requests alone ({signed}) |"


def _clients() -> Iterator[str]:
    yield "## Clients of services\n"
    yield "| service | paths | how a client is known |\n|---|---|---|"
    for service in load_services(ROOT / "services").services:
        if service.ingress:
            paths = ", ".join(f"`{path}`" for path in service.ingress.paths)
            yield f"| {service.name} | {paths} | {service.ingress.client} |"


def _environments() -> Iterator[str]:
    yield "## Where environments differ\n"
    yield "| environment | kept from deletion | keys go after | logs | audit trail | archive | TLS |"
    yield "|---|---|---|---|---|---|---|"
    for environment in ENVIRONMENTS:
        foundation = _settings(environment, Layer.FOUNDATION, FoundationSettings)
        platform = _settings(environment, Layer.PLATFORM, PlatformSettings)
        assert isinstance(foundation, FoundationSettings)
        assert isinstance(platform, PlatformSettings)
        cells = (
            environment,
            "yes" if foundation.deletion_protection and platform.deletion_protection else "no",
            f"{foundation.key_deletion_days} days",
            f"{platform.log_retention_days} days",
            f"{platform.audit_retention_days} days",
            f"{foundation.archive_retention_days} days",
            "no: one machine" if platform.allow_http else "yes",
        )
        yield f"| {' | '.join(cells)} |"


def _settings(environment: str, layer: Layer, model: type[FoundationSettings | PlatformSettings]) -> object:
    file = load_config_file(StackName(environment=environment, layer=layer).config_file(ROOT))
    return load_settings(model, file.values, file)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
