"""What Grafana's own SDK and Prometheus' own tools say of what `landfall observe` and `landfall probe` write. Input: a text a path."""

import json
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
    """The files of a prober, by promtool, amtool and the exporter itself."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
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


def main():
    given = json.load(sys.stdin)
    found = {"pages": {}, "provisioned": {}, "prometheus": {}}
    for path, text in given.get("files", {}).items():
        if path.endswith(".json"):
            found["pages"][path] = page(text)
        else:
            found["provisioned"][path] = yaml.safe_load(text)
    found["prometheus"] = prometheus(given.get("prometheus", {}))
    json.dump(found, sys.stdout)


main()
