"""Settings of queues, streams, searches, analyses and workflows."""

from __future__ import annotations

from tests.support.resources.corpus.decisive import KMS, OFF, ON, OPEN, TIGHT, Decisive, row

MESSAGES = (
    row("aws:sns/topic:Topic", 26, {"kmsMasterKeyId": KMS}),
    row(
        "aws:sns/topicPolicy:TopicPolicy",
        169,
        {"arn": "a", "policy": Decisive(TIGHT)},
        {"arn": "a", "policy": OPEN},
    ),
    row("aws:sqs/queue:Queue", 27, {"kmsMasterKeyId": KMS}),
    row(
        "aws:sqs/queuePolicy:QueuePolicy",
        168,
        {"queueUrl": "q", "policy": Decisive(TIGHT)},
        {"queueUrl": "q", "policy": OPEN},
    ),
    row("aws:kinesis/stream:Stream", 43, {"encryptionType": Decisive("KMS")}, {"encryptionType": "NONE"}),
    row("aws:kinesis/stream:Stream", 185, {"kmsKeyId": KMS}),
    row("aws:kinesis/videoStream:VideoStream", 177, {"kmsKeyId": KMS}),
    row(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        240,
        {"serverSideEncryption": {"enabled": ON}},
        {"serverSideEncryption": {"enabled": False}},
    ),
    row(
        "aws:opensearch/domain:Domain",
        6,
        {"clusterConfig": {"instanceCount": 3}, "nodeToNodeEncryption": {"enabled": ON}},
        {"clusterConfig": {"instanceCount": 3}, "nodeToNodeEncryption": {"enabled": False}},
    ),
    row(
        "aws:opensearch/domain:Domain",
        83,
        {"domainEndpointOptions": {"enforceHttps": ON}},
        {"domainEndpointOptions": {"enforceHttps": False}},
    ),
    row(
        "aws:elasticsearch/domain:Domain",
        5,
        {"encryptAtRest": {"enabled": ON}},
        {"encryptAtRest": {"enabled": False}},
    ),
    row(
        "aws:msk/cluster:Cluster",
        81,
        {"encryptionInfo": {"encryptionInTransit": {"clientBroker": Decisive("TLS")}}},
        {"encryptionInfo": {"encryptionInTransit": {"clientBroker": "PLAINTEXT"}}},
    ),
    row("aws:mq/broker:Broker", 69, {"publiclyAccessible": OFF}, {"publiclyAccessible": True}),
    row("aws:mq/broker:Broker", 207, {"autoMinorVersionUpgrade": ON}, {"autoMinorVersionUpgrade": False}),
    row(
        "aws:dms/replicationInstance:ReplicationInstance",
        89,
        {"publiclyAccessible": OFF},
        {"publiclyAccessible": True},
    ),
    row("aws:dms/endpoint:Endpoint", 296, {"endpointId": "e", "kmsKeyArn": KMS}, {"endpointId": "e"}),
    row(
        "aws:sagemaker/notebookInstance:NotebookInstance",
        122,
        {"directInternetAccess": Decisive("Disabled")},
        {"directInternetAccess": "Enabled"},
    ),
    row(
        "aws:sagemaker/notebookInstance:NotebookInstance",
        307,
        {"rootAccess": Decisive("Disabled")},
        {"rootAccess": "Enabled"},
    ),
    row("aws:sagemaker/endpointConfiguration:EndpointConfiguration", 98, {"kmsKeyArn": KMS}),
    row(
        "aws:athena/database:Database",
        77,
        {"encryptionConfiguration": {"encryptionOption": Decisive("SSE_KMS")}},
    ),
    row(
        "aws:athena/workgroup:Workgroup",
        82,
        {"configuration": {"enforceWorkgroupConfiguration": ON}},
        {"configuration": {"enforceWorkgroupConfiguration": False}},
    ),
    row("aws:glue/job:Job", 195, {"securityConfiguration": Decisive("secure")}),
    row("aws:sfn/stateMachine:StateMachine", 284, {"tracingConfiguration": {"enabled": ON}}),
    row("aws:appsync/apiCache:ApiCache", 214, {"atRestEncryptionEnabled": ON}),
    row(
        "aws:appsync/graphQLApi:GraphQLApi",
        193,
        {"logConfig": {"cloudwatchLogsRoleArn": Decisive("arn:aws:iam::1:role/l"), "fieldLogLevel": "ALL"}},
    ),
    row("aws:scheduler/schedule:Schedule", 297, {"kmsKeyArn": KMS}),
    row("aws:bedrock/agentAgent:AgentAgent", 373, {"customerEncryptionKeyArn": KMS}),
)
