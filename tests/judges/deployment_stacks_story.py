"""Microsoft's own client for Deployment Stacks takes the sandbox's Resource Manager through a stack's whole life.

It asks nothing of landfall: what it finds is what the client makes of the answers, models and long-running operations included.
SANDBOX_URL is the sandbox's address.
"""
import datetime
import os

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest
from azure.mgmt.resource.deploymentstacks import DeploymentStacksClient

SUBSCRIPTION = "00000000-0000-4000-8000-0000000000aa"
GROUP = "judged"
NAME = "judged"
ENDPOINT = os.environ["SANDBOX_URL"]


class Token(SansIOHTTPPolicy):
    """The client's own policy sends no token without TLS."""

    def __init__(self, token):
        self.token = token

    def on_request(self, request):
        if self.token:
            request.http_request.headers["Authorization"] = f"Bearer {self.token}"


class NoCredential:
    def get_token(self, *_, **__):
        raise AssertionError("the policy of this script is asked instead")


def client(token=SUBSCRIPTION):
    return DeploymentStacksClient(
        NoCredential(),
        SUBSCRIPTION,
        base_url=ENDPOINT,
        authentication_policy=Token(token),
        polling_interval=0,
        retry_total=0,
    )


def step(function):
    function()
    print(function.__name__)


def account(sku="Standard_LRS", **properties):
    return {
        "type": "Microsoft.Storage/storageAccounts",
        "apiVersion": "2025-08-01",
        "name": "[parameters('account')]",
        "location": "[resourceGroup().location]",
        "kind": "StorageV2",
        "sku": {"name": sku},
        "properties": {"minimumTlsVersion": "TLS1_2", **properties},
    }


def identity():
    return {
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
        "apiVersion": "2024-11-30",
        "name": "worker",
        "location": "eastus",
        "properties": {},
    }


def stack(resources, outputs=None, resources_left="delete", **parameters):
    return {
        "tags": {"owner": "judge"},
        "properties": {
            "template": {
                "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                "contentVersion": "1.0.0.0",
                "parameters": {"account": {"type": "string", "defaultValue": "judgedaccount"}},
                "resources": resources,
                "outputs": outputs or {},
            },
            "parameters": {name: {"value": value} for name, value in parameters.items()},
            "actionOnUnmanage": {"resources": resources_left, "resourceGroups": "detach", "managementGroups": "detach"},
            "denySettings": {"mode": "none"},
        },
    }


def code(function):
    try:
        function()
    except HttpResponseError as error:
        return error.error.code
    raise AssertionError("it was not refused")


def put(body):
    return client().deployment_stacks.begin_create_or_update_at_resource_group(GROUP, NAME, body).result()


def raw(method, path, body=None, version="2024-11-01"):
    request = HttpRequest(method, f"{ENDPOINT}/subscriptions/{SUBSCRIPTION}{path}?api-version={version}", json=body)
    answer = client().send_request(request)
    return answer


PRINCIPAL = {
    "principal": {
        "type": "string",
        "value": "[reference(resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'worker'), '2024-11-30').principalId]",
    }
}


def nobody_gets_in_without_a_token():
    get = lambda token: client(token).deployment_stacks.get_at_resource_group(GROUP, NAME)
    assert code(lambda: get(None)) == "AuthenticationFailed"
    assert code(lambda: get("00000000-0000-4000-8000-0000000000bb")) == "SubscriptionNotFound"


def a_stack_needs_its_resource_group():
    assert code(lambda: put(stack([identity()]))) == "ResourceGroupNotFound"
    assert raw("PUT", f"/resourcegroups/{GROUP}", {"location": "eastus"}).status_code == 201
    assert raw("PUT", f"/resourcegroups/{GROUP}", {"location": "westus"}).status_code == 409


def what_is_wrong_with_a_template_is_said_before_it_begins():
    broken = [
        stack([{**identity(), "name": "[concat('a']"}]),
        stack([{**identity(), "dependsOn": ["[resourceId('Microsoft.Storage/storageAccounts', 'none')]"]}]),
        stack([identity(), identity()]),
        stack([{**identity(), "name": "[parameters('none')]"}]),
        stack([identity()], none="x"),
        stack([{**identity(), "copy": {"name": "x", "count": 2}}]),
    ]
    for body in broken:
        assert code(lambda: put(body)) == "InvalidTemplate"
    assert client().deployment_stacks.list_at_resource_group(GROUP) is not None
    assert [one.name for one in client().deployment_stacks.list_at_resource_group(GROUP)] == []


