"""What a recovery in another region asks for, by boto3: databases that are restored from backups, names that are switched, functions
that are run."""
import json
import os
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

URL = os.environ["SANDBOX_URL"]


def client(service, account="123456789012", region="us-west-2"):
    return boto3.client(
        service, endpoint_url=URL, region_name=region, aws_access_key_id=account, aws_secret_access_key="sandbox",
        config=Config(retries={"max_attempts": 0}))


rds, names, functions = client("rds"), client("route53"), client("lambda")


def admin(method, path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(f"{URL}/_sandbox{path}", method=method, data=data)) as answer:
        return json.load(answer)


def refused(code, call, **named):
    try:
        call(**named)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response["Error"]
        return error.response["Error"]["Message"]
    raise AssertionError(f"{call} was not refused with {code}")


def network(more):
    return {"Resources": {
        "Network": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Left": {"Type": "AWS::EC2::Subnet", "Properties": {
            "VpcId": {"Ref": "Network"}, "CidrBlock": "10.0.0.0/24", "AvailabilityZone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}}},
        "Right": {"Type": "AWS::EC2::Subnet", "Properties": {
            "VpcId": {"Ref": "Network"}, "CidrBlock": "10.0.1.0/24", "AvailabilityZone": {"Fn::Select": [1, {"Fn::GetAZs": ""}]}}},
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "Who", "VpcId": {"Ref": "Network"}}},
        "Subnets": {"Type": "AWS::RDS::DBSubnetGroup", "Properties": {
            "DBSubnetGroupDescription": "Where", "SubnetIds": [{"Ref": "Left"}, {"Ref": "Right"}]}},
        "Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {
            "Type": "application", "Scheme": "internal", "Subnets": [{"Ref": "Left"}, {"Ref": "Right"}]}},
        **more}}


def stack(region, template):
    cfn = client("cloudformation", region=region)
    cfn.create_stack(StackName="shop", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    cfn.get_waiter("stack_create_complete").wait(StackName="shop", WaiterConfig={"Delay": 1})
    return {one["LogicalResourceId"]: one["PhysicalResourceId"]
            for one in cfn.describe_stack_resources(StackName="shop")["StackResources"]}


DATABASE = {"Type": "AWS::RDS::DBInstance", "Properties": {
    "DBInstanceIdentifier": "orders", "DBInstanceClass": "db.t4g.medium", "Engine": "postgres", "AllocatedStorage": "20",
    "MasterUsername": "owner", "ManageMasterUserPassword": True, "BackupRetentionPeriod": 7, "StorageEncrypted": True,
    "AutomaticBackupReplicationRegion": "us-west-2",
    "AutomaticBackupReplicationKmsKeyId": "arn:aws:kms:us-west-2:123456789012:alias/aws/rds",
    "DBSubnetGroupName": {"Ref": "Subnets"}, "VPCSecurityGroups": [{"Ref": "Group"}]}}
RECORD = {"Type": "AWS::Route53::RecordSet", "Properties": {
    "HostedZoneId": "Z0SHOP", "Name": "shop.example.com", "Type": "A", "AliasTarget": {
        "DNSName": {"Fn::GetAtt": ["Balancer", "DNSName"]}, "HostedZoneId": {"Fn::GetAtt": ["Balancer", "CanonicalHostedZoneID"]}}}}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}}
FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {
    "FunctionName": "filler", "Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Runtime": "python3.12", "Handler": "index.run",
    "Code": {"ZipFile": "def run(event, context): return None"}}}
