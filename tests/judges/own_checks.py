"""Runs checkov with checks of our own, and none of its, on documents.

On stdin an object: `framework` (`arm` or `terraform_json`), `checks`, the folder of the checks, and `documents`, JSON text by name. On
stdout an object by name: for each check the resources that passed and those that failed.
"""

import json
import logging
import os
import sys
import tempfile

# No look-ups on the network, and nothing on stdout but the answer.
os.environ["BC_SKIP_MAPPING"] = "TRUE"
os.environ["LOG_LEVEL"] = "ERROR"
logging.disable(logging.WARNING)

from checkov.arm.runner import Runner as Arm
from checkov.runner_filter import RunnerFilter
from checkov.terraform_json.runner import TerraformJsonRunner

RUNNERS = {"arm": Arm, "terraform_json": TerraformJsonRunner}


def written(framework, text):
    """How many there are is for Terraform to say: a scanner that can't tell leaves them out."""
    if framework == "arm":
        return text
    whole = json.loads(text)
    for named in whole["resource"].values():
        for body in named.values():
            body.pop("count", None)
    return json.dumps(whole, indent=2).replace("[0].", ".")


def scanned(framework, checks, text):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "main.tf.json" if framework == "terraform_json" else "azuredeploy.json")
        with open(path, "w") as file:
            file.write(written(framework, text))
        chosen = RunnerFilter(framework=[framework], checks=["LANDFALL_*"])
        report = RUNNERS[framework]().run(root_folder=None, files=[path], external_checks_dir=[checks], runner_filter=chosen)
    if report.parsing_errors:
        raise ValueError(report.parsing_errors)
    found = {}
    for word, records in (("passed", report.passed_checks), ("failed", report.failed_checks)):
        for record in records:
            found.setdefault(record.check_id, {"passed": [], "failed": []})[word].append(record.resource)
    return {check: {word: sorted(resources) for word, resources in each.items()} for check, each in found.items()}


def main():
    asked = json.load(sys.stdin)
    return {name: scanned(asked["framework"], asked["checks"], text) for name, text in asked["documents"].items()}


stdout, sys.stdout = sys.stdout, sys.stderr
answer = main()
json.dump(answer, stdout)
