"""The severity of checkov's checks, which checkov itself keeps behind a login.

It goes by what a check's title and categories speak of: the first row that fits decides. Single checks that
this gets wrong stand in a table of their own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from ..findings.severity import Severity

_BY_ID: Mapping[str, Severity] = {
    "CKV_AWS_23": Severity.LOW,
    "CKV_AWS_57": Severity.CRITICAL,
    "CKV_AWS_60": Severity.HIGH,
    "CKV_AWS_61": Severity.HIGH,
    "CKV_AWS_62": Severity.CRITICAL,
    "CKV_AWS_63": Severity.HIGH,
    "CKV_AWS_79": Severity.MEDIUM,
    "CKV_AWS_115": Severity.LOW,
    "CKV_AWS_116": Severity.LOW,
    "CKV_AWS_117": Severity.LOW,
    "CKV_AWS_260": Severity.MEDIUM,
    "CKV_AWS_277": Severity.CRITICAL,
    "CKV_AWS_286": Severity.HIGH,
    "CKV_AWS_382": Severity.LOW,
    "CKV2_AWS_5": Severity.LOW,
    "CKV2_AWS_6": Severity.HIGH,
    "CKV2_AWS_12": Severity.MEDIUM,
    "CKV2_AWS_40": Severity.CRITICAL,
    "CKV2_AWS_56": Severity.CRITICAL,
    "CKV2_AWS_64": Severity.LOW,
}
_BY_TITLE: tuple[tuple[str, Severity], ...] = (
    (r"hard-coded secrets", Severity.CRITICAL),
    (r"full .*privileges|administrative", Severity.CRITICAL),
    (r"customer managed|\bcmks?\b|encrypted (using|by|with) kms|uses kms|with kms by default", Severity.LOW),
    (r"\bwaf\b|webacl|geo restriction|log4j", Severity.LOW),
    (
        r"public(ly)?\b|0\.0\.0\.0|to the world|any principal|wildcard|unauthenticated|open access",
        Severity.HIGH,
    ),
    (
        r"overly permissive|exposed|does not allow all|privileged|credentials|cross-account|anonymous",
        Severity.HIGH,
    ),
    (r"deprecated|supported kubernetes version", Severity.MEDIUM),
    (
        r"securely encrypted|encrypted at rest|is encrypted|encryption is enabled|default is unencrypted",
        Severity.HIGH,
    ),
    (r"encrypt|\btls\b|\bssl\b|https?\b|protocol|ciphers", Severity.MEDIUM),
    (
        r"point in time|backup|deletion protection|versioning|retention|multi-az|failover|snapshot",
        Severity.LOW,
    ),
    (r"logging|\blogs?\b|monitoring|tracing|insights|notification|\btags?\b|upgrade|lifecycle", Severity.LOW),
    (r"authenticat|authoriz|iam |password|mfa|rotat|metadata", Severity.MEDIUM),
)
_BY_CATEGORY: Mapping[str, Severity] = {
    "SECRETS": Severity.HIGH,
    "IAM": Severity.MEDIUM,
    "NETWORKING": Severity.MEDIUM,
    "ENCRYPTION": Severity.MEDIUM,
}
_TITLES = tuple((re.compile(pattern, re.IGNORECASE), severity) for pattern, severity in _BY_TITLE)


def severity_of(identity: str, title: str, categories: Collection[str]) -> Severity:
    """The severity of a check; low for one that nothing is known of."""
    if identity in _BY_ID:
        return _BY_ID[identity]
    for pattern, severity in _TITLES:
        if pattern.search(title):
            return severity
    return max(
        (_BY_CATEGORY.get(one.upper(), Severity.LOW) for one in categories), default=Severity.LOW, key=_rank
    )


def _rank(severity: Severity) -> int:
    return severity.rank
