"""The sandbox's registries of images, driven by boto3 for the login and by skopeo for everything else."""
import base64
import json

import boto3
from botocore.config import Config

from registry_client import SANDBOX as URL
from registry_client import Registry


def client(service, account="123456789012", region="us-east-1"):
    return boto3.client(
        service, endpoint_url=URL, region_name=region, aws_access_key_id=account, aws_secret_access_key="sandbox",
        config=Config(retries={"max_attempts": 0}))


def login(**named):
    data = client("ecr", **named).get_authorization_token()["authorizationData"][0]
    assert data["proxyEndpoint"] == URL, data
    return data["authorizationToken"]


TOKEN = login()
ecr = Registry(URL.removeprefix("http://"), f"Basic {TOKEN}", base64.b64decode(TOKEN).decode())


def stack(name, **properties):
    template = {"Resources": {"Images": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": name, **properties}}}}
    cfn = client("cloudformation")
    cfn.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cfn.get_waiter("stack_create_complete").wait(StackName=name)


headers = ecr.refused(401, "UNAUTHORIZED", "GET", "/v2/", authorization=None)
assert headers["Www-Authenticate"].startswith("Basic ")
guessed = base64.b64encode(b"AWS:guessed").decode()
ecr.refused(401, "UNAUTHORIZED", "GET", "/v2/", authorization=f"Basic {guessed}")
assert ecr.ask("GET", "/v2/")[0] == 200

ecr.push("worker:1", fails="does not exist in the registry with id '123456789012'")
stack("worker", ImageTagMutability="IMMUTABLE")
ecr.push("worker:1")
index = ecr.holds("worker", "1")
ecr.push("worker:1")  # the same again is no other image

# One image alone is another content: the tag keeps the first.
ecr.push("worker:1", source=ecr.one(), fails="the tag is immutable")
ecr.push("worker:2", source=ecr.one())
ecr.keeps_only_what_is_whole("worker", index)

# Accounts and regions share nothing.
for elsewhere in ({"account": "210987654321"}, {"region": "eu-west-1"}):
    token = f"Basic {login(**elsewhere)}"
    ecr.refused(404, "NAME_UNKNOWN", "GET", "/v2/worker/manifests/1", authorization=token)

# A repository with images isn't deleted, unless its template says so.
cfn = client("cloudformation")
cfn.delete_stack(StackName="worker")
assert cfn.describe_stacks(StackName="worker")["Stacks"][0]["StackStatus"] == "DELETE_FAILED"
stack("other", EmptyOnDelete=True)
ecr.push("other:1")
cfn.delete_stack(StackName="other")
stack("other")
ecr.refused(404, "MANIFEST_UNKNOWN", "GET", "/v2/other/manifests/1")
print("all steps passed")