def a_what_if_of_nothing_creates_everything():
    body = stack([account(), identity()], PRINCIPAL)
    body["properties"]["deploymentStackResourceId"] = stack_id()
    body["properties"]["retentionInterval"] = datetime.timedelta(hours=1)
    results = client().deployment_stacks_what_if_results_at_resource_group
    found = results.begin_create_or_update(GROUP, "first", body).result()
    changes = found.properties.changes.resource_changes
    assert [change.change_type for change in changes] == ["create", "create"], changes
    results.begin_what_if(GROUP, "first").result()
    results.delete(GROUP, "first")


def stack_id(name=NAME):
    return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Resources/deploymentStacks/{name}"


def a_stack_is_made_and_gives_what_its_template_says():
    made = put(stack([account(), identity()], PRINCIPAL))
    assert made.properties.provisioning_state == "succeeded", made.properties.error
    assert len(made.properties.resources) == 2
    assert all(one.status == "managed" for one in made.properties.resources)
    assert made.properties.outputs["principal"]["value"].count("-") == 4
    assert made.tags == {"owner": "judge"}
    exported = client().deployment_stacks.export_template_at_resource_group(GROUP, NAME)
    assert exported.template["resources"][0]["name"] == "[parameters('account')]"
    assert made.properties.deployment_id.split("/")[-1].startswith(NAME)


def properties_are_checked_against_the_types():
    failed = None
    try:
        put(stack([account(httpsOnly=True)]))
    except HttpResponseError as error:
        failed = error
    assert failed is not None
    got = client().deployment_stacks.get_at_resource_group(GROUP, NAME)
    assert got.properties.provisioning_state == "failed"
    assert got.properties.failed_resources[0].error.code == "InvalidRequestContent"
    assert len(got.properties.resources) == 2, "what was managed stays managed"


def a_what_if_names_each_property():
    put(stack([account(), identity()], PRINCIPAL))
    body = stack([account(sku="Standard_GRS", accessTier="Cool")])
    body["properties"]["deploymentStackResourceId"] = stack_id()
    body["properties"]["retentionInterval"] = datetime.timedelta(hours=1)
    results = client().deployment_stacks_what_if_results_at_resource_group
    found = results.begin_create_or_update(GROUP, "second", body).result()
    changes = {change.type.split("/")[-1]: change for change in found.properties.changes.resource_changes}
    assert changes["userAssignedIdentities"].change_type == "delete"
    assert changes["storageAccounts"].change_type == "modify"
    delta = {one.path: one.change_type for one in changes["storageAccounts"].resource_configuration_changes.delta}
    assert delta == {"properties.accessTier": "create", "sku.name": "modify"}, delta
    assert found.properties.deployment_stack_last_modified is not None


def what_leaves_the_template_is_deleted_or_left():
    left = put(stack([account()], resources_left="detach"))
    assert len(left.properties.detached_resources) == 1
    identity_path = f"/resourceGroups/{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/worker"
    assert raw("GET", identity_path, version="2024-11-30").status_code == 200
    put(stack([account(), identity()]))
    gone = put(stack([account()]))
    assert len(gone.properties.deleted_resources) == 1
    assert raw("GET", identity_path, version="2024-11-30").status_code == 404


def what_is_fixed_at_creation_is_refused():
    moved = account()
    moved["location"] = "westus"
    try:
        put(stack([moved]))
        raise AssertionError("it was not refused")
    except HttpResponseError as error:
        assert error is not None
    got = client().deployment_stacks.get_at_resource_group(GROUP, NAME)
    assert got.properties.failed_resources[0].error.code == "InvalidResourceLocation"
    put(stack([account()]))


def a_lock_keeps_a_stack():
    lock = f"/resourceGroups/{GROUP}/providers/Microsoft.Resources/deploymentStacks/{NAME}/providers/Microsoft.Authorization/locks/kept"
    assert raw("PUT", lock, {"properties": {"level": "CanNotDelete"}}, "2020-05-01").status_code == 201
    delete = lambda: client().deployment_stacks.begin_delete_at_resource_group(GROUP, NAME).result()
    assert code(delete) == "ScopeLocked"
    assert raw("DELETE", lock, version="2020-05-01").status_code == 200


