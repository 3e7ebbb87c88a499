"""Prints, for every type in cfn-lint's registry schemas, which top-level properties replace the resource and whether it can be updated."""

import json
import pathlib

import cfnlint

schemas = pathlib.Path(cfnlint.__file__).parent / "data" / "schemas"
index = json.loads((schemas / "providers" / "us-east-1.json").read_text())
types = {}
for kind, digest in index.items():
    schema = json.loads((schemas / "resources" / f"{digest}.json").read_text())

    def top(key):
        paths = [path.split("/")[2:] for path in schema.get(key, []) if path.startswith("/properties/")]
        return {
            "whole": sorted({path[0] for path in paths if len(path) == 1}),
            "part": sorted({path[0] for path in paths if len(path) > 1}),
        }

    handlers = schema.get("handlers")
    types[kind] = {
        "create_only": top("createOnlyProperties"),
        "conditional": top("conditionalCreateOnlyProperties"),
        "properties": sorted(schema["properties"]),
        "updatable": handlers is None or "update" in handlers,
    }
print(json.dumps(types))
