#!/usr/bin/env python3
"""Writes trust_more.json: multiplicity, the sequential sample-ratio test, Dunnett's test, equivalence, heterogeneity.

Run it as `python3 trust_more.py > trust_more.json`; it needs numpy, scipy, statsmodels and mpmath. Dunnett's
probabilities are double integrals of the integrand itself over the common normal and the variance, on panels whose
number is doubled to see that it changes nothing, because scipy.stats.dunnett is quasi-Monte-Carlo; each is checked here against scipy to its own error.
"""

import json
import random
from math import exp, lgamma, log, sqrt

import mpmath as mp
import numpy as np
import scipy
import statsmodels
from scipy import optimize, special, stats
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_ind

mp.mp.dps = 50
CASES = []


def case(name, function, inputs, expected, tolerance, package, call, notes=""):
    CASES.append({
        "id": name,
        "function": function,
        "inputs": inputs,
        "expected": expected,
        "tolerance": tolerance,
        "source": {"package": package, "call": call},
        "notes": notes,
    })


# --- multiplicity

METHODS = ["bonferroni", "sidak", "holm-sidak", "holm", "simes-hochberg", "hommel", "fdr_bh", "fdr_by", "fdr_tsbh",
           "fdr_tsbky", "fdr_gbs"]
draw = random.Random(20240521)
FAMILIES = {
    "bh1995": ([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
                0.759, 1.0], 0.05),
    "unsorted": ([0.04, 0.001, 0.3, 0.012, 0.0499, 0.9, 0.02], 0.05),
    "ties": ([0.02, 0.02, 0.01, 0.5, 0.5, 0.01], 0.1),
    "one": ([0.03], 0.05),
    "all_null": ([0.9, 0.8, 0.95, 0.7], 0.05),
    "all_small": ([1e-8, 1e-12, 1e-300, 2e-9], 0.05),
    "zero_and_one": ([0.0, 1.0, 0.5, 1e-20], 0.05),
    "forty": ([round(draw.random() ** 3, 6) for _ in range(40)], 0.2),
}
for name, (p, alpha) in FAMILIES.items():
    for method in METHODS:
        with np.errstate(all="ignore"):
            reject, adjusted, _, _ = multipletests(p, alpha=alpha, method=method)
        case(f"p_adjust_{name}_{method}", "p_adjust", {"p": p, "method": method, "alpha": alpha},
             {"adjusted": [float(x) for x in adjusted], "reject": [bool(x) for x in reject]}, {"rel": 1e-12},
             f"statsmodels {statsmodels.__version__}", "multipletests")
case("p_adjust_absent", "p_adjust", {"p": [0.04, None, 0.001, 0.3], "method": "holm", "alpha": 0.05},
     {"adjusted": [0.08, None, 0.003, 0.3], "reject": [False, None, True, False]}, {"rel": 1e-12},
     f"statsmodels {statsmodels.__version__}", "multipletests of the three that are there",
     "a test that could not be made is in no family")


# --- the sequential sample-ratio test

def ln_bayes_factor(counts, theta, k):
    pairs = [(mp.mpf(n), mp.mpf(t)) for n, t in zip(counts, theta) if t > 0]
    total = sum(t for _, t in pairs)
    pairs = [(n, t / total) for n, t in pairs]
    ln_beta = lambda a: sum(mp.loggamma(x) for x in a) - mp.loggamma(sum(a))
    k = mp.mpf(k)
    return (ln_beta([k * t + n for n, t in pairs]) - ln_beta([k * t for _, t in pairs])
            - sum(n * mp.log(t) for n, t in pairs))


for name, counts, theta, k in [
    ("few", [1, 0], [0.5, 0.5], 100), ("none_of_one", [0, 12, 7], [0.2, 0.5, 0.3], 10),
    ("ten_percent", [901_000, 99_000], [0.9, 0.1], 1000), ("book", [821_588, 815_482], [0.5, 0.5], 1259),
    ("strong_prior", [821_588, 815_482], [0.5, 0.5], 1e9), ("weak_prior", [821_588, 815_482], [0.5, 0.5], 1e-3),
    ("far_off", [500_000, 520_000], [0.5, 0.5], 100), ("lost", [1_000_000, 0], [0.5, 0.5], 100),
    ("huge", [500_000_000_000, 500_000_700_000], [0.5, 0.5], 1e4), ("zero_weight", [5000, 5200, 0], [0.5, 0.5, 0], 100),
    ("five", [100, 120, 90, 95, 105], [1, 1, 1, 1, 1], 50),
]:
    ln_bf = ln_bayes_factor(counts, theta, k)
    case(f"seq_srm_{name}", "sequential_multinomial_srm", {"counts": counts, "theta0": theta, "concentration": k},
         {"log_bayes_factor": float(ln_bf), "p": float(mp.exp(min(mp.mpf(0), -ln_bf)))}, {"rel": 1e-9, "abs": 1e-10},
         f"mpmath {mp.__version__} (50 digits)", "Dirichlet-multinomial over multinomial, alpha = k*theta0")


