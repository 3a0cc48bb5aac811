"""The inputs of a release as the ledger keeps them, named by their content. Pure.

They are enough to deploy the same again: the settings of all layers as the program resolved them, the digests
of the images, declarations and policy files as text. What may be secret is left out, and its name is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from stacks.names import PROJECT

RECORDED_FOREIGN = frozenset({"aws:region"})
"""Keys of other namespaces that are recorded; the others may be credentials, such as `aws:secretKey`."""


class RecordedInputs(BaseModel):
    """The inputs of a release.

    `settings` are texts by full key, by layer; `withheld` are the keys of settings that are not recorded, by
    layer; `declarations` are TOML by service; `policies` are the files of the policy folder by path.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: Mapping[str, Mapping[str, str]]
    withheld: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    images: Mapping[str, str]
    declarations: Mapping[str, str]
    policies: Mapping[str, str]
    policy_folder: str

    @property
    def digest(self) -> str:
        """The name of these inputs."""
        return digest(self.document)

    @property
    def document(self) -> str:
        """The inputs as canonical JSON."""
        return canonical(self.model_dump(mode="json"))


def canonical(value: Any) -> str:
    """A JSON value in the one form that its name is made of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(document: str) -> str:
    """The name of a document: the hash of its content."""
    return hashlib.sha256(document.encode()).hexdigest()


def settings_texts(settings: BaseModel, *, without: Iterable[str] = ()) -> dict[str, str]:
    """Resolved settings by full key, as a stack file would say them; those that are None are left out."""
    dropped = set(without)
    values = settings.model_dump(mode="json")
    return {
        f"{PROJECT}:{to_camel(name)}": _text(value)
        for name, value in values.items()
        if value is not None and name not in dropped
    }


def withheld_keys(values: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of a stack file whose values are not recorded."""
    return tuple(
        sorted(key for key in values if not key.startswith(f"{PROJECT}:") and key not in RECORDED_FOREIGN)
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)
