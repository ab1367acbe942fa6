"""Six of the metrics by DuckDB and tea-tasting: a table of units, then its statistics. Its quantile is a bootstrap."""

import json
import sys

import tea_tasting as tt

from units import connect, units


def main(folder, threads):
    frame = connect(folder, threads).sql(units(folder)).pl()
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
    answers = {}
    for name, result in results.items():
        interval = [result.rel_effect_size_ci_lower, result.rel_effect_size_ci_upper]
        answers[name] = {"lift": result.rel_effect_size, "interval": interval, "p": result.pvalue}
    print(json.dumps(answers, default=float))


main(sys.argv[1], int(sys.argv[2]))
