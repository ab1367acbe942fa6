"""One document with a bit of everything: its ruleset is kept as bytes, golden.edgewise."""

from .notation import (
    HOUR,
    NOW,
    case,
    claim,
    document,
    experiment,
    factor,
    flag,
    group,
    holdout,
    layer,
    record,
    rule,
    segment,
    variant,
)
from .tests import belongs, compare, holds, matches, member, negated, network, present, semver, text, timestamp

NAME = "golden ruleset"


def groups() -> list[dict]:
    """The one group."""
    return [group(NAME, _document(), _cases())]


def _document() -> dict:
    return document(
        [*_drawn(), *_conditional(), *_remembered(), *_claiming()],
        [
            flag("rag.strategy", "string", '"off"', (rule('"beta"', compare("beta", "eq", True)),)),
            flag("rag.depth", "number", "1", (rule("2", buckets=500_000),)),
            flag("banner", "boolean", "false", (rule("true", member("age", 18, 21, 65), 900_000, "device"),)),
            flag(
                "theme",
                "object",
                "{}",
                (rule('{"name":"staff"}', belongs("staff")), rule("[1,2]", holds("tags", "any", "x", "y"))),
            ),
        ],
        units=("user", "device"),
        tenant="acme",
        environment="production",
        segments=[
            segment("staff", {"or": [matches("email", "@example\\.(com|org)$"), belongs("office")]}),
            segment("office", network("ip", "192.0.2.0/24", "2001:db8::/32")),
        ],
        layers=[layer("page"), layer("box", within=claim("page", (100_000, 900_000)))],
        holdouts=[holdout("quarter", 100_000)],
    )


def _drawn() -> list[dict]:
    """Every way to draw."""
    return [
        experiment("holdout_like", allocation=((0, 50_000, "control"), (950_000, 1_000_000, "treatment"))),
        experiment("stopped", state="paused"),
        experiment("calls", strategy="random"),
        experiment("turns", strategy="round_robin"),
        experiment(
            "placed",
            strategy="context",
            placements=[{"condition": compare("app.plan", "eq", "pro"), "variant": "treatment"}],
        ),
        experiment(
            "factorial",
            factors=[factor("colour", ("blue", "green")), factor("size", ("s", "m", "l"))],
            cells=["a", "b", "c", "b", "c", "a"],
            variants=[variant("a", control=True), variant("b"), variant("c")],
        ),
    ]


def _conditional() -> list[dict]:
    """Targeting, ramps and prerequisites."""
    spoken = {"or": [negated(text("locale", "starts_with", "en")), {"and": [present("age"), compare("age", "ge", 18)]}]}
    ramp = [{"from": NOW, "buckets": 250_000}, {"from": NOW + 24 * HOUR, "buckets": 750_000}]
    return [
        experiment(
            "checkout", unit="device", iteration=3, start=NOW, end=NOW + 100 * HOUR, ramp=ramp, targeting=spoken
        ),
        experiment(
            "recent", targeting={"and": [semver("app.version", "ge", "2.4.0"), timestamp("since", "lt", "2026-01-01")]}
        ),
        experiment("not_yet", targeting=timestamp([], "ge", "2026-01-06T00:00:00Z")),
        experiment(
            "following",
            prerequisites=[
                {"experiment": {"id": "factorial", "variants": ["b", "c"]}},
                {"flag": {"id": "rag.depth", "values": ["1", "7"]}},
            ],
        ),
    ]


def _remembered() -> list[dict]:
    """Layers, holdouts, records, and experiments that are over."""
    return [
        experiment(
            "ranking",
            sticky=True,
            fallback="device",
            layer=claim("box", (0, 500_000)),
            holdouts=["quarter"],
            forced=[{"unit": "u_qa", "variant": "treatment"}, {"unit": "\u7528\u6237", "variant": "control"}],
        ),
        experiment("ranking_before", sticky=True, state="completed", layer=claim("box", (500_000, 1_000_000))),
        experiment("kept", sticky=True, state="frozen", iteration=2),
        experiment("decided", state="graduated", graduation={"winner": "treatment", "hold_back": "quarter"}),
    ]


