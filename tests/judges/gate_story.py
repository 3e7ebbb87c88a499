"""What gates look at after a deployment, asked by boto3: services, databases and alarms, well and unwell."""
import json
import os
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

URL = os.environ["SANDBOX_URL"]


def client(service, account="123456789012", region="us-east-1"):
    return boto3.client(
        service, endpoint_url=URL, region_name=region, aws_access_key_id=account, aws_secret_access_key="sandbox",
        config=Config(retries={"max_attempts": 0}))


cfn, ecs, rds, cloudwatch = client("cloudformation"), client("ecs"), client("rds"), client("cloudwatch")
ssm, secrets = client("ssm"), client("secretsmanager")
functions = client("lambda")


def admin(method, path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(f"{URL}/_sandbox{path}", method=method, data=data)) as answer:
        return json.load(answer)


def refused(code, call, **named):
    try:
        call(**named)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response["Error"]
        return
    raise AssertionError(f"{call} was not refused with {code}")


def unwell(resource, **named):
    admin("DELETE", "/faults")
    admin("POST", "/faults", {"fault": "unwell", "stack": "gated", "resource": resource, "message": "No luck", **named})


def alarm(name):
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {
        "AlarmName": name, "Namespace": "Shop", "MetricName": "Errors", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}}


STACK = {"Resources": {
    "Key": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "shop/mail"}},
    "Mail": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/shop/mail", "Type": "String", "Value": "true"}},
    "Network": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "Here": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Network"}, "CidrBlock": "10.0.0.0/24"}},
    "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "shop"}},
    "Task": {"Type": "AWS::ECS::TaskDefinition", "UpdateReplacePolicy": "Retain", "Properties": {
        "Family": "web", "Cpu": "256", "Memory": "512", "NetworkMode": "awsvpc", "RequiresCompatibilities": ["FARGATE"],
        "ContainerDefinitions": [{"Name": "web", "Image": "example.com/web", "Essential": True}]}},
    "Web": {"Type": "AWS::ECS::Service", "Properties": {
        "ServiceName": "web", "Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Task"}, "LaunchType": "FARGATE",
        "DesiredCount": 3, "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [{"Ref": "Here"}]}}}},
    "Data": {"Type": "AWS::RDS::DBInstance", "Properties": {
        "DBInstanceIdentifier": "shop", "Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": "20",
        "MasterUsername": "shop", "ManageMasterUserPassword": True}},
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}},
    "Work": {"Type": "AWS::Lambda::Function", "Properties": {
        "FunctionName": "work", "Runtime": "python3.13", "Handler": "index.work", "Code": {"ZipFile": "1"},
        "Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
    "First": {"Type": "AWS::Lambda::Version", "DeletionPolicy": "Retain", "Properties": {"FunctionName": {"Ref": "Work"}}},
    "Live": {"Type": "AWS::Lambda::Alias", "Properties": {
        "FunctionName": {"Ref": "Work"}, "Name": "live", "FunctionVersion": {"Fn::GetAtt": ["First", "Version"]}}},
    "Errors": alarm("shop-errors"), "Slow": alarm("shop-slow"), "Other": alarm("other"),
}}


def made():
    cfn.create_stack(StackName="gated", TemplateBody=json.dumps(STACK), Capabilities=["CAPABILITY_IAM"])
    cfn.get_waiter("stack_create_complete").wait(StackName="gated", WaiterConfig={"Delay": 0, "MaxAttempts": 5})


