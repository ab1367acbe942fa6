"""The golden group as a Rust table, for a place that has neither JSON nor an allocator."""

import json

from edgewise_reference.context import Attribute, attribute

ATTRIBUTES = (["country"], ["app", "plan"], ["locale"], ["age"], ["beta"])

HEAD = """//! Written by `vectors/make.py` from the group `{name}` of `vectors/assign.json`: do not edit.

use super::Case;
use edgewise_core::{{Unit, Value}};

pub(super) const CASES: &[Case] = &[
"""


def rust(group: dict) -> str:
    """The Rust source of a group's answered cases."""
    return HEAD.format(name=group["name"]) + "".join(_case(case) for case in group["cases"]) + "];\n"


def _case(case: dict) -> str:
    context = case["context"]
    experiments = [
        _tuple(_text(name), _option(answer["variant"], _text), _text(answer["reason"]), _option(answer["bucket"], str))
        for name, answer in case["experiments"].items()
    ]
    flags = [_tuple(_text(name), _text(json.dumps(answer["value"]))) for name, answer in case["flags"].items()]
    lines = [
        f"// {case['name']}",
        "Case {",
        f"    now: {case['now']},",
        f"    user: {_unit(context.get('user'))},",
        f"    device: {_unit(context.get('device'))},",
        f"    attributes: &[{', '.join(_attributes(context))}],",
        "    experiments: &[",
        *(f"        {experiment}," for experiment in experiments),
        "    ],",
        f"    flags: &[{', '.join(flags)}],",
        "},",
    ]
    return "".join(f"    {line}\n" for line in lines)


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
    values = ((".".join(path), attribute(context, path)) for path in ATTRIBUTES)
    return [_tuple(_text(name), _value(value)) for name, value in values if value is not Attribute.ABSENT]


def _value(value: object) -> str:
    if value is Attribute.OTHER:
        return "Value::Other"
    if isinstance(value, bool):
        return f"Value::Bool({str(value).lower()})"
    if isinstance(value, bytes):
        return f"Value::String({_bytes(value)})"
    return f"Value::Number({value!r})"


def _bytes(data: bytes) -> str:
    if len(data) > 32 and len(set(data)) == 1:
        return f"&[b'{chr(data[0])}'; {len(data)}]"
    printable = "".join(chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\x{byte:02x}" for byte in data)
    return f'b"{printable}"'


def _tuple(*parts: str) -> str:
    return f"({', '.join(parts)})"


def _text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _option(value: object, write) -> str:
    return "None" if value is None else f"Some({write(value)})"
