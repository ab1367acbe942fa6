"""Serving, units, ramps and allocation: every reason, and both sides of every edge."""

from . import boundary
from .notation import HOUR, NOW, case, document, experiment, group, variant
from .tests import compare, present

HALVES = ((0, 500_000, "control"), (500_000, 1_000_000, "treatment"))


def groups() -> list[dict]:
    """All of this file's groups."""
    return [
        _reasons(),
        _order_of_steps(),
        _units(),
        _ramp(),
        _ramp_edges(),
        _allocation_edges(),
        _many_ranges(),
        _names(),
    ]


def _reasons() -> dict:
    """One experiment a reason."""
    doc = document(
        [
            experiment("assigned"),
            experiment("paused", state="paused"),
            experiment("window", start=NOW, end=NOW + HOUR),
            experiment("not_targeted", targeting=compare("country", "eq", "IN")),
            experiment("not_in_ramp", ramp=[{"buckets": 0}]),
            experiment("unallocated", allocation=()),
            experiment("negative_times", start=-HOUR, end=0),
        ]
    )
    known, elsewhere = {"user": "u_42", "country": "IN"}, {"user": "u_42", "country": "US"}
    return group(
        "every reason",
        doc,
        [
            case("a targeted user, and an experiment nobody knows", known, unknown=("no_such_experiment",)),
            case("a user who is not targeted", elsewhere),
            case("a user of whom nothing is known", {"user": "u_42"}),
            case("a user's id is missing", {"country": "IN"}),
            case("a user's id is null", {"user": None, "country": "IN"}),
            case("a user's id is empty", {"user": "", "country": "IN"}),
            case("an empty context", {}),
            case("a millisecond before the start", known, NOW - 1),
            case("at the start, inclusive", known, NOW),
            case("a millisecond before the end", known, NOW + HOUR - 1),
            case("at the end, exclusive", known, NOW + HOUR),
            case("before 1970: a millisecond before the start", known, -HOUR - 1),
            case("before 1970: at the start", known, -HOUR),
            case("before 1970: a millisecond before the end", known, -1),
            case("at 1970: the end", known, 0),
        ],
    )


def _order_of_steps() -> dict:
    """Where two steps would say no, the earlier one gives the reason."""
    doc = document(
        [
            experiment("paused_and_not_started", state="paused", start=NOW + 1),
            experiment("paused_and_ended", state="paused", end=NOW),
            experiment("not_started_and_not_targeted", start=NOW + 1, targeting={"constant": False}),
            experiment("ended_and_not_targeted", end=NOW, targeting={"constant": False}),
            experiment("not_targeted_and_not_in_ramp", targeting={"constant": False}, ramp=[{"buckets": 0}]),
            experiment("unknown_and_not_in_ramp", targeting=compare("absent", "eq", 1), ramp=[{"buckets": 0}]),
            experiment("not_in_ramp_and_unallocated", ramp=[{"buckets": 0}], allocation=()),
        ]
    )
    return group(
        "the earlier step gives the reason",
        doc,
        [case("a user", {"user": "u_42"}), case("no user", {}), case("an invalid user", {"user": True})],
    )


def _units() -> dict:
    doc = document(
        [
            experiment("by_user"),
            experiment("by_device", unit="device"),
            experiment("by_session", unit="session"),
            experiment("device_of_known_users", unit="device", targeting=present("country")),
        ],
        units=("user", "device", "session"),
    )
    contexts = {
        "all three": {"user": "u_1", "device": "d_1", "session": "s_1", "country": "IN"},
        "a device alone": {"device": "d_1"},
        "a user alone": {"user": "u_1", "country": "IN"},
        "the same id in all three": {"user": "x", "device": "x", "session": "x"},
        "one valid, one invalid, one null": {"user": "u_1", "device": {"id": "d_1"}, "session": None},
        "integers": {"user": 42, "device": 42.0, "session": "42"},
        "minus zero, zero, and zero as a string": {"user": -0.0, "device": 0, "session": "0"},
        "unsafe integers": {
            "user": 9_007_199_254_740_992,
            "device": -9_007_199_254_740_992,
            "session": 9_007_199_254_740_991,
        },
        "a fraction, a boolean, a list": {"user": 1.5, "device": False, "session": ["s_1"]},
        "1,024 and 1,025 bytes": {"user": "x" * 1024, "device": "x" * 1025, "session": "\u00fc" * 512},
        "composed and decomposed": {"user": "caf\u00e9", "device": "cafe\u0301", "session": "cafe"},
    }
    surrogates = r'{"user": "\ud800", "device": "d\udc00", "session": "\ud83d\ude80"}'
    cases = [case(name, context) for name, context in contexts.items()]
    return group("units", doc, [*cases, case("lone surrogates, and a pair", surrogates)])


