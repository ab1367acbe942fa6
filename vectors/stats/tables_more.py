"""Further cases of rates and tables: python tables_more.py > tables_more.json

scipy and statsmodels where they have the function and are right; where not (score intervals of a difference, Fisher's and
Barnard's tests of ties, large tables) mpmath or exact fractions, straight from the definition.
"""

import json
from fractions import Fraction as F
from math import comb

import mpmath as mp
import numpy as np
import scipy
import statsmodels
from scipy import optimize, stats
from scipy.stats import contingency
from statsmodels.stats import proportion as sp
from statsmodels.stats import rates as sr

mp.mp.dps = 50
CASES = []
SM = f"statsmodels {statsmodels.__version__}"
SC = f"scipy {scipy.__version__}"
MP = f"mpmath {mp.__version__}"


def case(function, inputs, expected, package, call, rel=1e-9, abs_=0.0, notes=""):
    tolerance = {"rel": rel}
    if abs_:
        tolerance["abs"] = abs_
    name = f"more_{function}_{sum(c['function'] == function for c in CASES)}"
    CASES.append(
        {
            "id": name,
            "function": function,
            "inputs": inputs,
            "expected": expected,
            "tolerance": tolerance,
            "source": {"package": package, "call": call},
            "notes": notes,
        }
    )


def floats(values):
    return [float(v) if np.isfinite(v) else None for v in values]


PAIRS = [(400, 5000, 470, 5100), (56, 70, 48, 80), (15, 50, 25, 50), (1, 1000, 8, 1000), (7, 34, 1, 34), (9, 10, 3, 10)]
WORDS = {"two-sided": "two-sided", "larger": "greater", "smaller": "less"}

# Two rates: tests and intervals.
for x1, n1, x2, n2 in PAIRS:
    pair = {"x1": x1, "n1": n1, "x2": x2, "n2": n2}
    for alternative in WORDS:
        z, p = sp.proportions_ztest([x1, x2], [n1, n2], alternative=alternative)
        case("two_prop_z_pooled", {**pair, "alternative": alternative}, {"z": z, "p": p}, SM, "proportions_ztest")
        for method, correction in [("wald", True), ("agresti-caffo", True), ("score", True), ("score", False)]:
            r = sp.test_proportions_2indep(
                x1, n1, x2, n2, method=method, alternative=alternative, correction=correction
            )
            case(
                "two_prop_test",
                {**pair, "method": method, "correction": correction, "alternative": alternative},
                {"z": float(r.statistic), "p": float(r.pvalue)},
                SM,
                "test_proportions_2indep(compare='diff')",
            )
    for method in ["log", "log-adjusted", "score"]:
        for correction in [True, False] if method == "score" else [True]:
            ci = sp.confint_proportions_2indep(
                x1, n1, x2, n2, method=method, compare="ratio", correction=correction, alpha=0.1
            )
            case(
                "risk_ratio_ci",
                {**pair, "method": method, "correction": correction, "alpha": 0.1},
                floats(ci),
                SM,
                "confint_proportions_2indep(compare='ratio')",
                rel=1e-8,
            )
    for method in ["logit", "logit-adjusted"]:
        ci = sp.confint_proportions_2indep(x1, n1, x2, n2, method=method, compare="odds-ratio")
        case("odds_ratio_ci", {**pair, "method": method}, floats(ci), SM, "confint_proportions_2indep(odds-ratio)")
    case("cohens_h", pair, sp.proportion_effectsize(x1 / n1, x2 / n2), SM, "proportion_effectsize", rel=1e-10)


def constrained(x1, n1, x2, n2, kind, effect):
    """The most likely rates under an effect, by bisection of the score equation."""
    x1, n1, x2, n2, effect = map(mp.mpf, (x1, n1, x2, n2, effect))

    def p1_of(p2):
        if kind == "diff":
            return p2 + effect
        if kind == "ratio":
            return p2 * effect
        return effect * p2 / (1 - p2 + effect * p2)

    if kind == "diff":
        low, high = max(mp.mpf(0), -effect), min(mp.mpf(1), 1 - effect)
    elif kind == "ratio":
        low, high = mp.mpf(0), min(mp.mpf(1), 1 / effect)
    else:
        low, high = mp.mpf(0), mp.mpf(1)

    def log_likelihood(p2):
        parts = [(x1, p1_of(p2)), (n1 - x1, 1 - p1_of(p2)), (x2, p2), (n2 - x2, 1 - p2)]
        return sum(x * mp.log(p) for x, p in parts if x)

    for _ in range(70):
        middle = (low + high) / 2
        step = (high - low) * mp.mpf(10) ** -12
        if log_likelihood(middle + step) > log_likelihood(middle - step):
            low = middle
        else:
            high = middle
    p2 = (low + high) / 2
    return p1_of(p2), p2


