"""Makes resampling_more.json: python resampling_more.py > resampling_more.json"""

import itertools
import json
from fractions import Fraction

import numpy as np
import scipy
from scipy import stats

CASES = []


def case(id, function, inputs, expected, tolerance, package, call, notes=""):
    CASES.append(
        {
            "id": id,
            "function": function,
            "inputs": inputs,
            "expected": expected,
            "tolerance": tolerance,
            "source": {"package": package, "call": call},
            "notes": notes,
        }
    )


NUMPY = f"numpy {np.__version__}"
SCIPY = f"scipy {scipy.__version__}"
METHODS = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
    "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "nearest", "midpoint",
]

rng = np.random.default_rng(20260101)

# Quantiles by every rule of numpy, with ties and levels that fall on and between ranks.
for n in (2, 5, 10, 11, 100):
    x = [float(v) for v in np.round(rng.gamma(0.7, 10, n), 1)]
    for method in METHODS:
        levels = [0.01, 0.05, 0.07, 0.25, 0.5, 0.9, 0.99]
        expected = [float(np.quantile(x, q, method=method)) for q in levels]
        case(f"quantile_{method}_{n}", "sample_quantiles", {"x": x, "levels": levels, "interp": method}, expected,
             {"rel": 1e-12}, NUMPY, f"quantile(x, levels, method={method!r})")

# Winsorising at pooled quantiles, both sides.
x = [float(v) for v in np.round(rng.lognormal(1, 1.5, 40), 2)]
y = [float(v) for v in np.round(rng.lognormal(1.2, 1.5, 35), 2)]
for method in ("inverted_cdf", "linear"):
    for lower, upper in ((None, 0.95), (0.05, None), (0.02, 0.98), (0.1, 0.8)):
        pooled = np.array(x + y)
        lo = None if lower is None else float(np.quantile(pooled, lower, method=method))
        hi = None if upper is None else float(np.quantile(pooled, upper, method=method))
        cx, cy = np.clip(x, lo, hi), np.clip(y, lo, hi)
        inputs = {"x": x, "y": y, "interp": method}
        expected = {"mean_x": cx.mean(), "var_x": cx.var(ddof=1), "mean_y": cy.mean(), "var_y": cy.var(ddof=1)}
        if lower is not None:
            inputs["lower_quantile"], expected["cap_lower"] = lower, lo
            expected["raised_x"], expected["raised_y"] = int((np.array(x) < lo).sum()), int((np.array(y) < lo).sum())
        if upper is not None:
            inputs["upper_quantile"], expected["cap_upper"] = upper, hi
            expected["lowered_x"], expected["lowered_y"] = int((np.array(x) > hi).sum()), int((np.array(y) > hi).sum())
        expected = {k: float(v) for k, v in expected.items()}
        case(f"winsor_{method}_{lower}_{upper}", "winsorize_mean_var", inputs, expected, {"rel": 1e-12}, NUMPY,
             "clip(x, quantile(pooled, lower), quantile(pooled, upper))")

# Exact permutation tests.
def difference(a, b, axis=-1):
    return np.mean(a, axis=axis) - np.mean(b, axis=axis)


def welch(a, b, axis=-1):
    na, nb = a.shape[axis], b.shape[axis]
    error = np.sqrt(np.var(a, axis=axis, ddof=1) / na + np.var(b, axis=axis, ddof=1) / nb)
    return difference(a, b, axis) / error


for name, a, b in (
    ("small", [3.1, 4.5, 2.2], [5.0, 6.1, 7.7, 4.9]),
    ("ties", [0.0, 0.0, 1.0, 2.0, 0.0], [1.0, 3.0, 0.0, 2.0, 4.0, 1.0]),
    ("equal_means", [1.0, 5.0], [2.0, 4.0, 3.0]),
    ("skewed", [0.1, 0.3, 12.0, 0.7, 0.2, 1.5], [0.4, 2.5, 3.5, 30.0, 1.1, 2.2, 0.9]),
):
    for statistic, of in (("difference", difference), ("studentised", welch)):
        expected = {}
        for alternative in ("two-sided", "greater", "less"):
            found = stats.permutation_test((a, b), of, n_resamples=np.inf, alternative=alternative, vectorized=True)
            expected["p_" + alternative.replace("-", "_")] = float(found.pvalue)
        expected["stat"] = float(found.statistic)
        expected["n_perm"] = len(found.null_distribution)
        case(f"permutation_{name}_{statistic}", "permutation_mean_diff_exact", {"x": a, "y": b, "statistic": statistic},
             expected, {"rel": 1e-12}, SCIPY, f"permutation_test((x, y), {statistic}, n_resamples=inf)")

