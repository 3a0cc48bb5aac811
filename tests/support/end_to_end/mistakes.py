"""Mistakes that people can make in the files of a project, and what has to be said about each."""

from __future__ import annotations

from dataclasses import dataclass

AXON, ORBIT = "services/axon/service.toml", "services/orbit/service.toml"
IMAGES = "services/images.toml"
FOUNDATION, PLATFORM, WORKLOADS = (
    f"stacks/config/Pulumi.sandbox-{layer}.yaml" for layer in ("foundation", "platform", "workloads")
)
POLICY = "policies/calls/rules/no-erase.cedar"
REASON = '@reason("erasing what a service remembers needs an approval that no service has")\n'
UNKNOWN_IMAGE_KEY = """
[[image]]
repository = "beacon"
comand = ["{python}"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is written wrong (`old` in a file becomes `new`), and what is said about it after the place."""

    file: str
    old: str = ""
    new: str = ""
    line: str = ""
    """Line, or line and column; empty where none is to blame."""
    message: str
    hint: str


MISTAKES = {
    "malformed declaration": Mistake(
        file=AXON,
        old="port = 8081",
        new="port = = 8081",
        line=":3",
        message="malformed TOML: invalid value",
        hint="correct the syntax, see https://toml.io/en/v1.0.0",
    ),
    "unknown key": Mistake(
        file=AXON,
        old="cpu = 256",
        new="cpus = 256",
        line=":4",
        message="unknown key `cpus`",
        hint="did you mean `cpu`",
    ),
    "wrong type": Mistake(
        file=AXON,
        old="port = 8081",
        new='port = "8081"',
        line=":3",
        message='`port` must be a port from 1024 to 49151, not `"8081"`',
        hint="correct the value",
    ),
    "size that Fargate has not": Mistake(
        file=AXON,
        old="memory = 512",
        new="memory = 4096",
        line=":5",
        message="`memory` of `4096` does not go with `cpu` of `256` on Fargate",
        hint="use one of 512, 1024, 2048",
    ),
    "contradictory declaration": Mistake(
        file=AXON,
        old="max = 6",
        new="max = 1",
        line=":15",
        message="`scaling.min` of `2` is above `scaling.max` of `1`",
        hint="lower one or raise the other",
    ),
    "unknown callee": Mistake(
        file=ORBIT,
        old='service = "axon"',
        new='service = "axom"',
        line=":27",
        message="`orbit` calls `axom`, which is not declared",
        hint="did you mean `axon`",
    ),
    "unknown intent": Mistake(
        file=ORBIT,
        old='intent = "reason"',
        new='intent = "raeson"',
        line=":28",
        message="`axon` does not offer the intent `raeson`",
        hint="did you mean `reason`",
    ),
    "case that fails": Mistake(
        file="policies/calls/rules/declared-calls.cases.yaml",
        old="policies: [orbit-may-reason-on-axon]\n\n  - name: a declared call may be made for any tenant",
        new="policies: [no-erase]\n\n  - name: a declared call may be made for any tenant",
        line=":3",
        message="the case `orbit may ask axon to reason` fails: expected to be decided by `no-erase`, "
        "but it is by `orbit-may-reason-on-axon`",
        hint="correct the policies, or the case if what it expects is no longer wanted; "
        "`myelin policy test` shows all of them",
    ),
    "two services on one port": Mistake(
        file=ORBIT,
        old="port = 8080",
        new="port = 8081",
        line=":3",
        message="`axon` and `orbit` both use port `8081`",
        hint="choose another one, see {root}/services/axon/service.toml:3",
    ),
    "unknown setting": Mistake(
        file=FOUNDATION,
        old="myelin:natGateways",
        new="myelin:natGateway",
        line=":3",
        message="unknown setting `myelin:natGateway`",
        hint="did you mean `myelin:natGateways`",
    ),
    "setting of another layer": Mistake(
        file=WORKLOADS,
        old="myelin:logRetentionDays: 7",
        new="myelin:vpcCidr: 10.0.0.0/16",
        line=":3",
        message="unknown setting `myelin:vpcCidr`",
        hint="it belongs to the layer foundation",
    ),
    "bad value of a setting": Mistake(
        file=FOUNDATION,
        old="myelin:natGateways: 1",
        new="myelin:vpcCidr: 10.0.0.0/8",
        line=":3",
        message="`myelin:vpcCidr` must be a private IPv4 range from /16 to /24, not `10.0.0.0/8`",
        hint="correct the value",
    ),
    "contradictory settings": Mistake(
        file=PLATFORM,
        old="myelin:allowHttp: true",
        new="myelin:allowHttp: false",
        line=":5",
        message="the load balancer has neither `myelin:certificateArn` nor `myelin:allowHttp: true`",
        hint="set the certificate, or allow HTTP where nothing confidential goes",
    ),
    "region that AWS has not": Mistake(
        file=PLATFORM,
        old="aws:region: us-east-1",
        new="aws:region: us-eats-1",
        line=":2",
        message="`us-eats-1` is no region of AWS",
        hint="did you mean `us-east-1`; one newer than boto3 needs a newer boto3",
    ),
    "two regions in one environment": Mistake(
        file=WORKLOADS,
        old="aws:region: us-east-1",
        new="aws:region: eu-west-1",
        line=":2",
        message="`aws:region` is `eu-west-1`, and `us-east-1` in Pulumi.sandbox-foundation.yaml",
        hint="the stacks of an environment share one network: give all of them the same region",
    ),
    "malformed settings": Mistake(
        file=FOUNDATION,
        old="config:",
        new="config: [",
        line=":3",
        message="malformed YAML: expected ',' or ']', but got ':'",
        hint="correct the syntax",
    ),
    "image tag of nobody": Mistake(
        file=WORKLOADS,
        old="myelin:logRetentionDays: 7",
        new="myelin:imageTags:\n    axom: 1.0.0",
        line=":3",
        message="`myelin:imageTags` names `axom`, which is no service",
        hint="declared are axon, orbit",
    ),
    "policy that does not parse": Mistake(
        file=POLICY,
        old="forbid (",
        new="forbidd (",
        line=":2:1",
        message="the policy does not parse: invalid policy effect: forbidd",
        hint="see https://docs.cedarpolicy.com/policies/syntax-policy.html",
    ),
    "policy without a reason": Mistake(
        file=POLICY,
        old=REASON,
        new="",
        line=":2:1",
        message="the policy `no-erase` has no `@reason`",
        hint="add `@reason(...)` that tells a person why the call is allowed or denied",
    ),
    "policy about nothing there is": Mistake(
        file=POLICY,
        old='Action::"erase"',
        new='Action::"erasee"',
        line=":6:13",
        message='the policy `no-erase` does not fit the schema: unrecognized action `Action::"erasee"`',
        hint="use what the schema names, or add it to schema.cedarschema",
    ),
    "malformed image table": Mistake(
        file=IMAGES,
        old='repository = "axon"',
        new='repository = "axon',
        line=":5",
        message="malformed TOML: illegal character '\\n'",
        hint="correct `images.toml`",
    ),
    "unknown key of an image": Mistake(
        file=IMAGES,
        new=UNKNOWN_IMAGE_KEY,
        line=":25",
        message="image 4, `comand`: unknown key; expected one of repository, tag, command, environment",
        hint="correct `images.toml`",
    ),
}
