"""Makes src/clouds/aws/sam/policies.bin: the policy templates and managed policies that SAM knows by name.

Source: the aws-sam-translator wheel (pinned in tools/requirements.txt). Prose is left out.

    python tools/sam_policies.py          writes the file
    python tools/sam_policies.py --check  fails if the file doesn't hold what the wheel holds

The file is one JSON object, deflated (zlib format):

    {"managed":   {partition: {name: what follows `:policy/` in the ARN}},
     "templates": {name: {"parameters": [name, …], "definition": a policy document with Ref for each parameter}}}
"""

import argparse
import json
import pathlib
import sys
import zlib

import samtranslator

OUT = pathlib.Path(__file__).resolve().parent.parent / "src/clouds/aws/sam/policies.bin"


def read_wheel():
    root = pathlib.Path(samtranslator.__file__).parent
    managed = json.loads((root / "internal/data/aws_managed_policies.json").read_text())
    templates = json.loads((root / "policy_templates_data/policy_templates.json").read_text())["Templates"]
    found = {
        "managed": {
            partition: {name: arn.partition(":policy/")[2] for name, arn in policies.items()}
            for partition, policies in managed.items()
        },
        "templates": {
            name: {"parameters": sorted(template["Parameters"]), "definition": template["Definition"]}
            for name, template in templates.items()
        },
    }
    return json.dumps(found, sort_keys=True, separators=(",", ":")).encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("file", nargs="?", type=pathlib.Path, default=OUT)
    arguments = parser.parse_args()
    text = read_wheel()
    if not arguments.check:
        arguments.file.write_bytes(zlib.compress(text, 9))
    elif zlib.decompress(arguments.file.read_bytes()) != text:
        sys.exit("the file differs from the wheel; run tools/sam_policies.py")


if __name__ == "__main__":
    main()
