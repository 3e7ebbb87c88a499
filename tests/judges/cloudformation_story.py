"""The life of stacks, told to a control plane by boto3.

Runs against landfall's sandbox (STRICT=1: everything) and against ministack, an independent stand-in (the steps that it supports), so that a
mistake of ours shows. SANDBOX_URL is the endpoint.
"""
import json
import os
import time
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

URL = os.environ["SANDBOX_URL"]
STRICT = os.environ.get("STRICT") == "1"
ACCOUNT = "123456789012"
REGION = "us-east-1"


def client(service, account=ACCOUNT, region=REGION):
    config = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
    return boto3.client(
        service, endpoint_url=URL, region_name=region, aws_access_key_id=account, aws_secret_access_key="sandbox",
        config=config)


cfn, s3, sts = client("cloudformation"), client("s3"), client("sts")
STEPS = []


def step(strict=False):
    def register(function):
        if STRICT or not strict:
            STEPS.append(function)
        return function
    return register


def admin(method, path, body=None):
    request = urllib.request.Request(
        f"{URL}/_sandbox{path}", method=method, data=json.dumps(body).encode() if body is not None else None)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def refused(code, part, call, *arguments, **named):
    """The call is refused with this code, and its message has this part."""
    try:
        call(*arguments, **named)
    except ClientError as error:
        found = error.response["Error"]
        if STRICT:
            assert found["Code"] == code, found
            assert part in found["Message"], found
        return
    raise AssertionError(f"{call} was not refused with {code}")


def queue(**properties):
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def template(resources, **sections):
    return json.dumps({"Resources": resources, **sections})


def status(name):
    return cfn.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]


