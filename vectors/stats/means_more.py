"""Writes means_more.json: further cases of means, ranks, ratios, quantiles and effect sizes.

Run with scipy 1.17.1, numpy 2.4.6, mpmath 1.4.1 and tea-tasting 1.14.0:

    python means_more.py > means_more.json
"""

import itertools
import json
from importlib.metadata import version

import mpmath as mp
import numpy as np
import scipy.stats as st

mp.mp.dps = 50
rng = np.random.default_rng(20261121)
cases = []


def case(id, function, inputs, expected, rel, package, call, notes="", **tolerance):
    cases.append(
        {
            "id": id,
            "function": function,
            "inputs": inputs,
            "expected": expected,
            "tolerance": {"rel": rel, **tolerance},
            "source": {"package": package, "call": call},
            "notes": notes,
        }
    )


def end(x):
    return float(x) if np.isfinite(x) else None


SCIPY = f"scipy {version('scipy')}"
NUMPY = f"numpy {version('numpy')}"
MPMATH = f"mpmath {version('mpmath')}"

# Means: one-sided alternatives and other levels.
for i, (n1, n2, s1, s2) in enumerate([(12, 30, 1.0, 4.0), (40, 41, 2.0, 2.0), (5, 200, 3.0, 0.5)]):
    x = np.round(rng.normal(1.0, s1, n1), 3).tolist()
    y = np.round(rng.normal(0.7, s2, n2), 3).tolist()
    for alternative in ["two-sided", "greater", "less"]:
        for equal_var in [False, True]:
            for alpha in [0.05, 0.2]:
                r = st.ttest_ind(x, y, equal_var=equal_var, alternative=alternative)
                ci = r.confidence_interval(1 - alpha)
                case(
                    f"ttest_{i}_{alternative}_{'pooled' if equal_var else 'welch'}_{alpha}",
                    "student_t_pooled" if equal_var else "welch_t",
                    {"x": x, "y": y, "alternative": alternative, "alpha": alpha},
                    {"t": r.statistic, "df": r.df, "p": r.pvalue, "ci": [end(ci.low), end(ci.high)]},
                    1e-9,
                    SCIPY,
                    f"ttest_ind(equal_var={equal_var}, alternative='{alternative}').confidence_interval({1 - alpha})",
                )

# Means of extreme values: the same data in units of 1e300 and 1e-300, by 50-digit arithmetic.
base_x, base_y = [1.0, 2.5, 4.0, 3.25, 7.5], [2.0, 1.5, 0.25, 3.0, 1.0, 0.5]
for scale in [1e300, 1e-300, 1e150, 1e-160]:
    x, y = [v * scale for v in base_x], [v * scale for v in base_y]
    mx, my = ([mp.mpf(v) for v in side] for side in (x, y))
    mean = lambda v: mp.fsum(v) / len(v)
    var = lambda v: mp.fsum((e - mean(v)) ** 2 for e in v) / (len(v) - 1)
    vx, vy = var(mx) / len(mx), var(my) / len(my)
    se = mp.sqrt(vx + vy)
    t = (mean(mx) - mean(my)) / se
    df = (vx + vy) ** 2 / (vx**2 / (len(mx) - 1) + vy**2 / (len(my) - 1))
    p = mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + t * t), regularized=True)
    crit = mp.findroot(
        lambda c: mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + c * c), regularized=True) - mp.mpf("0.05"), 2.3
    )
    ci = [float(mean(mx) - mean(my) - crit * se), float(mean(mx) - mean(my) + crit * se)]
    case(
        f"welch_scale_{scale:g}",
        "welch_t",
        {"x": x, "y": y},
        {"t": float(t), "df": float(df), "p": float(p), "ci": ci},
        1e-11,
        MPMATH,
        "Welch's formulas and betainc in 50 digits",
        "variances of 1e600 and 1e-600 fit no float",
    )