def _ramp() -> dict:
    """0, 10 and 50 percent, then all; and one that has always begun."""
    stages = [
        {"from": NOW, "buckets": 0},
        {"from": NOW + HOUR, "buckets": 100_000},
        {"from": NOW + 2 * HOUR, "buckets": 500_000},
        {"from": NOW + 3 * HOUR, "buckets": 1_000_000},
    ]
    always = [{"buckets": 100_000}, {"from": NOW + 2 * HOUR, "buckets": 500_000}]
    level = [{"from": NOW, "buckets": 500_000}, {"from": NOW + HOUR, "buckets": 500_000}]
    salt = boundary.EXPERIMENT_SALT
    doc = document(
        [
            experiment("staged", salt=salt, share_salt=True, ramp=stages),
            experiment("always_begun", salt=salt, share_salt=True, ramp=always),
            experiment("level", salt=salt, share_salt=True, ramp=level),
        ]
    )
    times = {
        "before all": NOW - 1,
        "first stage begins": NOW,
        "just before 10 %": NOW + HOUR - 1,
        "10 % begins": NOW + HOUR,
        "just before 50 %": NOW + 2 * HOUR - 1,
        "50 % begins": NOW + 2 * HOUR,
        "just before all": NOW + 3 * HOUR - 1,
        "all begin": NOW + 3 * HOUR,
        "long after": NOW + 10_000 * HOUR,
    }
    cases = [
        case(f"{when}, entry bucket {bucket}", {"user": boundary.unit(salt, "entry", bucket)}, now)
        for when, now in times.items()
        for bucket in (0, 99_999, 100_000, 499_999, 500_000, 999_999)
    ]
    return group("a ramp over time", doc, cases)


def _ramp_edges() -> dict:
    salt = boundary.EXPERIMENT_SALT
    doc = document(
        [
            experiment(f"below_{buckets}", salt=salt, share_salt=True, ramp=[{"buckets": buckets}])
            for buckets in (0, 1, 333_333, 333_334, 333_335, 900_000, 999_999, 1_000_000)
        ]
    )
    return group("first and last bucket of a ramp", doc, _edge_cases("entry"))


def _allocation_edges() -> dict:
    salt = boundary.EXPERIMENT_SALT
    thirds = ((0, 333_334, "a"), (333_334, 666_667, "b"), (666_667, 1_000_000, "c"))
    abc = [variant("a", control=True), variant("b"), variant("c")]
    shapes = {
        "halves": (HALVES, None),
        "halves_listed_backwards": (HALVES[::-1], None),
        "halves_in_pieces": (
            (
                (500_000, 900_000, "treatment"),
                (100_000, 500_000, "control"),
                (900_000, 1_000_000, "treatment"),
                (0, 100_000, "control"),
            ),
            None,
        ),
        "thirds": (thirds, abc),
        "hole_in_the_middle": (((0, 100_000, "control"), (900_000, 1_000_000, "treatment")), None),
        "holes_at_the_ends": (((100_000, 500_000, "control"), (500_000, 900_000, "treatment")), None),
        "all_to_one": (((0, 1_000_000, "treatment"),), None),
        "single_buckets": (((0, 1, "control"), (499_999, 500_000, "treatment"), (999_999, 1_000_000, "control")), None),
    }
    doc = document(
        [
            experiment(name, salt=salt, share_salt=True, allocation=allocation, variants=variants)
            for name, (allocation, variants) in shapes.items()
        ]
    )
    return group("first and last bucket of each range", doc, _edge_cases("variant"))


def _many_ranges() -> dict:
    """Two hundred ranges with a hole after each: found by binary search as well as one by one."""
    names = [f"v{index:02}" for index in range(20)]
    allocation = tuple((start, start + 4_000, names[(start // 5_000) % 20]) for start in range(0, 1_000_000, 5_000))
    doc = document(
        [
            experiment(
                "patchwork", allocation=allocation, variants=[variant(name, control=name == "v00") for name in names]
            )
        ]
    )
    return group("many ranges", doc, [case(f"unit {number}", {"user": f"u_{number}"}) for number in range(40)])


def _names() -> dict:
    """Names are arbitrary; the salt alone draws. A rename that keeps the salt keeps draws and epoch."""
    doc = document(
        [
            experiment("checkout", share_salt=True),
            experiment("checkout_renamed", salt="experiment:checkout@1", share_salt=True),
            experiment("checkout_again", salt="experiment:checkout@2", iteration=2),
            experiment(
                "\u5b9f\u9a13 \u2116 1",
                allocation=((0, 500_000, "\u5bfe\u7167"), (500_000, 1_000_000, "\U0001f680")),
                variants=[variant("\U0001f680"), variant("\u5bfe\u7167", control=True)],
            ),
        ],
        tenant="acme",
        environment="staging",
    )
    return group("names", doc, [case(f"unit {number}", {"user": f"u_{number}"}) for number in range(12)])


def _edge_cases(draw_name: str) -> list[dict]:
    found = [
        (bucket, unit)
        for (salt, name, bucket), unit in boundary.UNITS.items()
        if (salt, name) == (boundary.EXPERIMENT_SALT, draw_name)
    ]
    return [case(f"{draw_name} bucket {bucket}", {"user": unit}) for bucket, unit in found]