def a_service_is_steady_unless_its_copies_do_not_run():
    [service] = ecs.describe_services(cluster="shop", services=["web"])["services"]
    assert (service["runningCount"], service["desiredCount"], service["status"]) == (3, 3, "ACTIVE"), service
    assert [one["rolloutState"] for one in service["deployments"]] == ["COMPLETED"]
    assert service["taskDefinition"].endswith(":task-definition/web:1"), service
    waiter = ecs.get_waiter("services_stable")
    waiter.wait(cluster=service["clusterArn"], services=[service["serviceArn"]], WaiterConfig={"Delay": 0, "MaxAttempts": 1})
    unwell("Web")
    [service] = ecs.describe_services(cluster="shop", services=["web"])["services"]
    assert (service["runningCount"], service["pendingCount"]) == (0, 3), service
    assert service["deployments"][0]["rolloutStateReason"] == "No luck"


def a_service_that_is_not_there_is_a_failure_of_the_answer_and_a_cluster_that_is_not_there_an_error():
    answer = ecs.describe_services(cluster="shop", services=["web", "ghost"])
    assert len(answer["services"]) == 1
    [failure] = answer["failures"]
    assert failure["reason"] == "MISSING" and failure["arn"].endswith(":service/shop/ghost"), failure
    refused("ClusterNotFoundException", ecs.describe_services, cluster="ghost", services=["web"])
    refused("InvalidParameterException", ecs.describe_services, cluster="shop", services=[])
    refused("InvalidParameterException", ecs.describe_services, cluster="shop", services=[str(n) for n in range(11)])
    refused("ClusterNotFoundException", client("ecs", region="eu-west-1").describe_services, cluster="shop", services=["web"])
    refused("UnknownOperationException", ecs.list_services, cluster="shop")


