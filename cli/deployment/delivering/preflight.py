"""Whether services can be deployed now: looked at before anything is changed.

Each check is one that ECS does not make, or makes too late: an alarm that is red when a deployment begins is
ignored by it, and weights that point at a group without healthy tasks are taken as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.deployment.delivering.service_deployments import EcsDeployment, newest_deployment
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.images.registry import NOT_SCANNED, SCANNED, RegisteredImage
from stacks.outputs import ServiceOutputs

GRAVE = ("CRITICAL", "HIGH")


class NotReadyError(CliError):
    """A deployment that is not begun, with every reason."""

    def __init__(self, reasons: Sequence[str], hint: str) -> None:
        super().__init__(f"not deployed: {'; '.join(reasons)}; nothing was changed", hint=hint)


class UnderWayError(CliError):
    """Another deployment of the service has not ended."""

    exit_code = ExitCode.LOCKED

    def __init__(self, found: EcsDeployment) -> None:
        at = f" at {found.stage}" if found.stage else ""
        super().__init__(
            f"a deployment of `{found.service}` is under way: {found.status}{at}; nothing was changed",
            hint="wait for its end; `myelin release abort` takes it back, `continue` ends a pause",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a service is before it is deployed; `predecessor` is the definition that ECS can go back to."""

    service: str
    desired: int
    predecessor: str


def require_image(service: str, digest: str, image: RegisteredImage | None, *, accept: bool) -> None:
    """Raise NotReadyError unless an image is registered, was scanned, and is not known to be dangerous.

    With `accept`, grave findings are no reason.
    """
    named = f"the image {digest} of `{service}`"
    if image is None:
        raise NotReadyError(
            [f"{named} is not in the registry"],
            hint="`myelin image list` shows those that are; `myelin image build` makes one of the code here",
        )
    if image.scan != SCANNED:
        said = "was never scanned" if image.scan == NOT_SCANNED else f"has the scan {image.scan}"
        raise NotReadyError(
            [f"{named} {said}"], hint="wait for the scan, or start it: `aws ecr start-image-scan`"
        )
    grave = {severity: count for severity in GRAVE if (count := image.findings.get(severity, 0))}
    if grave and not accept:
        counts = " and ".join(f"{count} {severity}" for severity, count in grave.items())
        raise NotReadyError(
            [f"the scan of {named} found {counts}"],
            hint="build it anew on mended packages; --accept-findings deploys it as it is",
        )


class Preflight:
    """Looks at services of one cluster, as AWS describes them."""

    def __init__(
        self, client: Callable[[str], Any], cluster: str, services: Mapping[str, ServiceOutputs[str]]
    ):
        """`client` gives clients of AWS's services; `services` is what was deployed."""
        self._client, self._cluster, self._services = client, cluster, services

    def check(self, service: str) -> Standing:
        """How a service is. Raises UnderWayError, or NotReadyError with every reason."""
        newest = newest_deployment(self._client("ecs"), self._cluster, service)
        if newest is not None and newest.under_way:
            raise UnderWayError(newest)
        described = self._describe(service)
        desired = int(described.get("desiredCount") or 0)
        reasons = [
            *self._red_alarms(self._services[service].alarm),
            *self._weights(service, described, desired),
        ]
        if reasons:
            raise NotReadyError(reasons, hint="`myelin status` and `myelin alarms` say more; mend that first")
        completed = (
            str(each["taskDefinition"]).rpartition("/")[2]
            for each in described.get("deployments") or ()
            if each.get("rolloutState") == "COMPLETED"
        )
        return Standing(service=service, desired=desired, predecessor=next(completed, ""))

    def _describe(self, service: str) -> Mapping[str, Any]:
        found = self._client("ecs").describe_services(cluster=self._cluster, services=[service])["services"]
        if not found:
            raise NotReadyError(
                [f"`{service}` is not in ECS"], hint="`myelin up` makes what is declared and gone"
            )
        described: Mapping[str, Any] = found[0]
        return described

    def _red_alarms(self, name: str) -> Iterator[str]:
        answer = self._client("cloudwatch").describe_alarms(
            AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        for alarm in (*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())):
            if alarm["StateValue"] == "ALARM":
                yield f"the alarm {alarm['AlarmName']} is red already, so ECS would not roll back on it"

    def _weights(self, service: str, described: Mapping[str, Any], desired: int) -> Iterator[str]:
        """What is wrong with the weights of a service with two target groups, and with the tasks behind."""
        for link in described.get("loadBalancers") or ():
            rule = (link.get("advancedConfiguration") or {}).get("productionListenerRule")
            if not rule:
                continue
            elbv2 = self._client("elbv2")
            weights = _weights_of(elbv2.describe_rules(RuleArns=[rule])["Rules"][0])
            serving = [group for group, weight in weights.items() if weight]
            if len(serving) != 1:
                shown = " and ".join(str(weight) for weight in weights.values())
                yield f"the weights of `{service}` are {shown}, and one group should have all of the traffic"
                continue
            health = elbv2.describe_target_health(TargetGroupArn=serving[0])["TargetHealthDescriptions"]
            healthy = sum(each["TargetHealth"]["State"] == "healthy" for each in health)
            if healthy < desired:
                yield f"`{service}` has {healthy} of {desired} healthy targets in the group with the traffic"


def _weights_of(rule: Mapping[str, Any]) -> dict[str, int]:
    groups = (
        group
        for action in rule["Actions"]
        for group in (action.get("ForwardConfig") or {}).get("TargetGroups", ())
    )
    return {str(group["TargetGroupArn"]): int(group.get("Weight", 0)) for group in groups}
