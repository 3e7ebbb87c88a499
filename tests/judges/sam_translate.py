"""Expands SAM templates with AWS's own translator: a JSON object of templates by name on stdin, the expanded ones on stdout."""

import json
import sys

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

session = boto3.session.Session(region_name=sys.argv[1])
expanded = {}
for name, template in json.load(sys.stdin).items():
    translator = Translator(managed_policy_map=None, sam_parser=Parser(), boto_session=session)
    expanded[name] = translator.translate(template, parameter_values={})
json.dump(expanded, sys.stdout)
