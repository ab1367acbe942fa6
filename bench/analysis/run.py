"""Times whole analyses, from files of events to results, beside DuckDB with gbstats and with tea-tasting; prints the ratios.

`scripts/bench analysis` calls it. Needs nothing but the standard library; each peer has an environment of its own.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
EXPOSURES = "ts=ts,units.user=unit_id,experiment=experiment,variant=variant"
EVENTS = "ts=ts,units.user=unit_id,name=name,value=value"
DUCKDB = "DuckDB + gbstats"
TEA = "DuckDB + tea-tasting"
PARQUET = "edgewise, Parquet"
NDJSON = "edgewise, NDJSON"
# The most that a number may be off a peer's: estimates and limits in standard errors, errors in proportion, p as it is.
#
# All divide the same sums. What is left of estimates and p is whether slopes come from within the variants or from all
# units, and n or n - 1; of errors that gbstats takes the derivative of a sharpened lift at the lift before; of limits
# that Fieller's interval and tea-tasting's on the logarithmic scale are the same to second order only.
OF_ESTIMATES = 1e-4
OF_ERRORS = 2e-3
TOLERANCES = {
    "difference": OF_ESTIMATES,
    "lift": OF_ESTIMATES,
    "p": OF_ESTIMATES,
    "difference_error": OF_ERRORS,
    "lift_error": OF_ERRORS,
    "lower": OF_ERRORS,
    "upper": OF_ERRORS,
}
# Before they are timed the peers are asked to adjust by whether a unit has a past too, as edgewise does.
COMPARED = {DUCKDB: ["history"], TEA: ["history"]}
# What the product is measured by.
MOST_MEMORY = 1 << 30
MOST_OF_NDJSON = 1.5
MOST_OF_GROWTH = 1.2


def main():
    arguments = parse()
    rows, apart = {}, {}
    for events in arguments.events:
        contenders = commands(arguments, events)
        # Once without being timed: whoever is first would read the files from the disk.
        apart[events] = agreement({name: run([*contenders[name], *COMPARED.get(name, [])]) for name in contenders})
        rows[events] = measured(contenders, arguments.rounds)
    print(f"{'events':>12}  {'contender':<22} {'seconds':>8} {'CPU s':>8} {'MiB':>7}  ratio to {DUCKDB}")
    for events, row in rows.items():
        for name, runs in row.items():
            ratio = statistics.median(peer["seconds"] / own["seconds"] for own, peer in zip(runs, row[DUCKDB]))
            seconds, cpu = (statistics.median(run[what] for run in runs) for what in ("seconds", "cpu"))
            memory = max(run["memory"] for run in runs) / (1 << 20)
            print(f"{events:>12,}  {name:<22} {seconds:>8.2f} {cpu:>8.2f} {memory:>7.0f}  {ratio:.2f}x")
    print()
    same = list(sameness(apart))
    targets = [*speed(rows), *same]
    for what, reached, told in targets:
        print(f"{'reached' if reached else 'missed '}  {what}: {told}")
    arguments.results.mkdir(exist_ok=True)
    about = {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "rounds": arguments.rounds,
    }
    told = {what: {"reached": reached, "told": told} for what, reached, told in targets}
    path = arguments.results / "analysis.json"
    path.write_text(json.dumps({"about": about, "rounds": rows, "apart": apart, "targets": told}, indent=1) + "\n")
    print(f"\n{path}")
    if not all(reached for _, reached, _ in same):
        sys.exit("answers differ: times of different answers compare nothing")


def commands(arguments, events):
    """Contender to the command that analyses what there is of so many events."""
    folder = arguments.data / str(events)
    command = [arguments.edgewise, "analyze", "--project", HERE / "project", "--experiment", "checkout"]
    command += ["--output", "json", "--columns", EXPOSURES, "--columns", EVENTS, "--events", folder / "exposures.parquet"]
    threads = str(os.cpu_count())
    contenders = {
        PARQUET: [*command, folder / "events.parquet"],
        DUCKDB: [arguments.gbstats, HERE / "peers/duckdb_gbstats_peer.py", folder, threads],
        TEA: [arguments.tea_tasting, HERE / "peers/tea_tasting_peer.py", folder, threads],
    }
    if (folder / "events.ndjson").exists():
        contenders[NDJSON] = [*command, folder / "events.ndjson"]
    return contenders


def measured(contenders, count):
    """All rounds of one size: everybody once in each, in an order of chance."""
    rounds = {name: [] for name in contenders}
    for index in range(count):
        names = sorted(contenders)
        random.Random(index).shuffle(names)
        for name in names:
            rounds[name].append(run(contenders[name]))
    return rounds


def run(command):
    """A process: seconds by the clock and of the processor, the most memory in bytes, and its answer."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE)
        complaint = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}\n{complaint.decode()}")
        output.seek(0)
        answer = json.load(output)
    cpu = usage.ru_utime + usage.ru_stime
    return {"seconds": seconds, "cpu": cpu, "memory": usage.ru_maxrss << 10, "answer": compact(answer)}