# Ranks: exact without ties, exact with ties over all divisions, asymptotic with many ties.
for i, (n1, n2) in enumerate([(6, 9), (8, 40), (20, 21), (3, 4), (25, 25)]):
    x = np.round(rng.normal(0.5, 1, n1), 6).tolist()
    y = np.round(rng.normal(0, 1, n2), 6).tolist()
    expected = {}
    for a in ["two-sided", "greater", "less"]:
        expected[f"exact_{a.replace('-', '_')}"] = st.mannwhitneyu(x, y, alternative=a, method="exact").pvalue
        expected[f"{a}_cc"] = st.mannwhitneyu(x, y, alternative=a, method="asymptotic").pvalue
        expected[f"{a}_nocc"] = st.mannwhitneyu(
            x, y, alternative=a, method="asymptotic", use_continuity=False
        ).pvalue
    expected["U1"] = st.mannwhitneyu(x, y).statistic
    expected["rank_biserial"] = 2 * expected["U1"] / (n1 * n2) - 1
    case(f"mwu_more_{i}", "mann_whitney", {"x": x, "y": y}, expected, 1e-10, SCIPY, "mannwhitneyu")

for i, (n1, n2, levels) in enumerate([(5, 6, 4), (4, 8, 3), (7, 7, 5)]):
    x = rng.integers(0, levels, n1).astype(float).tolist()
    y = rng.integers(0, levels, n2).astype(float).tolist()
    pooled = np.array(x + y)
    ranks = st.rankdata(pooled)
    observed = ranks[:n1].sum()
    sums = np.array([sum(ranks[list(c)]) for c in itertools.combinations(range(n1 + n2), n1)])
    greater, less = float(np.mean(sums >= observed - 1e-9)), float(np.mean(sums <= observed + 1e-9))
    case(
        f"mwu_ties_exact_{i}",
        "mann_whitney",
        {"x": x, "y": y},
        {
            "U1": float(observed - n1 * (n1 + 1) / 2),
            "exact_greater": greater,
            "exact_less": less,
            "exact_two_sided": min(1.0, 2 * min(greater, less)),
        },
        1e-12,
        NUMPY,
        "all divisions of the pooled midranks, one by one",
    )

counts = {
    "million": ({0: 400_000, 1: 80_000, 2: 15_000, 7: 4_000, 30: 1_000}, {0: 398_500, 1: 81_000, 2: 15_200, 7: 4_200, 30: 1_100}),
    "nearly_all_tied": ({0: 99_999_990, 1: 10}, {0: 99_999_970, 1: 30}),
}
for name, (cx, cy) in counts.items():
    n1, n2 = mp.mpf(sum(cx.values())), mp.mpf(sum(cy.values()))
    n = n1 + n2
    u = mp.mpf(0)
    for a, ca in cx.items():
        for b, cb in cy.items():
            u += mp.mpf(ca) * cb * (1 if a > b else mp.mpf(1) / 2 if a == b else 0)
    ties = mp.fsum(mp.mpf(cx.get(v, 0) + cy.get(v, 0)) ** 3 - (cx.get(v, 0) + cy.get(v, 0)) for v in set(cx) | set(cy))
    s = mp.sqrt(n1 * n2 / 12 * ((n + 1) - ties / (n * (n - 1))))
    expected = {"U1": float(u)}
    for cc, half in [("cc", mp.mpf(1) / 2), ("nocc", mp.mpf(0))]:
        sf = lambda z: mp.erfc(z / mp.sqrt(2)) / 2
        expected[f"greater_{cc}"] = float(sf((u - n1 * n2 / 2 - half) / s))
        expected[f"less_{cc}"] = float(sf((n1 * n2 / 2 - u - half) / s))
        expected[f"two-sided_{cc}"] = float(min(1, 2 * sf((abs(u - n1 * n2 / 2) - half) / s)))
    case(
        f"mwu_counts_{name}",
        "mann_whitney",
        {"x_counts": {str(k): v for k, v in cx.items()}, "y_counts": {str(k): v for k, v in cy.items()}},
        expected,
        1e-10,
        MPMATH,
        "scipy's asymptotic formula in 50 digits",
    )

