"""The outputs of each layer, one class a layer: for the layers above it, the command line, and tests.

A layer makes its class and exports it (layer_outputs.py); readers get the same class, from a StackReference
(layer_outputs.py, too) or from what is recorded of a deployed stack (`RecordedOutputs`). The names of the
outputs are the names of the fields, and stand nowhere else.

An output is looked up when it is used, so that a stack which an earlier version deployed can be read for
what it has. One that is missing or misshapen is a LayerOutputError then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, Self, TypeVar

from stacks.errors import LayerOutputError
from stacks.names import Layer, StackName

Text = TypeVar("Text")
"""A text: `str` where it is recorded; in a program a Pulumi output, which a preview may not know yet."""
Texts = TypeVar("Texts")
"""A list of texts: `tuple[str, ...]` where it is recorded; in a program a Pulumi output."""
_Text_co = TypeVar("_Text_co", covariant=True)
_Texts_co = TypeVar("_Texts_co", covariant=True)
_Found = TypeVar("_Found")


class Table(Protocol[_Text_co]):
    """Texts by name; which names there are may not be known yet."""

    def __getitem__(self, name: str, /) -> _Text_co:
        """The text of a name; raises LayerOutputError where there is none."""
        ...


class OutputSource(Protocol[_Text_co, _Texts_co]):
    """Where the outputs of one stack are looked up by their names; raises LayerOutputError."""

    def text(self, name: str) -> _Text_co:
        """An output that is text."""
        ...

    def texts(self, name: str) -> _Texts_co:
        """An output that is a list of texts."""
        ...

    def table(self, name: str) -> Table[_Text_co]:
        """An output that has texts by their names."""
        ...


@dataclass(frozen=True, kw_only=True)
class LayerOutputs(Generic[Text, Texts]):
    """The outputs of one layer: made with all of them by the layer, or read from a source."""

    layer: ClassVar[Layer]

    @classmethod
    def _from(cls, source: object) -> Self:
        outputs = cls.__new__(cls)
        object.__setattr__(outputs, "_source", source)
        return outputs

    if not TYPE_CHECKING:  # a misspelled name would pass the type check

        def __getattr__(self, name: str) -> Any:
            """Look up an output that has not been used yet."""
            lookup = _lookups(type(self)).get(name)
            if lookup is None or "_source" not in self.__dict__:
                raise AttributeError(f"{type(self).__name__} has no output {name}")
            value = getattr(self._source, lookup)(name)
            object.__setattr__(self, name, value)
            return value


@dataclass(frozen=True, kw_only=True)
class FoundationOutputs(LayerOutputs[Text, Texts]):
    """Network, keys and permission boundaries; the tables are by the service or part that they are for."""

    layer = Layer.FOUNDATION
    vpc_id: Text
    vpc_cidr: Text
    public_subnet_ids: Texts
    private_subnet_ids: Texts
    isolated_subnet_ids: Texts
    nat_count: Text
    """How many NAT gateways there are."""
    endpoint_security_group_id: Text
    key_arns: Table[Text]
    boundary_arns: Table[Text]
    alert_topic_arn: Text
    archive_bucket: Text
    access_log_bucket: Text

    @classmethod
    def read(cls, source: OutputSource[Text, Texts]) -> FoundationOutputs[Text, Texts]:
        """The outputs of a foundation stack."""
        return cls._from(source)


@dataclass(frozen=True, kw_only=True)
class PlatformOutputs(LayerOutputs[Text, Texts]):
    """Cluster, load balancer, secrets, and the functions and tables of the policies.

    Repositories and security groups are by service, secrets by `service/secret`, signing secrets by
    `caller-callee`.
    """

    layer = Layer.PLATFORM
    cluster_arn: Text
    cluster_name: Text
    namespace_arn: Text
    repository_urls: Table[Text]
    security_group_ids: Table[Text]
    load_balancer_arn: Text
    load_balancer_dns_name: Text
    load_balancer_security_group_id: Text
    listener_arn: Text
    test_listener_arn: Text
    balancer_role_arn: Text
    """What ECS shifts traffic as."""
    rollout_function_arn: Text
    """What tests a new release."""
    test_url: Text
    """Where the load balancer leads to a release that is tested."""
    hooks_role_arn: Text
    """What ECS calls the function of a deployment as."""
    policy_table_name: Text
    release_table_name: Text
    governance_function_name: Text
    """The alias that callers invoke."""
    governance_log_group: Text
    governance_url: Text
    admin_url: Text
    admin_function_name: Text
    admin_function_arn: Text
    admin_log_group: Text
    audit_bucket: Text
    secret_arns: Table[Text]
    signing_secret_arns: Table[Text]
    grant_keys_arn: Text
    """The secret of the public keys of grants."""
    grant_bound_seconds: Text
    """How long a grant may live, and so how long a forbid may take to be in force everywhere."""

    @classmethod
    def read(cls, source: OutputSource[Text, Texts]) -> PlatformOutputs[Text, Texts]:
        """The outputs of a platform stack."""
        return cls._from(source)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOutputs(Generic[Text]):
    """The outputs of one service; `target_group_arn` is None without ingress.

    `alarm` is the name of the composite alarm that its deployments roll back on.
    """

    service_name: Text
    task_definition_arn: Text
    log_group: Text
    target_group_arn: Text | None
    alarm: Text


class WorkloadSource(Protocol[Text, _Texts_co]):
    """Where the outputs of a workloads stack are looked up by their names; raises LayerOutputError."""

    def texts(self, name: str) -> _Texts_co:
        """An output that is a list of texts."""
        ...

    def services(self, name: str) -> Mapping[str, ServiceOutputs[Text]]:
        """An output that has the outputs of services by their names."""
        ...


@dataclass(frozen=True, kw_only=True)
class WorkloadOutputs(LayerOutputs[Text, Texts]):
    """The services by their names. No layer stands on this one, so no program reads it."""

    layer = Layer.WORKLOADS
    services: Mapping[str, ServiceOutputs[Text]]
    log_groups: Texts

    @classmethod
    def read(cls, source: WorkloadSource[Text, Texts]) -> WorkloadOutputs[Text, Texts]:
        """The outputs of a workloads stack."""
        return cls._from(source)


RecordedFoundation = FoundationOutputs[str, tuple[str, ...]]
RecordedPlatform = PlatformOutputs[str, tuple[str, ...]]
RecordedWorkloads = WorkloadOutputs[str, tuple[str, ...]]

_LOOKUPS = {
    "Text": "text",
    "Texts": "texts",
    "Table[Text]": "table",
    "Mapping[str, ServiceOutputs[Text]]": "services",
}
"""The method of a source that looks up outputs of a declared type."""


@cache
def _lookups(outputs: type[LayerOutputs[Any, Any]]) -> Mapping[str, str]:
    """The method that looks up each output of a class."""
    return {field.name: _LOOKUPS[str(field.type)] for field in fields(outputs)}


class RecordedOutputs:
    """The recorded outputs of a deployed stack, with secrets bare."""

    def __init__(self, stack: StackName, outputs: Mapping[str, Any]) -> None:
        self._stack = stack
        self._outputs = outputs

    def text(self, name: str) -> str:
        """An output that is text."""
        return self._require(as_text(self._outputs.get(name)), name, "text")

    def texts(self, name: str) -> tuple[str, ...]:
        """An output that is a list of texts."""
        return tuple(self._require(as_texts(self._outputs.get(name)), name, "a list of texts"))

    def table(self, name: str) -> Mapping[str, str]:
        """An output that has texts by their names."""
        found = self._require(_as_table(self._outputs.get(name)), name, "a table of texts")
        return _RecordedTable(found, self, name)

    def services(self, name: str) -> Mapping[str, ServiceOutputs[str]]:
        """An output that has the outputs of services by their names."""
        return self._require(_as_services(self._outputs.get(name)), name, "a table of services")

    def error(self, name: str, expected: str) -> LayerOutputError:
        """The error for an output that is not what it has to be."""
        return LayerOutputError(
            stack=str(self._stack),
            output=name,
            expected=expected,
            hint=f"another version deployed it; `myelin up {self._stack.environment}` brings it up to date",
        )

    def _require(self, value: _Found | None, name: str, expected: str) -> _Found:
        if value is None:
            raise self.error(name, expected)
        return value


class _RecordedTable(dict[str, str]):
    """A table in which a name that is missing is an error that says where."""

    def __init__(self, found: Mapping[str, str], outputs: RecordedOutputs, name: str) -> None:
        super().__init__(found)
        self._outputs = outputs
        self._name = name

    def __missing__(self, key: str) -> str:
        raise self._outputs.error(self._name, f"a table with `{key}`")


def as_text(value: object) -> str | None:
    """The value if it is text, else None."""
    return value if isinstance(value, str) else None


def as_texts(value: object) -> list[str] | None:
    """The value if it is a list of texts, else None."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return None


def _as_table(value: object) -> Mapping[str, str] | None:
    if isinstance(value, Mapping) and as_texts(list(value.values())) is not None:
        return value
    return None


def _as_services(value: object) -> Mapping[str, ServiceOutputs[str]] | None:
    if not isinstance(value, Mapping):
        return None
    services = {str(name): _as_service(parts) for name, parts in value.items()}
    found = {name: service for name, service in services.items() if service is not None}
    return found if len(found) == len(services) else None


def _as_service(value: object) -> ServiceOutputs[str] | None:
    match value:
        case {
            "service_name": str(service_name),
            "task_definition_arn": str(task_definition_arn),
            "log_group": str(log_group),
            "target_group_arn": (str() | None) as target_group_arn,
            "alarm": str(alarm),
        }:
            return ServiceOutputs(
                service_name=service_name,
                task_definition_arn=task_definition_arn,
                log_group=log_group,
                target_group_arn=target_group_arn,
                alarm=alarm,
            )
    return None
