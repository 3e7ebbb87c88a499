"""Makes src/clouds/aws/registry.bin, what landfall knows of CloudFormation's resource types.

Source: the registry schemas inside the cfn-lint wheel (pinned in tools/requirements.txt), region us-east-1, which has every type.
Prose is left out; everything that says what a property may be, and what changing it does, is kept.

    python tools/registry.py          writes the file
    python tools/registry.py --check  fails if the file doesn't hold what the wheel holds

The file, all numbers little endian:

    8 bytes   "LFCFN001"
    20 bytes  date of the schemas, such as 2026-10-20T22:11:15Z
    u32       number of types n
    n times   u32 offset of the name, u16 its length, u32 offset of the schema, u32 its length deflated, u32 its length in JSON;
              sorted by name, offsets from the start of the file
    names, then schemas, each deflated on its own (zlib format) so that one can be read without the others

--check compares what is inside, not the deflated bytes: those depend on the zlib that Python was built with.
"""

import argparse
import json
import pathlib
import struct
import sys
import zlib

import cfnlint
from cfnlint.schema import Schema

MAGIC = b"LFCFN001"
ENTRY = struct.Struct("<IHIII")
OUT = pathlib.Path(__file__).resolve().parent.parent / "src/clouds/aws/registry.bin"

# What is kept at the top of a type, beside the keywords below.
TOP = {
    "additionalIdentifiers", "conditionalCreateOnlyProperties", "createOnlyProperties", "deprecatedProperties", "lifecycle",
    "primaryIdentifier", "propertyTransform", "readOnlyProperties", "replacementStrategy", "taggable", "tagging",
    "typeName", "writeOnlyProperties",
}
# Keywords whose value is data.
PLAIN = {
    "$ref", "arrayType", "const", "default", "dependentExcluded", "dependentRequired", "enum", "enumCaseInsensitive",
    "exclusiveMaximum", "exclusiveMinimum", "format", "insertionOrder", "maxItems", "maxLength", "maxProperties", "maximum",
    "minItems", "minLength", "minProperties", "minimum", "multipleOf", "pattern", "required", "requiredOr", "requiredXor",
    "type", "uniqueItems", "uniqueKeys",
}
# Keywords whose value is a schema, schemas by name, or a list of schemas.
NESTED = {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"}
NAMED = {"definitions", "dependencies", "patternProperties", "properties"}
LISTED = {"allOf", "anyOf", "oneOf", "prefixItems"}
# Keywords of other tools, and prose.
DROPPED = {
    "$comment", "$id", "$schema", "description", "documentationUrl", "examples", "maxUniqueItems", "relationshipRef",
    "resourceLink", "sourceUrl", "title", "typeConfiguration",
}


def schema(node, where):
    if not isinstance(node, dict):
        return node
    kept = {}
    for key, value in node.items():
        if key in PLAIN:
            kept[key] = value
        elif key in NESTED:
            kept[key] = [schema(v, where) for v in value] if isinstance(value, list) else schema(value, where)
        elif key in NAMED:
            kept[key] = {name: schema(v, f"{where}/{name}") for name, v in value.items()}
        elif key in LISTED:
            kept[key] = [schema(v, where) for v in value]
        elif key not in DROPPED:
            sys.exit(f"{where}: keyword {key!r} is unknown; say in tools/registry.py whether it is kept")
    return kept




def one_type(document):
    name = document["typeName"]
    kept = {key: document[key] for key in TOP if key in document}
    kept["handlers"] = {
        verb: {key: handler[key] for key in ("permissions", "timeoutInMinutes") if key in handler}
        for verb, handler in document.get("handlers", {}).items()
    }
    # Which names Fn::GetAtt takes isn't in the schema for types older than the registry; cfn-lint knows them.
    kept["attributes"] = sorted(
        attribute.replace("\\..*", ".*").removeprefix(".") for attribute in Schema(document).get_atts.data
    )
    rest = {key: value for key, value in document.items() if key not in TOP and key != "handlers"}
    kept.update(schema(rest, name))
    return name, kept


def read_wheel():
    data = pathlib.Path(cfnlint.__file__).parent / "data/schemas"
    date = json.loads((data / "version.json").read_text())["schema_date"]
    hashes = json.loads((data / "providers/us-east-1.json").read_text())
    types = {}
    for name, digest in hashes.items():
        found, kept = one_type(json.loads((data / f"resources/{digest}.json").read_text()))
        if found != name:
            sys.exit(f"{name}: the file {digest}.json is of {found}")
        types[name] = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return date, dict(sorted(types.items()))


def pack(date, types):
    start = len(MAGIC) + 20 + 4
    names = b"".join(name.encode() for name in types)
    name_at = start + ENTRY.size * len(types)
    data_at = name_at + len(names)
    index, data = [], []
    for name, text in types.items():
        deflated = zlib.compress(text, 9)
        index.append(ENTRY.pack(name_at, len(name.encode()), data_at, len(deflated), len(text)))
        data.append(deflated)
        name_at += len(name.encode())
        data_at += len(deflated)
    if len(date) != 20:
        sys.exit(f"the date {date!r} is not 20 characters long")
    return b"".join([MAGIC, date.encode(), struct.pack("<I", len(types)), *index, names, *data])


def unpack(packed):
    if packed[:8] != MAGIC:
        sys.exit("the file doesn't start with the mark of a registry file")
    (count,) = struct.unpack_from("<I", packed, 28)
    types = {}
    for i in range(count):
        name_at, name_len, at, length, raw = ENTRY.unpack_from(packed, 32 + i * ENTRY.size)
        text = zlib.decompress(packed[at : at + length])
        if len(text) != raw:
            sys.exit(f"entry {i} has {len(text)} bytes of JSON and says {raw}")
        types[packed[name_at : name_at + name_len].decode()] = text
    return packed[8:28].decode(), types


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("file", nargs="?", type=pathlib.Path, default=OUT)
    arguments = parser.parse_args()
    date, types = read_wheel()
    if not arguments.check:
        arguments.file.write_bytes(pack(date, types))
        return
    have_date, have = unpack(arguments.file.read_bytes())
    if have_date != date:
        sys.exit(f"the file is of {have_date}, the wheel of {date}")
    for name in sorted(have.keys() | types.keys()):
        if have.get(name) != types.get(name):
            sys.exit(f"{name} differs from the wheel; run tools/registry.py")
    if list(have) != sorted(have):
        sys.exit("the index is not sorted")
    print(f"{len(types)} types of {date}")


if __name__ == "__main__":
    main()
