"""Tests of the reference implementation against values that do not come from it."""

import json
import unittest
from pathlib import Path

import make
from cases.automaton import MATCH, NO_MATCH, table
from cases.splitmix import SplitMix64
from edgewise_reference import network, pattern, semver, timestamp
from edgewise_reference.assignment import buckets_in_force
from edgewise_reference.condition import conjunction, negation
from edgewise_reference.context import Attribute, Unit, attribute, unit_id
from edgewise_reference.draw import BUCKETS, bucket
from edgewise_reference.epoch import epoch
from edgewise_reference.layer import exclusive
from edgewise_reference.ranges import merged
from edgewise_reference.siphash import siphash_2_4

HERE = Path(__file__).parent


class Hash(unittest.TestCase):
    def test_published_vectors_are_reproduced(self):
        published = json.loads((HERE / "siphash.json").read_text())
        self.assertEqual(len(published["siphash_2_4"]), 64)
        self.assertEqual(len(published["siphash_2_4_128"]), 64)
        self.assertEqual(make.siphash_mismatches(published), [])

    def test_a_changed_vector_is_noticed(self):
        published = json.loads((HERE / "siphash.json").read_text())
        published["siphash_2_4"][3] = published["siphash_2_4"][4]
        published["siphash_2_4_128"][63] = "00" * 16
        self.assertEqual(make.siphash_mismatches(published), ["siphash_2_4[3]", "siphash_2_4_128[63]"])

    def test_a_short_key_is_refused(self):
        with self.assertRaises(ValueError):
            siphash_2_4(bytes(15), b"")