for i, (n1, n2, levels) in enumerate([(14, 11, 6), (30, 80, 12), (9, 9, 30)]):
    x = rng.integers(0, levels, n1).astype(float).tolist()
    y = (rng.integers(0, levels, n2) + 1).astype(float).tolist()
    for alternative in ["two-sided", "greater", "less"]:
        r = st.brunnermunzel(x, y, alternative=alternative)
        case(
            f"brunner_munzel_{i}_{alternative}",
            "brunner_munzel",
            {"x": x, "y": y, "alternative": alternative},
            {"statistic": r.statistic, "p": r.pvalue},
            1e-9,
            SCIPY,
            f"brunnermunzel(alternative='{alternative}')",
        )

# Hodges-Lehmann: all differences listed, ranks from the exact distribution of U (scipy's counts) or the normal one.
for i, (n1, n2) in enumerate([(7, 9), (12, 20), (5, 6)]):
    x = np.round(rng.normal(1, 2, n1), 4).tolist()
    y = np.round(rng.normal(0, 1, n2), 4).tolist()
    d = np.sort(np.subtract.outer(x, y).ravel())
    # P(U <= u) from the p values of all u: scipy's own distribution.
    from scipy.stats._mannwhitneyu import _MWU

    mwu = _MWU(n1, n2)
    mwu.set_shapes(n1, n2)
    cdf = np.array([float(np.asarray(mwu.cdf(k)).ravel()[0]) for k in range(n1 * n2 + 1)])
    for alpha in [0.05, 0.1]:
        k = int(np.argmax(cdf >= alpha / 2))
        case(
            f"hodges_lehmann_{i}_{alpha}",
            "hodges_lehmann",
            {"x": x, "y": y, "alpha": alpha, "exact": True},
            {"estimate": float(np.median(d)), "ci": [float(d[k - 1]), float(d[n1 * n2 - k])]},
            1e-12,
            f"{NUMPY}, {SCIPY}",
            "sorted differences; rank by the exact distribution of U, as R's wilcox.test(conf.int = TRUE)",
        )

# Quantiles by every method of numpy.
samples = {
    "ten": [3.1, 1.2, 5.5, 2.2, 9.9, 4.4, 7.7, 0.3, 6.1, 8.8],
    "eleven": np.round(rng.normal(0, 10, 11), 3).tolist(),
    "tied": rng.integers(0, 5, 24).astype(float).tolist(),
}
methods = "inverted_cdf averaged_inverted_cdf closest_observation interpolated_inverted_cdf hazen weibull linear median_unbiased normal_unbiased lower higher midpoint nearest".split()
levels = [0.0, 0.01, 0.05, 0.1, 0.2, 0.25, 0.3, 1 / 3, 0.5, 0.65, 0.75, 0.8, 0.9, 0.95, 0.99, 1.0]
for name, x in samples.items():
    for method in methods:
        case(
            f"quantile_{name}_{method}",
            "sample_quantile",
            {"x": x, "p": levels, "method": method},
            np.quantile(x, levels, method=method).tolist(),
            1e-12,
            NUMPY,
            f"quantile(method='{method}')",
            abs=1e-13,
        )

for n, p, alpha in [(10, 0.5, 0.05), (5, 0.9, 0.1), (1, 0.5, 0.05), (1_000_000, 0.99, 0.05), (250, 0.25, 0.01), (10**9, 0.5, 0.001)]:
    lower, upper = int(st.binom.ppf(alpha / 2, n, p)), int(st.binom.ppf(1 - alpha / 2, n, p)) + 1
    below = st.binom.cdf(lower - 1, n, p) if lower else 0.0
    case(
        f"qrank_more_{n}_{p}",
        "quantile_ci_order_statistic_ranks",
        {"n": n, "p": p, "alpha": alpha},
        {"lower_rank": lower, "upper_rank": upper, "coverage": float(st.binom.cdf(upper - 1, n, p) - below)},
        1e-9,
        SCIPY,
        "binom",
    )

