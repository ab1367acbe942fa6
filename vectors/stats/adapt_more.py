#!/usr/bin/env python3
"""Writes adapt_more.json: bandit weights and the analysis after a bandit, computed by numpy and scipy.

Run it as `python3 adapt_more.py > adapt_more.json`; it needs numpy and scipy. The estimates are written from Hadad et al.
(2021), PNAS 118(15), equations 5, 6 and 18, unit by unit; best-arm probabilities by scipy's quadrature.
"""

import json

import numpy as np
import scipy
from scipy import integrate, optimize, stats

CASES = []
MADE = {"package": f"numpy {np.__version__}, scipy {scipy.__version__}"}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (str, int)) else float(value)


def case(name, function, inputs, expected, rel, call, notes=""):
    CASES.append({"id": name, "function": function, "inputs": plain(inputs), "expected": plain(expected),
                  "tolerance": {"rel": rel}, "source": {**MADE, "call": call}, "notes": notes})


rng = np.random.default_rng(5)
T = 40
propensity = np.clip(rng.uniform(0.05, 0.95, T), 0.1, 0.9).round(3)
chosen = rng.uniform(size=T) < propensity
outcome = (2 + rng.normal(size=T)).round(3)
prediction = (1.8 + 0.1 * rng.normal(size=T)).round(3)


def weighted(e, w, y, m, weighting, alpha=0.5):
    t = np.arange(1, T + 1)
    if weighting == "uniform":
        h = np.ones(T)
    elif weighting == "constant":
        h = np.sqrt(e / T)
    else:
        rate = e / (T - t + 1) + (1 - e) * t ** -alpha / (t ** -alpha + (T ** (1 - alpha) - t ** (1.0 - alpha)) / (1 - alpha))
        left, share = 1.0, np.empty(T)
        for i in range(T):
            share[i] = left * rate[i]
            left *= 1 - rate[i]
        h = np.sqrt(share * e)
    score = m + np.where(w, (y - m) / e, 0)
    q = (h * score).sum() / h.sum()
    return h / h.sum() * (score - q), q


for weighting in ("uniform", "constant", "two_point"):
    deviation, q = weighted(propensity, chosen, outcome, prediction, weighting)
    other, r = weighted(1 - propensity, ~chosen, outcome, prediction - 0.3, weighting)
    inputs = {"propensity": propensity, "chosen": [int(flag) for flag in chosen], "outcome": outcome,
              "prediction": prediction, "weighting": weighting, "decay": 0.5}
    z = stats.norm.isf(0.025)
    se = np.sqrt((deviation ** 2).sum())
    case(f"weighted_mean_{weighting}", "adaptive_weighted_mean", inputs,
         {"estimate": q, "se": se, "ci": [q - z * se, q + z * se]}, 1e-10, "Hadad et al. (2021), eq. 5, 6, 18 by numpy")
    both = np.sqrt(((deviation - other) ** 2).sum())
    case(f"weighted_difference_{weighting}", "adaptive_weighted_difference", {**inputs, "other_prediction": prediction - 0.3},
         {"estimate": q - r, "se": both}, 1e-10, "the same for both arms, variance of the difference of the scores",
         notes="the arm less its opposite")

# Epochs of fixed propensities, from their units.
epochs = []
for p, n in [(0.5, 30), (0.2, 40), (0.1, 60)]:
    arm = rng.uniform(size=n) < p
    y = (np.where(arm, 3.0, 2.5) + rng.normal(size=n)).round(2)
    epochs.append((p, y[arm], y[~arm]))
listed = [{"propensity": [p, 1 - p], "outcomes": [list(a), list(b)]} for p, a, b in epochs]
N = sum(len(a) + len(b) for _, a, b in epochs)
scores = np.concatenate([np.concatenate([a / p, np.zeros(len(b))]) for p, a, b in epochs])
ht = scores.mean()
inverse = np.concatenate([np.full(len(a), 1 / p) for p, a, b in epochs])
values = np.concatenate([a for _, a, _ in epochs])
hajek = (inverse * values).sum() / inverse.sum()
case("epochs_horvitz_thompson", "epoch_mean", {"epochs": listed, "arm": 0, "method": "horvitz_thompson"},
     {"estimate": ht, "se": np.sqrt(((scores - ht) ** 2).sum()) / N}, 1e-10, "numpy, unit by unit")
case("epochs_hajek", "epoch_mean", {"epochs": listed, "arm": 0, "method": "hajek"},
     {"estimate": hajek, "se": np.sqrt((inverse ** 2 * (values - hajek) ** 2).sum()) / inverse.sum()}, 1e-10,
     "numpy, unit by unit")
