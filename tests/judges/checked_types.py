"""The types of resources for which checkov has a rule of its own, by framework (`arm`, `terraform_json`), as JSON."""

import importlib
import json
import logging
import os
import pkgutil
import sys

# No look-ups on the network, and nothing on stdout but the answer.
os.environ["BC_SKIP_MAPPING"] = "TRUE"
os.environ["LOG_LEVEL"] = "ERROR"
logging.disable(logging.WARNING)

import checkov.arm.checks.resource as arm
import checkov.terraform.checks.resource as terraform
from checkov.arm.registry import arm_resource_registry
from checkov.terraform.checks.resource.registry import resource_registry


def types(package, registry):
    """Checks are known to their registry once their module was read."""
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
    return sorted(kind for kind, checks in registry.checks.items() if checks)


stdout, sys.stdout = sys.stdout, sys.stderr
answer = {"arm": types(arm, arm_resource_registry), "terraform_json": types(terraform, resource_registry)}
json.dump(answer, stdout)
