"""Google's own client for Infrastructure Manager takes the sandbox through a deployment's whole life.

It asks nothing of landfall: what it finds is what the client makes of the answers, models and long-running operations included.
SANDBOX_URL is the sandbox's address.
"""
import io
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zipfile

# Beside this script lies a `google.py` of our own.
sys.path.pop(0)

from google.api_core import exceptions
from google.auth.exceptions import RefreshError
from google.cloud import config_v1
from google.cloud.config_v1.services.config.transports import ConfigRestTransport
from google.oauth2.credentials import Credentials

PROJECT = "judged-project"
LOCATION = "us-central1"
PARENT = f"projects/{PROJECT}/locations/{LOCATION}"
NAME = f"{PARENT}/deployments/judged"
ACCOUNT = f"projects/{PROJECT}/serviceAccounts/judge@{PROJECT}.iam.gserviceaccount.com"
ENDPOINT = os.environ["SANDBOX_URL"]
BUCKET = "judged-sources"
ACTIVE = config_v1.Deployment.State.ACTIVE
FAILED = config_v1.Deployment.State.FAILED


def client(token=PROJECT):
    host = ENDPOINT.removeprefix("http://")
    transport = ConfigRestTransport(host=host, credentials=Credentials(token), url_scheme="http")
    return config_v1.ConfigClient(transport=transport)


def step(function):
    function()
    print(function.__name__)


