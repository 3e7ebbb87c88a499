"""The sandbox's Artifact Registry, driven by skopeo under the registry's own host, and by requests where a client hides the answer."""
import base64
import io
import json
import time
import urllib.parse
import urllib.request
import zipfile

from registry_client import SANDBOX, Registry

PROJECT, LOCATION = "judged-project", "us-central1"
PARENT = f"/v1/projects/{PROJECT}/locations/{LOCATION}/deployments"
HOST = f"{LOCATION}-docker.pkg.dev"


def google(method, path, body=None, kind="application/json", **query):
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {PROJECT}", "Content-Type": kind}
    url = f"{SANDBOX}{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(urllib.request.Request(url, data=data, method=method, headers=headers)) as answer:
        return json.loads(answer.read() or b"null")


def deployed(number, *names):
    """A deployment with these repositories."""
    resource = {
        name: {"repository_id": name, "location": LOCATION, "project": PROJECT, "format": "DOCKER", "docker_config": {"immutable_tags": True}}
        for name in names
    }
    main = {"resource": {"google_artifact_registry_repository": resource}} if names else {"output": {"none": {"value": "none"}}}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.tf.json", json.dumps(main))
    upload = google(
        "POST", "/upload/storage/v1/b/judged-sources/o", packed.getvalue(), "application/zip", uploadType="media", name=f"{number}.zip")
    source = f"gs://judged-sources/{number}.zip#{upload['generation']}"
    account = f"projects/{PROJECT}/serviceAccounts/judge@{PROJECT}.iam.gserviceaccount.com"
    body = {"terraformBlueprint": {"gcsSource": source}, "serviceAccount": account}
    if number == 1:
        google("POST", PARENT, body, deploymentId="judged")
    else:
        google("PATCH", f"{PARENT}/judged", body, updateMask="terraformBlueprint")
    for _ in range(100):
        found = google("GET", f"{PARENT}/judged")
        if found["state"] in ("ACTIVE", "FAILED"):
            break
        time.sleep(0.05)
    assert found["state"] == "ACTIVE", found


def registry(token=PROJECT):
    return Registry(HOST, f"Bearer {token}", f"oauth2accesstoken:{token}", way=SANDBOX)


google("POST", "/storage/v1/b", {"name": "judged-sources", "location": LOCATION}, project=PROJECT)
ours = registry()
headers = ours.refused(401, "UNAUTHORIZED", "GET", "/v2/", authorization=None)
assert headers["Www-Authenticate"] == f'Bearer realm="http://{HOST}/v2/token",service="{HOST}"', headers
ours.refused(401, "UNAUTHORIZED", "GET", "/v2/", authorization="Bearer No Project")
ours.refused(403, "DENIED", "GET", "/v2/token", authorization=None)
assert ours.ask("GET", "/v2/")[0] == 200
basic = base64.b64encode(f"oauth2accesstoken:{PROJECT}".encode()).decode()
assert ours.ask("GET", "/v2/", authorization=f"Basic {basic}")[0] == 200

image = f"{PROJECT}/images/worker"
ours.push(f"{image}:1", fails="name unknown: Repository")
deployed(1, "images", "others")
ours.push(f"{image}:1")
index = ours.holds(image, "1")
ours.push(f"{image}:1")  # the same again is no other image
ours.push(f"{image}:1", source=ours.one(), fails="tag immutability")
ours.push(f"{image}:2", source=ours.one())
ours.keeps_only_what_is_whole(image, index)

# An image stands in a repository; repositories, projects and locations share nothing.
ours.refused(400, "NAME_INVALID", "POST", f"/v2/{PROJECT}/images/blobs/uploads/")
ours.refused(404, "MANIFEST_UNKNOWN", "GET", f"/v2/{PROJECT}/others/worker/manifests/1")
ours.refused(404, "MANIFEST_UNKNOWN", "GET", f"/v2/{PROJECT}/images/other/manifests/1")
registry("other-project").refused(403, "DENIED", "GET", f"/v2/{image}/manifests/1")
elsewhere = Registry("europe-west1-docker.pkg.dev", f"Bearer {PROJECT}", "", way=SANDBOX)
elsewhere.refused(404, "NAME_UNKNOWN", "GET", f"/v2/{image}/manifests/1")

# A registry's own token does what it was asked for.
status, _, body = ours.ask("GET", f"/v2/token?service={HOST}&scope=repository:{image}:pull", authorization=f"Basic {basic}")
pulls = f"Bearer {json.loads(body)['token']}"
assert ours.ask("GET", f"/v2/{image}/manifests/1", authorization=pulls)[0] == 200
ours.refused(403, "DENIED", "POST", f"/v2/{image}/blobs/uploads/", authorization=pulls)
elsewhere.refused(401, "UNAUTHORIZED", "GET", f"/v2/{image}/manifests/1", authorization=pulls)

# A repository goes with its images.
deployed(2, "others")
deployed(3, "images", "others")
ours.refused(404, "MANIFEST_UNKNOWN", "GET", f"/v2/{image}/manifests/1")
print("all steps passed")
