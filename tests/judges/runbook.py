"""Judges the commands of runbooks: AWS's by botocore's models (services, operations, options, required options, waiters), those of
the other clouds, and of its client's own, by tables of their clients' commands, which name their sources. Queries in JMESPath are read by its own parser, every
block by the shell.

Reads {target: Markdown} and writes {target: {commands, faults, resources, named}}.
"""

import json
import os
import re
import shlex
import subprocess
import sys

import botocore.session
import jmespath
from botocore import xform_name

# Options of the client itself (AWS CLI user guide, "Command line options").
GLOBAL = {"region", "query", "output", "endpoint-url", "profile", "no-cli-pager", "cli-read-timeout", "cli-binary-format"}
# Commands that the client calls otherwise than the service.
OPERATIONS = {("lambda", "invoke"): "Invoke"}
# Options whose service's own name the client takes as a word of its command line.
POSITIONAL = {("lambda", "invoke"): 1}

session = botocore.session.get_session()

with open(os.path.join(os.path.dirname(__file__), "runbook_clients.json")) as file:
    CLIENTS = json.load(file)


def kebab(name):
    return xform_name(name, "-")


INNER = r"\$\(([^()]*(?:\([^()]*\)[^()]*)*)\)"


def commands(markdown):
    """Every command of a client, inner ones before those that they stand in."""
    for block in re.findall(r"```sh\n(.*?)```", markdown, re.S):
        for line in block.splitlines():
            yield from within(line.strip())


def within(line):
    for inner in re.findall(INNER, line):
        yield from within(inner)
    words = shlex.shlex(re.sub(INNER, "VALUE", line), posix=True, punctuation_chars=";|&<>")
    words.whitespace_split = True
    words.commenters = "#"
    command = []
    for word in [*words, ";"]:
        if not word or word[0] not in ";|&<>":
            command.append(word)
            continue
        while command and (command[0] in ("do", "export", "while") or re.match("[A-Z]+=", command[0])):
            command.pop(0)
        if command and command[0] in ("aws", "az", "gcloud"):
            yield shlex.join(command)
        command = []


def judge_by_table(client, line):
    """A command of a client that isn't installed here, or that no service knows."""
    table = CLIENTS[client]
    words = shlex.split(line)[1:]
    named = [name for name in table["commands"] if words[: len(name.split())] == name.split()]
    if not named:
        return [f"{line}: no such command of {client}"], {}
    name = max(named, key=len)
    known, rest = table["commands"][name], words[len(name.split()) :]
    options, positional, faults, last = {}, [], [], None
    for word in rest:
        if word.startswith("--"):
            last, _, value = word.partition("=")
            options[last[2:]] = [value] if value else []
            if last not in known["options"] + table["everywhere"]:
                faults.append(f"{line}: no option {last}")
            # The clients of AWS and Azure take what follows, Google's what stands behind the equals sign.
            last = last if client != "gcloud" else None
        elif last:
            options[last[2:]].append(word)
        else:
            positional.append(word)
    faults += [f"{line}: {option} is required" for option in known["required"] if option[2:] not in options]
    if len(positional) != known["words"]:
        faults.append(f"{line}: {known['words']} words are read, not {positional}")
    for query in options.get("query", []):
        try:
            jmespath.compile(query)
        except jmespath.exceptions.JMESPathError as error:
            faults.append(f"{line}: --query: {error}")
    return faults, options


def judge(line):
    client = line.split()[0]
    if client != "aws" or line.startswith("aws s3 "):
        return judge_by_table(client, line)
    words = shlex.split(line)[1:]
    service, operation, rest = words[0], words[1], words[2:]
    try:
        model = session.get_service_model(service)
    except Exception as error:
        return [f"{line}: {error}"], {}
    options, positional, index = {}, [], 0
    while index < len(rest):
        word = rest[index]
        if not word.startswith("--"):
            positional.append(word)
            index += 1
            continue
        values = []
        index += 1
        while index < len(rest) and not rest[index].startswith("--"):
            values.append(rest[index])
            index += 1
            if service == "lambda" and word == "--cli-read-timeout":
                break
        options[word[2:]] = values
    if operation == "wait":
        waiters = {kebab(name): name for name in session.get_waiter_model(service).waiter_names}
        if positional[0] not in waiters:
            return [f"{line}: no waiter {positional[0]}"], options
        config = session.get_waiter_model(service).get_waiter(waiters[positional[0]])
        name, positional = config.operation, positional[1:]
    else:
        names = {kebab(name): name for name in model.operation_names}
        if operation not in names:
            return [f"{line}: no operation {operation}"], options
        name = names[operation]
    shape = model.operation_model(name).input_shape
    members = shape.members if shape else {}
    known = {kebab(member): member for member in members}
    faults = []
    for option in options:
        if option in GLOBAL or option in known:
            continue
        negated = option[3:] if option.startswith("no-") else option
        if negated in known and members[known[negated]].type_name == "boolean":
            continue
        faults.append(f"{line}: no option --{option}")
    for member in shape.required_members if shape else []:
        if kebab(member) not in options:
            faults.append(f"{line}: --{kebab(member)} is required")
    for query in options.get("query", []):
        try:
            jmespath.compile(query)
        except jmespath.exceptions.JMESPathError as error:
            faults.append(f"{line}: --query: {error}")
    for option, values in options.items():
        member = members.get(known.get(option, ""))
        if member is not None and member.type_name != "boolean" and not values:
            faults.append(f"{line}: --{option} has no value")
        if member is not None and getattr(member, "enum", None) and values and values[0] not in member.enum:
            faults.append(f"{line}: --{option} isn't one of {member.enum}")
    if len(positional) != POSITIONAL.get((service, operation), 0):
        faults.append(f"{line}: words that nobody reads: {positional}")
    return faults, options


def shell(markdown):
    """What the shell itself can't read."""
    for block in re.findall(r"```sh\n(.*?)```", markdown, re.S):
        read = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
        if read.returncode:
            yield f"{block}: {read.stderr}"


def main():
    answer = {}
    for target, markdown in json.load(sys.stdin).items():
        found = {"commands": 0, "faults": [], "resources": set(), "named": {}}
        found["faults"] += shell(markdown)
        for line in commands(markdown):
            faults, options = judge(line)
            found["commands"] += 1
            found["faults"] += faults
            found["resources"].update(options.get("logical-resource-id", []))
            for option, kind in (("function-name", "AWS::Lambda::Function"), ("queue-name", "AWS::SQS::Queue")):
                names = {value.split(":")[0] for value in options.get(option, [])}
                if names:
                    found["named"].setdefault(kind, set()).update(names)
        found["resources"] = sorted(found["resources"])
        found["named"] = {kind: sorted(names) for kind, names in found["named"].items()}
        answer[target] = found
    json.dump(answer, sys.stdout)


main()
