"""What is on, which state an experiment is in, and whose id it draws with."""

from .notation import NOW, case, claim, document, experiment, flag, group, layer, record, rule, variant
from .tests import compare, present

STATES = ("running", "paused", "frozen", "completed", "graduated")


def groups() -> list[dict]:
    """All of this file's groups."""
    return [*_switches(), _states(), _fallback(), _unknown_names()]


def _switches() -> list[dict]:
    """Off, experiments take nobody before anything else is looked at; off, flags try no rule."""
    arms = [variant("control", control=True), variant("treatment", overridden="2")]
    made = [
        experiment("claims", allocation=((0, 1_000_000, "treatment"),), variants=arms),
        experiment("paused", state="paused"),
        experiment("forced", forced=[{"unit": "u_42", "variant": "control"}]),
    ]
    flags = [
        flag("overridden", "number", "0", (rule("1"),)),
        flag("ruled", "number", "0", (rule("1", compare("beta", "eq", True)), rule("2", buckets=500_000))),
    ]
    cases = [
        case("a user", {"user": "u_42"}),
        case("a beta user", {"user": "u_42", "beta": True}),
        case("nobody", {}),
        case("an invalid user", {"user": ""}),
        case("a forced user", {"user": "u_1"}, forced={"claims": "control"}),
    ]
    return [
        group(
            f"experiments {'on' if experiments else 'off'}, flags {'on' if rules else 'off'}",
            document(made, flags, switches={"experiments": experiments, "flags": rules}),
            cases,
        )
        for experiments in (True, False)
        for rules in (True, False)
    ]


def _states() -> dict:
    """Each state, without and with records; each one's targeting takes users in India."""
    made = []
    for state in STATES:
        more = {"graduation": {"winner": "treatment"}} if state == "graduated" else {}
        targeting = compare("country", "eq", "IN")
        if state != "frozen":
            made.append(experiment(state, state=state, targeting=targeting, **more))
        made.append(experiment(f"{state}_sticky", state=state, sticky=True, targeting=targeting, **more))
    records = [record(f"{state}_sticky", "control") for state in STATES]
    useless = [record(state, "control") for state in STATES if state != "frozen"]
    cases = []
    for number in range(3):
        for country in ("IN", "US", None):
            context = {"user": f"u_{number}", **({"country": country} if country else {})}
            cases.append(case(f"u_{number} in {country}, no records", context))
            cases.append(case(f"u_{number} in {country}, records", context, sticky=records))
    cases.append(case("records of experiments that keep none", {"user": "u_0", "country": "IN"}, sticky=useless))
    cases.append(case("no user, records", {"country": "IN"}, sticky=records))
    return group("states", document(made), cases)


def _fallback() -> dict:
    """A missing id falls back, a bad one does not; every draw below is that of the id that stands in."""
    doc = document(
        [
            experiment("user_or_device", fallback="device", sticky=True),
            experiment("device_or_user", unit="device", fallback="user", sticky=True),
            experiment("with_ramp", fallback="device", sticky=True, ramp=[{"buckets": 500_000}]),
            experiment("with_list", fallback="device", sticky=True, forced=[{"unit": "d_1", "variant": "treatment"}]),
            experiment("with_layer", fallback="device", sticky=True, layer=claim("half", (0, 500_000))),
            experiment("not_targeted", fallback="device", sticky=True, targeting=present("user")),
            experiment("paused", fallback="device", sticky=True, state="paused"),
            experiment("without", unit="user"),
        ],
        units=("user", "device"),
        layers=[layer("half")],
    )
    contexts = {
        "both": {"user": "u_1", "device": "d_1"},
        "a user alone": {"user": "u_1"},
        "a device alone": {"device": "d_1"},
        "another device": {"device": "d_2"},
        "a third device": {"device": "d_3"},
        "a device whose id is a user's": {"device": "u_1"},
        "the user is null": {"user": None, "device": "d_1"},
        "a bad user does not fall back": {"user": "", "device": "d_1"},
        "a number for a device": {"device": 7},
        "no user, and a bad device": {"device": True},
        "a user, and a bad device": {"user": "u_1", "device": True},
        "neither": {},
    }
    cases = [case(name, context) for name, context in contexts.items()]
    kept = [record("user_or_device", "control"), record("with_layer", "treatment")]
    return group(
        "fallback units",
        doc,
        [
            *cases,
            case("records of the device", {"device": "d_2"}, sticky=kept),
            case("records of the device, now that the user is known", {"user": "u_9", "device": "d_2"}, sticky=kept),
            case("a forced device", {"device": "d_2"}, forced={"user_or_device": "treatment"}),
        ],
    )


def _unknown_names() -> dict:
    """Directives about what the ruleset does not hold are passed over."""
    doc = document([experiment("known", sticky=True), experiment("turns", strategy="round_robin")])
    records = [record("unknown", "control"), record("known", "unknown"), record("known", "treatment")]
    return group(
        "directives about unknown names",
        doc,
        [
            case("records", {"user": "u_42"}, sticky=records),
            case("a record of an unknown variant alone", {"user": "u_42"}, sticky=records[:2]),
            case("a forced experiment", {"user": "u_42"}, forced={"unknown": "control"}),
            case("a forced variant", {"user": "u_42"}, forced={"known": "unknown"}),
            case("a counter", {"user": "u_42"}, counters={"unknown": 1}),
            case("no records", {"user": "u_42"}, NOW, sticky=[], forced={}, counters={}),
        ],
    )
