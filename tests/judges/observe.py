"""What Grafana's own SDK and Prometheus' own tools say of what `landfall observe` and `landfall probe` write. Input: a text a path."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import promql_parser
import yaml
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.runtime import DataqueryConfig, Runtime
from grafana_foundation_sdk.models.dashboard import Dashboard
from grafana_foundation_sdk.models.googlecloudmonitoring import CloudMonitoringQuery

register_default_plugins()
# The SDK knows this schema by its name only, Grafana by the plugin's.
Runtime().register_dataquery_variant(DataqueryConfig("stackdriver", CloudMonitoringQuery.from_json))


def lost(before, after, path=""):
    """What a reader that knows every key of Grafana's schema doesn't give back."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key not in after:
                # What the SDK leaves out: a value that is the default.
                if value not in (None, "", [], {}):
                    yield f"{path}/{key}: unknown"
            else:
                yield from lost(value, after[key], f"{path}/{key}")
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield f"{path}: {len(after)} of {len(before)}"
        for index, (one, other) in enumerate(zip(before, after)):
            yield from lost(one, other, f"{path}/{index}")
    elif before != after and not (isinstance(before, (int, float)) and isinstance(after, (int, float)) and before == after):
        yield f"{path}: {before!r} is read as {after!r}"


def page(text):
    """A page: what is wrong with it, how many panels and queries were read, and as what."""
    written = json.loads(text)
    found = {"wrong": [], "panels": 0, "queries": {}, "parsed": 0}
    try:
        read = Dashboard.from_json(written)
    except Exception as error:  # the SDK raises whatever comes
        found["wrong"].append(f"{type(error).__name__}: {error}")
        return found
    found["wrong"] += list(lost(written, json.loads(json.dumps(read, cls=JSONEncoder))))
    for panel in read.panels or []:
        found["panels"] += 1
        for query in panel.targets or []:
            kind = f"{type(query).__module__.rsplit('.', 1)[-1]}.{type(query).__name__}"
            found["queries"][kind] = found["queries"].get(kind, 0) + 1
            expression = getattr(query, "expr", None)
            if kind.startswith("googlecloudmonitoring."):
                expression = query.prom_ql_query and query.prom_ql_query.expr
            if expression:
                try:
                    promql_parser.parse(expression)
                    found["parsed"] += 1
                except ValueError as error:
                    found["wrong"].append(f"{expression}: {error}")
    return found


def run(*command):
    ran = subprocess.run(command, capture_output=True, text=True)
    return {"code": ran.returncode, "said": ran.stdout + ran.stderr}


def prometheus(files):
    """The files of a Prometheus and of what stands beside it, by promtool, amtool and the exporter itself."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, name).write_text(text)
        at = lambda name: str(Path(folder, name))
        if "prometheus.yml" in files:
            found["config"] = run("promtool", "check", "config", at("prometheus.yml"))
        if "rules.yml" in files:
            found["rules"] = run("promtool", "check", "rules", "--lint=all", "--lint-fatal", at("rules.yml"))
        if "tests.yml" in files:
            found["tests"] = run("promtool", "test", "rules", at("tests.yml"))
        if "blackbox.yml" in files:
            found["blackbox"] = run("prometheus-blackbox-exporter", "--config.check", f"--config.file={at('blackbox.yml')}")
        if "alertmanager.yml" in files:
            found["alertmanager"] = run("amtool", "check-config", at("alertmanager.yml"))
    return found


# A client of AWS that knows one service of two copies, of which one is still starting.
CLIENT = """#!{python}
import json, sys
import jmespath
words = sys.argv[1:]
options = {{word: words[at + 1] for at, word in enumerate(words) if word.startswith("--")}}
task = lambda status, address: {{"lastStatus": status, "containers": [{{"networkInterfaces": [{{"privateIpv4Address": address}}]}}]}}
answers = {{
    "list-tasks": {{"taskArns": ["one", "two"] if options.get("--service-name") == "api-1" else []}},
    "describe-tasks": {{"tasks": [task("RUNNING", "10.0.10.5"), task("PENDING", None)]}},
}}
if options["--cluster"] != "cluster-1":
    sys.exit("ClusterNotFoundException")
found = jmespath.search(options["--query"], answers[words[1]])
print("\\t".join(found) if options["--output"] == "text" else json.dumps(found))
"""


def discovered(text, name, variables):
    """What the loop that finds copies writes when it goes round once."""
    loop = yaml.safe_load(text)["services"][name]["command"][0].replace("$$", "$")
    with tempfile.TemporaryDirectory() as folder:
        client = Path(folder, "aws")
        client.write_text(CLIENT.format(python=sys.executable))
        client.chmod(0o755)
        once = loop.replace("/targets/", f"{folder}/").replace("while true; do", "for once in 1; do").replace("sleep", ": sleep")
        kept = Path(folder, "service-api.json")
        kept.write_text("what was there")
        path = f"{folder}:{os.environ['PATH']}"
        ran = subprocess.run(["sh", "-c", once], env={"PATH": path, **variables}, capture_output=True, text=True)
        return {"said": ran.stderr, "wrote": kept.read_text()}


def main():
    given = json.load(sys.stdin)
    found = {"pages": {}, "provisioned": {}, "prometheus": {}}
    for path, text in given.get("files", {}).items():
        if path.endswith(".json"):
            found["pages"][path] = page(text)
        else:
            found["provisioned"][path] = yaml.safe_load(text)
    found["prometheus"] = prometheus(given.get("prometheus", {}))
    if "discovery" in given:
        compose, name, runs = given["discovery"]
        found["discovered"] = [discovered(compose, name, variables) for variables in runs]
    json.dump(found, sys.stdout)


main()
