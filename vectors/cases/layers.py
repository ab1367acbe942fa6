"""Layers: slots, what lies within slots, and what a record holds."""

from . import boundary
from .notation import case, claim, document, experiment, group, holdout, layer, record
from .tests import compare


def groups() -> list[dict]:
    """All of this file's groups."""
    return [*_edges(), _nesting(), _deepest(), _steps(), _held_by_records(), _held_in_nested_layers()]


def _edges() -> list[dict]:
    """The slots are half-open; a layer may leave buckets to nobody, and slots may lie in pieces."""
    shapes = {
        "quarters": {
            "first_quarter": [(0, 250_000)],
            "middle": [(250_000, 750_000)],
            "last_quarter": [(750_000, 1_000_000)],
        },
        "pieces": {
            "in_pieces": [(750_000, 1_000_000), (0, 1), (249_999, 250_000)],
            "the_rest": [(1, 249_999), (250_000, 750_000)],
        },
        "gaps": {"no_slot": [], "all_but_the_ends": [(1, 999_999)]},
        "the whole": {"in_touching_pieces": [(0, 250_000), (250_000, 1_000_000)], "no_slot": []},
    }
    salt = boundary.LAYER_SALT
    cases = [
        case(f"entry bucket {bucket}", {"user": boundary.unit(salt, "entry", bucket)})
        for bucket in (0, 249_999, 250_000, 749_999, 750_000, 999_999)
    ]
    return [
        group(
            f"first and last bucket of each slot: {name}",
            document(
                [experiment(one, layer=claim("boundary", *ranges)) for one, ranges in shape.items()],
                layers=[layer("boundary")],
            ),
            cases,
        )
        for name, shape in shapes.items()
    ]


def _nesting() -> dict:
    """A layer within slots of another; two that name the very same slots each draw anew, so that they overlap."""
    left, right = claim("page", (0, 600_000)), claim("page", (600_000, 900_000))
    doc = document(
        [
            experiment("left_first", layer=claim("left_one", (0, 500_000))),
            experiment("left_second", layer=claim("left_one", (500_000, 1_000_000))),
            experiment("left_too", layer=claim("left_two", (0, 500_000))),
            experiment("right_whole", layer=claim("right", (0, 1_000_000))),
            experiment("page_itself", layer=claim("page", (900_000, 1_000_000))),
            experiment("by_device", unit="device", layer=claim("devices", (0, 500_000))),
            experiment("outside"),
        ],
        units=("user", "device"),
        layers=[
            layer("left_two", within=left),
            layer("left_one", within=left),
            layer("right", within=right),
            layer("page"),
            layer("devices", unit="device"),
        ],
    )
    cases = [case(f"unit {number}", {"user": f"u_{number}", "device": f"d_{number}"}) for number in range(24)]
    return group("nested layers", doc, [*cases, case("no user", {"device": "d_1"})])


def _deepest() -> dict:
    """Eight layers, one within the other; the unit has to lie in the slots of each."""
    most = (50_000, 1_000_000)
    layers = [layer("l1")] + [layer(f"l{n}", within=claim(f"l{n - 1}", most)) for n in range(2, 9)]
    made = [experiment(f"in_l{n}", layer=claim(f"l{n}", (0, 50_000))) for n in (1, 4)]
    made.append(experiment("in_l8", layer=claim("l8", (0, 1_000_000))))
    doc = document(made, layers=layers)
    return group("eight layers", doc, [case(f"unit {number}", {"user": f"u_{number}"}) for number in range(24)])