class Buckets(unittest.TestCase):
    def test_ends(self):
        self.assertEqual(bucket(0), 0)
        self.assertEqual(bucket(2**32 - 1), BUCKETS - 1)

    def test_edges_are_where_exact_arithmetic_puts_them(self):
        # Bucket b begins at the least x with x * 10^6 >= b * 2^32, that is ceil(b * 2^32 / 10^6).
        for b in (1, 333_334, 500_000, 999_999):
            first = -(-(b << 32) // BUCKETS)
            self.assertEqual(bucket(first), b)
            self.assertEqual(bucket(first - 1), b - 1)


class Contexts(unittest.TestCase):
    def test_unit_ids(self):
        cases = {"u": b"u", 7: b"7", -7: b"-7", 1e3: b"1000", -0.0: b"0", 2**53 - 1: b"9007199254740991"}
        for given, expected in cases.items():
            self.assertEqual(unit_id(given), expected)
        for given in ("", "x" * 1025, "\ud800", 2**53, -(2**53), 1.5, 1e21, True, False, [], {}):
            self.assertIs(unit_id(given), Unit.INVALID, given)
        self.assertIs(unit_id(None), Unit.MISSING)

    def test_attributes(self):
        context = {
            "a": {"b": 1},
            "a.b": "x",
            "l": ["\u00e9", ""],
            "m": ["x", 1],
            "z": None,
            "big": 10**400,
            "half": "\ud800",
        }
        self.assertEqual(attribute(context, ["a", "b"], []), 1.0)
        self.assertEqual(attribute(context, ["a.b"], []), b"x")
        self.assertEqual(attribute(context, ["l"], []), (b"\xc3\xa9", b""))
        for path in (["l", "0"], ["l", "length"], ["z"], ["z", "y"], ["a", "b", "c"], ["missing"]):
            self.assertIs(attribute(context, path, []), Attribute.ABSENT, path)
        for path in (["a"], ["m"], ["big"], ["half"]):
            self.assertIs(attribute(context, path, []), Attribute.OTHER, path)

    def test_unit_ids_are_attributes(self):
        context = {"user": 42, "device": True, "session": None}
        read = [attribute(context, [name], list(context)) for name in context]
        self.assertEqual(read, [b"42", Attribute.OTHER, Attribute.ABSENT])


class Formats(unittest.TestCase):
    def test_versions_stand_in_the_order_of_the_specification(self):
        # Section 11.4.4 of https://semver.org/spec/v2.0.0.html.
        order = "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0"
        versions = [semver.order(version) for version in order.split()]
        self.assertTrue(all(lower < higher for lower, higher in zip(versions, versions[1:])))
        self.assertEqual(semver.order("v1.2"), semver.order("1.2.0+build"))
        self.assertIsNone(semver.order("1.2-rc"))

    def test_instants_are_those_of_the_specification(self):
        # RFC 3339, section 5.8: the same instants in two offsets, and a leap second.
        self.assertEqual(timestamp.instant("1985-04-12T23:20:50.52Z"), 482_196_050_520_000_000)
        self.assertEqual(timestamp.instant("1996-12-19T16:39:57-08:00"), timestamp.instant("1996-12-20T00:39:57Z"))
        self.assertEqual(timestamp.instant("1990-12-31T15:59:60-08:00"), timestamp.instant("1991-01-01T00:00:00Z"))
        self.assertEqual(
            timestamp.instant("1937-01-01T12:00:27.87+00:20"), timestamp.instant("1937-01-01T11:40:27.87Z")
        )
        self.assertEqual(timestamp.instant(-0.5), -500_000)
        self.assertIsNone(timestamp.instant("1990-06-30T22:59:60Z"))

    def test_mapped_addresses_are_one(self):
        self.assertIs(network.within("::ffff:10.1.2.3", ["10.0.0.0/8"]), True)
        self.assertIs(network.within("10.1.2.3", ["::ffff:10.0.0.0/104"]), True)
        self.assertIs(network.within("11.1.2.3", ["10.0.0.0/8"]), False)
        self.assertIsNone(network.within("fe80::1%eth0", ["::/0"]))


class Tables(unittest.TestCase):
    PATTERNS = (
        "",
        "abc",
        "^abc$",
        "^$",
        "a|b|^c",
        "(ab)+c?$",
        "[a-c]+\\.x",
        "^.$",
        "caf\u00e9",
        "^(a|b)*$",
        "x*",
        "a$|^b",
    )

    def test_a_table_says_what_its_pattern_does(self):
        rng = SplitMix64(1)
        for written in self.PATTERNS:
            words = table(written)
            for _ in range(200):
                text = "".join(rng.pick("abcx.\n\u00e9\U0001f680") for _ in range(rng.below(7)))
                self.assertEqual(self.walk(words, text.encode()), pattern.matches(written, text), (written, text))

    @staticmethod
    def walk(words: list[int], text: bytes) -> bool:
        """Follows the table as the documentation of core's `pattern` says."""
        columns, _, state, *rest = words
        classes = [byte for word in rest[:128] for byte in (word % 256, word // 256)]
        rows = rest[128:]
        for column in [*(classes[byte] for byte in text), columns - 1]:
            if state in (MATCH, NO_MATCH):
                break
            state = rows[state + column]
        return state == MATCH


class Layers(unittest.TestCase):
    def test_disjoint_slots_of_one_layer_exclude(self):
        def slots(layer: str, start: int, end: int) -> dict:
            return {"layer": layer, "slots": [{"start": start, "end": end}]}

        layers = [
            {"id": "outer"},
            {"id": "left", "within": slots("outer", 0, 5)},
            {"id": "right", "within": slots("outer", 5, 9)},
        ]
        document = {"layers": layers}
        left, left_too, right = ({"layer": slots(name, 0, 9)} for name in ("left", "left", "right"))
        self.assertTrue(exclusive(document, left, right))
        self.assertFalse(exclusive(document, left, left_too))
        self.assertTrue(exclusive(document, left, {"layer": slots("outer", 5, 6)}))
        self.assertFalse(exclusive(document, left, {}))
        self.assertTrue(exclusive(document, left | {"fallback": "device"}, right))
        self.assertFalse(exclusive(document, left | {"fallback": "device"}, right | {"fallback": "session"}))


class Logic(unittest.TestCase):
    def test_kleene(self):
        self.assertIs(conjunction([]), True)
        self.assertIs(conjunction([None, False]), False)
        self.assertIs(conjunction([True, None]), None)
        self.assertIs(negation(None), None)


class Allocation(unittest.TestCase):
    RANGES = [
        {"start": 500_000, "end": 1_000_000, "variant": "b"},
        {"start": 100_000, "end": 500_000, "variant": "a"},
        {"start": 0, "end": 100_000, "variant": "a"},
    ]

    def test_touching_ranges_of_one_variant_are_one(self):
        self.assertEqual(merged(self.RANGES, "variant"), [(0, 500_000, "a"), (500_000, 1_000_000, "b")])

    def test_epoch_depends_on_what_draws_and_on_nothing_else(self):
        experiment = {"id": "e", "salt": "experiment:e@1", "unit": "user", "allocation": self.RANGES}
        drawn = epoch(1, experiment)
        self.assertEqual(epoch(1, {**experiment, "id": "renamed", "allocation": self.RANGES[::-1]}), drawn)
        changes = [
            {"salt": "experiment:e@2"},
            {"unit": "device"},
            {"allocation": self.RANGES[:2]},
            {"strategy": "random"},
        ]
        factor = {"id": "f", "levels": ["l", "m"], "allocation": [{"start": 0, "end": 9, "level": "l"}]}
        changes.append({"allocation": [], "factors": [factor], "cells": ["a", "b"]})
        for change in changes:
            self.assertNotEqual(epoch(1, {**experiment, **change}), drawn)
        self.assertNotEqual(epoch(2, experiment), drawn)
        factorial = {**experiment, **changes[-1]}
        self.assertNotEqual(epoch(1, {**factorial, "factors": [{**factor, "levels": ["m", "l"]}]}), epoch(1, factorial))

    def test_a_stage_begins_at_its_time(self):
        ramp = [{"from": 10, "buckets": 5}, {"from": 20, "buckets": 9}]
        self.assertEqual([buckets_in_force(ramp, now) for now in (9, 10, 19, 20)], [0, 5, 5, 9])
        self.assertEqual(buckets_in_force([{"buckets": 3}], -1), 3)


class Generator(unittest.TestCase):
    def test_splitmix64(self):
        # The first values for seed 1234567 that https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64 lists.
        rng = SplitMix64(1234567)
        expected = [
            6457827717110365317,
            3203168211198807973,
            9817491932198370423,
            4593380528125082431,
            16408922859458223821,
        ]
        self.assertEqual([rng.next() for _ in range(5)], expected)


class Files(unittest.TestCase):
    def test_every_reason_and_source_occurs(self):
        groups = json.loads((HERE / "assign.json").read_text())["groups"]
        cases = [case for group in groups for case in group["cases"]]
        reasons = {answer["reason"] for case in cases for answer in case["experiments"].values()}
        self.assertEqual(
            reasons,
            {
                "assigned",
                "unknown_experiment",
                "paused",
                "not_started",
                "ended",
                "missing_unit",
                "invalid_unit",
                "not_targeted",
                "targeting_unknown",
                "not_in_ramp",
                "unallocated",
                "switched_off",
                "forced",
                "held_out",
                "prerequisite_not_met",
                "masked",
                "graduated",
                "held_back",
                "not_in_slot",
                "sticky",
                "not_enrolling",
                "placed",
                "missing_draw",
            },
        )
        sources = {
            (flag["source"], flag["experiment"] is not None) for case in cases for flag in case["flags"].values()
        }
        taken = {("experiment", True), ("rule", True), ("default", True)}
        self.assertEqual(sources, taken | {("rule", False), ("default", False)})

    def test_every_kind_of_condition_is_true_false_and_unknown_somewhere(self):
        groups = json.loads((HERE / "assign.json").read_text())["groups"]
        seen: dict[str, set[str]] = {}
        for group in groups:
            kinds = {one["id"]: next(iter(one.get("targeting", {"": 0}))) for one in group["document"]["experiments"]}
            for case in group["cases"]:
                for name, answer in case["experiments"].items():
                    seen.setdefault(kinds.get(name, ""), set()).add(answer["reason"])
        for kind in (
            "and",
            "or",
            "not",
            "segment",
            "compare",
            "in",
            "text",
            "matches",
            "semver",
            "timestamp",
            "network",
            "holds",
        ):
            self.assertLessEqual({"assigned", "not_targeted", "targeting_unknown"}, seen[kind], kind)
        self.assertLessEqual({"assigned", "not_targeted"}, seen["present"])

    def test_files_are_what_make_writes(self):
        for path, text in make.files().items():
            self.assertTrue(make.is_current(path, text), path)

    def test_a_changed_file_is_noticed(self):
        path, text = next(iter(make.files().items()))
        self.assertFalse(make.is_current(path, text + " "))
        self.assertFalse(make.is_current(HERE / "no such file", text))


if __name__ == "__main__":
    unittest.main()
