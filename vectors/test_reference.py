"""Tests of the reference implementation against values that do not come from it."""

import json
import unittest
from pathlib import Path

import make
from cases.splitmix import SplitMix64
from edgewise_reference.assignment import buckets_in_force
from edgewise_reference.condition import conjunction, negation
from edgewise_reference.context import Attribute, Unit, attribute, unit_id
from edgewise_reference.draw import BUCKETS, bucket
from edgewise_reference.epoch import epoch, merged
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
        context = {"a": {"b": 1}, "a.b": "x", "l": [1], "z": None, "big": 10**400, "half": "\ud800"}
        self.assertEqual(attribute(context, ["a", "b"]), 1.0)
        self.assertEqual(attribute(context, ["a.b"]), b"x")
        for path in (["l", "0"], ["l", "length"], ["z"], ["z", "y"], ["a", "b", "c"], ["missing"]):
            self.assertIs(attribute(context, path), Attribute.ABSENT, path)
        for path in (["a"], ["l"], ["big"], ["half"]):
            self.assertIs(attribute(context, path), Attribute.OTHER, path)


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
        self.assertEqual(merged(self.RANGES), [(0, 500_000, "a"), (500_000, 1_000_000, "b")])

    def test_epoch_depends_on_what_draws_and_on_nothing_else(self):
        experiment = {"id": "e", "salt": "experiment:e@1", "unit": "user", "allocation": self.RANGES}
        drawn = epoch(1, experiment)
        self.assertEqual(epoch(1, {**experiment, "id": "renamed", "allocation": self.RANGES[::-1]}), drawn)
        for change in ({"salt": "experiment:e@2"}, {"unit": "device"}, {"allocation": self.RANGES[:2]}):
            self.assertNotEqual(epoch(1, {**experiment, **change}), drawn)
        self.assertNotEqual(epoch(2, experiment), drawn)

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
            },
        )
        sources = {
            (flag["source"], flag["experiment"] is not None) for case in cases for flag in case["flags"].values()
        }
        taken = {("experiment", True), ("rule", True), ("default", True)}
        self.assertEqual(sources, taken | {("rule", False), ("default", False)})

    def test_files_are_what_make_writes(self):
        for path, text in make.files().items():
            self.assertTrue(make.is_current(path, text), path)

    def test_a_changed_file_is_noticed(self):
        path, text = next(iter(make.files().items()))
        self.assertFalse(make.is_current(path, text + " "))
        self.assertFalse(make.is_current(HERE / "no such file", text))


if __name__ == "__main__":
    unittest.main()
