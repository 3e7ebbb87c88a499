#!/usr/bin/env python3
"""Makes src/clouds/azure/schema.bin: what landfall knows of the Azure resource types that it renders.

usage: tools/arm_types.py SLICE.json.gz

The slice is a part of the resource providers' type definitions (Azure/bicep-types-az, MIT licence, (c) Microsoft Corporation; ours
is of August 2026): `resources` leads from `Type@version` to a file and an index in it, `types` from file and index to a
definition. Of it the types and versions are taken that src/clouds/azure/types.rs names, and those of nested templates below.

The file is JSON, deflated (zlib): {"types": {"Type@version": INDEX}, "definitions": [DEFINITION, …]}. A definition is
    {"o": {NAME: [FLAGS, INDEX]}, "a": INDEX}   an object; "a" for any other property
    {"d": NAME, "o": {…}, "e": {VALUE: INDEX}}  an object whose further properties depend on the value of one
    {"l": INDEX}                                 a list
    {"u": [INDEX]}                               any of these
    {"v": TEXT}                                  that text
    {"t": "s", "p": PATTERN, "m": LENGTH}        a text
    {"t": "i", "n": LEAST, "m": MOST}            a whole number
    {"t": "b"} {"t": "a"}                        a boolean, anything
Flags: 1 required, 2 read-only, 4 write-only, 8 known when the deployment starts.
"""
import gzip
import json
import pathlib
import re
import sys
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "src/clouds/azure/schema.bin"
# Types that only nested templates hold, and one that only calls beside the stack write.
NESTED = [
    "Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01",
    "Microsoft.KeyVault/vaults/secrets@2025-05-01",
    "Microsoft.Network/networkWatchers/flowLogs@2025-07-01",
]


def wanted():
    source = (ROOT / "src/clouds/azure/types.rs").read_text()
    found = re.findall(r'of\("(Microsoft\.[A-Za-z./]+)", "([0-9a-z-]+)"', source)
    return sorted([f"{kind}@{api}" for kind, api in found] + NESTED)


class Packer:
    def __init__(self, types):
        self.types, self.at, self.definitions = types, {}, []

    def follow(self, file, reference):
        return self.pack(file, reference["$ref"].split("/")[-1])

    def properties(self, file, properties):
        return {name: [one["flags"], self.follow(file, one["type"])] for name, one in sorted(properties.items())}

    def pack(self, file, index):
        key = (file, str(index))
        if key in self.at:
            return self.at[key]
        place = self.at[key] = len(self.definitions)
        self.definitions.append(None)
        kind = self.types[file][str(index)]
        tag = kind["$type"]
        if tag == "ObjectType":
            packed = {"o": self.properties(file, kind.get("properties") or {})}
            if kind.get("additionalProperties"):
                packed["a"] = self.follow(file, kind["additionalProperties"])
        elif tag == "DiscriminatedObjectType":
            elements = {value: self.follow(file, one) for value, one in sorted(kind["elements"].items())}
            packed = {"d": kind["discriminator"], "o": self.properties(file, kind["baseProperties"]), "e": elements}
        elif tag == "ArrayType":
            packed = {"l": self.follow(file, kind["itemType"])}
        elif tag == "UnionType":
            packed = {"u": [self.follow(file, one) for one in kind["elements"]]}
        elif tag == "StringLiteralType":
            packed = {"v": kind["value"]}
        elif tag == "StringType":
            packed = {"t": "s"}
            packed |= {short: kind[long] for short, long in (("p", "pattern"), ("m", "maxLength")) if kind.get(long)}
        elif tag == "IntegerType":
            packed = {"t": "i"}
            packed |= {short: kind[long] for short, long in (("n", "minValue"), ("m", "maxValue")) if long in kind}
        else:
            packed = {"t": "b" if tag == "BooleanType" else "a"}
        self.definitions[place] = packed
        return place


def main(path):
    slice = json.load(gzip.open(path))
    packer, types = Packer(slice["types"]), {}
    known = {name.lower(): place for name, place in slice["resources"].items()}
    for name in wanted():
        file, index = known[name.lower()][:2]
        types[name] = packer.follow(file, slice["types"][file][str(index)]["body"])
    text = json.dumps({"types": types, "definitions": packer.definitions}, separators=(",", ":"), sort_keys=True)
    OUT.write_bytes(zlib.compress(text.encode(), 9))
    print(f"{len(types)} types, {len(packer.definitions)} definitions, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
