#!/usr/bin/env python3
"""Writes bucket.json, assign.json and the table of core/tests/no_std, and checks siphash.json, which was copied.

`python3 vectors/make.py` writes; `python3 vectors/make.py --check` writes nothing and fails where a file differs.
"""

import argparse
import json
import sys
from functools import cache
from pathlib import Path

import table
from cases import (
    audience,
    bucket,
    conditions,
    drawn,
    experiments,
    factors,
    flags,
    forced,
    golden,
    graduation,
    holdouts,
    instants,
    layers,
    limits,
    masking,
    membership,
    networks,
    patterns,
    prerequisites,
    serving,
    sticky,
    strategies,
    versions,
)
from edgewise_reference.assignment import Assignment, assign
from edgewise_reference.audience import seen_by
from edgewise_reference.context import Context
from edgewise_reference.document import Situation, seed
from edgewise_reference.epoch import epoch, holdout_epoch
from edgewise_reference.flag import Evaluation, evaluate_flag
from edgewise_reference.propensity import Shares, propensities
from edgewise_reference.replay import attributes
from edgewise_reference.siphash import siphash_2_4, siphash_2_4_128

# In the order of assign.json: first what is kept as bytes, then the steps, then conditions and flags.
TOPICS = (
    golden,
    experiments,
    serving,
    forced,
    holdouts,
    prerequisites,
    masking,
    graduation,
    layers,
    sticky,
    strategies,
    factors,
    limits,
    conditions,
    versions,
    instants,
    networks,
    patterns,
    membership,
    audience,
    flags,
    drawn,
)

HERE = Path(__file__).resolve().parent
NO_STD_TABLE = HERE.parent / "core/tests/no_std/src/cases.rs"
FORMAT = 1
MADE_BY = "vectors/make.py, with the Python implementation in vectors/edgewise_reference"


def main() -> int:
    """Zero where every file is, or now is, what it should be."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--check", action="store_true", help="write nothing; fail where a file differs")
    check = arguments.parse_args().check

    wrong = siphash_mismatches(json.loads((HERE / "siphash.json").read_text()))
    for mismatch in wrong:
        print(f"siphash.json: the reference implementation disagrees with {mismatch}", file=sys.stderr)
    for path, text in files().items():
        if check and not is_current(path, text):
            print(
                f"{path.name} is not what make.py makes: run `python3 vectors/make.py`, and read the difference",
                file=sys.stderr,
            )
            wrong.append(path.name)
        elif not check:
            path.write_text(text)
    return 1 if wrong else 0


def siphash_mismatches(published: dict) -> list[str]:
    """Which of the published vectors the reference implementation does not reproduce."""
    key = bytes.fromhex(published["key"])
    paper = published["paper"]
    wrong = []
    if f"{siphash_2_4(key, bytes.fromhex(paper['message'])):016x}" != paper["integer"]:
        wrong.append("the paper's appendix A")
    for length, (short, long) in enumerate(zip(published["siphash_2_4"], published["siphash_2_4_128"], strict=True)):
        message = bytes(range(length))
        if siphash_2_4(key, message).to_bytes(8, "little").hex() != short:
            wrong.append(f"siphash_2_4[{length}]")
        if siphash_2_4_128(key, message).hex() != long:
            wrong.append(f"siphash_2_4_128[{length}]")
    return wrong


@cache
def files() -> dict[Path, str]:
    """Every file that is written here, with its text."""
    groups = [answered(group) for group in asked()]
    golden_group = next(group for group in groups if group["name"] == golden.NAME)
    return {
        HERE / "bucket.json": bucket_file(),
        HERE / "assign.json": assign_file(groups),
        NO_STD_TABLE: table.rust(golden_group),
    }


def asked() -> list[dict]:
    """All groups, without answers."""
    return [group for topic in TOPICS for group in topic.groups()]


def bucket_file() -> str:
    """The text of bucket.json: one case a line."""
    places = [with_lines(place, "cases") for place in bucket.places(json.loads)]
    return whole_file("places", places)


def assign_file(groups: list[dict]) -> str:
    """The text of assign.json: one document and one case a line."""
    return whole_file("groups", [with_lines(group, "cases") for group in groups])


def answered(group: dict) -> dict:
    """A group with the reference implementation's answers."""
    seen = seen_by(with_every_part(group["document"]), group["audience"])
    epochs = {one["id"]: epoch(seed(seen), one) for one in seen["experiments"]}
    shares = {one["id"]: numbers(propensities(one)) for one in seen["experiments"]}
    read = {one["id"]: attributes(seen, one) for one in seen["experiments"]}
    cases = [answered_case(seen, epochs, case) for case in group["cases"]]
    audience = {} if group["audience"] == "server" else {"audience": group["audience"]}
    held = {one["id"]: holdout_epoch(seed(seen), one) for one in seen["holdouts"]}
    facts = {"epochs": epochs, **({"holdout_epochs": held} if held else {}), "propensities": shares, "attributes": read}
    return {"name": group["name"], **audience, "document": group["document"], **facts, "cases": cases}