def score_limits(x1, n1, x2, n2, kind, alpha, factor):
    z = mp.sqrt(2) * mp.erfinv(1 - mp.mpf(alpha))
    p1, p2 = mp.mpf(x1) / n1, mp.mpf(x2) / n2
    f = mp.mpf(n1 + n2) / (n1 + n2 - 1) if factor else mp.mpf(1)

    def statistic(effect):
        a, b = constrained(x1, n1, x2, n2, kind, effect)
        if kind == "diff":
            return (p1 - p2 - effect) / mp.sqrt((a * (1 - a) / n1 + b * (1 - b) / n2) * f)
        if kind == "ratio":
            return (p1 - effect * p2) / mp.sqrt((a * (1 - a) / n1 + effect**2 * b * (1 - b) / n2) * f)
        inverse = 1 / (n1 * a * (1 - a)) + 1 / (n2 * b * (1 - b))
        return (x1 - n1 * a) * mp.sqrt(inverse / f)

    def solve(target, low, high):
        for _ in range(48):
            middle = mp.sqrt(low * high) if kind != "diff" else (low + high) / 2
            if statistic(middle) > target:
                low = middle
            else:
                high = middle
        return float((low + high) / 2)

    if kind == "diff":
        low, high = mp.mpf(-1) + mp.mpf(10) ** -12, 1 - mp.mpf(10) ** -12
    else:
        low, high = mp.mpf(10) ** -6, mp.mpf(10) ** 6
    return [solve(z, low, high), solve(-z, low, high)]


for x1, n1, x2, n2 in [(56, 70, 48, 80), (9, 10, 3, 10), (0, 20, 0, 20), (10, 10, 0, 20), (7, 34, 1, 34)]:
    pair = {"x1": x1, "n1": n1, "x2": x2, "n2": n2}
    for factor in [True, False]:
        method = "miettinen-nurminen" if factor else "mee"
        if (x1, x2) != (10, 0):
            ci = score_limits(x1, n1, x2, n2, "diff", 0.05, factor)
            case("two_prop_diff_ci", {**pair, "method": method}, ci, MP, "score_limits of this script", rel=1e-8)
        if 0 < x1 < n1 and 0 < x2 < n2:
            ci = score_limits(x1, n1, x2, n2, "odds", 0.05, factor)
            inputs = {**pair, "method": "score", "correction": factor}
            case("odds_ratio_ci", inputs, ci, MP, "score_limits of this script", rel=1e-8)
            ci = score_limits(x1, n1, x2, n2, "ratio", 0.05, factor)
            inputs = {**pair, "method": "miettinen-nurminen" if factor else "koopman"}
            case("risk_ratio_ci", inputs, ci, MP, "score_limits of this script", rel=1e-8)

# One rate.
for x, n in [(81, 263), (15, 148), (0, 20), (1, 29), (29, 29), (28, 29), (500, 1000), (3, 10**9)]:
    for method in ["normal", "agresti_coull", "beta", "wilson", "jeffreys", "binom_test"]:
        if method == "binom_test" and n > 2000:
            continue
        for alternative in ["two-sided", "larger", "smaller"]:
            if method == "normal" and x in (0, n):
                continue
            ci = sp.proportion_confint(x, n, alpha=0.1, method=method, alternative=alternative)
            case(
                "one_prop_ci",
                {"x": x, "n": n, "method": method, "alpha": 0.1, "alternative": alternative},
                floats(ci),
                SM,
                "proportion_confint",
                rel=1e-7 if method == "binom_test" or n > 10**6 else 1e-9,
                abs_=1e-12 if n < 10**6 else 0.0,
            )
    for method in ["exact", "wilson", "wilsoncc"]:
        if method == "exact" and n > 10**6:
            continue  # scipy's root finding stops at 1e-14 absolutely
        for alternative in ["two-sided", "greater", "less"]:
            r = stats.binomtest(x, n, alternative=alternative).proportion_ci(0.9, method)
            case(
                "one_prop_ci",
                {"x": x, "n": n, "method": method, "alpha": 0.1, "alternative": alternative},
                floats(r),
                SC,
                "binomtest(...).proportion_ci(0.9)",
                abs_=1e-12 if n < 10**6 else 1e-16,
                rel=1e-9 if n < 10**6 else 1e-6,
            )
