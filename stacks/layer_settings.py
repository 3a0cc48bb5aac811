"""The settings of each layer as typed values. Every key has a default here; a stack's file holds only what
differs.

A key is `myelin:<camelCase>`; keys of other namespaces belong to their providers (`aws:region` is checked
in region.py). Each layer knows only the keys that it uses, so one that would have no effect is an error and
not a trap.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from components.alerts.subscriber import FORMS, read_subscriber
from components.containers.deployment_plan import DeploymentDefaults
from components.declarations import DeploymentStrategy, ServiceDeclaration
from components.errors import ComponentError
from components.functions.runtime import FunctionTarget
from components.mesh.mesh import Mesh, MeshKind, choose_mesh
from components.network.subnet_plan import parse_vpc_cidr
from stacks.names import Layer

_LOG_RETENTION = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
"""Days that CloudWatch Logs offers."""


def _offered_retention(days: int) -> int:
    if days not in _LOG_RETENTION:
        raise ValueError(days)
    return days


def _client_range(cidr: str) -> str:
    if IPv4Network(cidr).prefixlen == 0:
        raise ValueError(cidr)
    return cidr


def _vpc_range(cidr: str) -> str:
    try:
        parse_vpc_cidr(cidr)
    except ComponentError as error:
        raise ValueError(error.hint) from error
    return cidr


def _alert_address(text: str) -> str:
    read_subscriber(text)
    return text


Zone = Annotated[str, Field(pattern=r"^[a-z]$")]
ClientRange = Annotated[str, AfterValidator(_client_range)]
AlertAddress = Annotated[str, AfterValidator(_alert_address)]
Tag = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
RetentionDays = Annotated[int, AfterValidator(_offered_retention)]


class ContradictionError(Exception):
    """Two settings contradict each other.

    `field` is the one to correct, as the code names it; `expected` describes the values that it may have.
    """

    def __init__(self, field: str, message: str, *, expected: str, hint: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.expected = expected
        self.hint = hint


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class _Protected(_Settings):
    deletion_protection: bool = Field(default=True, description="true or false")


class _Logged(_Settings):
    log_retention_days: RetentionDays = Field(
        default=365,
        description=f"a number of days that CloudWatch Logs offers ({', '.join(map(str, _LOG_RETENTION))})",
    )


class MeshSettings(_Settings):
    """The mesh, the same in each layer that has to do with it."""

    mesh: MeshKind = Field(default=MeshKind.SERVICE_CONNECT, description="`service-connect` or `app-mesh`")
    mesh_allow_ended: bool = Field(default=False, description="true or false")

    @model_validator(mode="after")
    def _mesh_can_be_had(self) -> Self:
        self.chosen_mesh()
        return self

    def chosen_mesh(self) -> Mesh:
        """The mesh back end; raises MeshEndedError."""
        return choose_mesh(self.mesh, allow_ended=self.mesh_allow_ended)


class FoundationSettings(_Protected):
    """Settings of the foundation layer: network, keys."""

    vpc_cidr: Annotated[str, AfterValidator(_vpc_range)] = Field(
        default="10.0.0.0/16", description="a private IPv4 range from /16 to /24"
    )
    zones: tuple[Zone, ...] = Field(
        default=("a", "b", "c"),
        min_length=2,
        max_length=4,
        description="a list of 2 to 4 availability zone letters",
    )
    nat_gateways: int | None = Field(
        default=None, ge=0, le=4, description="a number from 0 to the number of zones"
    )
    key_rotation_days: int = Field(
        default=365, ge=90, le=2560, description="a number of days from 90 to 2560"
    )
    key_deletion_days: int = Field(default=30, ge=7, le=30, description="a number of days from 7 to 30")
    archive_retention_days: int = Field(default=365, ge=1, le=36_500, description="days from 1 to 36500")
    alert_subscribers: tuple[AlertAddress, ...] = Field(
        default=(), description=f"a list of addresses, each once, such as {FORMS}"
    )
    """Who is told of alarms, beside whoever subscribes to the topic by hand."""
    confirm_changes: bool = Field(default=False, description="true or false")
    """For `myelin up`, and no resource: whether it asks before any change, and not only before deletions."""

    @model_validator(mode="after")
    def _can_be_planned(self) -> Self:
        if len(set(self.zones)) != len(self.zones):
            raise ContradictionError(
                "zones",
                f"`myelin:zones` names a zone twice: {', '.join(self.zones)}",
                expected="a list without repetition",
                hint="remove the second",
            )
        if len(set(self.alert_subscribers)) != len(self.alert_subscribers):
            raise ContradictionError(
                "alert_subscribers",
                "`myelin:alertSubscribers` names an address twice",
                expected="a list without repetition",
                hint="remove the second",
            )
        if self.nat_gateway_count > len(self.zones):
            raise ContradictionError(
                "nat_gateways",
                f"`myelin:natGateways` of `{self.nat_gateways}` is above the {len(self.zones)} zones",
                expected=f"at most {len(self.zones)}",
                hint="one a zone is the most that makes sense",
            )
        return self

    @property
    def nat_gateway_count(self) -> int:
        """As many as are set, else one a zone."""
        return len(self.zones) if self.nat_gateways is None else self.nat_gateways


PersonName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}$")]
IdentityName = Annotated[
    str, Field(pattern=r"^(user/[A-Za-z0-9_+=,.@/-]{1,128}|role/[A-Za-z0-9_+=,.@-]{1,64})$")
]


class PlatformSettings(_Protected, _Logged, MeshSettings):
    """Settings of the platform layer: cluster, load balancer, functions, policies and their trail."""

    function_target: FunctionTarget = Field(
        default=FunctionTarget.LAMBDA_ARM64, description="`lambda-arm64` or `host`"
    )
    certificate_arn: str | None = Field(
        default=None,
        pattern=r"^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate/\S+$",
        description="the ARN of an ACM certificate",
    )
    allow_http: bool = Field(default=False, description="true or false")
    client_cidrs: tuple[ClientRange, ...] = Field(
        default=(), description="a list of IPv4 ranges, none of them the whole internet"
    )
    policy_refresh_seconds: int = Field(default=5, ge=1, le=300, description="seconds from 1 to 300")
    policy_staleness_seconds: int = Field(default=60, ge=1, le=3600, description="seconds from 1 to 3600")
    decision_log_masked: str = Field(
        default="context",
        pattern=r"^((tenant|context(\.[^.,\s]+)*)(,(tenant|context(\.[^.,\s]+)*))*)?$",
        description="a list with commas of `tenant`, `context` and paths such as `context.purpose`",
    )
    policy_approval: bool = Field(default=False, description="true or false")
    policy_people: Mapping[PersonName, tuple[IdentityName, ...]] = Field(
        default_factory=dict,
        description="lists of identities, such as `user/ada` or `role/deployer`, by the name of a person",
    )
    policy_keep_versions: int = Field(default=100, ge=1, le=10_000, description="a number from 1 to 10000")
    audit_retention_days: int = Field(default=365, ge=1, le=36_500, description="days from 1 to 36500")
    governance_provisioned: int = Field(default=0, ge=0, le=1000, description="a number from 0 to 1000")
    container_insights: Literal["enabled", "enhanced", "disabled"] = Field(
        default="enhanced", description="`enabled`, `enhanced` or `disabled`"
    )

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.certificate_arn is None and not self.allow_http:
            raise ContradictionError(
                "certificate_arn",
                "the load balancer has neither `myelin:certificateArn` nor `myelin:allowHttp: true`",
                expected="the ARN of an ACM certificate",
                hint="set the certificate, or allow HTTP where nothing confidential goes",
            )
        if self.certificate_arn is not None and self.allow_http:
            raise ContradictionError(
                "allow_http",
                "`myelin:allowHttp` is true although there is a `myelin:certificateArn`",
                expected="false",
                hint="remove one of them",
            )
        self._require_people()
        if self.policy_staleness_seconds <= self.policy_refresh_seconds:
            raise ContradictionError(
                "policy_staleness_seconds",
                f"`myelin:policyStalenessSeconds` of `{self.policy_staleness_seconds}` is not above "
                f"`myelin:policyRefreshSeconds` of `{self.policy_refresh_seconds}`",
                expected=f"more than {self.policy_refresh_seconds}",
                hint="policies have to be read again before they are too old",
            )
        return self

    def _require_people(self) -> None:
        """Two persons at least where two have to agree, and no identity that stands for both."""
        names = [name for identities in self.policy_people.values() for name in identities]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ContradictionError(
                "policy_people",
                f"`myelin:policyPeople` names `{twice[0]}` twice",
                expected="each identity once",
                hint="an identity stands for one person",
            )
        if self.policy_approval and sum(bool(found) for found in self.policy_people.values()) < 2:
            raise ContradictionError(
                "policy_people",
                "`myelin:policyApproval` is true, and `myelin:policyPeople` names fewer than two persons",
                expected="two persons at least, each with an identity",
                hint="such as `ada: [user/ada]`; nobody else could draft or activate a change",
            )


class WorkloadSettings(_Logged, MeshSettings):
    """Settings of the workloads layer: image tags and digests, CPU architecture, how services are deployed.

    With a digest it is that image alone which runs, whatever its tag names by then.
    """

    image_tag: Tag = Field(default="0.1.0", description="an image tag")
    image_tags: Mapping[str, Tag] = Field(default={}, description="a table of services and image tags")
    images: Mapping[str, Digest] = Field(
        default={}, description="a table of services and image digests such as `sha256:...`"
    )
    cpu_architecture: Literal["X86_64", "ARM64"] = Field(default="X86_64", description="`X86_64` or `ARM64`")
    min_tasks: int | None = Field(default=None, ge=1, le=100, description="a number from 1 to 100")
    """The fewest tasks of each service in this environment; None leaves what each one declares."""
    deployment_strategy: DeploymentStrategy = Field(
        default=DeploymentStrategy.ROLLING, description="`rolling`, `blue_green`, `canary` or `linear`"
    )
    deployment_step_minutes: int | None = Field(
        default=None, ge=0, le=1440, description="minutes from 0 to 1440"
    )
    deployment_bake_minutes: int = Field(default=5, ge=0, le=1440, description="minutes from 0 to 1440")

    @property
    def deployment_defaults(self) -> DeploymentDefaults:
        """What holds for services that do not declare it."""
        return DeploymentDefaults(
            strategy=self.deployment_strategy,
            step_minutes=self.deployment_step_minutes,
            bake_minutes=self.deployment_bake_minutes,
        )

    def tag_of(self, service: str) -> str:
        """The image tag of a service."""
        return self.image_tags.get(service, self.image_tag)

    def sized(self, service: ServiceDeclaration) -> ServiceDeclaration:
        """The service with as many tasks as this environment wants."""
        if self.min_tasks is None:
            return service
        scaling = service.scaling.model_copy(update={"min": self.min_tasks})
        return service.model_copy(update={"scaling": scaling})


Settings = FoundationSettings | PlatformSettings | WorkloadSettings
SETTINGS: Mapping[Layer, type[Settings]] = {
    Layer.FOUNDATION: FoundationSettings,
    Layer.PLATFORM: PlatformSettings,
    Layer.WORKLOADS: WorkloadSettings,
}