def share_interval(counts, theta, k, alpha, i):
    n = [mp.mpf(x) for x in counts]
    N = sum(n)
    ln_bf = ln_bayes_factor(counts, theta, k)
    total = mp.mpf(sum(mp.mpf(t) for t in theta))
    against_null = sum(x * mp.log(mp.mpf(t) / total) for x, t in zip(n, theta))

    def ln_bf_at(s):
        others = sum(x * mp.log((1 - s) * x / (N - n[i])) for j, x in enumerate(n) if j != i and x > 0)
        return ln_bf + against_null - (n[i] * mp.log(s) + others) + mp.log(mp.mpf(alpha))

    mle = n[i] / N
    step = mp.sqrt(mle * (1 - mle) / N)
    ends = []
    for sign in (-1, 1):
        inner, outer = mle, mle
        while ln_bf_at(outer) < 0:
            outer = (outer + (0 if sign < 0 else 1)) / 2 if abs(outer - mle) > 20 * step else outer + sign * step
        ends.append(mp.findroot(ln_bf_at, (inner, outer), solver="anderson", tol=1e-40))
    return [float(e) for e in ends]


for name, counts, theta, k, alpha in [
    ("two", [50_000, 51_000], [0.5, 0.5], 100.0, 0.05), ("three", [3300, 3400, 3150], [0.34, 0.33, 0.33], 500.0, 0.01),
]:
    ends = [share_interval(counts, theta, k, alpha, i) for i in range(len(counts))]
    case(f"seq_srm_shares_{name}", "sequential_multinomial_srm",
         {"counts": counts, "theta0": theta, "concentration": k, "alpha": alpha}, {"shares": ends}, {"rel": 1e-11},
         f"mpmath {mp.__version__} (50 digits)", "findroot of the projected set")


# --- Dunnett

