"""Lints a template with cfn-lint: JSON on stdin; on stdout the errors in properties, by logical id."""

import json
import sys

from cfnlint.api import lint
from cfnlint.config import ManualArgs

found = {}
for match in lint(sys.stdin.read(), config=ManualArgs(regions=["us-east-1"])):
    section, *place = match.path or [None]
    if match.rule.id.startswith("E") and section == "Resources" and place[1:2] == ["Properties"]:
        found.setdefault(place[0], []).append(f"{match.rule.id} {'/'.join(str(part) for part in place[2:])}")
json.dump(found, sys.stdout)
