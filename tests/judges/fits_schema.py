"""Checks a JSON document against a JSON Schema: standard input holds {"schema": …, "document": …}."""

import json
import sys

import jsonschema

given = json.load(sys.stdin)
validator = jsonschema.validators.validator_for(given["schema"])
validator.check_schema(given["schema"])
found = sorted(validator(given["schema"]).iter_errors(given["document"]), key=str)
for error in found:
    print(f"{error.json_path}: {error.message}")
if not found:
    print("fits")