def panels(low, high, count, points=20):
    nodes, weights = np.polynomial.legendre.leggauss(points)
    edges = np.linspace(low, high, count + 1)
    half = (edges[1:] - edges[:-1]) / 2
    middle = (edges[1:] + edges[:-1]) / 2
    return (middle[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()


def dunnett_tail(x, loadings, df, two_sided, fineness=1):
    """P(max T > x), or of max |T|: the double integral on fixed panels of 20 points."""
    lam = np.array(loadings)[:, None, None]
    own = np.sqrt(1 - lam ** 2)
    sd = 1 / sqrt(2 * df)
    w, w_weights = panels(-sd * 14 - (8 if df < 30 else 0), min(sd * 10, 2), (40 if df < 30 else 8) * fineness)
    reach = max(loadings) * abs(x) * 1.5 + 10
    y, y_weights = panels(-reach, reach, int(8 * reach) * fineness)
    z = (x * np.exp(w))[None, :, None]
    q = special.ndtr(-(z - lam * y) / own)
    if two_sided:
        q = q + special.ndtr(-(z + lam * y) / own)
    with np.errstate(divide="ignore"):
        inner = -np.expm1(np.log1p(-np.minimum(q, 1)).sum(axis=0)) @ (y_weights * np.exp(-y * y / 2)) / sqrt(2 * np.pi)
    ln_f = log(2) + df / 2 * log(df / 2) - lgamma(df / 2) + df * w - df / 2 * np.exp(2 * w)
    return float(w_weights @ (np.exp(ln_f) * inner))


def summaries(samples):
    return [{"n": len(s), "mean": float(np.mean(s)), "sd": float(np.std(s, ddof=1))} for s in samples]


def dunnett_case(name, control, treatments, alternative, alpha=0.05, check=None):
    n0, m0, s0 = control["n"], control["mean"], control["sd"]
    df = n0 + sum(t["n"] for t in treatments) - len(treatments) - 1
    s = sqrt(((n0 - 1) * s0 ** 2 + sum((t["n"] - 1) * t["sd"] ** 2 for t in treatments)) / df)
    loadings = [sqrt(t["n"] / (t["n"] + n0)) for t in treatments]
    statistic = [(t["mean"] - m0) / (s * sqrt(1 / t["n"] + 1 / n0)) for t in treatments]
    two = alternative == "two-sided"
    x = [abs(t) if two else (t if alternative == "greater" else -t) for t in statistic]
    p = [dunnett_tail(v, loadings, df, two) for v in x]
    finer = [dunnett_tail(v, loadings, df, two, fineness=2) for v in x]
    assert np.allclose(p, finer, rtol=1e-10, atol=0), (name, p, finer)
    critical = optimize.brentq(lambda c: log(dunnett_tail(c, loadings, df, two)) - log(alpha), 0.5 if two else 0.05, 8,
                               xtol=1e-11, rtol=1e-11)
    if check is not None:
        result = stats.dunnett(*check[1:], control=check[0], alternative=alternative, random_state=1)
        assert np.allclose(result.statistic, statistic, rtol=1e-10)
        assert np.allclose(result.pvalue, p, rtol=5e-3, atol=2e-4), (name, result.pvalue, p)
    case(f"dunnett_{name}", "dunnett",
         {"control": control, "treatments": treatments, "alternative": alternative, "alpha": alpha},
         {"critical": critical, "statistic": statistic, "p": p}, {"rel": 1e-8},
         f"scipy {scipy.__version__}", "double quadrature (special.ndtr, numpy leggauss)")


fabric = [[55, 47, 48], [55, 64, 64], [55, 49, 52], [50, 44, 41]]
platelets = [[7.40, 8.50, 7.20, 8.24, 9.84, 8.32], [9.76, 8.80, 7.68, 9.36], [12.80, 9.68, 12.16, 9.20, 10.55]]
for alternative in ("two-sided", "greater", "less"):
    dunnett_case(f"fabric_{alternative}", summaries(fabric)[0], summaries(fabric)[1:], alternative, check=fabric)
    dunnett_case(f"platelets_{alternative}", summaries(platelets)[0], summaries(platelets)[1:], alternative,
                 check=platelets)
big = [{"n": 20_000, "mean": 10.0, "sd": 4.0}, {"n": 10_000, "mean": 10.1, "sd": 4.1},
       {"n": 30_000, "mean": 10.05, "sd": 3.9}, {"n": 5_000, "mean": 9.7, "sd": 4.0}]
dunnett_case("experiment", big[0], big[1:], "two-sided")
dunnett_case("experiment_strict", big[0], big[1:], "greater", alpha=0.001)
dunnett_case("small_control", {"n": 20, "mean": 1.0, "sd": 1.0},
             [{"n": 2000, "mean": 1.4, "sd": 1.0}, {"n": 1500, "mean": 1.5, "sd": 1.1}], "two-sided")
for k, df_n, expected in [(2, 61, 2.27), (3, 61, 2.41), (9, 61, 2.77)]:
    # Dunnett (1964), table II, 5 %, 60 degrees of freedom: checked to its two decimal places.
    loadings = [sqrt(0.5)] * k
    c = optimize.brentq(lambda c: dunnett_tail(c, loadings, 60, True) - 0.05, 1, 5, xtol=1e-10)
    assert abs(c - expected) < 0.0101, (k, c, expected)


# --- equivalence and non-inferiority

x = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]
y = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4]
for usevar in ("unequal", "pooled"):
    for low, upp in ((-4, 4), (-1, 3), (-0.1, 0.1), (-30, 2.5)):
        p, lower, upper = ttost_ind(x, y[:12], low, upp, usevar=usevar)
        case(f"tost_{usevar}_{low}_{upp}", "tost_welch", {"x": x, "y": y[:12], "low": low, "upp": upp, "usevar": usevar},
             {"p": float(p), "p_lower": float(lower[1]), "p_upper": float(upper[1]), "t_lower": float(lower[0]),
              "t_upper": float(upper[0]), "df": float(lower[2])}, {"rel": 1e-9},
             f"statsmodels {statsmodels.__version__}", f"ttost_ind(usevar={usevar})")