# Effect sizes: the interval by solving the noncentral t, as an integral (scipy's own cdf gives NaN on the way).
def noncentrality(t, df, cdf, guess):
    with mp.workdps(25):
        t, half = mp.mpf(float(t)), mp.mpf(int(df)) / 2
        # The density of s = sqrt(chi2 / df).
        ln_scale = mp.log(2) + half * mp.log(half) - mp.loggamma(half)
        density = lambda s: mp.exp(ln_scale + (2 * half - 1) * mp.log(s) - half * s * s)
        width = 1 / mp.sqrt(2 * 2 * half)
        points = [max(mp.mpf("1e-9"), 1 + k * width) for k in (-12, -6, -3, -1, 0, 1, 3, 6, 12, 20)]
        points = sorted(set(points))
        of = lambda l: mp.quad(lambda s: mp.ncdf(t * s - l) * density(s), points) - mp.mpf(str(cdf))
        return float(mp.findroot(of, (mp.mpf(float(guess)), mp.mpf(float(guess)) + mp.mpf("0.1")), solver="secant", tol=1e-18))


for i, (n1, n2, effect) in enumerate([(8, 10, 0.6), (50, 60, 0.0), (15, 5, 2.5), (400, 300, -0.2), (12, 12, -1.0)]):
    x = np.round(rng.normal(effect, 1, n1), 3)
    y = np.round(rng.normal(0, 1.3, n2), 3)
    df, unit = n1 + n2 - 2, np.sqrt(1 / n1 + 1 / n2)
    s = np.sqrt((np.sum((x - x.mean()) ** 2) + np.sum((y - y.mean()) ** 2)) / df)
    d = (x.mean() - y.mean()) / s
    t = d / unit
    guess = st.norm.ppf(0.975) * np.sqrt(1 + t * t / (2 * df))
    lower = noncentrality(t, df, 0.975, t - guess) * unit
    upper = noncentrality(t, df, 0.025, t + guess) * unit
    j = float(mp.gamma(mp.mpf(df) / 2) / (mp.sqrt(mp.mpf(df) / 2) * mp.gamma(mp.mpf(df - 1) / 2)))
    se = np.sqrt(1 / n1 + 1 / n2 + d * d / (2 * (n1 + n2)))
    sx, sy = x.std(ddof=1), y.std(ddof=1)
    delta = (x.mean() - y.mean()) / sy
    se_delta = np.sqrt(sx**2 / sy**2 / (n1 - 1) + 1 / (n2 - 1) + delta**2 / (2 * (n2 - 1)))
    z = st.norm.ppf(0.975)
    case(
        f"effect_sizes_{i}",
        "effect_sizes",
        {"x": x.tolist(), "y": y.tolist()},
        {
            "cohens_d": {"estimate": d, "se": se, "ci": [lower, upper]},
            "hedges_g": {"estimate": j * d, "se": j * se, "ci": [j * lower, j * upper]},
            "glass_delta": {"estimate": delta, "se": se_delta, "ci": [delta - z * se_delta, delta + z * se_delta]},
        },
        1e-9,
        MPMATH,
        "the noncentral t as an integral, solved for the noncentrality",
    )
for df in [2, 3, 10, 58, 61, 62, 1000, 10**7]:
    j = mp.gamma(mp.mpf(df) / 2) / (mp.sqrt(mp.mpf(df) / 2) * mp.gamma(mp.mpf(df - 1) / 2)) if df < 10**6 else mp.exp(
        mp.loggamma(mp.mpf(df) / 2) - mp.loggamma(mp.mpf(df - 1) / 2)
    ) / mp.sqrt(mp.mpf(df) / 2)
    case(f"hedges_correction_{df}", "hedges_correction", {"df": df}, float(j), 1e-13, MPMATH, "gamma")

# Ratio metrics: the delta method in 50 digits, and tea-tasting's own.
import tea_tasting as tt
from tea_tasting.aggr import Aggregates


