"""Judges GitHub workflows: the schema of GitHub's own in check-jsonschema, and zizmor's audits, offline.

On stdin an object of workflows by name; on stdout an object by name of what was found.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

TOOLS = pathlib.Path(sys.executable).parent


def ran(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


def schema(path):
    done = ran(
        TOOLS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", "--output-format", "json", path
    )
    answer = json.loads(done.stdout)
    if answer["status"] == "ok":
        return []
    return [json.dumps(error) for error in answer["errors"] + answer["parse_errors"]] or [done.stderr]


def audited(path):
    # Only what it has to ask GitHub about is left out. It ends with another status than 0 where it finds something.
    done = ran(TOOLS / "zizmor", "--offline", "--no-config", "--no-progress", "--format", "json", path)
    if not done.stdout.strip():
        return [f"not audited: {done.stderr}"]
    found = json.loads(done.stdout)
    return [f"{one['ident']}: {one['desc']} {[place['symbolic']['route'] for place in one['locations']]}" for one in found]


def main():
    answer = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in json.load(sys.stdin).items():
            path = pathlib.Path(folder) / ".github/workflows" / name.replace("/", "-")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            answer[name] = {"schema": schema(path), "audited": audited(path)}
    json.dump(answer, sys.stdout)


main()
