"""A cloud behind stand-in providers, for stories that are told by a program of its own.

The argument is a folder. `cloud.json` there is what the cloud has, by identifier: whoever changes it does so by hand. While a file `hold-TYPE`
is there, what is made of that type is not done; what `fail.json` names, by type with a reason, fails. On stdout a line says how Terraform is told of
the providers; they serve until standard input ends.
"""

import itertools
import json
import os
import sys
import threading
import time

sys.dont_write_bytecode = True

import plugin

FOLDER = sys.argv[1]
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


def refusal(reason):
    return plugin.field(1, 1) + plugin.field(2, reason)


class Kept(plugin.Provider):
    """A provider whose resources are kept, so that they can be looked at and changed."""

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
            if after is None:
                cloud.pop(before["id"], None)
                values = None
            else:
                values = plugin.made(self.types[kind], after, kind)
                if before is None:
                    # None of what is gone is given again.
                    values["id"] = f"{kind}/{next(NUMBERS)}"
                cloud[values["id"]] = {"kind": kind, "values": values}
            write(cloud)
        return plugin.field(1, plugin.pack(values))


with open(os.path.join(os.path.dirname(__file__), "../../src/clouds/gcp/provider.json")) as file:
    _, attached = plugin.attach(json.load(file), Kept)
print(attached, flush=True)
sys.stdin.read()
os._exit(0)