def what_a_stack_denies_others_it_still_does_itself():
    path = f"/resourceGroups/{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/worker"
    guarded = stack([account(), identity()])
    guarded["properties"]["denySettings"] = {"mode": "denyDelete"}
    made = put(guarded)
    assert made.properties.deny_settings.mode == "denyDelete"
    assert {one.deny_status for one in made.properties.resources} == {"denyDelete"}
    refused = raw("DELETE", path, version="2024-11-30")
    assert refused.status_code == 403 and refused.json()["error"]["code"] == "DenyAssignmentAuthorizationFailed"
    body = {"location": "eastus", "tags": {"a": "b"}, "properties": {}}
    assert raw("PUT", path, body, "2024-11-30").status_code == 200
    guarded["properties"]["denySettings"] = {"mode": "denyWriteAndDelete"}
    put(guarded)
    assert raw("PUT", path, body, "2024-11-30").status_code == 403
    guarded["properties"]["denySettings"]["excludedActions"] = [
        "Microsoft.ManagedIdentity/userAssignedIdentities/write"]
    put(guarded)
    assert raw("PUT", path, body, "2024-11-30").status_code == 200
    assert raw("DELETE", path, version="2024-11-30").status_code == 403
    # Its own update deletes what left the template.
    guarded["properties"]["template"]["resources"] = [account()]
    put(guarded)
    assert raw("GET", path, version="2024-11-30").status_code == 404
    put(stack([account()]))


def rule(name):
    return {
        "type": "Microsoft.Insights/metricAlerts",
        "apiVersion": "2018-03-01",
        "name": name,
        "location": "global",
        "dependsOn": ["[resourceId('Microsoft.Storage/storageAccounts', parameters('account'))]"],
        "properties": {
            "enabled": True,
            "severity": 2,
            "scopes": ["[resourceId('Microsoft.Storage/storageAccounts', parameters('account'))]"],
            "evaluationFrequency": "PT5M",
            "windowSize": "PT5M",
            "criteria": {
                "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
                "allOf": [{
                    "name": "bound", "criterionType": "StaticThresholdCriterion", "metricName": "Transactions",
                    "operator": "GreaterThan", "threshold": 80, "timeAggregation": "Total",
                }],
            },
        },
    }


def alerts(**asked):
    query = "".join(f"&{name}={value}" for name, value in asked.items())
    return raw("GET", "/providers/Microsoft.AlertsManagement/alerts", version=f"2019-03-01{query}")


def alerts_fire_while_their_rule_is_not_well():
    put(stack([account(), rule("busy"), rule("quiet"), rule("loud")]))
    assert alerts().json() == {"value": []}
    for name in ["busy", "loud"]:
        fault = {"fault": "unwell", "stack": NAME, "resource": f"Microsoft.Insights/metricAlerts/{name}", "message": "81 > 80"}
        assert client().send_request(HttpRequest("POST", f"{ENDPOINT}/_sandbox/faults", json=fault)).status_code == 200
    found = alerts(monitorCondition="Fired", timeRange="30d").json()["value"]
    assert sorted(one["name"] for one in found) == ["busy", "loud"]
    essentials = found[0]["properties"]["essentials"]
    assert (essentials["monitorCondition"], essentials["severity"]) == ("Fired", "Sev2")
    assert essentials["alertRule"].endswith(f"/{found[0]['name']}")
    assert alerts(monitorCondition="Resolved").json() == {"value": []}
    first = alerts(pageCount=1).json()
    second = client().send_request(HttpRequest("GET", first["nextLink"])).json()
    assert {first["value"][0]["name"], second["value"][0]["name"]} == {"busy", "loud"} and "nextLink" not in second
    for wrong in [{"monitorCondition": "Ringing"}, {"pageCount": 251}, {"timeRange": "1y"}, {"colour": "red"}]:
        assert alerts(**wrong).status_code == 400, wrong
    assert raw("GET", "/providers/Microsoft.AlertsManagement/alerts", version="2001-01-01").status_code == 400
    assert client().send_request(HttpRequest("DELETE", f"{ENDPOINT}/_sandbox/faults")).status_code == 200
    assert alerts().json() == {"value": []}
    put(stack([account()]))


def a_stack_goes_with_what_it_manages():
    stacks = client().deployment_stacks
    stacks.begin_delete_at_resource_group(GROUP, NAME, unmanage_action_resources="delete").result()
    try:
        stacks.get_at_resource_group(GROUP, NAME)
        raise AssertionError("it is still there")
    except ResourceNotFoundError:
        pass
    path = f"/resourceGroups/{GROUP}/providers/Microsoft.Storage/storageAccounts/judgedaccount"
    assert raw("GET", path, version="2025-08-01").status_code == 404


for story in [
    nobody_gets_in_without_a_token,
    a_stack_needs_its_resource_group,
    what_is_wrong_with_a_template_is_said_before_it_begins,
    a_what_if_of_nothing_creates_everything,
    a_stack_is_made_and_gives_what_its_template_says,
    properties_are_checked_against_the_types,
    a_what_if_names_each_property,
    what_leaves_the_template_is_deleted_or_left,
    what_is_fixed_at_creation_is_refused,
    a_lock_keeps_a_stack,
    what_a_stack_denies_others_it_still_does_itself,
    alerts_fire_while_their_rule_is_not_well,
    a_stack_goes_with_what_it_manages,
]:
    step(story)
print("all steps passed")
