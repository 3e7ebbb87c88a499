"""The sandbox's registries of images, driven by boto3 for the login and by skopeo for everything else."""
import base64
import hashlib
import json
import os
import subprocess
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

URL, IMAGE = os.environ["SANDBOX_URL"], os.environ["IMAGE"]
HOST = URL.removeprefix("http://")


def client(service, account="123456789012", region="us-east-1"):
    return boto3.client(
        service, endpoint_url=URL, region_name=region, aws_access_key_id=account, aws_secret_access_key="sandbox",
        config=Config(retries={"max_attempts": 0}))


def login(**named):
    data = client("ecr", **named).get_authorization_token()["authorizationData"][0]
    assert data["proxyEndpoint"] == URL, data
    return data["authorizationToken"]


TOKEN = login()
USER = base64.b64decode(TOKEN).decode()


def ask(method, path, body=None, token=TOKEN, **headers):
    """Status, headers and JSON of an answer."""
    request = urllib.request.Request(f"{URL}{path}", method=method, data=body)
    if token:
        request.add_header("Authorization", f"Basic {token}")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def refused(status, code, *arguments, **named):
    found, headers, body = ask(*arguments, **named)
    assert found == status, (found, body)
    assert json.loads(body)["errors"][0]["code"] == code, body
    return headers


def skopeo(*arguments, fails=None):
    done = subprocess.run(["skopeo", *arguments], capture_output=True, text=True)
    if fails is None:
        assert done.returncode == 0, (arguments, done.stderr)
    else:
        assert done.returncode != 0 and fails in done.stderr, (arguments, done.stderr)
    return done.stdout


def push(name, fails=None, source=f"oci:{IMAGE}:worker"):
    skopeo("copy", "--all", "--preserve-digests", "--insecure-policy", "--dest-tls-verify=false", "--dest-creds", USER,
           source, f"docker://{HOST}/{name}", fails=fails)


def stack(name, **properties):
    template = {"Resources": {"Images": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": name, **properties}}}}
    cfn = client("cloudformation")
    cfn.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cfn.get_waiter("stack_create_complete").wait(StackName=name)


headers = refused(401, "UNAUTHORIZED", "GET", "/v2/", token=None)
assert headers["Www-Authenticate"].startswith("Basic ")
refused(401, "UNAUTHORIZED", "GET", "/v2/", token=base64.b64encode(b"AWS:guessed").decode())
assert ask("GET", "/v2/")[0] == 200

push("worker:1", fails="does not exist in the registry with id '123456789012'")
stack("worker", ImageTagMutability="IMMUTABLE")
push("worker:1")
index = json.load(open(f"{IMAGE}/index.json"))["manifests"][0]["digest"]
raw = skopeo("inspect", "--tls-verify=false", "--creds", USER, "--raw", f"docker://{HOST}/worker@{index}")
assert "sha256:" + hashlib.sha256(raw.encode()).hexdigest() == index
push("worker:1")  # the same again is no other image
listed = json.loads(skopeo("list-tags", "--tls-verify=false", "--creds", USER, f"docker://{HOST}/worker"))
assert listed["Tags"] == ["1"], listed

# One image alone is another content: the tag keeps the first.
one = f"oci:{os.environ['IMAGE']}-one:worker"
skopeo("copy", "--insecure-policy", "--override-arch", "arm64", "--override-os", "linux", f"oci:{IMAGE}:worker", one)
push("worker:1", source=one, fails="the tag is immutable")
push("worker:2", source=one)

# What isn't whole is no image.
config = b"{}"
place = ask("POST", "/v2/worker/blobs/uploads/")[1]["Location"]
digest = "sha256:" + hashlib.sha256(config).hexdigest()
refused(400, "DIGEST_INVALID", "PUT", f"{place}?digest=sha256:{'0' * 64}", config)
place = ask("POST", "/v2/worker/blobs/uploads/")[1]["Location"]
refused(416, "BLOB_UPLOAD_INVALID", "PATCH", place, b"late", Content_Range="7-10")
assert ask("PUT", f"{place}?digest={digest}", config)[0] == 201
refused(404, "BLOB_UPLOAD_UNKNOWN", "PUT", f"{place}?digest={digest}", config)
kind = "application/vnd.oci.image.manifest.v1+json"


def manifest(size=len(config), layer="sha256:" + "1" * 64):
    return json.dumps({
        "schemaVersion": 2, "mediaType": kind,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": size},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": layer, "size": 1}] if layer else [],
    }).encode()


refused(404, "MANIFEST_BLOB_UNKNOWN", "PUT", "/v2/worker/manifests/3", manifest(), Content_Type=kind)
refused(400, "MANIFEST_INVALID", "PUT", "/v2/worker/manifests/3", manifest(size=7, layer=None), Content_Type=kind)
refused(400, "MANIFEST_INVALID", "PUT", "/v2/worker/manifests/3", manifest(layer=None), Content_Type="text/plain")
refused(400, "DIGEST_INVALID", "PUT", f"/v2/worker/manifests/{index}", manifest(layer=None), Content_Type=kind)
refused(404, "MANIFEST_UNKNOWN", "GET", "/v2/worker/manifests/3")
refused(404, "BLOB_UNKNOWN", "GET", f"/v2/worker/blobs/sha256:{'1' * 64}")

# Accounts and regions share nothing.
for elsewhere in ({"account": "210987654321"}, {"region": "eu-west-1"}):
    refused(404, "NAME_UNKNOWN", "GET", "/v2/worker/manifests/1", token=login(**elsewhere))

# A repository with images isn't deleted, unless its template says so.
cfn = client("cloudformation")
cfn.delete_stack(StackName="worker")
assert cfn.describe_stacks(StackName="worker")["Stacks"][0]["StackStatus"] == "DELETE_FAILED"
stack("other", EmptyOnDelete=True)
push("other:1")
cfn.delete_stack(StackName="other")
stack("other")
refused(404, "MANIFEST_UNKNOWN", "GET", "/v2/other/manifests/1")
print("all steps passed")
