"""Short ways to write documents, experiments, flags and cases; conditions are in `tests.py`."""

SEED = "9f86d081884c7d65"
# 2026-01-05T00:00:00Z, the time of every case that is not about time.
NOW = 1_767_571_200_000
HOUR = 3_600_000


def document(
    experiments: list | None = None, flags: list | None = None, units: tuple = ("user",), **more: object
) -> dict:
    """A document with the usual seed."""
    return {"seed": SEED, **more, "units": list(units), "experiments": experiments or [], "flags": flags or []}


def slots(*ranges: tuple[int, int]) -> list[dict]:
    """Half-open ranges of buckets."""
    return [{"start": start, "end": end} for start, end in ranges]


def claim(layer_id: str, *ranges: tuple[int, int]) -> dict:
    """Slots of a layer, for an experiment or for another layer."""
    return {"layer": layer_id, "slots": slots(*ranges)}


def layer(name: str, unit: str = "user", **more: object) -> dict:
    """A layer; `within` is a claim."""
    return {"id": name, "salt": more.pop("salt", f"layer:{name}"), "unit": unit, **more}


def holdout(name: str, buckets: int, unit: str = "user", **more: object) -> dict:
    """A holdout of the units below so many buckets."""
    return {"id": name, "salt": more.pop("salt", f"holdout:{name}"), "unit": unit, "buckets": buckets}


def segment(name: str, condition: dict, **more: object) -> dict:
    """A named condition."""
    return {"id": name, "condition": condition, **more}


def factor(name: str, levels: tuple[str, ...], *ranges: tuple[int, int, str]) -> dict:
    """A factor; without ranges its levels share the buckets equally, the last one takes what is left over."""
    share = 1_000_000 // len(levels)
    ends = [*range(share, share * len(levels), share), 1_000_000]
    ranges = ranges or tuple(zip([0, *ends], ends, levels))
    allocation = [{"start": start, "end": end, "level": level} for start, end, level in ranges]
    return {"id": name, "levels": list(levels), "allocation": allocation}


def experiment(
    name: str, allocation: tuple = ((0, 500_000, "control"), (500_000, 1_000_000, "treatment")), **more: object
) -> dict:
    """A running experiment on users, halved between control and treatment unless told otherwise."""
    iteration = more.pop("iteration", 1)
    variants = more.pop("variants", None) or [variant("control", control=True), variant("treatment")]
    return {
        "id": name,
        "iteration": iteration,
        "salt": more.pop("salt", f"experiment:{name}@{iteration}"),
        "unit": more.pop("unit", "user"),
        "state": more.pop("state", "running"),
        **more,
        "variants": variants,
        **({} if "factors" in more else {"allocation": ranges_of(allocation)}),
    }


def ranges_of(allocation: tuple) -> list[dict]:
    """Bucket ranges of variants."""
    return [{"start": start, "end": end, "variant": variant_id} for start, end, variant_id in allocation]


def targeted(conditions: dict) -> list[dict]:
    """One experiment a condition, named by it."""
    return [experiment(name, targeting=condition) for name, condition in conditions.items()]


def variant(name: str, control: bool = False, **overrides: str) -> dict:
    """An arm; overrides are given as JSON text, `__` in a flag's id standing for a dot."""
    made: dict = {"id": name}
    if control:
        made["control"] = True
    if overrides:
        made["overrides"] = {flag_id.replace("__", "."): value for flag_id, value in overrides.items()}
    return made


def flag(name: str, value_type: str, default: str, rules: tuple = (), **more: object) -> dict:
    """A flag; values are JSON text."""
    made = {"id": name, "salt": more.pop("salt", f"flag:{name}"), "type": value_type, "default": default, **more}
    if rules:
        made["rules"] = list(rules)
    return made


def rule(value: str, condition: dict | None = None, buckets: int | None = None, unit: str = "user") -> dict:
    """A flag's rule; with `buckets`, a percentage rollout."""
    made: dict = {}
    if condition is not None:
        made["condition"] = condition
    if buckets is not None:
        made["rollout"] = {"unit": unit, "buckets": buckets}
    return {**made, "value": value}


def case(name: str, context: dict | str, now: int = NOW, unknown: tuple = (), **directives: object) -> dict:
    """A question. A context in text is JSON that some hosts cannot hold (lone surrogates).

    Directives are what stands beside the context: `sticky`, `forced`, `nonce`, `counters`.
    """
    held = {"context_json": context} if isinstance(context, str) else {"context": context}
    return {"name": name, **held, **directives, "now": now, "unknown": list(unknown)}


def cases_of(attribute: str, values: list) -> list[dict]:
    """One question a value of the attribute."""
    return [case(f"{attribute} is {value!a}"[:80], {"user": "u_42", attribute: value}) for value in values]


def record(experiment: str, variant: str, iteration: int = 1, epoch: str = "00000000000000aa") -> dict:
    """A sticky record; the epoch of most cases is one that no experiment has, so that it is seen where it comes from."""
    return {"experiment": experiment, "iteration": iteration, "variant": variant, "epoch": epoch}


def group(name: str, doc: dict, cases: list[dict], audience: str = "server") -> dict:
    """Questions to one document, as it is compiled for an audience."""
    return {"name": name, "audience": audience, "document": doc, "cases": cases}