def aggregates(**columns):
    """What tea-tasting reads off a table, with the sample variances and covariances of numpy."""
    names = sorted(columns)
    return Aggregates(
        count_=len(columns[names[0]]),
        mean_={name: float(np.mean(columns[name])) for name in names},
        var_={name: float(np.var(columns[name], ddof=1)) for name in names},
        cov_={(a, b): float(np.cov(columns[a], columns[b])[0, 1]) for a in names for b in names if a < b},
    )


for i, (n1, n2) in enumerate([(40, 55), (300, 250)]):
    def arm(n, rate):
        d = rng.integers(1, 9, n).astype(float)
        return {"m": np.round(d * rate + rng.normal(0, 1, n), 3).tolist(), "d": d.tolist()}

    data = {"control": arm(n1, 2.0), "treatment": arm(n2, 2.1)}
    for alternative in ["two-sided", "greater", "less"]:
        for use_t in [True, False]:
            for alpha in [0.05, 0.1]:
                metric = tt.RatioOfMeans("m", "d", alternative=alternative, confidence_level=1 - alpha, use_t=use_t)
                r = metric.analyze_aggregates(aggregates(**data["control"]), aggregates(**data["treatment"]))
                # Listed once.
                first = f"ratio_{i}_two-sided_t_0.05"
                refer = f"same as {first}" if any(c["id"] == first for c in cases) else data
                case(
                    f"ratio_{i}_{alternative}_{'t' if use_t else 'z'}_{alpha}",
                    "ratio_delta",
                    {"data": refer, "difference": "absolute", "alternative": alternative, "alpha": alpha, "use_t": use_t},
                    {
                        "effect": r.effect_size,
                        "p": r.pvalue,
                        "ci": [end(r.effect_size_ci_lower), end(r.effect_size_ci_upper)],
                    },
                    1e-9,
                    f"tea-tasting {version('tea-tasting')}",
                    f"RatioOfMeans(alternative='{alternative}', use_t={use_t}, confidence_level={1 - alpha})",
                )

# Log-scale lift with every option of tea-tasting's Mean.
control = np.round(rng.gamma(4, 2, 40), 3).tolist()
treatment = np.round(rng.gamma(4, 2.2, 35), 3).tolist()
for alternative in ["two-sided", "greater", "less"]:
    for equal_var in [False, True]:
        for use_t in [True, False]:
            metric = tt.Mean("y", alternative=alternative, equal_var=equal_var, use_t=use_t)
            r = metric.analyze_aggregates(aggregates(y=control), aggregates(y=treatment))
            case(
                f"log_relative_{alternative}_{'pooled' if equal_var else 'separate'}_{'t' if use_t else 'z'}",
                "mean_test_log_relative_ci",
                {
                    "control": control,
                    "treatment": treatment,
                    "alternative": alternative,
                    "equal_var": equal_var,
                    "use_t": use_t,
                },
                {
                    "control": r.control,
                    "treatment": r.treatment,
                    "effect_size": r.effect_size,
                    "effect_size_ci_lower": end(r.effect_size_ci_lower),
                    "effect_size_ci_upper": end(r.effect_size_ci_upper),
                    "rel_effect_size": r.rel_effect_size,
                    # Its bound of a lift that has none is −1 there, not minus infinity.
                    **(
                        {}
                        if alternative == "less"
                        else {"rel_effect_size_ci_lower": end(r.rel_effect_size_ci_lower)}
                    ),
                    **(
                        {}
                        if alternative == "greater"
                        else {"rel_effect_size_ci_upper": end(r.rel_effect_size_ci_upper)}
                    ),
                    "pvalue": r.pvalue,
                    "statistic": r.statistic,
                },
                1e-9,
                f"tea-tasting {version('tea-tasting')}",
                f"Mean(alternative='{alternative}', equal_var={equal_var}, use_t={use_t})",
            )

generated = json.dumps({p: version(p) for p in ["scipy", "numpy", "mpmath", "tea-tasting"]})
lines = ",\n".join(json.dumps(case, default=float) for case in cases)
print(f'{{"generated_with": {generated}, "cases": [\n{lines}\n]}}')
