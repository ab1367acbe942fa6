"""Six of the metrics by DuckDB and tea-tasting: a table of units, then its statistics. Its quantile is a bootstrap."""

import json
import sys
from math import log

import tea_tasting as tt

from units import SHARPENED, connect, units, units_with_history

CRITICAL = 1.959963984540054


def main(folder, threads, history):
    database = connect(folder, threads)
    frame = database.sql(units_with_history(database, folder) if history else units(folder)).pl()
    experiment = tt.Experiment(
        sample_ratio=tt.SampleRatio(),
        conversion=tt.Mean("conversion"),
        signup=tt.Mean("signup"),
        revenue=tt.Mean("revenue", "revenue_before"),
        sessions=tt.Mean("sessions", "sessions_before"),
        page_views=tt.Mean("page_views", "page_views_before"),
        revenue_per_session=tt.RatioOfMeans("revenue", "sessions"),
    )
    results = dict(experiment.analyze(frame, control="control").items())
    del results["sample_ratio"]
    print(json.dumps({name: answer(name, result) for name, result in results.items()}, default=float))


def answer(name, result):
    error = (result.effect_size_ci_upper - result.effect_size_ci_lower) / (2 * CRITICAL)
    told = {"difference": result.effect_size, "difference_error": error, "p": result.pvalue}
    if name in SHARPENED:
        # Its lift is of the adjusted control mean, edgewise's and gbstats' of the mean as it was observed.
        return told
    lift, lower, upper = result.rel_effect_size, result.rel_effect_size_ci_lower, result.rel_effect_size_ci_upper
    # The delta method's error of the quotient's logarithm, times the quotient, is that of the quotient.
    lift_error = (1 + lift) * log((1 + upper) / (1 + lower)) / (2 * CRITICAL)
    return told | {"lift": lift, "lift_error": lift_error, "lower": lower, "upper": upper}


main(sys.argv[1], int(sys.argv[2]), "history" in sys.argv[3:])
