"""AWS services and Lambda runtimes that have ended, with their dates.

Services: https://docs.aws.amazon.com/general/latest/gr/service-lifecycle.html and each service's own notice.
Runtimes: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ..rule import Guardrail, Reach
from ..subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """An AWS service, how its Terraform types begin, what happened to it when, and what AWS points to."""

    service: str
    prefix: str
    on: date
    what: str = "ended"
    instead: str


ENDINGS = (
    Ending(
        service="App Mesh",
        prefix="aws_appmesh_",
        on=date(2026, 9, 30),
        instead="ECS Service Connect or VPC Lattice",
    ),
    Ending(
        service="App Runner",
        prefix="aws_apprunner_",
        on=date(2026, 4, 30),
        what="closed to new customers",
        instead="ECS on Fargate",
    ),
    Ending(service="QLDB", prefix="aws_qldb_", on=date(2025, 7, 31), instead="Aurora PostgreSQL"),
    Ending(
        service="CloudWatch Evidently", prefix="aws_evidently_", on=date(2025, 10, 17), instead="AppConfig"
    ),
    Ending(
        service="Elastic Transcoder",
        prefix="aws_elastictranscoder_",
        on=date(2025, 11, 13),
        instead="MediaConvert",
    ),
    Ending(service="MediaStore", prefix="aws_media_store_", on=date(2025, 11, 13), instead="S3"),
    Ending(
        service="FinSpace", prefix="aws_finspace_", on=date(2026, 10, 7), instead="EMR or a partner's kdb"
    ),
)
RUNTIMES = {
    "dotnet5.0": date(2022, 5, 10),
    "dotnet6": date(2024, 12, 20),
    "dotnet7": date(2024, 5, 14),
    "dotnet8": date(2026, 11, 10),
    "dotnetcore1.0": date(2019, 6, 27),
    "dotnetcore2.0": date(2019, 5, 30),
    "dotnetcore2.1": date(2022, 1, 5),
    "dotnetcore3.1": date(2023, 4, 3),
    "go1.x": date(2024, 1, 8),
    "java8": date(2024, 1, 8),
    "nodejs": date(2016, 10, 31),
    "nodejs4.3": date(2020, 3, 5),
    "nodejs4.3-edge": date(2020, 3, 5),
    "nodejs6.10": date(2019, 8, 12),
    "nodejs8.10": date(2020, 3, 6),
    "nodejs10.x": date(2021, 7, 30),
    "nodejs12.x": date(2023, 3, 31),
    "nodejs14.x": date(2023, 12, 4),
    "nodejs16.x": date(2024, 6, 12),
    "nodejs18.x": date(2025, 9, 1),
    "nodejs20.x": date(2026, 4, 30),
    "nodejs22.x": date(2027, 4, 30),
    "provided": date(2024, 1, 8),
    "provided.al2": date(2026, 7, 31),
    "python2.7": date(2021, 7, 15),
    "python3.6": date(2022, 7, 18),
    "python3.7": date(2023, 12, 4),
    "python3.8": date(2024, 10, 14),
    "python3.9": date(2025, 12, 15),
    "python3.10": date(2026, 10, 31),
    "python3.12": date(2028, 10, 31),
    "python3.13": date(2029, 6, 30),
    "ruby2.5": date(2021, 7, 30),
    "ruby2.7": date(2023, 12, 7),
    "ruby3.2": date(2026, 3, 31),
    "ruby3.3": date(2027, 3, 31),
}
"""Last day of support. AWS has moved the days of Java and Python 3.11 more than once; they are left out until
they have passed."""


def _ended_service(subject: Subject) -> str | None:
    for ending in ENDINGS:
        if subject.kind.startswith(ending.prefix) and subject.today >= ending.on:
            return f"AWS {ending.service} {ending.what} on {ending.on}; AWS points to {ending.instead}"
    return None


def _ended_runtime(subject: Subject) -> str | None:
    runtime = subject.attributes.get("runtime")
    end = RUNTIMES.get(str(runtime))
    if end is None or subject.today <= end:
        return None
    return f"Lambda's runtime `{runtime}` ended on {end}"


ENDED_SERVICE = Guardrail(
    id="CKV_MYELIN_5",
    name="no-ended-service",
    title="Ensure that no AWS service is used that has ended",
    hint="move to what AWS points to; new resources of an ended service cannot be made",
    reach=Reach.ANYBODY,
    kinds=tuple(f"{ending.prefix}*" for ending in ENDINGS),
    judge=_ended_service,
)
ENDED_RUNTIME = Guardrail(
    id="CKV_MYELIN_6",
    name="no-ended-runtime",
    title="Ensure that no Lambda runtime is used that has ended",
    hint="choose a newer `runtime`; AWS blocks updates of functions on ended ones",
    reach=Reach.ANYBODY,
    kinds=("aws_lambda_function",),
    judge=_ended_runtime,
)
