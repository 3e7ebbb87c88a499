"""Judges compose files: the compose specification's own schema in check-jsonschema, and the shell for what the setup runs.

On stdin an object of compose files by name; on stdout an object by name of what was found.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import yaml

TOOLS = pathlib.Path(sys.executable).parent


def ran(*arguments, **named):
    return subprocess.run(arguments, capture_output=True, text=True, check=False, **named)


def schema(path):
    done = ran(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "--output-format", "json", path)
    answer = json.loads(done.stdout)
    if answer["status"] == "ok":
        return []
    return [json.dumps(error) for error in answer["errors"] + answer["parse_errors"]] or [done.stderr]


def shell(text):
    """The lines that containers run, as the shell is given them once compose has read them: `$$` is a sign, and no variable is left."""
    found = []
    for service in yaml.safe_load(text)["services"].values():
        for script in service.get("command", []):
            if "$" in script.replace("$$", ""):
                found.append("compose would find a variable")
                continue
            done = ran("sh", "-n", input=script.replace("$$", "$"))
            found += [done.stderr] if done.returncode else []
    return found


def main():
    answer = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in json.load(sys.stdin).items():
            path = pathlib.Path(folder) / "compose.yaml"
            path.write_text(text)
            found = schema(path)
            answer[name] = found or shell(text)
    json.dump(answer, sys.stdout)


main()
