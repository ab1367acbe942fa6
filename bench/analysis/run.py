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
# The most that an answer may be off a peer's, in the standard errors of its lift. Where both do the same the difference
# is what tells the normal from the t distribution; means are sharpened by one covariate there, and by two here.
TOLERANCE = 0.02
TOLERANCE_SHARPENED = 0.25
SHARPENED = ("revenue", "sessions", "page_views")
# What the product is measured by.
MOST_MEMORY = 1 << 30
MOST_OF_NDJSON = 1.5
MOST_OF_GROWTH = 1.2


def main():
    arguments = parse()
    rows = {events: measured(arguments, events) for events in arguments.events}
    print(f"{'events':>12}  {'contender':<22} {'seconds':>8} {'CPU s':>8} {'MiB':>7}  ratio to {DUCKDB}")
    for events, row in rows.items():
        for name, runs in row.items():
            ratio = statistics.median(peer["seconds"] / own["seconds"] for own, peer in zip(runs, row.get(DUCKDB, runs)))
            seconds, cpu = (statistics.median(run[what] for run in runs) for what in ("seconds", "cpu"))
            memory = max(run["memory"] for run in runs) / (1 << 20)
            print(f"{events:>12,}  {name:<22} {seconds:>8.2f} {cpu:>8.2f} {memory:>7.0f}  {ratio:.2f}x")
    apart = {events: agreement(row) for events, row in rows.items()}
    targets = judged(rows, apart)
    arguments.results.mkdir(exist_ok=True)
    about = {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "rounds": arguments.rounds,
    }
    path = arguments.results / "analysis.json"
    path.write_text(json.dumps({"about": about, "rounds": rows, "apart": apart, "targets": targets}, indent=1) + "\n")
    print(f"\n{path}")


def measured(arguments, events):
    """All rounds of one size: everybody once in each, in an order of chance."""
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
    # Once without being timed: whoever is first would read the files from the disk.
    for command in contenders.values():
        run(command)
    rounds = {name: [] for name in contenders}
    for index in range(arguments.rounds):
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
        answer = json.loads(output.read().splitlines()[-1]) if b"peer" in os.fsencode(command[1]) else json.load(output)
    cpu = usage.ru_utime + usage.ru_stime
    return {"seconds": seconds, "cpu": cpu, "memory": usage.ru_maxrss << 10, "answer": compact(answer)}


def compact(answer):
    """Metric to the lift, its interval and p, whoever answered."""
    if "metrics" not in answer:
        return answer
    compacted = {}
    for metric in answer["metrics"]:
        comparison = metric["comparisons"][0]
        # What is sharpened stands beside the plain comparison.
        told = comparison["covariate"]["comparison"] if comparison["covariate"] else comparison
        lift = told["lift"]
        compacted[metric["metric"]] = {
            "lift": lift["estimate"],
            "interval": [lift["interval"]["lower"], lift["interval"]["upper"]],
            "p": told["test"]["p"],
        }
    return compacted


def agreement(row):
    """Peer to metric to how far the lift and its interval are apart, in standard errors, and p."""
    own = row[PARQUET][0]["answer"]
    apart = {}
    for peer in (name for name in row if name != PARQUET):
        theirs = row[peer][0]["answer"]
        apart[peer] = {}
        for name, their in theirs.items():
            error = (their["interval"][1] - their["interval"][0]) / (2 * 1.959963984540054)
            ends = zip([own[name]["lift"], *own[name]["interval"]], [their["lift"], *their["interval"]])
            apart[peer][name] = max(abs(one - other) / error for one, other in ends)
    return apart


def judged(rows, apart):
    """Prints each target with whether it is reached."""
    targets = {}

    def judge(what, reached, told):
        targets[what] = {"reached": reached, "told": told}
        print(f"{'reached' if reached else 'missed '}  {what}: {told}")

    print()
    median = lambda row, name, what: statistics.median(run[what] for run in row[name])
    for events, row in rows.items():
        ratio = statistics.median(one["seconds"] / peer["seconds"] for one, peer in zip(row[PARQUET], row[DUCKDB]))
        judge(f"{events:,} events no slower than {DUCKDB}", ratio <= 1, f"{ratio:.2f} of its time")
        memory = max(run["memory"] for name in (PARQUET, NDJSON) for run in row.get(name, []))
        judge(f"{events:,} events within 1 GiB", memory <= MOST_MEMORY, f"{memory / (1 << 20):.0f} MiB")
        if NDJSON in row:
            ratio = median(row, NDJSON, "seconds") / median(row, PARQUET, "seconds")
            judge(f"{events:,} events as NDJSON", ratio <= MOST_OF_NDJSON, f"{ratio:.2f} of the time of Parquet")
        for peer, metrics in apart[events].items():
            off = [f"{name} is {errors:.3g} standard errors off" for name, errors in metrics.items() if errors > most_off(peer, name)]
            told = ", ".join(off) or f"at most {max(metrics.values()):.2g} standard errors off"
            judge(f"{events:,} events, numbers as by {peer}", not off, told)
    sizes = sorted(rows)
    for less, more in zip(sizes, sizes[1:]):
        # Units are the same in all sizes: what they cost is not of the events.
        grown = median(rows[more], PARQUET, "cpu") / median(rows[less], PARQUET, "cpu") / (more / less)
        judge(f"from {less:,} to {more:,} events in proportion", grown <= MOST_OF_GROWTH, f"{grown:.2f} times that")
    return targets


def most_off(peer, metric):
    return TOLERANCE_SHARPENED if metric in SHARPENED and peer != NDJSON else TOLERANCE


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