for k, n, p in [(682, 925, 0.75), (3, 10, 0.1), (0, 12, 0.3), (5, 5, 0.9), (499_000, 10**6, 0.5), (60, 10**6, 1e-4)]:
    for alternative in ["two-sided", "greater", "less"]:
        r = stats.binomtest(k, n, p, alternative)
        case("binom_test", {"k": k, "n": n, "p": p, "alternative": alternative}, {"p": r.pvalue}, SC, "binomtest")

# Tables.
TABLES = [
    [[762, 327, 468], [484, 239, 477]],
    [[10, 0, 5], [3, 4, 6], [1, 9, 2]],
    [[120, 90, 40, 10], [110, 95, 50, 20], [100, 80, 70, 30]],
    [[30, 5], [12, 9], [8, 20]],
    [[1_000_000_000, 2_000_000_100], [1_000_030_000, 1_999_990_000]],
    [[15, 35], [25, 25]],
]


def divergence(table, correction, power):
    """Cressie and Read's statistic of a 2 x 2 table; 0 and -1 as limits."""
    n = sum(map(sum, table))
    total = mp.mpf(0)
    for i in range(2):
        for j in range(2):
            o, e = mp.mpf(table[i][j]), mp.mpf(sum(table[i])) * sum(row[j] for row in table) / n
            if correction:
                o += min(mp.mpf("0.5"), abs(e - o)) * mp.sign(e - o)
            if power == 0:
                total += 2 * o * mp.log(o / e)
            elif power == -1:
                total += 2 * e * mp.log(e / o)
            else:
                total += 2 / (power * (power + 1)) * o * ((o / e) ** power - 1)
    return total


for table in TABLES:
    for lam in ["pearson", "log-likelihood", "cressie-read", "freeman-tukey", "neyman", "mod-log-likelihood"]:
        if min(map(min, table)) == 0 and lam in ["freeman-tukey", "neyman", "mod-log-likelihood"]:
            continue
        for correction in [False, True] if len(table) == len(table[0]) == 2 else [False]:
            if table[0][0] > 10**8 and lam != "pearson":
                # The terms cancel in floats, not at 50 digits.
                power = {"log-likelihood": 0, "cressie-read": F(2, 3), "freeman-tukey": F(-1, 2), "neyman": -2}
                power = mp.mpf(power.get(lam, -1).numerator) / mp.mpf(power.get(lam, -1).denominator)
                chi2 = divergence(table, correction, power)
                case(
                    "chi2_table",
                    {"table": table, "lambda": lam, "correction": correction},
                    {"chi2": float(chi2), "df": 1, "p": float(mp.erfc(mp.sqrt(chi2 / 2)))},
                    MP,
                    "divergence of this script",
                    rel=1e-8,
                )
                continue
            r = stats.chi2_contingency(table, correction=correction, lambda_=lam)
            case(
                "chi2_table",
                {"table": table, "lambda": lam, "correction": correction},
                {"chi2": r.statistic, "df": int(r.dof), "p": r.pvalue, "expected": r.expected_freq.tolist()},
                SC,
                "chi2_contingency",
                rel=1e-6 if table[0][0] > 10**8 else 1e-9,
            )
    t = np.array(table, dtype=float)
    e = contingency.expected_freq(t)
    r, c = t.sum(1, keepdims=True), t.sum(0, keepdims=True)
    case(
        "chi2_table",
        {"table": table},
        {
            "cramers_v": contingency.association(np.array(table), "cramer"),
            "tschuprows_t": contingency.association(np.array(table), "tschuprow"),
            "contingency_coefficient": contingency.association(np.array(table), "pearson"),
            "pearson_residuals": ((t - e) / np.sqrt(e)).tolist(),
            "standardized_residuals": ((t - e) / np.sqrt(e * (1 - r / t.sum()) * (1 - c / t.sum()))).tolist(),
        },
        SC,
        "contingency.association, expected_freq; residuals by R's definition",
        rel=1e-6 if table[0][0] > 10**8 else 1e-9,
    )


# Fisher.
def hypergeometric(table):
    (a, b), (c, d) = table
    n1, n2, k = a + b, c + d, a + c
    low, high = max(0, k - n2), min(n1, k)
    weights = {x: comb(n1, x) * comb(n2, k - x) for x in range(low, high + 1)}
    return a, weights


def fisher(table):
    a, weights = hypergeometric(table)
    total = sum(weights.values())
    return {
        "two_sided": float(F(sum(w for w in weights.values() if w * 10**7 <= weights[a] * (10**7 + 1)), total)),
        "greater": float(F(sum(w for x, w in weights.items() if x >= a), total)),
        "less": float(F(sum(w for x, w in weights.items() if x <= a), total)),
    }