def _claiming() -> list[dict]:
    """Experiments that override flags, two of them the same one."""
    india_pro = {"and": [member("country", "IN", "US"), compare("app.plan", "eq", "pro")]}
    return [
        experiment(
            "rag_timing",
            allocation=((0, 333_334, "control"), (333_334, 666_667, "parallel"), (666_667, 1_000_000, "adaptive")),
            variants=[
                variant("control", control=True),
                variant("parallel", rag__strategy='"parallel"'),
                variant("adaptive", rag__strategy='"adaptive"', rag__depth="7"),
            ],
            targeting=india_pro,
            priority=10,
            plan="00112233445566778899aabbccddeeff",
        ),
        experiment(
            "rag_everywhere",
            allow_masking=True,
            variants=[variant("control", control=True), variant("treatment", rag__strategy='"sequential"')],
        ),
    ]


def _cases() -> list[dict]:
    contexts = [
        {"user": "u_1", "device": "d_1", "country": "IN", "app": {"plan": "pro"}, "locale": "en-IN", "age": 18},
        {"user": "u_2", "device": "d_2", "country": "IN", "app": {"plan": "pro"}, "locale": "hi-IN", "beta": True},
        {"user": "u_3", "device": "d_3", "country": "US", "app": {"plan": "pro"}, "age": 17.5, "locale": "en-US"},
        {"user": "u_4", "device": "d_4", "country": "US", "app": {"plan": "pro"}, "age": 65, "beta": False},
        {"user": "u_5", "device": "d_5", "country": "DE", "app": {"plan": "pro"}, "age": 21, "locale": "de"},
        {"user": "u_6", "device": "d_6", "country": "IN", "app": {"plan": "free"}, "age": "21", "locale": ["de"]},
        {"user": "u_7", "device": "d_7", "country": "IN", "app": "pro"},
        {"user": "\u7528\u6237", "device": "caf\u00e9", "country": "IN", "app": {"plan": "pro"}, "locale": "zh"},
        {"user": "cafe\u0301", "country": "US", "app": {"plan": "pro"}},
        {"user": "x" * 1024, "device": "x" * 1025, "country": "US", "app": {"plan": "pro"}, "locale": "fr"},
        {"user": "", "device": 7, "country": "US", "app": {"plan": "pro"}, "locale": "fr"},
        {},
        {"user": "u_qa", "email": "qa@example.com", "app": {"version": "v2.4"}, "since": "2025-12-31T23:59:60Z"},
        {"user": "u_12", "ip": "::ffff:192.0.2.7", "app": {"version": "2.4.0-rc.1"}, "since": NOW},
        {"user": "u_13", "tags": ["a", "y"], "app": {"version": "10.0.0"}, "since": "2025-11-01"},
        {"device": "d_14", "tags": [], "ip": "192.0.3.7", "email": "a@example.com.evil"},
    ]
    times = {"at the start": NOW, "a day later": NOW + 24 * HOUR, "before": NOW - 1, "at the end": NOW + 100 * HOUR}
    first, *later = times.items()
    cases = [case(f"context {index} {first[0]}", context, first[1]) for index, context in enumerate(contexts)]
    cases += [case(f"context {index} {when}", contexts[index], now) for when, now in later for index in (0, 1, 4, 10)]
    records = [record("ranking_before", "control"), record("kept", "treatment", 2), record("ranking", "treatment", 2)]
    return [
        *cases,
        case("context 1 with records", contexts[1], sticky=records),
        case("context 14 with records", contexts[14], sticky=[record("ranking", "control"), *records]),
        case(
            "context 15 with records", contexts[15], sticky=[record("ranking", "treatment", epoch="ffffffffffffffff")]
        ),
        case("context 2 with a nonce and counters", contexts[2], nonce="018f4e3a", counters={"turns": 4_294_967_297}),
        case(
            "context 3, forced", contexts[3], forced={"rag_timing": "adaptive", "stopped": "control", "kept": "control"}
        ),
    ]