def _steps() -> dict:
    """Of a layer's refusal and another step's, the earlier one is told."""
    nobody = claim("page", (0, 1))
    doc = document(
        [
            experiment("held_out", layer=claim("page", (1, 2)), holdouts=["all"]),
            experiment("not_targeted", layer=claim("page", (2, 3)), targeting={"constant": False}),
            experiment("frozen", layer=claim("page", (3, 4)), state="frozen", sticky=True),
            experiment("completed", layer=claim("page", (4, 5)), state="completed"),
            experiment("paused", layer=claim("page", (5, 6)), state="paused"),
            experiment("listed", layer=claim("page", (6, 7)), forced=[{"unit": "u_42", "variant": "control"}]),
            experiment("random", layer=claim("page", (7, 8)), strategy="random"),
            experiment("plain", layer=nobody),
        ],
        holdouts=[holdout("all", 1_000_000)],
        layers=[layer("page")],
    )
    return group(
        "layers among the steps",
        doc,
        [
            case("a user", {"user": "u_42"}),
            case("another user, forced", {"user": "u_1"}, forced={"plain": "treatment"}),
            case("a record", {"user": "u_1"}, sticky=[record("frozen", "control")]),
            case("nobody", {}),
        ],
    )


def _held_by_records() -> dict:
    """A valid record holds the layer for its experiment against the bucket, and against all other slots."""
    doc = document(
        [
            experiment("low", sticky=True, layer=claim("page", (0, 400_000))),
            experiment("high", sticky=True, layer=claim("page", (400_000, 800_000))),
            experiment("without_memory", layer=claim("page", (800_000, 1_000_000))),
            experiment("paused", sticky=True, state="paused", layer=claim("other", (0, 1))),
            experiment("beside_paused", layer=claim("other", (1, 1_000_000))),
            experiment("outside", sticky=True),
            experiment("slots_freed", sticky=True, state="completed", layer=claim("other")),
            experiment("holds_no_slot", sticky=True, layer=claim("other")),
        ],
        layers=[layer("page"), layer("other")],
    )
    low, high = record("low", "treatment"), record("high", "control")
    records = {
        "of the low one": [low],
        "of the high one": [high],
        "of both, low first": [low, high],
        "of both, high first": [high, low],
        "of the experiment outside": [record("outside", "control")],
        "of one without memory": [record("without_memory", "control")],
        "of an earlier iteration": [record("low", "treatment", 2)],
        "of an earlier iteration, then of the high one": [record("low", "treatment", 2), high],
        "of an unknown variant": [record("low", "third")],
        "of a paused experiment": [record("paused", "control")],
        "of one whose slots were freed": [record("slots_freed", "control")],
        "of two variants": [low, record("low", "control", epoch="00000000000000bb")],
    }
    cases = [case(f"unit {number}", {"user": f"u_{number}"}) for number in range(8)]
    cases += [
        case(f"unit {number}, records {name}", {"user": f"u_{number}"}, sticky=some)
        for name, some in records.items()
        for number in range(4)
    ]
    return group("records hold layers", doc, cases)


def _held_in_nested_layers() -> dict:
    """A record holds its experiment's slots at every level: who shares them passes, who holds others does not."""
    left, right = claim("page", (0, 500_000)), claim("page", (500_000, 1_000_000))
    doc = document(
        [
            experiment("left_low", sticky=True, layer=claim("left_one", (0, 500_000))),
            experiment("left_high", sticky=True, layer=claim("left_one", (500_000, 1_000_000))),
            experiment("left_too", sticky=True, layer=claim("left_two", (0, 500_000))),
            experiment("left_unkept", layer=claim("left_two", (500_000, 1_000_000))),
            experiment("right_low", sticky=True, layer=claim("right_one", (0, 500_000))),
            experiment("right_unkept", layer=claim("right_one", (500_000, 1_000_000)), targeting=compare("a", "eq", 1)),
        ],
        layers=[
            layer("page"),
            layer("left_one", within=left),
            layer("left_two", within=left),
            layer("right_one", within=right),
        ],
    )
    sticky = ("left_low", "left_high", "left_too", "right_low")
    cases = [
        case(f"unit {number}, a record of {name}", {"user": f"u_{number}", "a": 1}, sticky=[record(name, "control")])
        for name in sticky
        for number in range(8)
    ]
    cases += [case(f"unit {number}", {"user": f"u_{number}", "a": 1}) for number in range(8)]
    both = [record("left_too", "control"), record("right_low", "treatment")]
    cases += [
        case(f"unit {number}, records of left_too and right_low", {"user": f"u_{number}", "a": 1}, sticky=some)
        for number in range(3)
        for some in (both, both[::-1])
    ]
    return group("records hold nested layers", doc, cases)