for diff, se, df, margin, higher in [(30.0, 5.0, 120.0, 20.0, False), (3.0, 5.0, 17.3, 20.0, False),
                                     (-0.001, 0.004, 1e6, -0.01, True)]:
    t = (diff - margin) / se
    p = stats.t.sf(t, df) if higher else stats.t.cdf(t, df)
    reach = stats.t.isf(0.05, df) * se
    bound = {"lower_bound_95": diff - reach} if higher else {"upper_bound_95": diff + reach}
    case(f"noninf_{diff:g}_{df:g}", "noninferiority_t",
         {"diff": diff, "se": se, "df": df, "margin": margin, "higher_is_better": higher}, {"t": t, "p": p, **bound},
         {"rel": 1e-9}, f"scipy {scipy.__version__}", "stats.t")


def lift_noninferiority(name, control, treatment, margin, higher):
    """Welch's one-sided test of treatment - factor*control; the bound solves the same equation for the factor."""
    worst = -margin if higher else margin
    vc, vt = control["sd"] ** 2 / control["n"], treatment["sd"] ** 2 / treatment["n"]
    f = 1 + worst
    se2 = vt + f * f * vc
    df = se2 ** 2 / (vt ** 2 / (treatment["n"] - 1) + (f * f * vc) ** 2 / (control["n"] - 1))
    t = (treatment["mean"] - f * control["mean"]) / sqrt(se2)
    p = stats.t.sf(t, df) if higher else stats.t.cdf(t, df)
    crit = stats.t.isf(0.05, df)
    sign = 1 if higher else -1
    root = optimize.brentq(
        lambda g: sign * (treatment["mean"] - g * control["mean"]) - crit * sqrt(vt + g * g * vc),
        *((-5, treatment["mean"] / control["mean"]) if higher else (treatment["mean"] / control["mean"], 50)), xtol=1e-14)
    case(f"noninf_lift_{name}", "noninferiority_lift_t",
         {"control": control, "treatment": treatment, "margin": margin, "higher_is_better": higher},
         {"t": t, "df": df, "p": p, "bound": root - 1}, {"rel": 1e-9}, f"scipy {scipy.__version__}", "stats.t, optimize.brentq")


lift_noninferiority("revenue", {"n": 900, "mean": 12.0, "sd": 30.0}, {"n": 950, "mean": 11.9, "sd": 28.0}, 0.05, True)
lift_noninferiority("latency", {"n": 40, "mean": 200.0, "sd": 60.0}, {"n": 55, "mean": 190.0, "sd": 50.0}, 0.1, False)


# --- heterogeneity

for name, effect, se in [
    ("given", [0.1, 0.3, 0.25, -0.05], [0.05, 0.08, 0.06, 0.07]), ("alike", [0.1, 0.11, 0.09], [0.05, 0.08, 0.06]),
    ("two", [1.0, 2.0], [0.1, 0.4]), ("one_outweighs", [0.1, 0.4, -0.3], [1e-4, 0.1, 0.1]),
]:
    found = combine_effects(np.array(effect), np.array(se) ** 2, method_re="dl")
    q = float(found.q)
    df = len(effect) - 1
    tau2 = max(0.0, float(found.tau2))
    w = 1 / (np.array(se) ** 2 + tau2)
    case(f"heterogeneity_{name}", "heterogeneity_q", {"effect": effect, "se": se},
         {"fixed": float(found.mean_effect_fe), "se": float(found.sd_eff_w_fe), "Q": q, "df": df,
          "p": float(stats.chi2.sf(q, df)), "I2": max(0.0, 1 - df / q), "tau2": tau2,
          "random": float(np.sum(w * effect) / np.sum(w)), "se_random": float(1 / sqrt(np.sum(w)))}, {"rel": 1e-9, "abs": 1e-13},
         f"statsmodels {statsmodels.__version__}", "combine_effects(method_re='dl'), tau2 not below 0")

print("{")
print('"generated_with": ' + json.dumps({"scipy": scipy.__version__, "statsmodels": statsmodels.__version__,
                                         "numpy": np.__version__, "mpmath": mp.__version__}) + ",")
print('"cases": [')
print(",\n".join(json.dumps(c, allow_nan=False) for c in CASES))
print("]")
print("}")
