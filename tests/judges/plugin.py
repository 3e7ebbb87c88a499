"""Providers that stand in for real ones, over Terraform's plugin protocol, version 5.

They take the arguments that the schemas name, plan what is computed as unknown, and replace where the schemas say so.
"""

import concurrent.futures
import json
import os

import grpc
import msgpack

# Types of what is looked up, with what is given.
DATA = {"google_project": {"project_id": "o", "number": "c", "billing_account": "c"}}
# What the settings of the providers are.
SETTINGS = {
    "google": {"project": "String", "region": "String", "billing_project": "String", "user_project_override": "Bool"},
    "random": {},
}
PLAIN = {"String": "string", "Bool": "bool", "Int": "number", "Float": "number"}


# The wire format of protocol buffers, as far as the protocol needs it.
def varint(number):
    out = bytearray()
    while True:
        low, number = number & 0x7F, number >> 7
        out.append(low | 0x80 if number else low)
        if not number:
            return bytes(out)


def field(number, value):
    if isinstance(value, bool) or isinstance(value, int):
        return varint(number << 3) + varint(int(value)) if value else b""
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(data):
    at, out = 0, {}

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            value = number()
        else:
            length = number()
            value = data[at : at + length]
            at += length
        out.setdefault(key >> 3, []).append(value)
    return out


# Types of values.
def attribute_type(argument):
    kind = argument["type"]
    if "block" in argument:
        return ["list", ["object", {name: attribute_type(inner) for name, inner in argument["block"].items()}]]
    if kind in PLAIN:
        return PLAIN[kind]
    return [kind.lower(), PLAIN.get(argument.get("of", "String"), "string")]


def is_block(argument):
    """Blocks that only the cloud sets are attributes."""
    return "block" in argument and ("r" in argument["is"] or "o" in argument["is"])


def wire_block(block):
    out = b""
    for name, argument in sorted(block.items()):
        flags = argument["is"]
        if is_block(argument):
            most = argument.get("most", 0)
            least = 1 if "r" in flags else 0
            nesting = 3 if argument["type"] == "Set" else 2
            inner = field(1, name) + field(2, wire_block(argument["block"])) + field(3, nesting)
            out += field(3, inner + field(4, least) + field(5, most))
        else:
            kind = json.dumps(attribute_type(argument)).encode()
            inner = field(1, name) + field(2, kind) + field(4, "r" in flags) + field(5, "o" in flags)
            out += field(2, inner + field(6, "c" in flags) + field(7, "s" in flags))
    return out


def wire_schema(block):
    return field(2, wire_block(block))


UNKNOWN = msgpack.ExtType(0, b"")


def unknown(value):
    return isinstance(value, msgpack.ExtType)


def unpack(wrapped):
    value = fields(wrapped)
    return msgpack.unpackb(value[1][0], strict_map_key=False) if 1 in value else json.loads(value[2][0])


def pack(value):
    return field(1, msgpack.packb(value))


def planned(block, value):
    """What is computed and not given is unknown."""
    out = dict(value)
    for name, argument in block.items():
        if is_block(argument):
            out[name] = [planned(argument["block"], inner) for inner in value.get(name) or []]
        elif value.get(name) is None and "c" in argument["is"]:
            out[name] = UNKNOWN
    return out


def replaced(block, before, after, path=()):
    """The paths whose change means another resource."""
    for name, argument in block.items():
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        if "f" in argument["is"]:
            # What isn't known yet counts as another value, as it does for Google's provider.
            yield path + (name,)
        elif is_block(argument) and not unknown(now) and argument["type"] == "List":
            for index, (one, other) in enumerate(zip(was or [], now or [])):
                yield from replaced(argument["block"], one, other, path + (name, index))


def set_by_the_cloud(name, kind):
    """A value of a type, as the cloud would give it."""
    if isinstance(kind, str):
        return {"string": f"made-{name}", "number": 1, "bool": False}[kind]
    if kind[0] == "object":
        return {inner: set_by_the_cloud(inner, inner_kind) for inner, inner_kind in kind[1].items()}
    if kind[0] == "list" and isinstance(kind[1], list):
        return [set_by_the_cloud(name, kind[1])]
    return {} if kind[0] == "map" else []