def settle(name, expected):
    for _ in range(600):
        found = status(name)
        if not found.endswith("_IN_PROGRESS"):
            break
        time.sleep(0.05)
    assert found == expected, (found, [
        (event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason"))
        for event in cfn.describe_stack_events(StackName=name)["StackEvents"]])


def change_set(stack, name, body, kind, **named):
    answer = cfn.create_change_set(
        StackName=stack, ChangeSetName=name, TemplateBody=body, ChangeSetType=kind, **named)
    for _ in range(600):
        found = cfn.describe_change_set(StackName=stack, ChangeSetName=name)
        if found["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            break
        time.sleep(0.05)
    assert found["ChangeSetId"] == answer["Id"]
    return found


def deploy(stack, name, body, kind, expected, **named):
    found = change_set(stack, name, body, kind, **named)
    assert found["Status"] == "CREATE_COMPLETE", found
    cfn.execute_change_set(StackName=stack, ChangeSetName=name)
    settle(stack, expected)
    return found


def events(stack):
    """Oldest first: (resource, status)."""
    found = cfn.describe_stack_events(StackName=stack)["StackEvents"]
    return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in reversed(found)]


def reasons(stack, logical_id, wanted):
    return [
        event.get("ResourceStatusReason", "") for event in cfn.describe_stack_events(StackName=stack)["StackEvents"]
        if event["LogicalResourceId"] == logical_id and event["ResourceStatus"] == wanted]


@step()
def the_caller_is_the_account_of_its_access_key():
    assert sts.get_caller_identity()["Account"] == ACCOUNT


@step()
def a_stack_is_created_through_a_change_set():
    body = template(
        {"Jobs": queue(QueueName="story-jobs", VisibilityTimeout=30),
         "Alarms": {"Type": "AWS::SNS::Topic", "DependsOn": "Jobs"}},
        Parameters={"Stage": {"Type": "String", "Default": "dev"}},
        Outputs={"Arn": {"Value": {"Fn::GetAtt": ["Jobs", "Arn"]}, "Export": {"Name": "story-jobs-arn"}},
                 "Stage": {"Value": {"Ref": "Stage"}}})
    found = change_set("story", "first", body, "CREATE", Tags=[{"Key": "team", "Value": "a"}])
    assert found["Status"] == "CREATE_COMPLETE" and found["ExecutionStatus"] == "AVAILABLE"
    actions = {change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"]["Action"]
               for change in found["Changes"]}
    assert actions == {"Jobs": "Add", "Alarms": "Add"}, actions
    assert status("story") == "REVIEW_IN_PROGRESS"
    cfn.execute_change_set(StackName="story", ChangeSetName="first")
    settle("story", "CREATE_COMPLETE")
    stack = cfn.describe_stacks(StackName="story")["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert outputs == {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:story-jobs", "Stage": "dev"}, outputs
    order = events("story")
    assert order[0] == ("story", "REVIEW_IN_PROGRESS") and order[-1] == ("story", "CREATE_COMPLETE"), order
    assert order.index(("Jobs", "CREATE_COMPLETE")) < order.index(("Alarms", "CREATE_IN_PROGRESS"))
    exports = {export["Name"]: export["Value"] for export in cfn.list_exports()["Exports"]}
    assert exports["story-jobs-arn"] == outputs["Arn"]


@step()
def the_same_template_again_gives_an_empty_change_set():
    body = cfn.get_template(StackName="story")["TemplateBody"]
    body = body if isinstance(body, str) else json.dumps(body)
    found = change_set("story", "nothing", body, "UPDATE", Tags=[{"Key": "team", "Value": "a"}])
    assert found["Status"] == "FAILED", found
    assert "didn't contain changes" in found["StatusReason"], found
    if STRICT:
        assert found["ExecutionStatus"] == "UNAVAILABLE"
    refused("InvalidChangeSetStatus", "cannot be executed in its current status of [FAILED]",
            cfn.execute_change_set, StackName="story", ChangeSetName="nothing")
    cfn.delete_change_set(StackName="story", ChangeSetName="nothing")


@step()
def an_update_in_place_keeps_the_resource_and_one_of_its_name_replaces_it():
    old = cfn.describe_stack_resource(StackName="story", LogicalResourceId="Jobs")["StackResourceDetail"]
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Jobs", "Arn"]}, "Export": {"Name": "story-jobs-arn"}}}
    topic = {"Type": "AWS::SNS::Topic", "DependsOn": "Jobs"}
    body = template({"Jobs": queue(QueueName="story-jobs", VisibilityTimeout=60), "Alarms": topic}, Outputs=outputs)
    found = deploy("story", "second", body, "UPDATE", "UPDATE_COMPLETE")
    [change] = [change["ResourceChange"] for change in found["Changes"]]
    assert (change["Action"], change["Replacement"]) == ("Modify", "False"), change
    if STRICT:
        assert change["Details"][0]["Target"]["RequiresRecreation"] == "Never"
        assert change["Details"][0]["Target"]["Name"] == "VisibilityTimeout"
    kept = cfn.describe_stack_resource(StackName="story", LogicalResourceId="Jobs")["StackResourceDetail"]
    assert kept["PhysicalResourceId"] == old["PhysicalResourceId"]
    body = template({"Jobs": queue(QueueName="story-work", VisibilityTimeout=60), "Alarms": topic}, Outputs=outputs)
    found = deploy("story", "third", body, "UPDATE", "UPDATE_COMPLETE")
    changes = {change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"] for change in found["Changes"]}
    if STRICT:
        assert changes["Jobs"]["Replacement"] == "True", changes
        assert changes["Jobs"]["PolicyAction"] == "ReplaceAndDelete", changes
    new = cfn.describe_stack_resource(StackName="story", LogicalResourceId="Jobs")["StackResourceDetail"]
    assert new["PhysicalResourceId"].endswith("/story-work")
    if STRICT:
        order = events("story")
        cleanup = order.index(("story", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), order.index(("Jobs", "UPDATE_COMPLETE")) + 1)
        assert ("Jobs", "DELETE_COMPLETE") in order[cleanup:], order[cleanup:]


@step(strict=True)
def property_values_show_what_is_known_and_what_only_the_execution_will_tell():
    policy = {"Type": "AWS::SQS::QueuePolicy", "Properties": {
        "Queues": [{"Ref": "Jobs"}],
        "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]}}}
    body = template({"Jobs": queue(QueueName="values-a"), "Access": policy})
    deploy("values", "first", body, "CREATE", "CREATE_COMPLETE")
    body = template({"Jobs": queue(QueueName="values-b"), "Access": policy})
    change_set("values", "second", body, "UPDATE")
    found = cfn.describe_change_set(StackName="values", ChangeSetName="second", IncludePropertyValues=True)
    changes = {change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"] for change in found["Changes"]}
    name = changes["Jobs"]["Details"][0]["Target"]
    assert (name["Path"], name["BeforeValue"], name["AfterValue"]) == ("/Properties/QueueName", "values-a", "values-b")
    access = changes["Access"]["Details"][0]
    assert access["Evaluation"] == "Dynamic" and access["ChangeSource"] == "ResourceReference", access
    assert access["CausingEntity"] == "Jobs" and "KNOWN_AFTER_APPLY" in access["Target"]["AfterValue"], access
    assert json.loads(changes["Jobs"]["BeforeContext"])["Properties"] == {"QueueName": "values-a"}
    cfn.delete_stack(StackName="values")


@step()
def a_failed_creation_is_rolled_back_and_the_stack_can_only_be_deleted():
    body = template({"Good": queue(QueueName="failing-good"),
                     "Bad": {"Type": "AWS::SQS::Queue", "DependsOn": "Good",
                             "Properties": {"QueueName": {"Fn::Sub": "${Good}"}}}})
    if STRICT:
        admin("POST", "/faults", {"fault": "resource", "resource": "Bad", "on": "create", "message": "No room", "times": 1})
    else:
        body = template({"Good": queue(QueueName="failing-good"), "Bad": {
            "Type": "AWS::Lambda::EventSourceMapping", "DependsOn": "Good",
            "Properties": {"FunctionName": "nobody", "EventSourceArn": "arn:aws:nothing"}}})
        return
    cfn.create_stack(StackName="failing", TemplateBody=body)
    settle("failing", "ROLLBACK_COMPLETE")
    order = events("failing")
    assert ("Good", "DELETE_COMPLETE") in order and ("Bad", "CREATE_FAILED") in order, order
    assert reasons("failing", "Bad", "CREATE_FAILED") == ["No room"]
    [reason] = reasons("failing", "failing", "ROLLBACK_IN_PROGRESS")
    assert reason == "The following resource(s) failed to create: [Bad]. Rollback requested by user.", reason
    refused("ValidationError", "is in ROLLBACK_COMPLETE state and can not be updated.",
            cfn.update_stack, StackName="failing", TemplateBody=body)
    refused("ValidationError", "is in ROLLBACK_COMPLETE state and can not be updated.",
            cfn.create_change_set, StackName="failing", ChangeSetName="x", TemplateBody=body)
    stack_id = cfn.describe_stacks(StackName="failing")["Stacks"][0]["StackId"]
    cfn.delete_stack(StackName="failing")
    assert status(stack_id) == "DELETE_COMPLETE"
    refused("ValidationError", "Stack with id failing does not exist", cfn.describe_stacks, StackName="failing")


@step(strict=True)
def a_failed_update_puts_the_old_values_back():
    body = template({"A": queue(QueueName="undo-a", DelaySeconds=1), "B": queue(QueueName="undo-b")})
    deploy("undo", "first", body, "CREATE", "CREATE_COMPLETE")
    admin("POST", "/faults", {"fault": "resource", "resource": "B", "on": "update", "message": "Broken", "times": 1})
    body = template({"A": queue(QueueName="undo-a", DelaySeconds=2),
                     "B": {"Type": "AWS::SQS::Queue", "DependsOn": ["A", "C"],
                           "Properties": {"QueueName": "undo-b", "DelaySeconds": 3}},
                     "C": queue(QueueName="undo-c")})
    change_set("undo", "second", body, "UPDATE")
    cfn.execute_change_set(StackName="undo", ChangeSetName="second")
    settle("undo", "UPDATE_ROLLBACK_COMPLETE")
    [resource] = admin("GET", "/resources?type=AWS::SQS::Queue&stack=" + stack_id("undo"))["resources"][:1]
    assert resource["properties"] == {"QueueName": "undo-a", "DelaySeconds": 1}, resource
    names = [resource["LogicalResourceId"] for resource in cfn.list_stack_resources(StackName="undo")["StackResourceSummaries"]]
    assert names == ["A", "B"], names
    assert ("C", "DELETE_COMPLETE") in events("undo")
    assert json.loads(json.dumps(cfn.get_template(StackName="undo")["TemplateBody"]))["Resources"].keys() == {"A", "B"}


def stack_id(name):
    return cfn.describe_stacks(StackName=name)["Stacks"][0]["StackId"]


@step(strict=True)
def a_rollback_that_fails_waits_to_be_continued():
    admin("POST", "/faults", {"fault": "resource", "resource": "B", "on": "update", "message": "Broken", "times": 1})
    admin("POST", "/faults", {"fault": "resource", "resource": "A", "on": "rollback", "message": "Stuck", "times": 2})
    body = template({"A": queue(QueueName="undo-a", DelaySeconds=9),
                     "B": {"Type": "AWS::SQS::Queue", "DependsOn": "A",
                           "Properties": {"QueueName": "undo-b", "DelaySeconds": 9}}})
    cfn.update_stack(StackName="undo", TemplateBody=body)
    settle("undo", "UPDATE_ROLLBACK_FAILED")
    [reason] = reasons("undo", "undo", "UPDATE_ROLLBACK_FAILED")
    assert reason == "The following resource(s) failed to update: [A]. ", reason
    refused("ValidationError", "is in UPDATE_ROLLBACK_FAILED state and can not be updated.",
            cfn.update_stack, StackName="undo", TemplateBody=body)
    cfn.continue_update_rollback(StackName="undo")
    settle("undo", "UPDATE_ROLLBACK_FAILED")
    refused("ValidationError", "does not exist", cfn.continue_update_rollback, StackName="undo", ResourcesToSkip=["X"])
    cfn.continue_update_rollback(StackName="undo", ResourcesToSkip=["A"])
    settle("undo", "UPDATE_ROLLBACK_COMPLETE")
    # What was skipped isn't as the stack says: drift shows it.
    assert [drift["LogicalResourceId"] for drift in drifts("undo")] == ["A"]
    cfn.update_stack(StackName="undo", TemplateBody=template({"A": queue(QueueName="undo-a", DelaySeconds=4)}))
    settle("undo", "UPDATE_COMPLETE")
    assert drifts("undo") == []


def drifts(stack):
    detection = cfn.detect_stack_drift(StackName=stack)["StackDriftDetectionId"]
    for _ in range(600):
        found = cfn.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        if found["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            break
        time.sleep(0.05)
    assert found["DetectionStatus"] == "DETECTION_COMPLETE", found
    drifted = cfn.describe_stack_resource_drifts(
        StackName=stack, StackResourceDriftStatusFilters=["MODIFIED", "DELETED"])["StackResourceDrifts"]
    assert (found["StackDriftStatus"] == "DRIFTED") == bool(drifted), found
    return drifted


@step()
def an_edit_by_hand_is_drift():
    if STRICT:
        admin("PATCH", "/resources", {"stack": "story", "resource": "Jobs", "properties": {"VisibilityTimeout": 7}})
    else:
        sqs = client("sqs")
        sqs.set_queue_attributes(
            QueueUrl=sqs.get_queue_url(QueueName="story-work")["QueueUrl"], Attributes={"VisibilityTimeout": "7"})
    [drift] = drifts("story")
    assert (drift["LogicalResourceId"], drift["StackResourceDriftStatus"]) == ("Jobs", "MODIFIED"), drift
    [difference] = drift["PropertyDifferences"]
    assert difference == {"PropertyPath": "/VisibilityTimeout", "ExpectedValue": "60", "ActualValue": "7",
                          "DifferenceType": "NOT_EQUAL"}, difference
    if STRICT:
        admin("PATCH", "/resources", {"stack": "story", "resource": "Jobs", "properties": {"VisibilityTimeout": 60}})
        assert drifts("story") == []


@step()
def termination_protection_keeps_a_stack():
    cfn.update_termination_protection(StackName="story", EnableTerminationProtection=True)
    assert cfn.describe_stacks(StackName="story")["Stacks"][0]["EnableTerminationProtection"]
    refused("ValidationError", "Stack [story] cannot be deleted while TerminationProtection is enabled",
            cfn.delete_stack, StackName="story")
    cfn.update_termination_protection(StackName="story", EnableTerminationProtection=False)


@step(strict=True)
def a_stack_policy_stops_what_it_denies():
    policy = {"Statement": [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "Update:Replace", "Principal": "*", "Resource": "LogicalResourceId/A"}]}
    cfn.set_stack_policy(StackName="undo", StackPolicyBody=json.dumps(policy))
    assert json.loads(cfn.get_stack_policy(StackName="undo")["StackPolicyBody"]) == policy
    cfn.update_stack(StackName="undo", TemplateBody=template({"A": queue(QueueName="undo-z")}))
    settle("undo", "UPDATE_ROLLBACK_COMPLETE")
    [reason] = reasons("undo", "A", "UPDATE_FAILED")[:1]
    assert reason == ("Action denied by stack policy: Statement [#2] does not allow [Update:Replace] "
                      "for resource [LogicalResourceId/A];"), reason
    cfn.update_stack(StackName="undo", TemplateBody=template({"A": queue(QueueName="undo-z")}),
                     StackPolicyDuringUpdateBody=json.dumps({"Statement": policy["Statement"][:1]}))
    settle("undo", "UPDATE_COMPLETE")


@step()
def an_export_in_use_holds_its_stack():
    body = template({"Copy": queue(QueueName="importer", RedriveAllowPolicy={
        "redrivePermission": "byQueue", "sourceQueueArns": [{"Fn::ImportValue": "story-jobs-arn"}]})})
    cfn.create_stack(StackName="importer", TemplateBody=body)
    settle("importer", "CREATE_COMPLETE")
    if not STRICT:
        cfn.delete_stack(StackName="importer")
        return
    assert cfn.list_imports(ExportName="story-jobs-arn")["Imports"] == ["importer"]
    cfn.delete_stack(StackName="story")
    stack = cfn.describe_stacks(StackName="story")["Stacks"][0]
    assert stack["StackStatus"] == "UPDATE_COMPLETE", stack
    assert stack["StackStatusReason"] == (
        "Delete canceled. Cannot delete export story-jobs-arn as it is in use by importer."), stack
    body = template({"Other": queue(QueueName="other")}, Outputs={
        "Same": {"Value": "x", "Export": {"Name": "story-jobs-arn"}}})
    cfn.create_stack(StackName="rival", TemplateBody=body, OnFailure="DELETE")
    cfn.delete_stack(StackName="importer")


@step()
def templates_and_code_come_from_the_bucket():
    s3.create_bucket(Bucket="story-artifacts")
    s3.put_bucket_versioning(Bucket="story-artifacts", VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket="story-artifacts")["Status"] == "Enabled"
    body = template({"Big": queue(QueueName="from-bucket")}, Metadata={"Padding": "x" * 60_000})
    refused("ValidationError", "Member must have length less than or equal to 51200",
            cfn.create_stack, StackName="big", TemplateBody=body) if STRICT else None
    s3.put_object(Bucket="story-artifacts", Key="templates/big.json", Body=body.encode())
    assert s3.get_object(Bucket="story-artifacts", Key="templates/big.json")["Body"].read().decode() == body
    cfn.create_stack(StackName="big", TemplateURL=f"{URL}/story-artifacts/templates/big.json")
    settle("big", "CREATE_COMPLETE")
    if STRICT:
        refused("ValidationError", "S3 error: The specified key does not exist.", cfn.create_stack, StackName="none",
                TemplateURL=f"https://story-artifacts.s3.{REGION}.amazonaws.com/none.json")
    refused("PreconditionFailed", "", s3.put_object, Bucket="story-artifacts", Key="templates/big.json", Body=b"x",
            IfNoneMatch="*")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="story-artifacts", Prefix="templates/")["Contents"]]
    assert keys == ["templates/big.json"]
    refused("BucketNotEmpty", "", s3.delete_bucket, Bucket="story-artifacts")


@step(strict=True)
def what_is_wrong_is_found_before_anything_is_touched():
    body = template({"Jobs": queue(QueueName="early", VisibilityTimout=3)})
    found = change_set("early", "typo", body, "CREATE")
    assert found["Status"] == "FAILED", found
    assert "AWS::EarlyValidation::PropertyValidation" in found["StatusReason"], found
    body = template({"Jobs": queue(QueueName="from-bucket")})
    found = change_set("early", "taken", body, "CREATE")
    assert "AWS::EarlyValidation::ResourceExistenceCheck" in found["StatusReason"], found
    assert status("early") == "REVIEW_IN_PROGRESS"
    cfn.delete_stack(StackName="early")


@step(strict=True)
def a_full_bucket_and_a_protected_database_stay():
    body = template({"Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "story-full"}}})
    deploy("full", "first", body, "CREATE", "CREATE_COMPLETE")
    s3.put_object(Bucket="story-full", Key="k", Body=b"v")
    cfn.delete_stack(StackName="full")
    settle("full", "DELETE_FAILED")
    assert "not empty" in reasons("full", "Data", "DELETE_FAILED")[0]
    refused("ValidationError", "does not exist in the stack", cfn.delete_stack, StackName="full", RetainResources=["X"])
    s3.delete_object(Bucket="story-full", Key="k")
    identity = stack_id("full")
    cfn.delete_stack(StackName="full")
    settle(identity, "DELETE_COMPLETE")
    refused("404", "Not Found", s3.head_bucket, Bucket="story-full")


@step(strict=True)
def tokens_make_requests_safe_to_repeat():
    body = template({"Once": queue(QueueName="once")})
    first = cfn.create_stack(StackName="once", TemplateBody=body, ClientRequestToken="t1")
    assert cfn.create_stack(StackName="once", TemplateBody=body, ClientRequestToken="t1")["StackId"] == first["StackId"]
    refused("AlreadyExistsException", "Stack [once] already exists",
            cfn.create_stack, StackName="once", TemplateBody=body, ClientRequestToken="t2")
    settle("once", "CREATE_COMPLETE")
    named = dict(StackName="once", ChangeSetName="c", TemplateBody=template({"Once": queue(QueueName="once", DelaySeconds=1)}),
                 ClientToken="c1")
    assert cfn.create_change_set(**named)["Id"] == cfn.create_change_set(**named)["Id"]
    refused("AlreadyExistsException", "mismatch with existing attribute ClientToken",
            cfn.create_change_set, **{**named, "ClientToken": "c2"})
    other = {**named, "ChangeSetName": "d", "ClientToken": "d1"}
    cfn.create_change_set(**other)
    cfn.execute_change_set(StackName="once", ChangeSetName="c", ClientRequestToken="e1")
    cfn.execute_change_set(StackName="once", ChangeSetName="c", ClientRequestToken="e1")
    settle("once", "UPDATE_COMPLETE")
    refused("TokenAlreadyExistsException", "e1", cfn.delete_stack, StackName="once", ClientRequestToken="e1")
    # Executing one change set deletes the others; another update makes those left obsolete.
    refused("ChangeSetNotFound", "ChangeSet [d] does not exist",
            cfn.describe_change_set, StackName="once", ChangeSetName="d")
    cfn.create_change_set(**{**other, "TemplateBody": template({"Once": queue(QueueName="once", DelaySeconds=2)})})
    cfn.update_stack(StackName="once", TemplateBody=template({"Once": queue(QueueName="once", DelaySeconds=3)}))
    settle("once", "UPDATE_COMPLETE")
    refused("InvalidChangeSetStatus", "cannot be executed in its current execution status of [OBSOLETE]",
            cfn.execute_change_set, StackName="once", ChangeSetName="d")
    refused("ValidationError", "No updates are to be performed.", cfn.update_stack, StackName="once",
            TemplateBody=template({"Once": queue(QueueName="once", DelaySeconds=3)}))


@step(strict=True)
def accounts_and_regions_are_worlds_of_their_own():
    refused("ValidationError", "does not exist", client("cloudformation", account="999999999999").describe_stacks,
            StackName="once")
    refused("ValidationError", "does not exist", client("cloudformation", region="eu-west-1").describe_stacks,
            StackName="once")
    refused("AccessDenied", "", client("s3", account="999999999999").get_object, Bucket="story-artifacts", Key="k")
    session = sts.assume_role(RoleArn="arn:aws:iam::999999999999:role/deploy", RoleSessionName="story")["Credentials"]
    assumed = boto3.client(
        "sts", endpoint_url=URL, region_name=REGION, aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"], aws_session_token=session["SessionToken"])
    identity = assumed.get_caller_identity()
    assert identity["Account"] == "999999999999" and ":assumed-role/deploy/story" in identity["Arn"], identity


@step(strict=True)
def scripted_throttling_is_throttling():
    admin("POST", "/faults", {"fault": "call", "action": "DescribeStacks", "times": 2})
    for _ in range(2):
        refused("Throttling", "Rate exceeded", cfn.describe_stacks, StackName="once")
    cfn.describe_stacks(StackName="once")


@step(strict=True)
def long_lists_come_in_pages():
    resources = {f"Q{number:03}": queue(DelaySeconds=1) for number in range(130)}
    found = change_set("pages", "first", template(resources), "CREATE")
    assert len(found["Changes"]) == 100 and found["NextToken"]
    rest = cfn.describe_change_set(StackName="pages", ChangeSetName="first", NextToken=found["NextToken"])
    assert len(rest["Changes"]) == 30 and "NextToken" not in rest
    cfn.execute_change_set(StackName="pages", ChangeSetName="first")
    settle("pages", "CREATE_COMPLETE")
    listed = [entry["LogicalResourceId"] for page in cfn.get_paginator("list_stack_resources").paginate(StackName="pages")
              for entry in page["StackResourceSummaries"]]
    assert listed == sorted(resources)
    told = [event["EventId"] for page in cfn.get_paginator("describe_stack_events").paginate(StackName="pages")
            for event in page["StackEvents"]]
    assert len(told) == len(set(told)) == 130 * 3 + 3, len(told)


@step()
def stacks_are_deleted():
    for name in ("story", "big"):
        identity = stack_id(name)
        cfn.delete_stack(StackName=name)
        settle(identity, "DELETE_COMPLETE")
    listed = {summary["StackName"] for summary in cfn.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]}
    assert {"story", "big"} <= listed


for part in STEPS:
    part()
    print(part.__name__)
print("all steps passed")
