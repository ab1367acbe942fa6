"""Short ways to write documents, conditions and cases."""

SEED = "9f86d081884c7d65"
# 2026-01-05T00:00:00Z, the time of every case that is not about time.
NOW = 1_767_571_200_000
HOUR = 3_600_000


def document(
    experiments: list | None = None, flags: list | None = None, units: tuple = ("user",), **more: object
) -> dict:
    """A document with the usual seed."""
    return {"seed": SEED, **more, "units": list(units), "experiments": experiments or [], "flags": flags or []}


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
        "allocation": [{"start": start, "end": end, "variant": v} for start, end, v in allocation],
    }


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
    made = {"id": name, "salt": more.pop("salt", f"flag:{name}"), "type": value_type, "default": default}
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


def compare(path: str | list, operator: str, value: object) -> dict:
    """`path` is dotted, or a list where its segments are unusual."""
    return {"compare": {"attribute": segments(path), "operator": operator, "value": value}}


def member(path: str | list, *values: object) -> dict:
    """Membership in a list of literals."""
    return {"in": {"attribute": segments(path), "values": list(values)}}


def text(path: str | list, operator: str, value: str) -> dict:
    """A test of a string's ends or inside."""
    return {"text": {"attribute": segments(path), "operator": operator, "value": value}}


def present(path: str | list) -> dict:
    """Whether the context holds the attribute."""
    return {"present": segments(path)}


def negated(condition: dict) -> dict:
    """The condition's negation."""
    return {"not": condition}


def segments(path: str | list) -> list[str]:
    """A path as its segments."""
    return path.split(".") if isinstance(path, str) else path


def case(name: str, context: dict | str, now: int = NOW, unknown: tuple = ()) -> dict:
    """A question. A context in text is JSON that some hosts cannot hold (lone surrogates)."""
    held = {"context_json": context} if isinstance(context, str) else {"context": context}
    return {"name": name, **held, "now": now, "unknown": list(unknown)}


def group(name: str, doc: dict, cases: list[dict]) -> dict:
    """Questions to one document."""
    return {"name": name, "document": doc, "cases": cases}
