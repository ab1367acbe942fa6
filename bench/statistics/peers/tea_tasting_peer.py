"""tea-tasting on a frame of units, and scipy on their values."""

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl
import tea_tasting as tt
from scipy import stats

from timing import once, report

# Of so many resamples the time is taken; what is reported is that of 10,000, in proportion.
RESAMPLES = 20
QUANTILE_RESAMPLES = 10


def main(folder):
    read = lambda name: np.fromfile(folder / f"{name}.f64")
    arms = {arm: (read(f"{arm}_metric"), read(f"{arm}_covariate")) for arm in ("control", "treatment")}
    control, treatment = arms["control"][0], arms["treatment"][0]

    frame = pl.concat(
        pl.DataFrame({"variant": i, "metric": metric, "covariate": covariate})
        for i, (metric, covariate) in enumerate(arms.values())
    )
    experiment = tt.Experiment(metric=tt.Mean("metric", "covariate"), ratio=tt.SampleRatio())
    report(
        "units",
        lambda: experiment.analyze(frame, control=0),
        lambda result: {
            "difference": result["metric"].effect_size,
            "p": result["metric"].pvalue,
            "sample_ratio_p": result["ratio"].pvalue,
        },
    )

    sums = json.loads((folder / "sums.json").read_text())
    sd = lambda arm: ((arm["main_sum_squares"] - arm["main_sum"] ** 2 / arm["n"]) / (arm["n"] - 1)) ** 0.5
    c, t = sums["control"], sums["treatment"]
    report(
        "welch",
        lambda: stats.ttest_ind_from_stats(
            t["main_sum"] / t["n"], sd(t), t["n"], c["main_sum"] / c["n"], sd(c), c["n"], equal_var=False
        ),
        lambda result: {"t": result.statistic, "p": result.pvalue},
    )
    once(
        "ranks",
        lambda: stats.mannwhitneyu(treatment, control, method="asymptotic"),
        lambda result: {"u": result.statistic, "p": result.pvalue},
    )
    bootstrap = lambda statistic, resamples: stats.bootstrap(
        (control,), statistic, n_resamples=resamples, batch=1, method="percentile", rng=np.random.default_rng(1)
    )
    # The interval of so few resamples is no interval: only the time is compared.
    once("bootstrap of a mean", lambda: bootstrap(np.mean, RESAMPLES), lambda _: {}, scale=10_000 / RESAMPLES)
    once(
        "bootstrap of a quantile",
        lambda: bootstrap(lambda x, axis: np.quantile(x, 0.9, axis=axis), QUANTILE_RESAMPLES),
        lambda _: {},
        scale=10_000 / QUANTILE_RESAMPLES,
    )
    report(
        "fisher",
        lambda: stats.fisher_exact([[47_000, 453_000], [46_500, 453_500]]),
        lambda result: {"p": result.pvalue},
    )


main(Path(sys.argv[1]))
