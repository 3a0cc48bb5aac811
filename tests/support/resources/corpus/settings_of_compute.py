"""Settings of machines, containers, functions, and of the networks in front of them."""

from __future__ import annotations

from tests.support.resources.corpus.decisive import KMS, OFF, ON, Decisive, row

COMPUTE = (
    row(
        "aws:ec2/instance:Instance", 88, {"associatePublicIpAddress": OFF}, {"associatePublicIpAddress": True}
    ),
    row("aws:ec2/instance:Instance", 79, {"metadataOptions": {"httpTokens": Decisive("required")}}),
    row("aws:ec2/subnet:Subnet", 130, {"mapPublicIpOnLaunch": OFF}, {"mapPublicIpOnLaunch": True}),
    row(
        "aws:ec2/vpcEndpointService:VpcEndpointService",
        123,
        {"acceptanceRequired": ON},
        {"acceptanceRequired": False},
    ),
    row(
        "aws:ec2transitgateway/transitGateway:TransitGateway",
        331,
        {"autoAcceptSharedAttachments": Decisive("disable")},
        {"autoAcceptSharedAttachments": "enable"},
    ),
    row("aws:lambda/function:Function", 50, {"tracingConfig": {"mode": Decisive("Active")}}),
    row("aws:lambda/function:Function", 363, {"runtime": Decisive("python3.13")}, {"runtime": "python3.6"}),
    row(
        "aws:lambda/functionUrl:FunctionUrl",
        258,
        {"authorizationType": Decisive("AWS_IAM")},
        {"authorizationType": "NONE"},
    ),
    row(
        "aws:lambda/permission:Permission",
        301,
        {"action": "lambda:InvokeFunction", "principal": Decisive("sns.amazonaws.com")},
        {"action": "lambda:InvokeFunction", "principal": "*"},
    ),
    row(
        "aws:ecs/cluster:Cluster",
        65,
        {"settings": [{"name": "containerInsights", "value": Decisive("enabled")}]},
        {"settings": [{"name": "containerInsights", "value": "disabled"}]},
    ),
    row(
        "aws:ecs/service:Service",
        333,
        {"networkConfiguration": {"subnets": ["a"], "assignPublicIp": OFF}},
        {"networkConfiguration": {"subnets": ["a"], "assignPublicIp": True}},
    ),
    row(
        "aws:eks/cluster:Cluster",
        39,
        {"vpcConfig": {"endpointPublicAccess": OFF}},
        {"vpcConfig": {"endpointPublicAccess": True}},
    ),
    row(
        "aws:eks/nodeGroup:NodeGroup",
        100,
        {"remoteAccess": {"ec2SshKey": "k", "sourceSecurityGroupIds": Decisive(["sg-1"])}},
        {"remoteAccess": {"ec2SshKey": "k"}},
    ),
    row("aws:lb/loadBalancer:LoadBalancer", 150, {"enableDeletionProtection": ON}),
    row("aws:lb/loadBalancer:LoadBalancer", 131, {"dropInvalidHeaderFields": ON}),
    row("aws:lb/loadBalancer:LoadBalancer", 91, {"accessLogs": {"bucket": "b", "enabled": ON}}),
    row(
        "aws:lb/targetGroup:TargetGroup",
        261,
        {"protocol": "HTTP", "healthCheck": {"path": Decisive("/health")}},
        {"protocol": "HTTP"},
    ),
    row(
        "aws:elb/loadBalancer:LoadBalancer",
        138,
        {"crossZoneLoadBalancing": ON},
        {"crossZoneLoadBalancing": False},
    ),
    row("aws:apigateway/stage:Stage", 73, {"xrayTracingEnabled": ON}),
    row(
        "aws:apigateway/stage:Stage",
        76,
        {"accessLogSettings": {"destinationArn": Decisive("arn:aws:logs:x:1:log-group:g"), "format": "x"}},
    ),
    row(
        "aws:apigateway/domainName:DomainName",
        206,
        {"securityPolicy": Decisive("TLS_1_2")},
        {"securityPolicy": "TLS_1_0"},
    ),
    row(
        "aws:apigatewayv2/route:Route",
        309,
        {"authorizationType": Decisive("AWS_IAM")},
        {"authorizationType": "NONE"},
    ),
    row(
        "aws:cloudfront/distribution:Distribution",
        68,
        {"enabled": True, "webAclId": Decisive("arn:aws:wafv2:x")},
        {"enabled": True},
    ),
    row(
        "aws:cloudfront/distribution:Distribution",
        305,
        {"enabled": True, "defaultRootObject": Decisive("index.html")},
        {"enabled": True},
    ),
    row("aws:wafv2/webAcl:WebAcl", 175, {"rules": Decisive([{"name": "r", "priority": 1}])}, {"rules": []}),
    row(
        "aws:codebuild/project:Project",
        316,
        {"environment": {"privilegedMode": OFF}},
        {"environment": {"privilegedMode": True}},
    ),
    row("aws:transfer/server:Server", 164, {"endpointType": Decisive("VPC")}, {"endpointType": "PUBLIC"}),
    row("aws:workspaces/workspace:Workspace", 156, {"rootVolumeEncryptionEnabled": ON}),
    row("aws:globalaccelerator/accelerator:Accelerator", 75, {"attributes": {"flowLogsEnabled": ON}}),
    row("aws:imagebuilder/component:Component", 180, {"kmsKeyId": KMS}),
    row(
        "aws:autoscaling/group:Group",
        315,
        {"launchTemplate": Decisive({"id": "lt-1", "version": "1"})},
        {"launchConfiguration": "l"},
    ),
)
