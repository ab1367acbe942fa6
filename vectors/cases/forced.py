"""Units that get a variant by name: by the host's override, or from the list for tests by hand."""

from .notation import HOUR, NOW, case, claim, document, experiment, flag, group, holdout, layer, record, rule, variant


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_forced(), _units()]


def _forced() -> dict:
    """Forced comes before everything but state, time and unit, and never exposes."""
    qa = [{"unit": "u_qa", "variant": "treatment"}, {"unit": "u_control", "variant": "control"}]
    nobody = ((0, 1_000_000, "control"),)
    arms = [variant("control", control=True), variant("treatment", shown="2")]
    doc = document(
        [
            experiment("plain", forced=qa),
            experiment("paused", forced=qa, state="paused"),
            experiment("later", forced=qa, start=NOW + HOUR),
            experiment("over", forced=qa, end=NOW),
            experiment("held_out", forced=qa, holdouts=["all"]),
            experiment(
                "prerequisite", forced=qa, prerequisites=[{"experiment": {"id": "paused", "variants": ["control"]}}]
            ),
            experiment("no_slot", forced=qa, layer=claim("page", (0, 1))),
            experiment("not_targeted", forced=qa, targeting={"constant": False}),
            experiment("not_in_ramp", forced=qa, ramp=[{"buckets": 0}]),
            experiment("unallocated", forced=qa, allocation=()),
            experiment("frozen", forced=qa, state="frozen", sticky=True),
            experiment("completed", forced=qa, state="completed"),
            experiment("graduated", forced=qa, state="graduated", graduation={"winner": "control"}),
            experiment("sticky", forced=qa, sticky=True),
            experiment("random", forced=qa, strategy="random"),
            experiment("in_turn", forced=qa, strategy="round_robin"),
            experiment("claims", forced=qa, variants=arms, allocation=nobody),
        ],
        [flag("shown", "number", "0", (rule("1"),))],
        holdouts=[holdout("all", 1_000_000)],
        layers=[layer("page")],
    )
    everywhere = {one["id"]: "treatment" for one in doc["experiments"]}
    records = [record("sticky", "control")]
    return group(
        "forced",
        doc,
        [
            case("nobody forced", {"user": "u_42"}),
            case("on the list, treatment", {"user": "u_qa"}),
            case("on the list, control", {"user": "u_control"}),
            case("by the host", {"user": "u_42"}, forced=everywhere),
            case("by the host, against the list", {"user": "u_control"}, forced=everywhere),
            case("by the host, one experiment alone", {"user": "u_control"}, forced={"plain": "treatment"}),
            case("with a record", {"user": "u_qa"}, sticky=records),
            case("on the list, but the case differs", {"user": "U_QA"}),
            case("no unit", {}, forced=everywhere),
            case("an invalid unit", {"user": ["u_qa"]}, forced=everywhere),
        ],
    )


def _units() -> dict:
    """The list holds ids as they are: no normalisation, and integers as their decimals."""
    ids = {
        "42": "control",
        "caf\u00e9": "treatment",
        "\u7528\u6237": "control",
        "\U0001f680": "treatment",
        "x" * 1024: "control",
    }
    forced = [{"unit": unit, "variant": name} for unit, name in ids.items()]
    doc = document([experiment("listed", forced=forced, allocation=()), experiment("not_listed")])
    units = (42, 42.0, "42", "042", "caf\u00e9", "cafe\u0301", "\u7528\u6237", "\U0001f680", "x" * 1024, "x" * 1023)
    cases = [case(f"unit {index}", {"user": unit}) for index, unit in enumerate(units)]
    return group("forced units", doc, cases)