def made(block, value, name):
    """What the cloud would have set."""
    out = dict(value)
    for key, argument in block.items():
        if is_block(argument):
            out[key] = [made(argument["block"], inner, f"{name}.{key}") for inner in value.get(key) or []]
        elif unknown(value.get(key)):
            out[key] = set_by_the_cloud(key, attribute_type(argument))
    return out


def path_of(steps):
    out = b""
    for step in steps:
        out += field(1, field(3, step) if isinstance(step, int) and step else b"\x18\x00" if step == 0 else field(1, step))
    return out


class Provider(grpc.GenericRpcHandler):
    """A provider whose every resource can be made and does nothing."""

    def __init__(self, types, settings, data):
        self.types = types
        self.data = {kind: {name: {"is": flags, "type": "String"} for name, flags in block.items()} for kind, block in data.items()}
        self.settings = {name: {"is": "o", "type": kind} for name, kind in settings.items()}

    def service(self, details):
        if not details.method.startswith("/tfplugin5.Provider/"):
            return None
        method = getattr(self, details.method.rsplit("/", 1)[1], None)
        if method is None:
            return None

        def answer(request, _):
            return method(fields(request))

        return grpc.unary_unary_rpc_method_handler(answer)

    def GetSchema(self, _):
        out = field(1, wire_schema(self.settings))
        for number, types in ((2, self.types), (3, self.data)):
            for kind, block in sorted(types.items()):
                out += field(number, field(1, kind) + field(2, wire_schema(block)))
        return out

    def PrepareProviderConfig(self, asked):
        return field(1, asked[1][0])

    def Configure(self, _):
        return b""

    def ValidateResourceTypeConfig(self, asked):
        kind, config = asked[1][0].decode(), unpack(asked[2][0])
        wrong = []
        words(self.types[kind], config, kind, wrong)
        return b"".join(field(1, field(1, 1) + field(2, what)) for what in wrong)

    def ValidateDataSourceConfig(self, _):
        return b""

    def UpgradeResourceState(self, asked):
        return field(1, pack(json.loads(fields(asked[3][0])[1][0])))

    def ReadResource(self, asked):
        return field(1, asked[2][0])

    def ReadDataSource(self, asked):
        kind, config = asked[1][0].decode(), unpack(asked[2][0])
        return field(1, pack({name: value if value is not None else "1234567890" for name, value in config.items()}))

    def PlanResourceChange(self, asked):
        kind = asked[1][0].decode()
        block, before, after = self.types[kind], unpack(asked[2][0]), unpack(asked[3][0])
        if after is None:
            return field(1, pack(None))
        if before is None:
            return field(1, pack(planned(block, after)))
        out = field(1, pack(after))
        for steps in replaced(block, before, after):
            out += field(2, path_of(steps))
        return out

    def ApplyResourceChange(self, asked):
        kind, state = asked[1][0].decode(), unpack(asked[3][0])
        return field(1, pack(None if state is None else made(self.types[kind], state, kind)))

    def Stop(self, _):
        return b""


def words(block, value, place, wrong):
    """Words that an argument doesn't take."""
    for name, argument in block.items():
        given = value.get(name)
        if given is None or unknown(given):
            continue
        if is_block(argument):
            for inner in given:
                words(argument["block"], inner, f"{place}.{name}", wrong)
        elif argument.get("enum") and isinstance(given, str) and given not in argument["enum"]:
            wrong.append(f"{place}.{name}: {given!r} is none of {argument['enum']}")


def serve(provider):
    # Documents of a few hundred kilobytes come with their schemas in one message.
    size = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=8), handlers=[provider], options=size)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def attach(types, provider=Provider):
    """Serves both providers of types as src/clouds/gcp/provider.json has them; gives the servers, and how Terraform is told of them."""
    google = {kind: block for kind, block in types.items() if kind.startswith("google_")}
    for block in google.values():
        block.setdefault("id", {"is": "oc", "type": "String"})
    random = {kind: block for kind, block in types.items() if kind.startswith("random_")}
    servers, attached = [], {}
    for name, kinds, data in (("google", google, DATA), ("random", random, {})):
        server, port = serve(provider(kinds, SETTINGS[name], data))
        servers.append(server)
        attached[f"registry.terraform.io/hashicorp/{name}"] = {
            "Protocol": "grpc",
            "ProtocolVersion": 5,
            "Pid": os.getpid(),
            "Test": True,
            "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
        }
    return servers, json.dumps(attached)
