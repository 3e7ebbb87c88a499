"""Judges ARM templates by checkov.

On stdin an object of templates by name, as JSON text; on stdout an object by name of what was found: the rules that passed, by
type of resource, and what failed, was skipped or couldn't be read.
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

from checkov.arm.runner import Runner
from checkov.runner_filter import RunnerFilter


def scanned(path):
    report = Runner().run(root_folder=None, files=[path], runner_filter=RunnerFilter(framework=["arm"]))
    passed = {}
    for record in report.passed_checks:
        passed.setdefault(kind(record), []).append(record.check_id)
    return {
        "passed": {kind: sorted(rules) for kind, rules in passed.items()},
        "failed": sorted(f"{record.check_id} {record.resource}" for record in report.failed_checks),
        "skipped": sorted(f"{record.check_id} {record.resource}" for record in report.skipped_checks),
        "unread": list(report.parsing_errors),
    }


def kind(record):
    """`Microsoft.KeyVault/vaults` of `Microsoft.KeyVault/vaults.name`."""
    provider, rest = record.resource.split("/", 1)
    return provider + "/" + rest.split(".", 1)[0]


def main():
    answer = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in json.load(sys.stdin).items():
            path = os.path.join(folder, name.replace("/", "-") + ".json")
            with open(path, "w") as file:
                file.write(text)
            answer[name] = scanned(path)
    return answer


stdout, sys.stdout = sys.stdout, sys.stderr
json.dump(main(), stdout)