# The whole bootstrap distribution.
for name, x in (("two", [1.0, 4.0]), ("five", [0.5, 2.0, 2.0, 7.5, 11.0]), ("six", [3.0, -1.0, 4.0, 1.0, -5.0, 9.0])):
    for statistic, of in (("mean", np.mean), ("median", np.median), ("max", np.max)):
        draws = np.array([of(r) for r in itertools.product(x, repeat=len(x))])
        expected = {"mean": draws.mean(), "var": draws.var(), "q025": np.quantile(draws, 0.025),
                    "q975": np.quantile(draws, 0.975), "n": len(draws)}
        expected = {k: float(v) for k, v in expected.items()}
        case(f"bootstrap_exact_{name}_{statistic}", "bootstrap_exact_distribution", {"x": x, "statistic": statistic},
             expected, {"rel": 1e-12, "abs": 1e-13}, NUMPY, "itertools.product(x, repeat=len(x))")

# Acceleration.
for name, x in (("skewed", [0.1, 0.2, 0.2, 0.5, 1.0, 40.0]), ("left", [-9.0, 1.0, 1.5, 2.0]), ("symmetric", [1.0, 2.0, 3.0]),
                ("large", [1e9 + 1, 1e9 + 2, 1e9 + 7])):
    left = [sum(map(Fraction, x[:i] + x[i + 1:])) / (len(x) - 1) for i in range(len(x))]
    d = [sum(left) / len(left) - value for value in left]
    expected = float(sum(v**3 for v in d)) / (6 * float(sum(v**2 for v in d)) ** 1.5)
    case(f"acceleration_{name}", "bca_acceleration_mean", {"x": x}, expected, {"rel": 1e-12}, "python fractions",
         "a = sum d^3/(6 (sum d^2)^1.5), d of the jackknife")

# Intervals: scipy's with a million resamples against this crate's with another generator, so to the Monte-Carlo error.
x = [float(v) for v in np.round(rng.exponential(10, 40), 2)]
y = [float(v) for v in np.round(rng.exponential(13, 50), 2)]
pairs = [[float(a), float(b)] for a, b in zip(np.round(rng.gamma(1, 2, 60), 2), np.round(3 + rng.gamma(2, 2, 60), 2))]


def ratio(a, b, axis=-1):
    return np.sum(a, axis=axis) / np.sum(b, axis=axis)


def lift(a, b, axis=-1):
    return np.mean(a, axis=axis) / np.mean(b, axis=axis) - 1


for method in ("percentile", "basic", "BCa"):
    for alternative in ("two-sided", "greater", "less"):
        settings = {"n_resamples": 400_000, "batch": 20_000, "vectorized": True, "method": method,
                    "alternative": alternative, "rng": np.random.default_rng(1)}
        for name, inputs, call in (
            ("mean", {"x": x}, lambda: stats.bootstrap((x,), np.mean, **settings)),
            ("difference", {"x": y, "y": x}, lambda: stats.bootstrap((y, x), difference, **settings)),
            ("lift", {"x": y, "y": x}, lambda: stats.bootstrap((y, x), lift, **settings)),
            ("ratio", {"rows": pairs},
             lambda: stats.bootstrap((np.array(pairs)[:, 0], np.array(pairs)[:, 1]), ratio, paired=True, **settings)),
        ):
            found = call()
            ends = [float(e) if np.isfinite(e) else None for e in found.confidence_interval]
            spread = float(found.standard_error)
            case(f"bootstrap_{name}_{method}_{alternative}", "bootstrap_interval",
                 {**inputs, "statistic": name, "method": method, "alternative": alternative, "confidence_level": 0.95},
                 {"interval": ends, "se": spread}, {"abs": (0.06 if method == "BCa" else 0.02) * spread}, SCIPY,
                 f"bootstrap(…, {name}, method={method!r}, alternative={alternative!r}, n_resamples=400000)",
                 "a tolerance of 0.02 (BCa 0.06) standard errors: both sides have the Monte-Carlo error of their resamples")

print(json.dumps({"generated_with": {"numpy": np.__version__, "scipy": scipy.__version__}}, indent=None)[:-1] + ',\n"cases": [')
print(",\n".join(json.dumps(c) for c in CASES))
print("]\n}")