VERSION = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}}
ALIAS = {"Type": "AWS::Lambda::Alias", "Properties": {
    "FunctionName": {"Ref": "Function"}, "Name": "live", "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]}}}

here, there = {}, {}


def made():
    here.update(stack("us-east-1", network({"Database": DATABASE, "Record": RECORD})))
    there.update(stack("us-west-2", network({"Role": ROLE, "Function": FUNCTION, "Version": VERSION, "Alias": ALIAS})))


def backup():
    return rds.describe_db_instance_automated_backups(DBInstanceIdentifier="Orders")["DBInstanceAutomatedBackups"][0]


def backups_lie_in_the_other_region_and_know_how_far_they_reach():
    found = backup()
    assert found["DBInstanceIdentifier"] == "orders" and found["Region"] == "us-east-1", found
    assert found["DBInstanceAutomatedBackupsArn"].startswith("arn:aws:rds:us-west-2:123456789012:auto-backup:ab-"), found
    window = found["RestoreWindow"]
    assert window["EarliestTime"] <= window["LatestTime"], window
    refused("DBInstanceAutomatedBackupNotFound", rds.describe_db_instance_automated_backups, DBInstanceIdentifier="ghost")
    # Nobody asked for copies in a third region; at home they are as well.
    assert client("rds", region="eu-west-1").describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"] == []
    [home] = client("rds", region="us-east-1").describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
    assert home["Status"] == "active" and found["Status"] == "replicating", (home, found)
    stranger = client("rds", account="210987654321")
    assert stranger.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"] == []


def order(**named):
    return {"SourceDBInstanceAutomatedBackupsArn": backup()["DBInstanceAutomatedBackupsArn"], "UseLatestRestorableTime": True,
            "TargetDBInstanceIdentifier": "copy", "DBSubnetGroupName": there["Subnets"], "VpcSecurityGroupIds": [there["Group"]],
            "PubliclyAccessible": False, **named}


def a_database_is_restored_changed_and_deleted_in_its_time():
    restore = rds.restore_db_instance_to_point_in_time
    refused("DBInstanceAutomatedBackupNotFound", restore, **order(SourceDBInstanceAutomatedBackupsArn="arn:aws:rds:us-west-2:123456789012:auto-backup:ab-no"))
    refused("DBSubnetGroupNotFoundFault", restore, **order(DBSubnetGroupName="ghost"))
    refused("InvalidParameterValue", restore, **order(VpcSecurityGroupIds=["sg-00000000000000000"]))
    refused("InvalidParameterValue", restore, **order(TargetDBInstanceIdentifier="two--hyphens"))
    refused("InvalidParameterValue", restore, **order(MultiAZ=True))
    refused("InvalidParameterCombination", restore, **order(UseLatestRestorableTime=False))
    refused("DBInstanceNotFound", rds.delete_db_instance, DBInstanceIdentifier="copy", SkipFinalSnapshot=True)
    # A restoration takes 18 minutes of the cloud's: two seconds here.
    admin("PUT", "/pace", {"pace": 2 / 1080})
    found = restore(**order())["DBInstance"]
    assert found["DBInstanceStatus"] == "creating" and "Endpoint" not in found, found
    refused("DBInstanceAlreadyExists", restore, **order())
    refused("InvalidDBInstanceState", rds.modify_db_instance, DBInstanceIdentifier="copy", ManageMasterUserPassword=True)
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="copy", WaiterConfig={"Delay": 1})
    admin("PUT", "/pace", {"pace": 0})
    found = rds.describe_db_instances(DBInstanceIdentifier="copy")["DBInstances"][0]
    assert found["Endpoint"]["Address"].startswith("copy."), found
    assert found["EngineVersion" if "EngineVersion" in found else "Engine"] and "MasterUserSecret" not in found, found
    refused("InvalidParameterValue", rds.modify_db_instance, DBInstanceIdentifier="copy", DBInstanceClass="db.t4g.large")
    found = rds.modify_db_instance(DBInstanceIdentifier="copy", ManageMasterUserPassword=True, ApplyImmediately=True)["DBInstance"]
    assert found["MasterUserSecret"]["SecretArn"].startswith("arn:aws:secretsmanager:us-west-2:"), found
    # What stands in the stack's subnets keeps them.
    refused("InvalidParameterCombination", rds.delete_db_instance, DBInstanceIdentifier="copy")
    admin("PUT", "/pace", {"pace": 2 / 300})
    assert rds.delete_db_instance(DBInstanceIdentifier="copy", SkipFinalSnapshot=True)["DBInstance"]["DBInstanceStatus"] == "deleting"
    refused("InvalidDBInstanceState", rds.delete_db_instance, DBInstanceIdentifier="copy", SkipFinalSnapshot=True)
    rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="copy", WaiterConfig={"Delay": 1})
    admin("PUT", "/pace", {"pace": 0})


def alias(balancer):
    return {"DNSName": balancer["DNSName"], "HostedZoneId": balancer["CanonicalHostedZoneID"], "EvaluateTargetHealth": False}


def upsert(target, action="UPSERT", zone="Z0SHOP"):
    return {"HostedZoneId": zone, "ChangeBatch": {"Changes": [{"Action": action, "ResourceRecordSet": {
        "Name": "shop.example.com", "Type": "A", "AliasTarget": target}}]}}


def led():
    records = names.list_resource_record_sets(HostedZoneId="Z0SHOP", StartRecordName="shop.example.com", StartRecordType="A")
    return records["ResourceRecordSets"][0]["AliasTarget"]["DNSName"]


def names_are_switched_and_everybody_knows_after_a_minute():
    balancers = {one["place"]["region"]: one["attributes"] for one in
                 admin("GET", "/resources?type=AWS::ElasticLoadBalancingV2::LoadBalancer")["resources"]}
    assert led().rstrip(".") == balancers["us-east-1"]["DNSName"].lower(), led()
    to = alias(balancers["us-west-2"])
    change = names.change_resource_record_sets
    refused("NoSuchHostedZone", change, **upsert(to, zone="Z0GHOST"))
    refused("InvalidChangeBatch", change, **upsert({**to, "DNSName": "nowhere.example.com"}))
    refused("InvalidChangeBatch", change, **upsert(to, action="CREATE"))
    refused("NoSuchChange", names.get_change, Id="C0GHOST")
    admin("PUT", "/pace", {"pace": 2 / 60})
    answer = change(**upsert(to))["ChangeInfo"]
    assert answer["Status"] == "PENDING", answer
    assert led().rstrip(".") == balancers["us-west-2"]["DNSName"].lower(), led()
    names.get_waiter("resource_record_sets_changed").wait(Id=answer["Id"], WaiterConfig={"Delay": 1})
    admin("PUT", "/pace", {"pace": 0})
    refused("NoSuchHostedZone", client("route53", account="210987654321").list_resource_record_sets, HostedZoneId="Z0SHOP")


def run(name, given):
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(given))
    return json.load(answer["Payload"]), answer.get("FunctionError")


def a_function_answers_how_much_is_left_and_begins_anew():
    left = [run("filler:live", {"limit": 10})[0]["remaining"] for _ in range(6)]
    assert left == [40, 30, 20, 10, 0, 40], left
    assert run("filler", {})[0] is None
    refused("ResourceNotFoundException", functions.invoke, FunctionName="filler:ghost")
    admin("POST", "/faults", {"fault": "invocation", "resource": "Function", "error": "no luck", "times": 1})
    assert run("filler", {"limit": 10}) == ({"errorType": "Unhandled", "errorMessage": "no luck"}, "Unhandled")


for part in (made, backups_lie_in_the_other_region_and_know_how_far_they_reach, a_database_is_restored_changed_and_deleted_in_its_time,
             names_are_switched_and_everybody_knows_after_a_minute, a_function_answers_how_much_is_left_and_begins_anew):
    part()
    print(part.__name__)
print("all steps passed")
