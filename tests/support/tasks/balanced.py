"""A load balancer with two target groups, rules for production and test, and a service that ECS shifts."""

from __future__ import annotations

from typing import Any

from tests.support.emulated_aws import EmulatedAws

ROLE = "arn:aws:iam::123456789012:role/ecs"


class BalancedService:
    """A service `axon` behind two target groups; until ECS writes the rules, they forward to the first."""

    def __init__(self, aws: EmulatedAws) -> None:
        self.aws = aws
        network = aws.network()
        more = aws("ec2").create_subnet(
            VpcId=network["vpc"], CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1b"
        )["Subnet"]["SubnetId"]
        elbv2 = aws("elbv2")
        self.groups: list[str] = [
            elbv2.create_target_group(
                Name=f"axon-{name}",
                Protocol="HTTP",
                Port=8081,
                VpcId=network["vpc"],
                TargetType="ip",
                HealthCheckPath="/health",
            )["TargetGroups"][0]["TargetGroupArn"]
            for name in ("blue", "green")
        ]
        for group in self.groups:
            elbv2.modify_target_group_attributes(
                TargetGroupArn=group,
                Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "1"}],
            )
        balancer = elbv2.create_load_balancer(
            Name="edge", Subnets=[network["subnet"], more], SecurityGroups=[network["group"]]
        )["LoadBalancers"][0]["LoadBalancerArn"]
        aws("ec2").authorize_security_group_ingress(
            GroupId=network["group"],
            IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": network["group"]}]}],
        )
        self.network = network
        self.rules = [self._rule(balancer, port) for port in (80, 8080)]

    def _rule(self, balancer: str, port: int) -> str:
        """The rule of a new listener: everything to the first group."""
        elbv2 = self.aws("elbv2")
        listener = elbv2.create_listener(
            LoadBalancerArn=balancer,
            Protocol="HTTP",
            Port=port,
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
        )["Listeners"][0]["ListenerArn"]
        groups = [
            {"TargetGroupArn": arn, "Weight": weight} for arn, weight in zip(self.groups, (1, 0), strict=True)
        ]
        rule: str = elbv2.create_rule(
            ListenerArn=listener,
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
        )["Rules"][0]["RuleArn"]
        return rule

    def create(self, definition: str, configuration: dict[str, Any], *, desired: int = 1) -> None:
        """Create the service with a deployment configuration."""
        self.aws("ecs").create_service(
            cluster="test",
            serviceName="axon",
            taskDefinition=definition,
            desiredCount=desired,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": [self.network["subnet"]],
                    "securityGroups": [self.network["group"]],
                }
            },
            deploymentConfiguration=configuration,
            loadBalancers=[
                {
                    "targetGroupArn": self.groups[0],
                    "containerName": "app",
                    "containerPort": 8081,
                    "advancedConfiguration": {
                        "alternateTargetGroupArn": self.groups[1],
                        "productionListenerRule": self.rules[0],
                        "testListenerRule": self.rules[1],
                        "roleArn": ROLE,
                    },
                }
            ],
        )

    def update(self, definition: str, **more: Any) -> None:
        """Deploy another task definition."""
        self.aws("ecs").update_service(cluster="test", service="axon", taskDefinition=definition, **more)

    def weights(self) -> tuple[list[int], list[int]]:
        """The weights of blue and green, for production and for test traffic."""
        found = []
        for rule in self.rules:
            (described,) = self.aws("elbv2").describe_rules(RuleArns=[rule])["Rules"]
            groups = described["Actions"][0]["ForwardConfig"]["TargetGroups"]
            by_arn = {group["TargetGroupArn"]: int(group["Weight"]) for group in groups}
            found.append([by_arn[arn] for arn in self.groups])
        return found[0], found[1]

    def deployments(self) -> list[dict[str, Any]]:
        """DescribeServiceDeployments of all that ListServiceDeployments lists, the newest first."""
        ecs = self.aws("ecs")
        listed = ecs.list_service_deployments(cluster="test", service="axon")["serviceDeployments"]
        arns = [each["serviceDeploymentArn"] for each in listed]
        described: list[dict[str, Any]] = ecs.describe_service_deployments(serviceDeploymentArns=arns)[
            "serviceDeployments"
        ]
        return described
