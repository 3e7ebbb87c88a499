"""A cloud behind stand-in providers, for stories that are told by a program of its own.

The first argument is a folder. `cloud.json` there is what the cloud has, by identifier: whoever changes it does so by hand. While a file `hold-TYPE`
is there, what is made of that type is not done; what `fail.json` names, by type with a reason, fails. The second is the address of landfall's
sandbox: what landfall itself asks Google for is there too. On stdout a line says how Terraform is told of the providers; they serve until standard
input ends.
"""

import itertools
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True

import plugin

FOLDER, SANDBOX = sys.argv[1:]
# Where registries are pushed to, jobs are run, secrets get values and services are asked how they are.
ASKED = {
    "google_artifact_registry_repository",
    "google_cloud_run_v2_job",
    "google_cloud_run_v2_service",
    "google_cloud_run_v2_worker_pool",
    "google_secret_manager_secret",
}
LOCK = threading.Lock()
NUMBERS = itertools.count(1)


def read(name):
    try:
        with open(os.path.join(FOLDER, name)) as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def write(cloud):
    part = os.path.join(FOLDER, "cloud.json.part")
    with open(part, "w") as file:
        json.dump(cloud, file, indent=2)
    os.replace(part, os.path.join(FOLDER, "cloud.json"))


def in_sandbox(method, kind, **what):
    request = urllib.request.Request(
        f"{SANDBOX}/_sandbox/resources", json.dumps({"type": kind, **what}).encode(), method=method
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def given(block, values):
    """What a configuration says, as it says it: without what only the cloud sets, and blocks of which there is one by themselves."""
    out = {}
    for name, argument in block.items():
        value = values.get(name)
        if value is None or plugin.unknown(value) or value == [] or not {"r", "o"} & set(argument["is"]):
            continue
        if plugin.is_block(argument):
            value = [given(argument["block"], inner) for inner in value]
            value = value[0] if argument.get("most") == 1 else value
        out[name] = value
    return out


def refusal(reason):
    return plugin.field(1, 1) + plugin.field(2, reason)


class Kept(plugin.Provider):
    """A provider whose resources are kept, so that they can be looked at and changed."""

    def asked(self, kind, before, after):
        """Does the same in the sandbox; gives what that calls a new resource."""
        if kind not in ASKED:
            return None
        if after is None:
            return in_sandbox("DELETE", kind, id=before["id"]) and None
        says = given(self.types[kind], after)
        if before is None:
            place = {"account": "shop-project", "region": "us-central1"}
            return in_sandbox("POST", kind, **place, properties=says)["id"]
        was = given(self.types[kind], before)
        new = {name: value for name, value in says.items() if was.get(name) != value}
        return in_sandbox("PATCH", kind, id=before["id"], properties=new) and None

    def ReadResource(self, asked):
        state = plugin.unpack(asked[2][0])
        with LOCK:
            found = read("cloud.json").get(state["id"])
        return plugin.field(1, plugin.pack(found and found["values"]))

    def ApplyResourceChange(self, asked):
        kind, before, after = asked[1][0].decode(), plugin.unpack(asked[2][0]), plugin.unpack(asked[3][0])
        with open(os.path.join(FOLDER, "begun"), "a") as begun:
            begun.write(kind + "\n")
        while os.path.exists(os.path.join(FOLDER, f"hold-{kind}")):
            time.sleep(0.02)
        reason = read("fail.json").get(kind)
        if reason:
            return plugin.field(1, plugin.pack(before)) + plugin.field(3, refusal(reason))
        with LOCK:
            cloud = read("cloud.json")
            try:
                identifier = self.asked(kind, before, after)
            except urllib.error.HTTPError as error:
                return plugin.field(1, plugin.pack(before)) + plugin.field(3, refusal(error.read().decode()))
            if after is None:
                cloud.pop(before["id"], None)
                values = None
            else:
                values = plugin.made(self.types[kind], after, kind)
                if before is None:
                    # None of what is gone is given again.
                    values["id"] = identifier or f"{kind}/{next(NUMBERS)}"
                cloud[values["id"]] = {"kind": kind, "values": values}
            write(cloud)
        return plugin.field(1, plugin.pack(values))


with open(os.path.join(os.path.dirname(__file__), "../../src/clouds/gcp/provider.json")) as file:
    _, attached = plugin.attach(json.load(file), Kept)
print(attached, flush=True)
sys.stdin.read()
os._exit(0)