def a_database_is_available_unless_it_stopped():
    [database] = rds.describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"]
    assert database["DBInstanceStatus"] == "available" and database["Engine"] == "postgres", database
    assert database["Endpoint"]["Port"] == 5432, database
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="SHOP", WaiterConfig={"Delay": 0, "MaxAttempts": 1})
    unwell("Data")
    assert [one["DBInstanceStatus"] for one in rds.describe_db_instances()["DBInstances"]] == ["stopped"]
    refused("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="ghost")
    refused("DBInstanceNotFound", client("rds", account="210987654321").describe_db_instances, DBInstanceIdentifier="shop")
    refused("InvalidAction", rds.describe_db_clusters)


def a_parameter_of_a_stack_is_read_and_overwritten_where_the_stack_made_it():
    [parameter] = [ssm.get_parameter(Name="/shop/mail")["Parameter"]]
    assert (parameter["Value"], parameter["Version"], parameter["Type"]) == ("true", 1, "String"), parameter
    assert parameter["ARN"].endswith(":parameter/shop/mail") and parameter["LastModifiedDate"], parameter
    refused("ParameterAlreadyExists", ssm.put_parameter, Name="/shop/mail", Value="false", Type="String")
    refused("HierarchyTypeMismatchException", ssm.put_parameter, Name="/shop/mail", Value="a", Type="SecureString", Overwrite=True)
    refused("ValidationException", ssm.put_parameter, Name="/shop/mail", Value="a" * 4097, Overwrite=True)
    refused("ValidationException", ssm.put_parameter, Name="/shop/mail", Value="{{other}}", Overwrite=True)
    assert ssm.put_parameter(Name="/shop/mail", Value="false", Overwrite=True)["Version"] == 2
    detection = cfn.detect_stack_resource_drift(StackName="gated", LogicalResourceId="Mail")["StackResourceDrift"]
    [difference] = detection["PropertyDifferences"]
    assert (difference["PropertyPath"], difference["ActualValue"]) == ("/Value", "false"), difference
    assert ssm.put_parameter(Name="/shop/mail", Value="true", Overwrite=True)["Version"] == 3
    refused("ParameterNotFound", ssm.get_parameter, Name="/shop/ghost")
    refused("ParameterNotFound", client("ssm", account="210987654321").get_parameter, Name="/shop/mail")
    refused("ValidationException", ssm.put_parameter, Name="/other", Value="a")
    assert ssm.put_parameter(Name="/other", Value="a", Type="SecureString")["Version"] == 1
    assert ssm.get_parameter(Name="/other")["Parameter"]["Type"] == "SecureString"
    refused("UnknownOperationException", ssm.describe_parameters)


def a_secret_gets_versions_by_the_callers_token_and_no_value_is_kept():
    def stages():
        return secrets.describe_secret(SecretId="shop/mail").get("VersionIdsToStages", {})
    assert stages() == {}
    one, two, three = ("1" * 32, "2" * 32, "3" * 32)
    first = secrets.put_secret_value(SecretId="shop/mail", ClientRequestToken=one, SecretString="first")
    assert first["VersionId"] == one and first["VersionStages"] == ["AWSCURRENT"], first
    assert secrets.put_secret_value(SecretId=first["ARN"], ClientRequestToken=one, SecretString="first")["VersionId"] == one
    refused("ResourceExistsException", secrets.put_secret_value, SecretId="shop/mail", ClientRequestToken=one, SecretString="other")
    secrets.put_secret_value(SecretId="shop/mail", ClientRequestToken=two, SecretString="second")
    assert stages() == {one: ["AWSPREVIOUS"], two: ["AWSCURRENT"]}, stages()
    secrets.put_secret_value(SecretId="shop/mail", ClientRequestToken=three, SecretString="third")
    assert stages() == {two: ["AWSPREVIOUS"], three: ["AWSCURRENT"]}, stages()
    refused("ResourceNotFoundException", secrets.describe_secret, SecretId="ghost")
    refused("UnknownOperationException", secrets.get_secret_value, SecretId="shop/mail")
    password = secrets.get_random_password(PasswordLength=48, ExcludePunctuation=True)["RandomPassword"]
    assert len(password) == 48 and password.isalnum(), password


def alarms_ring_when_told_and_know_since_when():
    def states(**named):
        return {one["AlarmName"]: one["StateValue"] for one in cloudwatch.describe_alarms(**named)["MetricAlarms"]}
    quiet = "INSUFFICIENT_DATA"
    assert states(AlarmNames=["shop-errors", "ghost"]) == {"shop-errors": quiet}
    assert states(AlarmNamePrefix="shop-") == {"shop-errors": quiet, "shop-slow": quiet}
    unwell("Errors")
    assert states(StateValue="ALARM") == {"shop-errors": "ALARM"}
    [ringing] = cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]
    assert ringing["StateReason"] == "No luck" and ringing["StateTransitionedTimestamp"], ringing
    assert ringing["AlarmArn"].endswith(":alarm:shop-errors") and ringing["Threshold"] == 1.0, ringing
    pages = cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2})
    assert [one["AlarmName"] for page in pages for one in page["MetricAlarms"]] == ["other", "shop-errors", "shop-slow"]
    assert states(AlarmTypes=["CompositeAlarm"]) == {}
    refused("InvalidParameterCombination", cloudwatch.describe_alarms, AlarmNames=["a"], AlarmNamePrefix="b")
    refused("ValidationError", cloudwatch.describe_alarms, AlarmNames=[str(n) for n in range(101)])
    refused("InvalidAction", cloudwatch.list_dashboards)


def what_comes_with_an_update_is_not_there_before():
    unwell("Errors", after_update=True)
    assert cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"] == []
    STACK["Resources"]["Slow"]["Properties"]["Threshold"] = 2
    cfn.update_stack(StackName="gated", TemplateBody=json.dumps(STACK), Capabilities=["CAPABILITY_IAM"])
    cfn.get_waiter("stack_update_complete").wait(StackName="gated", WaiterConfig={"Delay": 0, "MaxAttempts": 5})
    [ringing] = cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]
    updated = cfn.describe_stacks(StackName="gated")["Stacks"][0]["LastUpdatedTime"]
    assert ringing["StateTransitionedTimestamp"] >= updated, (ringing, updated)