def raw(method, path, body=None, token=PROJECT, kind="application/json", **query):
    """Cloud Storage and Resource Manager, as they are spoken to over the wire."""
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    url = f"{ENDPOINT}{path}?{urllib.parse.urlencode(query)}"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def source(main, name="main.tf.json"):
    """Uploads a configuration; gives where it lies."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, main if isinstance(main, str) else json.dumps(main))
    object_name = f"{uuid.uuid4()}.zip"
    status, answer = raw(
        "POST", f"/upload/storage/v1/b/{BUCKET}/o", packed.getvalue(), kind="application/zip",
        uploadType="media", name=object_name, ifGenerationMatch=0,
    )
    assert status == 200, answer
    return f"gs://{BUCKET}/{object_name}#{json.loads(answer)['generation']}"


def topic(name="judged", **arguments):
    return {"name": name, "project": PROJECT, **arguments}


def subscription(deadline=30):
    return {"name": "judged", "project": PROJECT, "topic": "${google_pubsub_topic.one.id}", "ack_deadline_seconds": deadline}


def main(deadline=30, **topics):
    return {
        "variable": {"label": {"default": "none"}},
        "resource": {
            "google_pubsub_topic": {"one": topic(labels={"of": "${var.label}"}), **topics},
            "google_pubsub_subscription": {"one": subscription(deadline)},
        },
        "output": {"topic": {"value": "${google_pubsub_topic.one.id}"}},
    }


def blueprint(configuration, **inputs):
    values = {name: {"input_value": value} for name, value in inputs.items()}
    return {"gcs_source": source(configuration), "input_values": values}


def deployment(configuration, **inputs):
    return config_v1.Deployment(
        service_account=ACCOUNT, terraform_blueprint=blueprint(configuration, **inputs), labels={"owner": "judge"}
    )


def create(of, name="judged", request=None):
    request = {"parent": PARENT, "deployment_id": name, "deployment": of, "request_id": request or str(uuid.uuid4())}
    return client().create_deployment(request=request)


def update(of, name=NAME):
    of.name = name
    return client().update_deployment(deployment=of, update_mask="terraformBlueprint")


def preview(name, of, **more):
    of = config_v1.Preview(service_account=ACCOUNT, **of, **more)
    operation = client().create_preview(request={"parent": PARENT, "preview_id": name, "preview": of})
    try:
        operation.result(timeout=5)
    except exceptions.GoogleAPICallError:
        pass
    return client().get_preview(name=f"{PARENT}/previews/{name}")


def changes(name):
    found = client().list_resource_changes(parent=f"{PARENT}/previews/{name}")
    return {one.terraform_info.address: one for one in found}


def refused(function, kind):
    try:
        function()
    except kind as error:
        return str(error)
    raise AssertionError("it was not refused")


def by_hand(method, stack_resource, properties=None):
    body = {"stack": "judged", "resource": stack_resource}
    if properties is not None:
        body["properties"] = properties
    status, answer = raw(method, "/_sandbox/resources", body)
    assert status == 200, answer


def nobody_gets_in_without_a_token_and_one_opens_its_own_project_only():
    # The client tries to get another token when one isn't taken, and this one can't be renewed.
    refused(lambda: client("No Project").get_deployment(name=NAME), RefreshError)
    refused(lambda: client("other-project").get_deployment(name=NAME), exceptions.Forbidden)
    refused(lambda: client().get_deployment(name=NAME), exceptions.NotFound)
    status, answer = raw("GET", f"/v3/projects/{PROJECT}")
    assert status == 200 and json.loads(answer)["state"] == "ACTIVE"
    assert raw("GET", f"/v3/projects/{PROJECT}", token="other-project")[0] == 403


def a_bucket_is_its_projects_and_keeps_versions():
    closed = {"iamConfiguration": {"publicAccessPrevention": "enforced"}, "versioning": {"enabled": True}}
    status, answer = raw("POST", "/storage/v1/b", {"name": BUCKET, "location": LOCATION, **closed}, project=PROJECT)
    assert status == 200 and json.loads(answer)["projectNumber"].isdigit()
    assert raw("POST", "/storage/v1/b", {"name": BUCKET}, project=PROJECT)[0] == 409
    assert raw("GET", f"/storage/v1/b/{BUCKET}", token="other-project")[0] == 403
    put = lambda text, **more: raw("POST", f"/upload/storage/v1/b/{BUCKET}/o", text, uploadType="media", name="a/b", **more)
    first = json.loads(put(b"1", ifGenerationMatch=0)[1])["generation"]
    assert put(b"2", ifGenerationMatch=0)[0] == 412
    assert put(b"2")[0] == 200
    read = lambda **more: raw("GET", f"/storage/v1/b/{BUCKET}/o/a%2Fb", alt="media", **more)[1]
    assert (read(), read(generation=first)) == (b"2", b"1")


def names_accounts_and_sources_are_checked_before_anything_begins():
    good = deployment(main())
    refused(lambda: create(good, "Upper"), exceptions.BadRequest)
    refused(lambda: create(good, request="no-uuid"), exceptions.BadRequest)
    refused(lambda: create(config_v1.Deployment(terraform_blueprint=good.terraform_blueprint)), exceptions.BadRequest)
    elsewhere = config_v1.Deployment(service_account=ACCOUNT, terraform_blueprint={"gcs_source": "https://x"})
    refused(lambda: create(elsewhere), exceptions.BadRequest)
    assert list(client().list_deployments(parent=PARENT)) == []


def what_is_wrong_with_a_configuration_is_said_by_its_preview():
    wrong = {
        "a": ({"resource": {"google_pubsub_topic": {"one": {"name": "${google_x.y.id}"}}}}, "undeclared"),
        "b": ({"resource": {"google_pubsub_topic": {"one": topic(colour="red")}}}, "knows no such argument"),
        "c": ({"resource": {"google_nothing": {"one": {}}}}, "Invalid resource type"),
        "d": ({"terraform": {"backend": {"gcs": {}}}}, "backend"),
        "e": ("no JSON", "main.tf.json"),
    }
    for name, (configuration, said) in wrong.items():
        found = preview(f"wrong-{name}", {"terraform_blueprint": blueprint(configuration)})
        assert found.state == config_v1.Preview.State.FAILED, found
        assert said in found.tf_errors[0].error_description, (said, found.tf_errors)


def a_preview_of_nothing_creates_everything_and_makes_nothing():
    found = preview("first", {"terraform_blueprint": blueprint(main(), label="x")})
    assert found.state == config_v1.Preview.State.SUCCEEDED, found
    assert {one.intent.name for one in changes("first").values()} == {"CREATE"}
    refused(lambda: client().get_deployment(name=NAME), exceptions.NotFound)


def a_deployment_is_made_once_however_often_it_is_asked():
    of, request = deployment(main(), label="x"), str(uuid.uuid4())
    made = create(of, request=request).result(timeout=5)
    assert (made.state, made.labels["owner"]) == (ACTIVE, "judge"), made
    assert create(of, request=request).result(timeout=5).create_time == made.create_time
    refused(lambda: create(of), exceptions.Conflict)
    revision = client().get_revision(name=made.latest_revision)
    assert revision.action.name == "CREATE" and revision.state.name == "APPLIED"
    assert revision.apply_results.outputs["topic"].value == f"projects/{PROJECT}/topics/judged"
    resources = {one.terraform_info.address: one for one in client().list_resources(parent=made.latest_revision)}
    assert set(resources) == {"google_pubsub_topic.one", "google_pubsub_subscription.one"}
    assert all(one.state.name == "RECONCILED" for one in resources.values())
    one = resources["google_pubsub_topic.one"]
    assert client().get_resource(name=one.name).terraform_info.id == f"projects/{PROJECT}/topics/judged"


def a_preview_names_each_property_and_what_is_replaced():
    of = main(deadline=60)
    of["resource"]["google_pubsub_topic"]["one"]["name"] = "other"
    preview("second", {"terraform_blueprint": blueprint(of, label="x")}, deployment=NAME)
    found = changes("second")
    assert found["google_pubsub_topic.one"].intent.name == "RECREATE"
    assert list(found["google_pubsub_topic.one"].terraform_info.actions) == ["delete", "create"]
    assert [one.path for one in found["google_pubsub_topic.one"].property_changes] == ["name"]
    # What is replaced has another identifier, which nobody knows yet, and a subscription keeps its topic.
    assert found["google_pubsub_subscription.one"].intent.name == "RECREATE"
    paths = [one.path for one in found["google_pubsub_subscription.one"].property_changes]
    assert paths == ["ack_deadline_seconds", "topic"], paths


def a_preview_is_stale_once_another_revision_was_applied():
    preview("third", {"terraform_blueprint": blueprint(main(45), label="x")}, deployment=NAME)
    update(deployment(main(45), label="x")).result(timeout=5)
    assert client().get_preview(name=f"{PARENT}/previews/third").state.name == "STALE"
    newest = client().get_deployment(name=NAME).latest_revision
    assert newest.endswith("/r-1")
    assert client().get_revision(name=newest).action.name == "UPDATE"


def what_is_changed_by_hand_is_drift():
    by_hand("PATCH", "google_pubsub_subscription.one", {"ack_deadline_seconds": 99})
    same = {"terraform_blueprint": client().get_deployment(name=NAME).terraform_blueprint}
    preview("fourth", same, deployment=NAME)
    drifts = list(client().list_resource_drifts(parent=f"{PARENT}/previews/fourth"))
    assert [one.terraform_info.address for one in drifts] == ["google_pubsub_subscription.one"]
    drift = drifts[0].property_drifts[0]
    assert (drift.path, drift.before, drift.after) == ("ack_deadline_seconds", 45, 99)
    assert changes("fourth")["google_pubsub_subscription.one"].intent.name == "UPDATE"
    by_hand("DELETE", "google_pubsub_subscription.one")
    preview("fifth", same, deployment=NAME)
    assert changes("fifth")["google_pubsub_subscription.one"].intent.name == "CREATE"
    update(deployment(main(45), label="x")).result(timeout=5)


def a_failure_names_its_resource_and_what_was_made_stays():
    fault = {"fault": "resource", "resource": "google_pubsub_topic.two", "on": "create", "times": 1, "message": "Error 403: no quota"}
    assert raw("POST", "/_sandbox/faults", fault)[0] == 200
    of = deployment(main(45, two=topic("two"), three=topic("three")), label="x")
    refused(lambda: update(of).result(timeout=5), exceptions.GoogleAPICallError)
    failed = client().get_deployment(name=NAME)
    assert (failed.state, failed.error_code.name) == (FAILED, "REVISION_FAILED")
    revision = client().get_revision(name=failed.latest_revision)
    assert revision.state.name == "FAILED"
    error = revision.tf_errors[0]
    assert (error.resource_address, error.error_description) == ("google_pubsub_topic.two", "Error 403: no quota")
    states = {one.terraform_info.address: one.state.name for one in client().list_resources(parent=revision.name)}
    assert (states["google_pubsub_topic.three"], states["google_pubsub_topic.two"]) == ("RECONCILED", "FAILED")
    assert update(of).result(timeout=5).state == ACTIVE


def a_name_that_is_taken_fails():
    of = deployment({"resource": {"google_pubsub_topic": {"one": topic()}}})
    refused(lambda: create(of, "second").result(timeout=5), exceptions.GoogleAPICallError)
    failed = client().get_deployment(name=f"{PARENT}/deployments/second")
    error = client().get_revision(name=failed.latest_revision).tf_errors[0]
    assert error.http_response_code == 409, error
    client().delete_deployment(request={"name": failed.name, "force": True}).result(timeout=5)


def a_lock_keeps_everybody_out():
    client().lock_deployment(name=NAME).result(timeout=5)
    assert client().get_deployment(name=NAME).lock_state.name == "LOCKED"
    lock = client().export_lock_info(name=NAME)
    refused(lambda: update(deployment(main(45), label="x")), exceptions.BadRequest)
    held = preview("sixth", {"terraform_blueprint": blueprint(main())}, deployment=NAME)
    assert held.error_code.name == "DEPLOYMENT_LOCK_ACQUIRE_FAILED"
    refused(lambda: client().unlock_deployment(name=NAME, lock_id=lock.lock_id + 1), exceptions.BadRequest)
    client().unlock_deployment(name=NAME, lock_id=lock.lock_id).result(timeout=5)
    assert client().get_deployment(name=NAME).lock_state.name == "UNLOCKED"


def what_is_protected_is_not_deleted_with_the_deployment():
    kept = main(45)
    kept["resource"]["google_pubsub_topic"]["one"]["lifecycle"] = {"prevent_destroy": True}
    update(deployment(kept, label="x")).result(timeout=5)
    delete = lambda: client().delete_deployment(request={"name": NAME, "force": True}).result(timeout=5)
    refused(delete, exceptions.GoogleAPICallError)
    failed = client().get_deployment(name=NAME)
    assert failed.error_code.name == "DELETE_BUILD_RUN_FAILED"
    assert "prevent_destroy" in failed.tf_errors[0].error_description
    update(deployment(main(45), label="x")).result(timeout=5)


def a_deployment_goes_with_what_it_manages():
    refused(lambda: client().delete_deployment(name=NAME), exceptions.BadRequest)
    client().delete_deployment(request={"name": NAME, "force": True}).result(timeout=5)
    refused(lambda: client().get_deployment(name=NAME), exceptions.NotFound)
    status, answer = raw("GET", "/_sandbox/resources", account=PROJECT)
    assert status == 200 and json.loads(answer)["resources"] == [], answer


for story in [
    nobody_gets_in_without_a_token_and_one_opens_its_own_project_only,
    a_bucket_is_its_projects_and_keeps_versions,
    names_accounts_and_sources_are_checked_before_anything_begins,
    what_is_wrong_with_a_configuration_is_said_by_its_preview,
    a_preview_of_nothing_creates_everything_and_makes_nothing,
    a_deployment_is_made_once_however_often_it_is_asked,
    a_preview_names_each_property_and_what_is_replaced,
    a_preview_is_stale_once_another_revision_was_applied,
    what_is_changed_by_hand_is_drift,
    a_failure_names_its_resource_and_what_was_made_stays,
    a_name_that_is_taken_fails,
    a_lock_keeps_everybody_out,
    what_is_protected_is_not_deleted_with_the_deployment,
    a_deployment_goes_with_what_it_manages,
]:
    step(story)
print("all steps passed")