for table in [[[8, 2], [1, 5]], [[0, 10], [10, 0]], [[1, 99], [9, 91]], [[0, 5], [3, 2]], [[120, 880], [160, 840]], [[7, 3], [3, 7]]]:
    case("fisher_exact", {"table": table}, fisher(table), "Python fractions", "fisher of this script", rel=1e-11)
    if min(map(min, table)) > 0:
        r = contingency.odds_ratio(table)
        ci = r.confidence_interval(0.95)
        case(
            "fisher_odds_ratio",
            {"table": table},
            {"estimate": float(r.statistic), "ci": floats(ci)},
            SC,
            "contingency.odds_ratio",
            rel=1e-8,
        )
        for alternative in ["greater", "less"]:
            ci = r.confidence_interval(0.95, alternative)
            low = float(ci.low) if alternative == "greater" else None
            high = float(ci.high) if alternative == "less" else None
            inputs = {"table": table, "alternative": alternative}
            case("fisher_odds_ratio", inputs, {"ci": [low, high]}, SC, "contingency.odds_ratio", rel=1e-8)


def fisher_large(a, n1, c, n2):
    """Sums outward from the observed table at 50 digits."""
    k = a + c
    ln = lambda x: mp.loggamma(n1 + 1) - mp.loggamma(x + 1) - mp.loggamma(n1 - x + 1) + mp.loggamma(
        n2 + 1
    ) - mp.loggamma(k - x + 1) - mp.loggamma(n2 - k + x + 1)
    mass = mp.exp(ln(a) + mp.loggamma(k + 1) + mp.loggamma(n1 + n2 - k + 1) - mp.loggamma(n1 + n2 + 1))
    total, term, x = mp.mpf(0), mass, a
    up = a * (n1 + n2) > k * n1
    while term > mp.mpf(10) ** -25 * (total + term) and 0 <= x <= min(n1, k):
        total += term
        if up:
            term *= mp.mpf((n1 - x) * (k - x)) / ((x + 1) * (n2 - k + x + 1))
            x += 1
        else:
            term *= mp.mpf(x * (n2 - k + x)) / ((n1 - x + 1) * (k - x + 1))
            x -= 1
    return float(total), float(mp.log(total))


for a, n1, c, n2 in [(100_900, 10**6, 100_000, 10**6), (1_300, 10**9, 1_000, 10**9), (700, 1000, 300, 1000)]:
    p, ln_p = fisher_large(a, n1, c, n2)
    case(
        "fisher_exact",
        {"table": [[a, n1 - a], [c, n2 - c]], "alternative": "greater"},
        {"p": p, "ln_p": ln_p},
        MP,
        "fisher_large of this script",
        rel=1e-10,
    )


# Barnard with exact ties, at 1e-6 of the largest of a fine grid.
def barnard(x1, n1, x2, n2):
    def z2(a, b):
        t = a + b
        return F((a * n2 - b * n1) ** 2, t * (n1 + n2 - t)) if 0 < t < n1 + n2 else F(0)

    o = z2(x1, x2)
    mask = np.array([[float(z2(a, b) >= o) for b in range(n2 + 1)] for a in range(n1 + 1)])
    probability = lambda q: stats.binom.pmf(np.arange(n1 + 1), n1, q) @ mask @ stats.binom.pmf(np.arange(n2 + 1), n2, q)
    grid = np.linspace(1e-3, 1 - 1e-3, 3000)
    values = [probability(q) for q in grid]
    i = int(np.argmax(values))
    r = optimize.minimize_scalar(
        lambda q: -probability(q), bounds=(grid[max(i - 1, 0)], grid[min(i + 1, 2999)]), method="bounded", options={"xatol": 1e-10}
    )
    return -r.fun


for x1, n1, x2, n2 in [(15, 40, 35, 60), (2, 10, 18, 30), (7, 15, 12, 15)]:
    case(
        "barnard_boschloo",
        {"table": [[x1, x2], [n1 - x1, n2 - x2]]},
        {"barnard_with_ties": barnard(x1, n1, x2, n2)},
        "Python fractions",
        "barnard of this script",
        rel=1e-7,
        notes="scipy's barnard_exact loses ties to rounding: it says 0.04445 for the first",
    )