share = np.array([(len(a) + len(b)) / N for _, a, b in epochs])
case("epochs_stratified", "epoch_mean", {"epochs": listed, "arm": 0, "method": "stratified"},
     {"estimate": (share * [a.mean() for _, a, _ in epochs]).sum(),
      "se": np.sqrt((share ** 2 * [a.var(ddof=1) / len(a) for _, a, _ in epochs]).sum())}, 1e-10, "numpy")

# Indices.
arms = [(0.02, 1000), (0.03, 1500), (0.0, 40), (0.5, 10), (0.98, 300)]
n = sum(units for _, units in arms)
case("ucb1", "ucb1", {"mean": [m for m, _ in arms], "n": [u for _, u in arms]},
     [m + np.sqrt(2 * np.log(n) / u) for m, u in arms], 1e-12, "Auer et al. (2002), figure 1")


def divergence(p, q):
    return (p * np.log(p / q) if p > 0 else 0) + (1 - p) * np.log((1 - p) / (1 - q))


case("kl_ucb", "kl_ucb", {"mean": [m for m, _ in arms], "n": [u for _, u in arms]},
     [optimize.brentq(lambda q: u * divergence(m, q) - np.log(n), m + 1e-12, 1 - 1e-15, xtol=1e-15) for m, u in arms],
     1e-10, "brentq of n·d(p, q) = ln n")

# Thompson and top-two weights of three normal and three gamma posteriors.
for name, dists, listed in [
    ("normal", [stats.norm(0, 1), stats.norm(0.5, 0.5), stats.norm(0.2, 2)], [{"normal": [0, 1]}, {"normal": [0.5, 0.5]}, {"normal": [0.2, 2]}]),
    ("gamma", [stats.gamma(20, scale=0.01), stats.gamma(30, scale=1 / 110), stats.gamma(8, scale=1 / 30)],
     [{"gamma": [20, 100]}, {"gamma": [30, 110]}, {"gamma": [8, 30]}]),
]:
    for lower in (False, True):
        def of(f):
            low, high = min(d.ppf(1e-18) for d in dists), max(d.isf(1e-18) for d in dists)
            edges = np.linspace(low, high, 120)
            x, w = np.polynomial.legendre.leggauss(20)
            return sum((b - a) / 2 * (w * f((a + b) / 2 + (b - a) / 2 * x)).sum() for a, b in zip(edges, edges[1:]))

        worse = (lambda d, x: d.sf(x)) if lower else (lambda d, x: d.cdf(x))
        better = (lambda d, x: d.cdf(x)) if lower else (lambda d, x: d.sf(x))
        best, second = [], []
        for i in range(3):
            j, k = [other for other in range(3) if other != i]
            best.append(of(lambda x: dists[i].pdf(x) * worse(dists[j], x) * worse(dists[k], x)))
            second.append(of(lambda x: dists[i].pdf(x) * (better(dists[j], x) * worse(dists[k], x) + worse(dists[j], x) * better(dists[k], x))))
        best, second = np.array(best), np.array(second)
        assert abs(best.sum() - 1) < 1e-12 and abs(second.sum() - 1) < 1e-12
        beta = 0.6
        two = [best[i] * (beta + (1 - beta) * sum(best[j] / (1 - best[j]) for j in range(3) if j != i)) for i in range(3)]
        case(f"policies_{name}_{'lower' if lower else 'higher'}", "policy_weights",
             {"arms": listed, "lower_is_better": lower, "leader": beta},
             {"thompson": best, "top_two": two, "top_two_of_one_draw": beta * best + (1 - beta) * second}, 1e-9,
             "20-point Gauss-Legendre on 119 panels of scipy's pdf, cdf, sf; Russo (2016), 3.3")

case("floors", "weights_with_floor", {"weights": [0, 0.02, 0.3, 0.68], "floor": 0.05},
     {"mixed": [0.05 + 0.8 * w for w in (0, 0.02, 0.3, 0.68)],
      "at_least": [0.05, 0.05, 0.9 * 0.3 / 0.98, 0.9 * 0.68 / 0.98],
      "per_million": [0, 20000, 300000, 680000]}, 1e-12, "by hand")
case("apportionment", "weights_with_floor", {"weights": [1, 1, 1, 1, 1, 1, 1], "floor": 0},
     {"per_million": [142858, 142857, 142857, 142857, 142857, 142857, 142857]}, 0, "largest remainder by hand")

print(json.dumps({"generated_with": {"numpy": np.__version__, "scipy": scipy.__version__}, "cases": CASES}, indent=1))