def calls_are_led_back_to_the_versions_that_were_there():
    task = STACK["Resources"]["Task"]
    task["Properties"]["ContainerDefinitions"][0]["Image"] = "example.com/web:2"
    resources = STACK["Resources"]
    resources["Work"]["Properties"]["Code"]["ZipFile"] = "2"
    resources["Second"] = resources.pop("First")
    resources["Live"]["Properties"]["FunctionVersion"] = {"Fn::GetAtt": ["Second", "Version"]}
    cfn.update_stack(StackName="gated", TemplateBody=json.dumps(STACK), Capabilities=["CAPABILITY_IAM"])
    cfn.get_waiter("stack_update_complete").wait(StackName="gated", WaiterConfig={"Delay": 0, "MaxAttempts": 5})
    versions = [one["Version"] for one in functions.list_versions_by_function(FunctionName="work")["Versions"]]
    assert versions == ["1", "2"], versions
    assert functions.get_alias(FunctionName="work", Name="live")["FunctionVersion"] == "2"
    shifted = functions.update_alias(
        FunctionName="work", Name="live", RoutingConfig={"AdditionalVersionWeights": {"1": 0.1}})
    assert shifted["RoutingConfig"]["AdditionalVersionWeights"] == {"1": 0.1}, shifted
    arn = shifted["AliasArn"].rsplit(":", 1)[0]
    back = functions.update_alias(
        FunctionName=arn, Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {}})
    assert back["FunctionVersion"] == "1" and not back.get("RoutingConfig"), back
    refused("ResourceNotFoundException", functions.update_alias, FunctionName="work", Name="live", FunctionVersion="9")
    refused("ResourceNotFoundException", functions.get_alias, FunctionName="work", Name="ghost")
    refused("ResourceNotFoundException", functions.get_alias, FunctionName="ghost", Name="live")
    [service] = ecs.describe_services(cluster="shop", services=["web"])["services"]
    assert service["taskDefinition"].endswith(":task-definition/web:2"), service
    service = ecs.update_service(cluster="shop", service="web", taskDefinition="web:1")["service"]
    assert service["taskDefinition"].endswith(":task-definition/web:1"), service
    refused("ClientException", ecs.update_service, cluster="shop", service="web", taskDefinition="web:9")
    refused("ServiceNotFoundException", ecs.update_service, cluster="shop", service="ghost", taskDefinition="web:1")
    refused("ClusterNotFoundException", ecs.update_service, cluster="ghost", service="web", taskDefinition="web:1")
    # The stack knows nothing of it: that is drift.
    drift = cfn.detect_stack_drift(StackName="gated")["StackDriftDetectionId"]
    assert cfn.describe_stack_drift_detection_status(StackDriftDetectionId=drift)["StackDriftStatus"] == "DRIFTED"


def who_may_not_ask_is_told():
    for service, action, call in (
            ("ecs", "DescribeServices", lambda: ecs.describe_services(cluster="shop", services=["web"])),
            ("rds", "DescribeDBInstances", rds.describe_db_instances),
            ("monitoring", "DescribeAlarms", cloudwatch.describe_alarms)):
        admin("POST", "/faults", {
            "fault": "call", "service": service, "action": action, "code": "AccessDenied", "status": 403, "message": "no"})
        refused("AccessDenied", call)


for part in (made, a_service_is_steady_unless_its_copies_do_not_run,
             a_service_that_is_not_there_is_a_failure_of_the_answer_and_a_cluster_that_is_not_there_an_error,
             a_database_is_available_unless_it_stopped, alarms_ring_when_told_and_know_since_when,
             a_parameter_of_a_stack_is_read_and_overwritten_where_the_stack_made_it,
             a_secret_gets_versions_by_the_callers_token_and_no_value_is_kept,
             what_comes_with_an_update_is_not_there_before,
             calls_are_led_back_to_the_versions_that_were_there, who_may_not_ask_is_told):
    part()
    print(part.__name__)
print("all steps passed")
