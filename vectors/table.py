"""The golden group as a Rust table, for a place that has neither JSON nor an allocator."""

import json

from edgewise_reference.context import Attribute, Value, attribute

PATHS = ("country", "app.plan", "app.version", "locale", "age", "beta", "email", "ip", "since", "tags")

HEAD = """//! Written by `vectors/make.py` from the group `{name}` of `vectors/assign.json`: do not edit.

use super::{{Answer, Case}};
use edgewise_core::{{Unit, Value}};

pub(super) const CASES: &[Case] = &[
"""


def rust(group: dict) -> str:
    """The Rust source of a group's answered cases."""
    cases = (_case(case, group["epochs"]) for case in group["cases"])
    return HEAD.format(name=group["name"]) + "".join(cases) + "];\n"


def _case(case: dict, epochs: dict) -> str:
    context = case["context"]
    flags = [_tuple(_text(name), _text(_json(answer["value"]))) for name, answer in case["flags"].items()]
    forced = [_tuple(_text(name), _text(variant)) for name, variant in case.get("forced", {}).items()]
    counters = [_tuple(_text(name), str(counter)) for name, counter in case.get("counters", {}).items()]
    lines = [
        f"// {case['name']}",
        "Case {",
        f"    now: {case['now']},",
        f"    user: {_unit(context.get('user'))},",
        f"    device: {_unit(context.get('device'))},",
        f"    attributes: &[{', '.join(_attributes(context))}],",
        f"    sticky: &[{', '.join(_record(record) for record in case.get('sticky', []))}],",
        f"    forced: &[{', '.join(forced)}],",
        f"    nonce: {_bytes(case.get('nonce', '').encode())},",
        f"    counters: &[{', '.join(counters)}],",
        "    experiments: &[",
        *(f"        {_answer(name, answer, epochs)}," for name, answer in case["experiments"].items()),
        "    ],",
        f"    flags: &[{', '.join(flags)}],",
        "},",
    ]
    return "".join(f"    {line}\n" for line in lines)


def _answer(name: str, answer: dict, epochs: dict) -> str:
    members = {
        "experiment": _text(name),
        "variant": _option(answer["variant"], _text),
        "reason": _text(answer["reason"]),
        "bucket": _option(answer["bucket"], str),
        "exposure": _bool(answer["exposure"]),
        "epoch": _text(answer.get("epoch", epochs[name])),
        "holdout": _option(answer.get("holdout"), _text),
        "fallback": _bool(answer.get("fallback", False)),
    }
    return f"Answer {{ {', '.join(f'{member}: {value}' for member, value in members.items())} }}"


def _record(record: dict) -> str:
    names = (_text(record[name]) for name in ("experiment", "variant", "epoch"))
    return _tuple(*names, str(record["iteration"]))


def _unit(given: object) -> str:
    """A string as its bytes, which Rust judges itself; an integer as the decimal that a host makes of it."""
    if given is None:
        return "Unit::Missing"
    if isinstance(given, str):
        return f"Unit::new({_bytes(given.encode())})"
    if isinstance(given, int):
        return f"Unit::new({_bytes(str(given).encode())})"
    return "Unit::Invalid"


def _attributes(context: dict) -> list[str]:
    values = ((path, attribute(context, path.split("."), [])) for path in PATHS)
    return [_tuple(_text(name), _value(value)) for name, value in values if value is not Attribute.ABSENT]


def _value(value: Value) -> str:
    if value is Attribute.OTHER:
        return "Value::Other"
    if isinstance(value, bool):
        return f"Value::Bool({_bool(value)})"
    if isinstance(value, bytes):
        return f"Value::String({_bytes(value)})"
    if isinstance(value, tuple):
        return f"Value::List({_bytes(b''.join(len(item).to_bytes(4, 'little') + item for item in value))})"
    return f"Value::Number({value!r})"


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _bytes(data: bytes) -> str:
    if len(data) > 32 and len(set(data)) == 1:
        return f"&[b'{chr(data[0])}'; {len(data)}]"
    printable = "".join(chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\x{byte:02x}" for byte in data)
    return f'b"{printable}"'


def _tuple(*parts: str) -> str:
    return f"({', '.join(parts)})"


def _text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bool(value: bool) -> str:
    return str(value).lower()


def _option(value: object, write) -> str:
    return "None" if value is None else f"Some({write(value)})"