def compact(answer):
    """Metric to what peers tell of it, whoever answered."""
    if "metrics" not in answer:
        return answer
    compacted = {}
    for metric in answer["metrics"]:
        comparison = metric["comparisons"][0]
        # What is sharpened stands beside the plain comparison.
        told = comparison["covariate"]["comparison"] if comparison["covariate"] else comparison
        difference, lift = told["difference"], told["lift"]
        compacted[metric["metric"]] = {
            "difference": difference["estimate"],
            "difference_error": difference["standard_error"],
            "p": told["test"]["p"],
            "lift": lift["estimate"],
            "lift_error": lift["standard_error"],
            "lower": lift["interval"]["lower"],
            "upper": lift["interval"]["upper"],
        }
    return compacted


def agreement(runs):
    """Peer to metric to how far each number is apart that both tell."""
    own = runs[PARQUET]["answer"]
    return {
        peer: {metric: distances(own[metric], their) for metric, their in runs[peer]["answer"].items()}
        for peer in runs
        if peer != PARQUET
    }


def distances(own, their):
    unit = lambda number: 1 if number == "p" else own["difference_error" if "difference" in number else "lift_error"]
    return {number: abs(own[number] - their[number]) / unit(number) for number in their}


def speed(rows):
    """Each target of time and memory, whether it is reached, and by what."""
    median = lambda row, name, what: statistics.median(run[what] for run in row[name])
    for events, row in rows.items():
        ratio = statistics.median(one["seconds"] / peer["seconds"] for one, peer in zip(row[PARQUET], row[DUCKDB]))
        yield f"{events:,} events no slower than {DUCKDB}", ratio <= 1, f"{ratio:.2f} of its time"
        memory = max(run["memory"] for name in (PARQUET, NDJSON) for run in row.get(name, []))
        yield f"{events:,} events within 1 GiB", memory <= MOST_MEMORY, f"{memory / (1 << 20):.0f} MiB"
        if NDJSON in row:
            ratio = median(row, NDJSON, "seconds") / median(row, PARQUET, "seconds")
            yield f"{events:,} events as NDJSON", ratio <= MOST_OF_NDJSON, f"{ratio:.2f} of the time of Parquet"
    sizes = sorted(rows)
    for less, more in zip(sizes, sizes[1:]):
        # Units are the same in all sizes: what they cost is not of the events.
        grown = median(rows[more], PARQUET, "cpu") / median(rows[less], PARQUET, "cpu") / (more / less)
        yield f"from {less:,} to {more:,} events in proportion", grown <= MOST_OF_GROWTH, f"{grown:.2f} times that"


def sameness(apart):
    """Whether the answers are those of each peer, and what is furthest off."""
    for events, peers in apart.items():
        for peer, metrics in peers.items():
            allowed = (lambda number: 0) if peer == NDJSON else TOLERANCES.get
            off = [
                f"{metric}'s {number} is {distance:.2g} off"
                for metric, numbers in metrics.items()
                for number, distance in numbers.items()
                # Written so that NaN is off too.
                if not distance <= allowed(number)
            ]
            furthest = {
                most: max(numbers[number] for numbers in metrics.values() for number in numbers if TOLERANCES[number] == most)
                for most in (OF_ESTIMATES, OF_ERRORS)
            }
            within = f"estimates within {furthest[OF_ESTIMATES]:.1g}, errors and limits within {furthest[OF_ERRORS]:.1g}"
            yield f"{events:,} events, numbers as by {peer}", not off, ", ".join(off) or within


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edgewise", required=True, help="the binary, built for release")
    parser.add_argument("--gbstats", required=True, help="a Python with peers/duckdb_gbstats.txt")
    parser.add_argument("--tea-tasting", required=True, help="a Python with peers/tea_tasting.txt")
    parser.add_argument("--data", type=Path, required=True, help="a folder with what data.py made for each number of events")
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=HERE.parent / "results")
    return parser.parse_args()


main()
