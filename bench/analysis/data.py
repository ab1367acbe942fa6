"""Makes an experiment's exposures and events, the same in every run: exposures.parquet, events.parquet, events.ndjson.

Units differ a lot in how much they do, before their exposure as after it, so that what they did before says what they do
after. A third of the events is from the two weeks before a unit's first exposure, one in twenty of somebody who never was
exposed; one unit in seven is exposed again, one in a thousand in the other variant too.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DAY = 86_400_000_000
# 2024-06-01T00:00:00Z in microseconds.
BEGIN = 1_717_200_000_000_000
NAMES = np.array(["revenue", "session", "page_view", "latency", "signup"])
SHARES = [0.08, 0.25, 0.42, 0.23, 0.02]
CHUNK = 1_000_000


def main():
    arguments = parse()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(arguments.seed)
    units = Units(rng, arguments.units)
    pq.write_table(units.exposures(rng), arguments.folder / "exposures.parquet", compression="zstd")
    schema = pa.schema(
        [("unit_id", pa.string()), ("ts", pa.timestamp("us")), ("name", pa.string()), ("value", pa.float64())]
    )
    text = arguments.folder / "events.ndjson" if arguments.ndjson else os.devnull
    with pq.ParquetWriter(arguments.folder / "events.parquet", schema, compression="zstd") as parquet, open(text, "w") as ndjson:
        for begin in range(0, arguments.events, CHUNK):
            events = units.events(rng, min(CHUNK, arguments.events - begin))
            parquet.write_table(pa.table(events, schema=schema))
            if arguments.ndjson:
                ndjson.writelines(lines(events))


class Units:
    def __init__(self, rng, count):
        self.ids = np.char.mod("u%08d", np.arange(count))
        self.treated = rng.random(count) < 0.5
        self.exposed = BEGIN + (rng.random(count) * 14 * DAY).astype("int64")
        # How much each does: heavy-tailed.
        self.activity = rng.gamma(0.8, 1.0, count) + 0.02
        self.cumulated = np.cumsum(self.activity) / self.activity.sum()

    def exposures(self, rng):
        count = len(self.ids)
        again = np.flatnonzero(rng.random(count) < 0.15)
        other = np.flatnonzero(rng.random(count) < 0.001)
        units = np.concatenate([np.arange(count), again, other])
        treated = np.concatenate([self.treated, self.treated[again], ~self.treated[other]])
        later = np.concatenate(
            [np.zeros(count), rng.random(len(again)) * 5 * DAY, 1 + rng.random(len(other)) * 2 * DAY]
        ).astype("int64")
        order = rng.permutation(len(units))
        units, treated, later = units[order], treated[order], later[order]
        return pa.table(
            {
                "unit_id": pa.array(self.ids[units]),
                "experiment": pa.array(["checkout"] * len(units)).dictionary_encode(),
                "variant": pa.array(np.where(treated, "treatment", "control")).dictionary_encode(),
                "ts": pa.array(self.exposed[units] + later, pa.timestamp("us")),
            }
        )

    def events(self, rng, count):
        unit = np.minimum(np.searchsorted(self.cumulated, rng.random(count)), len(self.ids) - 1)
        kind = rng.choice(len(NAMES), count, p=SHARES)
        before = rng.random(count) < 0.35
        since = np.where(before, -rng.random(count) * 14 * DAY, rng.random(count) * 10 * DAY).astype("int64")
        treated = self.treated[unit] & ~before
        value = np.ones(count)
        bought = kind == 0
        spent = rng.lognormal(3.0, 1.1, bought.sum()) * (1 + 0.02 * treated[bought])
        value[bought] = np.round(spent * (0.6 + 0.4 * np.minimum(self.activity[unit[bought]], 4)), 2)
        waited = kind == 3
        slow = 0.9 + 0.05 * (unit[waited] % 5)
        value[waited] = np.round(rng.lognormal(5.2, 0.6, waited.sum()) * (1 - 0.01 * treated[waited]) * slow, 1)
        ids = self.ids[unit].copy()
        stranger = rng.random(count) < 0.05
        ids[stranger] = np.char.mod("g%08d", rng.integers(0, 200_000, stranger.sum()))
        moments = pa.array(self.exposed[unit] + since, pa.timestamp("us"))
        return {"unit_id": pa.array(ids), "ts": moments, "name": pa.array(NAMES[kind]), "value": pa.array(value)}


def lines(events):
    """The events as lines of JSON. A moment as people write it, with its offset."""
    moments = np.datetime_as_string(events["ts"].to_numpy(zero_copy_only=False), unit="us")
    columns = (events["unit_id"].to_pylist(), moments.tolist(), events["name"].to_pylist(), events["value"].to_pylist())
    for unit, moment, name, value in zip(*columns):
        yield f'{{"unit_id":"{unit}","ts":"{moment}Z","name":"{name}","value":{value!r}}}\n'


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--units", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=20240601)
    parser.add_argument("--ndjson", action="store_true", help="write the events as NDJSON too")
    return parser.parse_args()


main()
