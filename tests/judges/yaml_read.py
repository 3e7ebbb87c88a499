"""Reads YAML documents as a reader of YAML 1.1 does: a JSON list of texts on stdin, the list of their values on stdout."""

import json
import sys

import yaml

json.dump([yaml.safe_load(text) for text in json.load(sys.stdin)], sys.stdout)
