"""gbstats: one metric of two variants from sums, all that it has for it."""

import json
import sys
from pathlib import Path

from gbstats.gbstats import process_experiment_results

from timing import report

SUMS = ("main_sum", "main_sum_squares", "covariate_sum", "covariate_sum_squares", "main_covariate_sum_product")
METRIC = {
    "id": "m",
    "name": "m",
    "inverse": False,
    "prior_mean": 0,
    "prior_stddev": 0.1,
    "prior_proper": False,
    "statistic_type": "mean_ra",
    "main_metric_type": "count",
    "covariate_metric_type": "count",
}


def analysis(engine, sequential):
    return {
        "var_names": ["c", "t"],
        "var_ids": ["control", "treatment"],
        "weights": [0.5, 0.5],
        "baseline_index": 0,
        "dimension": "",
        "stats_engine": engine,
        "sequential_testing_enabled": sequential,
        "sequential_tuning_parameter": 5000,
        "difference_type": "relative",
        "phase_length_days": 14,
        "alpha": 0.05,
        "max_dimensions": 20,
    }


def main(folder):
    arms = json.loads((folder / "sums.json").read_text())
    rows = [
        {
            "variation": name,
            "dimension": "All",
            "users": arm["n"],
            "count": arm["n"],
            "m0_id": "m",
            **{f"m0_{key}": arm[key] for key in SUMS},
        }
        for name, arm in arms.items()
    ]
    # Fixed horizon, sequential and Bayesian: three analyses of the one metric.
    analyses = [analysis("frequentist", False), analysis("frequentist", True), analysis("bayesian", False)]
    data = {
        "metrics": {"m": METRIC},
        "analyses": analyses,
        "query_results": [{"rows": rows, "metrics": ["m"], "sql": ""}],
    }

    def call():
        results = process_experiment_results(data)
        return [of["dimensions"][0]["variations"][1] for of in results[0]["analyses"]]

    def answer(results):
        fixed, sequential, bayesian = results
        return {
            "lift": fixed["expected"],
            "lower": fixed["ci"][0],
            "upper": fixed["ci"][1],
            "p": fixed["pValue"],
            "sequential_lower": sequential["ci"][0],
            "sequential_upper": sequential["ci"][1],
            "chance_to_win": bayesian["chanceToWin"],
        }

    report("metric", call, answer)


main(Path(sys.argv[1]))
