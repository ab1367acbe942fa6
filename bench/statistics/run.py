"""Times the statistics beside gbstats, tea-tasting and scipy, in turns in one run, and prints the ratios.

`scripts/bench statistics` calls it. Needs nothing but the standard library; each peer has an environment of its own.
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
from pathlib import Path

HERE = Path(__file__).parent
# The peer of each task; the others are measured alone.
PEERS = {
    "metric": "gbstats 0.8.0",
    "units": "tea-tasting 1.14.0 on polars",
    "welch": "scipy 1.17.1",
    "ranks": "scipy 1.17.1",
    "bootstrap of a mean": "scipy 1.17.1",
    "bootstrap of a quantile": "scipy 1.17.1",
    "fisher": "scipy 1.17.1",
}
# What the product is measured by, in seconds.
TARGETS = {"metric": 50e-6, "boundary, 10 looks": 5e-3, "bootstrap of a mean": 15.0, "bootstrap of a quantile": 15.0, "bootstrap of a ratio": 15.0}


def main():
    arguments = parse()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([arguments.measure, "data", folder], check=True)
        contenders = {
            "edgewise": [arguments.measure, "time", folder],
            "gbstats": [arguments.gbstats, HERE / "peers/gbstats_peer.py", folder],
            "tea-tasting": [arguments.tea_tasting, HERE / "peers/tea_tasting_peer.py", folder],
        }
        rounds = [one_round(contenders, random.Random(i)) for i in range(arguments.rounds)]
    tasks = list(rounds[0]["edgewise"])
    print(f"{'task':<26} {'edgewise':>12} {'peer':>12} {'ratio':>9}  same  peer")
    missed = False
    summary = {}
    for task in tasks:
        own = [each["edgewise"][task] for each in rounds]
        peers = [(each["gbstats"] | each["tea-tasting"]).get(task) for each in rounds]
        seconds = statistics.median(of["seconds"] for of in own)
        row = {"seconds": [of["seconds"] for of in own], "answer": own[0]["answer"]}
        line = f"{task:<26} {readable(seconds):>12}"
        if task in PEERS:
            ratio = statistics.median(peer["seconds"] / of["seconds"] for peer, of in zip(peers, own))
            apart = furthest(own[0]["answer"], peers[0]["answer"])
            row |= {"peer": PEERS[task], "peer_seconds": [of["seconds"] for of in peers], "peer_answer": peers[0]["answer"]}
            row |= {"ratio": ratio, "apart": apart}
            peer_seconds = statistics.median(of["seconds"] for of in peers)
            same = "-" if apart is None else f"{apart:.0e}"
            line += f" {readable(peer_seconds):>12} {ratio:>8.1f}x  {same:<5} {PEERS[task]}"
        print(line)
        summary[task] = row
    print()
    for task, target in TARGETS.items():
        seconds = statistics.median(summary[task]["seconds"])
        reached = seconds <= target
        missed = missed or not reached
        print(f"{'reached' if reached else 'missed '}  {task}: {readable(seconds)}, target {readable(target)}")
    arguments.results.mkdir(exist_ok=True)
    about = {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version(), "rounds": arguments.rounds}
    path = arguments.results / "statistics.json"
    path.write_text(json.dumps({"about": about, "tasks": summary}, indent=1) + "\n")
    print(f"\n{path}")
    sys.exit(0)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", required=True, help="the example `measure` of edgewise-stats, built for release")
    parser.add_argument("--gbstats", required=True, help="a Python with peers/gbstats.txt")
    parser.add_argument("--tea-tasting", required=True, help="a Python with peers/tea_tasting.txt")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=HERE.parent / "results")
    return parser.parse_args()


def one_round(contenders, order):
    """Everybody once, in an order of chance: by contender and task, seconds and answer."""
    names = sorted(contenders)
    order.shuffle(names)
    times = {}
    for name in names:
        output = subprocess.run(contenders[name], check=True, stdout=subprocess.PIPE, text=True).stdout
        lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        times[name] = {line["task"]: {"seconds": line["seconds"], "answer": line["answer"]} for line in lines}
    return times


def furthest(own, peer):
    """The largest relative difference between the answers that both give; none where they give none."""
    shared = [key for key in own if key in peer]
    return max((abs(own[key] - peer[key]) / abs(peer[key]) for key in shared), default=None)


def readable(seconds):
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


main()