for table in [[[7, 12], [8, 3]], [[2, 7], [8, 2]], [[5, 1], [10, 15]], [[12, 4], [20, 30]]]:
    for alternative in ["two-sided", "less", "greater"]:
        for pooled in [True, False]:
            b = stats.barnard_exact(table, alternative, pooled=pooled, n=256)
            o = stats.boschloo_exact(table, alternative, n=256)
            case(
                "barnard_boschloo",
                {"table": table, "alternative": alternative, "pooled": pooled},
                {"barnard": b.pvalue, "boschloo": o.pvalue, "boschloo_statistic": o.statistic},
                SC,
                "barnard_exact, boschloo_exact, n = 256",
                rel=1e-4,
            )

# Event rates.
for count, exposure in [(137, 24.19893), (0, 3.5), (1, 0.25), (60, 51477.5), (10**7, 1e3)]:
    for method in ["exact-c", "midp-c", "score", "wald", "waldccv", "jeff", "sqrt", "sqrt-a", "sqrt-v"]:
        if method == "midp-c" and (count == 0 or count > 10**6) or count == 0 and method in ["wald", "sqrt"]:
            continue
        for alternative in ["two-sided", "larger", "smaller"] if method != "midp-c" else ["two-sided"]:
            ci = sr.confint_poisson(count, exposure, method=method, alternative=alternative)
            case(
                "poisson_rate_ci",
                {"count": count, "exposure": exposure, "method": method, "alternative": alternative},
                floats(ci),
                SM,
                "confint_poisson",
                rel=1e-5 if method == "midp-c" else 1e-9,
                abs_=1e-12,
            )
for count, exposure, value in [(137, 24.19893, 5.0), (0, 3.5, 1.0), (10, 1.0, 4.0)]:
    for method in ["exact-c", "midp-c"]:
        for alternative in WORDS:
            r = sr.test_poisson(count, exposure, value, method=method, alternative=alternative)
            case(
                "poisson_rate_test",
                {"count": count, "exposure": exposure, "value": value, "method": method, "alternative": alternative},
                {"p": float(r.pvalue)},
                SM,
                "test_poisson",
            )
TWO = [(60, 51477.5, 30, 54308.7), (11, 800.0, 21, 3011.0), (41, 28010.0, 15, 19017.0), (3, 10.0, 1, 12.5)]
for c1, e1, c2, e2 in TWO:
    two = {"count1": c1, "exposure1": e1, "count2": c2, "exposure2": e2}
    for compare, methods in [
        ("ratio", ["score", "wald", "score-log", "wald-log", "sqrt", "exact-cond", "cond-midp"]),
        ("diff", ["score", "wald", "waldccv"]),
    ]:
        for method in methods:
            for alternative in WORDS:
                for value in [None, 1.25] if compare == "ratio" else [None]:
                    r = sr.test_poisson_2indep(
                        c1, e1, c2, e2, method=method, compare=compare, alternative=alternative, value=value
                    )
                    expected = {"p": float(r.pvalue)}
                    if np.isfinite(r.statistic):
                        expected["statistic"] = float(r.statistic)
                    inputs = {**two, "method": method, "compare": compare, "alternative": alternative}
                    if value:
                        inputs["value"] = value
                    case("poisson_two_sample", inputs, expected, SM, "test_poisson_2indep")
    for compare, methods in [
        ("ratio", ["score", "wald-log", "waldcc", "mover"]),
        ("diff", ["score", "wald", "waldccv", "mover"]),
    ]:
        for method in methods:
            ci = sr.confint_poisson_2indep(c1, e1, c2, e2, method=method, compare=compare, alpha=0.05)
            case(
                "poisson_two_sample_ci",
                {**two, "method": method, "compare": compare},
                floats(ci),
                SM,
                "confint_poisson_2indep",
                # Its score intervals come from a minimiser of squares.
                rel=3e-3 if method == "score" and compare == "diff" else 1e-4 if method == "score" else 1e-9,
            )
    low, high = stats.binomtest(c1, c1 + c2).proportion_ci(0.95, "exact")
    case(
        "poisson_two_sample_ci",
        {**two, "method": "exact-cond", "compare": "ratio"},
        [low / (1 - low) * e2 / e1, high / (1 - high) * e2 / e1],
        SC,
        "binomtest(...).proportion_ci as a ratio: R's poisson.test",
    )


def plain(value):
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value.item() if isinstance(value, np.generic) else value


versions = {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "mpmath": mp.__version__, "numpy": np.__version__}
lines = ",\n".join(json.dumps(case, allow_nan=False) for case in plain(CASES))
print('{"generated_with": %s,\n"cases": [\n%s\n]}' % (json.dumps(versions), lines))
