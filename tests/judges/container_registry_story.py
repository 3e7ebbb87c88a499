"""The sandbox's Azure Container Registry, driven by skopeo under its login server, and by requests where a client hides the answer."""
import json
import urllib.parse
import urllib.request

from registry_client import SANDBOX, Registry

SUBSCRIPTION = "00000000-0000-4000-8000-0000000000aa"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/judged"
NOBODY = "00000000-0000-0000-0000-000000000000"


def arm(method, path, body=None, version="2025-11-01"):
    headers = {"Authorization": f"Bearer {SUBSCRIPTION}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{SANDBOX}{path}?api-version={version}", data=data, method=method, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def made(name, **properties):
    """A registry; gives its login server."""
    path = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/{name}"
    body = {"location": "eastus", "sku": {"name": "Premium"}, "properties": {"adminUserEnabled": False, **properties}}
    return arm("PUT", path, body)["properties"]["loginServer"]


def tokens(host, path, given=SUBSCRIPTION, **form):
    """Status and body of what a registry answers to a form."""
    form = {"service": host, **form}
    asked = Registry(host, None, "", way=SANDBOX)
    kind = "application/x-www-form-urlencoded"
    status, _, body = asked.ask("POST", path, urllib.parse.urlencode(form, doseq=True).encode(), Content_Type=kind)
    return status, json.loads(body)


def refresh(host, token=SUBSCRIPTION):
    status, body = tokens(host, "/oauth2/exchange", grant_type="access_token", access_token=token)
    assert status == 200, body
    return body["refresh_token"]


def access(host, *scopes):
    status, body = tokens(host, "/oauth2/token", grant_type="refresh_token", refresh_token=refresh(host), scope=scopes)
    assert status == 200, body
    return f"Bearer {body['access_token']}"


arm("PUT", GROUP, {"location": "eastus"}, "2021-04-01")
HOST = made("judged")
assert HOST == "judged.azurecr.io"
ours = Registry(HOST, access(HOST, "repository:shop/worker:pull,push"), f"{NOBODY}:{refresh(HOST)}", way=SANDBOX)

# Who isn't known is told where to get a token, and of which scope.
headers = ours.refused(401, "UNAUTHORIZED", "GET", "/v2/", authorization=None)
assert headers["Www-Authenticate"] == f'Bearer realm="http://{HOST}/oauth2/token",service="{HOST}"', headers
headers = ours.refused(401, "UNAUTHORIZED", "POST", "/v2/other/blobs/uploads/")
assert headers["Www-Authenticate"].endswith(',scope="repository:other:pull,push"'), headers
assert ours.ask("GET", "/v2/")[0] == 200
for form, status in (
    ({"grant_type": "access_token", "access_token": "00000000-0000-4000-8000-0000000000bb"}, 401),
    ({"grant_type": "password", "access_token": SUBSCRIPTION}, 400),
    ({"grant_type": "access_token", "access_token": SUBSCRIPTION, "service": "other.azurecr.io"}, 400),
):
    assert tokens(HOST, "/oauth2/exchange", **form)[0] == status, form
# A token of Microsoft Entra ID is none of the registry's, and one to get others opens nothing.
assert tokens(HOST, "/oauth2/token", grant_type="refresh_token", refresh_token=SUBSCRIPTION)[0] == 401
ours.refused(401, "UNAUTHORIZED", "GET", "/v2/", authorization=f"Bearer {SUBSCRIPTION}")
ours.refused(401, "UNAUTHORIZED", "GET", "/v2/", authorization=f"Bearer {refresh(HOST)}")

ours.push("shop/worker:1")
index = ours.holds("shop/worker", "1")
ours.push("shop/worker:1")  # the same again is no other image
ours.keeps_only_what_is_whole("shop/worker", index)
# An upload goes on with what the registry gave to remember it by.
place = ours.ask("POST", "/v2/shop/worker/blobs/uploads/")[1]["Location"]
ours.refused(400, "BLOB_UPLOAD_INVALID", "PATCH", place.split("?")[0], b"part")
# Tags move: who runs an image by digest doesn't notice.
ours.push("shop/worker:1", source=ours.one())

# A token does what it was asked for, and registries share nothing.
pulls = access(HOST, "repository:shop/worker:pull")
assert ours.ask("GET", "/v2/shop/worker/manifests/1", authorization=pulls)[0] == 200
ours.refused(401, "UNAUTHORIZED", "POST", "/v2/shop/worker/blobs/uploads/", authorization=pulls)
ours.refused(404, "MANIFEST_UNKNOWN", "GET", "/v2/other/manifests/1", authorization=access(HOST, "repository:other:pull"))
theirs = Registry(made("other"), None, f"{NOBODY}:{refresh(HOST)}", way=SANDBOX)
theirs.refused(401, "UNAUTHORIZED", "GET", "/v2/shop/worker/manifests/1", authorization=pulls)
theirs.push("shop/worker:1", fails="authentication required")

# One that is closed to the internet lets nobody from there even log in.
HOST = made("closed", publicNetworkAccess="Disabled")
status, body = tokens(HOST, "/oauth2/exchange", grant_type="access_token", access_token=SUBSCRIPTION)
assert status == 403 and "is not allowed access" in body["errors"][0]["message"], body

# A registry goes with its images.
arm("DELETE", f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/judged")
made("judged")
ours.refused(404, "MANIFEST_UNKNOWN", "GET", "/v2/shop/worker/manifests/1")
print("all steps passed")
