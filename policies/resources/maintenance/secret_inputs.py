"""Makes the table of the inputs that the installed pulumi_aws marks as secret.

Run `python -m policies.resources.maintenance.secret_inputs`.

The SDK marks inputs of resources, and says nothing of those in blocks; these are named here, from the
provider's documentation. Some that it marks are no secrets that anybody could use, and are left out with the
reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pulumi_aws

from ..guardrails.rules.plain_secrets import TABLE
from ..guardrails.subject import camel
from ..terraform.names import terraform_names
from .sdk_types import CONSTRUCTOR

_MARKED = re.compile(r'__props__\.__dict__\["(\w+)"\] = None if \w+ is None else pulumi\.Output\.secret\(')
IN_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "aws_codepipeline_webhook": ("authenticationConfiguration.secretToken",),
    "aws_dms_endpoint": (
        "kafkaSettings.saslPassword",
        "redisSettings.authPassword",
    ),
    "aws_elasticache_user": ("authenticationMode.passwords",),
    "aws_elasticsearch_domain": ("advancedSecurityOptions.masterUserOptions.masterUserPassword",),
    "aws_emr_cluster": ("kerberosAttributes.kdcAdminPassword", "kerberosAttributes.adDomainJoinPassword"),
    "aws_fsx_windows_file_system": ("selfManagedActiveDirectory.password",),
    "aws_memorydb_user": ("authenticationMode.passwords",),
    "aws_mq_broker": ("users.password", "ldapServerMetadata.serviceAccountPassword"),
    "aws_opensearch_domain": ("advancedSecurityOptions.masterUserOptions.masterUserPassword",),
    "aws_storagegateway_gateway": ("smbActiveDirectorySettings.password",),
}
NO_SECRETS: Mapping[str, str] = {
    "admin_username": "a name",
    "airflow_configuration_options": "settings",
    "bundle_id": "a name",
    "ca_certificate_pem": "a certificate is public",
    "ca_pem": "a certificate is public",
    "certificate": "a certificate is public",
    "certificate_chain": "a certificate is public",
    "certificate_pem": "a certificate is public",
    "certificate_wallet": "certificates are public",
    "client_id": "a name",
    "content": "settings, which AppConfig hands to whoever may read them",
    "environment_variables": "settings",
    "kms_encryption_context": "stands in CloudTrail, too",
    "kms_key_id": "a name",
    "notes": "a note",
    "post_authentication_login_banner": "shown to everybody",
    "pre_authentication_login_banner": "shown to everybody",
    "schema": "a schema",
    "team_id": "a name",
    "token_key_id": "a name",
    "token_signing_public_keys": "public keys",
    "verification_certificate_pem": "a certificate is public",
}


def secret_inputs() -> dict[str, list[str]]:
    """The secret inputs of each Terraform type, by Pulumi's names."""
    found: dict[str, set[str]] = {kind: set(paths) for kind, paths in IN_BLOCKS.items()}
    for path in sorted(Path(pulumi_aws.__file__).parent.glob("*/*.py")):
        source = path.read_text(encoding="utf-8")
        constructor = CONSTRUCTOR.search(source)
        kind = terraform_names().terraform_type(constructor["token"]) if constructor else None
        if kind is not None:
            names = {camel(name) for name in _MARKED.findall(source) if name not in NO_SECRETS}
            found.setdefault(kind, set()).update(names)
    return {kind: sorted(paths) for kind, paths in sorted(found.items()) if paths}


def document() -> str:
    """The table as it is kept, with where it comes from."""
    made = {"made_from": f"pulumi_aws {version('pulumi_aws')}", "inputs": secret_inputs()}
    return json.dumps(made, indent=1) + "\n"


if __name__ == "__main__":
    TABLE.write_text(document(), encoding="utf-8")