def numbers(shares: Shares) -> dict[str, float]:
    """Each share as the double nearest to it."""
    return {variant: float(share) for variant, share in shares.items()}


def with_every_part(document: dict) -> dict:
    """The document with an empty list for each part that it leaves out."""
    parts = ("segments", "layers", "holdouts", "experiments", "flags")
    return {**document, **{part: document.get(part, []) for part in parts}}


def answered_case(document: dict, epochs: dict[str, str], case: dict) -> dict:
    """What every experiment, every flag and every unknown id of a case answers."""
    situation = Situation(document, context_of(case), case["now"])
    asked = {name: value for name, value in case.items() if name != "unknown"}
    ids = [*epochs, *case["unknown"]]
    answers = {name: assignment_answer(assign(situation, name), epochs, name) for name in ids}
    values = {flag["id"]: flag_answer(evaluate_flag(situation, flag["id"])) for flag in document["flags"]}
    return {**asked, "experiments": answers, "flags": values}


def context_of(case: dict) -> Context:
    """The context of a case, with the directives beside it."""
    values = json.loads(case["context_json"]) if "context_json" in case else case["context"]
    return Context(values, **{name: case[name] for name in Context._fields[1:] if name in case})


def assignment_answer(assignment: Assignment, epochs: dict[str, str], experiment: str) -> dict:
    """An assignment as assign.json holds it: the last three members only where they say something."""
    answer = assignment._asdict()
    if answer["epoch"] == epochs.get(experiment):
        del answer["epoch"]
    for name in ("holdout", "fallback"):
        if not answer[name]:
            del answer[name]
    return answer


def flag_answer(evaluation: Evaluation) -> dict:
    """An evaluation as assign.json holds it: `rule` only where a rule decided."""
    answer = {"value": json.loads(evaluation.text), **evaluation._asdict()}
    del answer["text"]
    if answer["rule"] is None:
        del answer["rule"]
    return answer


def whole_file(name: str, parts: list[str]) -> str:
    """A file of named parts. ASCII alone, so that no editor and no checkout changes a code point."""
    head = f'{{\n"format": {FORMAT},\n"source": {json.dumps(MADE_BY)},\n"{name}": [\n'
    return head + ",\n".join(parts) + "\n]\n}\n"


def with_lines(part: dict, lines: str) -> str:
    """A part with each of its members, and each item of `lines`, on a line of its own."""
    members = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in part.items() if name != lines]
    items = ",\n".join("  " + json.dumps(item) for item in part[lines])
    return "{" + ",\n ".join([*members, f"{json.dumps(lines)}: [\n{items}\n ]"]) + "}"


def is_current(path: Path, text: str) -> bool:
    """Whether the file is there and holds just this text."""
    return path.exists() and path.read_text() == text


if __name__ == "__main__":
    sys.exit(main())
