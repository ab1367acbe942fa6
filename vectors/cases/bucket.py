"""Unit ids, their hashes and their two buckets."""

from edgewise_reference.context import Unit, unit_id
from edgewise_reference.draw import Draws, draw, key

from . import boundary
from .notation import SEED

# Why each id is here, and the id as JSON text: the spelling of a number (1.0, -0) matters.
IDS = [
    ("one byte", '"a"'),
    ("seven bytes: one less than a SipHash word", '"u_12345"'),
    ("eight bytes: one SipHash word", '"u_123456"'),
    ("nine bytes", '"u_1234567"'),
    ("a UUID", '"018f4e3a-7c1b-7a2e-9d55-3f0a6b1c2d4e"'),
    ("leading and trailing space are kept", '" u_42 "'),
    ("case is kept", '"U_42"'),
    ("the same in lower case", '"u_42"'),
    ("a null byte is a byte", '"u\\u0000v"'),
    ("two-byte UTF-8", '"\\u00fc"'),
    ("Devanagari", '"\\u0928\\u092e\\u0938\\u094d\\u0924\\u0947"'),
    ("Chinese", '"\\u7528\\u6237"'),
    ("outside the basic plane: a surrogate pair in UTF-16", '"\\ud83d\\ude80"'),
    ("e with acute, composed (NFC)", '"caf\\u00e9"'),
    ("e with acute, decomposed (NFD): another unit", '"cafe\\u0301"'),
    ("a byte order mark is kept", '"\\ufeffu_42"'),
    ("255 bytes: SipHash's length byte at its greatest", '"' + "x" * 255 + '"'),
    ("256 bytes: SipHash's length byte wraps", '"' + "x" * 256 + '"'),
    ("1,024 bytes: the longest", '"' + "x" * 1024 + '"'),
    ("1,025 bytes", '"' + "x" * 1025 + '"'),
    ("1,024 bytes in 512 characters", '"' + "\\u00fc" * 512 + '"'),
    ("1,025 bytes in 513 characters: bytes count", '"' + "\\u00fc" * 512 + 'x"'),
    ("1,026 bytes in 513 characters: bytes count", '"' + "\\u00fc" * 513 + '"'),
    ("empty", '""'),
    ("an integer becomes its decimal", "42"),
    ("the same as a string", '"42"'),
    ("zero", "0"),
    ("minus zero is zero", "-0"),
    ("minus zero with a point", "-0.0"),
    ("a whole number with a point", "1.0"),
    ("a whole number with an exponent", "1e3"),
    ("a negative integer", "-17"),
    ("2^53 - 1: the greatest safe integer", "9007199254740991"),
    ("2^53: unsafe", "9007199254740992"),
    ("-(2^53 - 1)", "-9007199254740991"),
    ("-2^53: unsafe", "-9007199254740992"),
    ("2^64", "18446744073709551616"),
    ("1e21, which JavaScript writes with an exponent", "1e21"),
    ("a fraction", "1.5"),
    ("a small fraction", "1e-7"),
    ("true", "true"),
    ("false", "false"),
    ("a list", '["u_42"]'),
    ("an object", '{"id": "u_42"}'),
    ("null is missing", "null"),
    ("a lone high surrogate", '"\\ud800"'),
    ("a lone low surrogate inside", '"u\\udc00v"'),
    ("surrogates in the wrong order", '"\\udc00\\ud800"'),
]

# Where an id is drawn differs: by seed, and by salt.
PLACES = [
    ("an experiment", SEED, "experiment:checkout@1"),
    ("its second iteration draws afresh", SEED, "experiment:checkout@2"),
    ("another workspace draws differently", "0000000000000000", "experiment:checkout@1"),
    ("the greatest seed", "ffffffffffffffff", "experiment:checkout@1"),
    ("a salt beyond ASCII", SEED, "experiment:\u4ed8\u6b3e@1"),
    ("a flag", SEED, "flag:checkout"),
]


def places(loads) -> list[dict]:
    """Every id in the first place, a few in the others, and the boundary ids in theirs."""
    made = [_place(*PLACES[0], [_case(why, text, loads) for why, text in IDS])]
    for place in PLACES[1:]:
        made.append(_place(*place, [_case(why, text, loads) for why, text in IDS[:11]]))
    for salt in (boundary.EXPERIMENT_SALT, boundary.FLAG_SALT):
        cases = [
            _case(f"{draw_name} bucket {wanted}", f'"{unit}"', loads)
            for (place, draw_name, wanted), unit in boundary.UNITS.items()
            if place == salt
        ]
        made.append(_place("found by search: on the edges of ranges", SEED, salt, cases))
    return made


def _place(name: str, seed: str, salt: str, cases: list[dict]) -> dict:
    salt_key = key(int(seed, 16), salt)
    k1 = int.from_bytes(salt_key[8:], "little")
    answered = [{**asked, **_answer(salt_key, given)} for asked, given in cases]
    return {"name": name, "seed": seed, "salt": salt, "k1": f"{k1:016x}", "cases": answered}


def _case(why: str, text: str, loads) -> tuple[dict, object]:
    return {"name": why, "unit_json": text}, loads(text)


def _answer(salt_key: bytes, given: object) -> dict:
    unit = unit_id(given)
    if isinstance(unit, Unit):
        return {"reason": "missing_unit" if unit is Unit.MISSING else "invalid_unit"}
    draws: Draws = draw(salt_key, unit)
    return {
        "hash": f"{draws.hash:016x}",
        "entry_draw": draws.hash >> 32,
        "variant_draw": draws.hash & 0xFFFF_FFFF,
        "entry": draws.entry,
        "variant": draws.variant,
    }
