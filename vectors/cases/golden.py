"""One document with a bit of everything: its ruleset is kept as bytes, golden.edgewise."""

from .notation import (
    HOUR,
    NOW,
    case,
    compare,
    document,
    experiment,
    flag,
    group,
    member,
    negated,
    present,
    rule,
    text,
    variant,
)

NAME = "golden ruleset"


def groups() -> list[dict]:
    """The one group."""
    return [group(NAME, _document(), _cases())]


def _document() -> dict:
    india_pro = {"and": [member("country", "IN", "US"), compare("app.plan", "eq", "pro")]}
    thirds = ((0, 333_334, "control"), (333_334, 666_667, "parallel"), (666_667, 1_000_000, "adaptive"))
    return document(
        [
            experiment(
                "rag_timing",
                allocation=thirds,
                variants=[
                    variant("control", control=True),
                    variant("parallel", rag__strategy='"parallel"'),
                    variant("adaptive", rag__strategy='"adaptive"', rag__depth="7"),
                ],
                targeting=india_pro,
                plan="00112233445566778899aabbccddeeff",
            ),
            experiment(
                "checkout",
                unit="device",
                iteration=3,
                start=NOW,
                end=NOW + 100 * HOUR,
                ramp=[{"from": NOW, "buckets": 250_000}, {"from": NOW + 24 * HOUR, "buckets": 750_000}],
                targeting={
                    "or": [
                        negated(text("locale", "starts_with", "en")),
                        {"and": [present("age"), compare("age", "ge", 18)]},
                    ]
                },
            ),
            experiment("holdout_like", allocation=((0, 50_000, "control"), (950_000, 1_000_000, "treatment"))),
            experiment("stopped", state="paused"),
        ],
        [
            flag("rag.strategy", "string", '"off"', (rule('"beta"', compare("beta", "eq", True)),)),
            flag("rag.depth", "number", "1", (rule("2", buckets=500_000),)),
            flag("banner", "boolean", "false", (rule("true", member("age", 18, 21, 65), 900_000, "device"),)),
        ],
        units=("user", "device"),
        tenant="acme",
        environment="production",
    )


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
    ]
    times = {"at the start": NOW, "a day later": NOW + 24 * HOUR, "before": NOW - 1, "at the end": NOW + 100 * HOUR}
    first, *later = times.items()
    cases = [case(f"context {index} {first[0]}", context, first[1]) for index, context in enumerate(contexts)]
    return cases + [
        case(f"context {index} {when}", contexts[index], now) for when, now in later for index in (0, 1, 4, 10)
    ]
