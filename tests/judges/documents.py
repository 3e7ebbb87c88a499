"""Judges templates by cfn-lint, AWS's cloudformation-validate and checkov.

On stdin an object of templates by name, each with its region and its YAML; on stdout an object by name of what was found.
"""

import json
import logging
import os
import sys
import tempfile

# No look-ups on the network, and nothing on stdout but the answer.
os.environ["BC_SKIP_MAPPING"] = "TRUE"
os.environ["CHECKOV_RUN_SCA_PACKAGE_SCAN_V2"] = "false"
os.environ["LOG_LEVEL"] = "ERROR"
logging.disable(logging.WARNING)

import cloudformation_validate as validate
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from checkov.cloudformation.runner import Runner
from checkov.runner_filter import RunnerFilter


def linted(text, region):
    """Errors and warnings; the rules that only inform are not asked."""
    matches = lint(text, config=ManualArgs(regions=[region]))
    return [f"{match.rule.id} {match.message} at {match.path}" for match in matches]


def validated(engine, path, region):
    """Everything, by severity."""
    config = validate.ValidateConfig(
        pseudo_parameter_overrides=validate.PseudoParameterOverrides(region=region)
    )
    found = {}
    for diagnostic in engine.validate_template(path, config).diagnostics:
        by = found.setdefault(diagnostic.severity.name, {})
        by.setdefault(diagnostic.rule_id, []).append(diagnostic.message[:200])
    return found


def scanned(path):
    report = Runner().run(root_folder=None, files=[path], runner_filter=RunnerFilter(framework=["cloudformation"]))
    return {
        "passed": len(report.passed_checks),
        "rules": sorted({record.check_id for record in report.passed_checks}),
        "failed": sorted(f"{record.check_id} {record.resource}" for record in report.failed_checks),
        "skipped": sorted(
            [record.check_id, record.resource, record.check_result.get("suppress_comment") or ""]
            for record in report.skipped_checks
        ),
        "unread": list(report.parsing_errors),
    }


def main():
    templates = json.load(sys.stdin)
    engine = validate.CompositeEngine()
    answer = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, template in templates.items():
            path = os.path.join(folder, name.replace("/", "-") + ".yaml")
            with open(path, "w") as file:
                file.write(template["text"])
            answer[name] = {
                "linted": linted(template["text"], template["region"]),
                "validated": validated(engine, path, template["region"]),
                "scanned": scanned(path),
            }
    return answer


stdout, sys.stdout = sys.stdout, sys.stderr
json.dump(main(), stdout)
