"""Makes factorial_more.json: python factorial_more.py > factorial_more.json"""

import itertools
import json

import numpy as np
import statsmodels
import statsmodels.api as sm
from scipy import stats

CASES = []
LETTERS = "ABCDEFGHJKLMNOPQ"
STATSMODELS = f"statsmodels {statsmodels.__version__}"


def case(id, function, inputs, expected, tolerance, package, call, notes=""):
    CASES.append({"id": id, "function": function, "inputs": inputs, "expected": expected, "tolerance": tolerance,
                  "source": {"package": package, "call": call}, "notes": notes})


rng = np.random.default_rng(20260102)

# Full designs: all units regressed on all columns, coded -1 and +1 (pooled variance).
for k, sizes in ((2, [5, 9, 4, 6]), (3, [3, 4, 5, 3, 6, 2, 4, 3])):
    runs = [[(run >> i) & 1 for i in range(k)] for run in range(2**k)]
    cells = [[round(float(v), 2) for v in rng.normal(10 + sum(levels) + 2 * levels[0] * levels[1], 2, n)]
             for levels, n in zip(runs, sizes)]
    effects = [c for r in range(1, k + 1) for c in itertools.combinations(range(k), r)]
    rows, y = [], []
    for levels, cell in zip(runs, cells):
        for value in cell:
            rows.append([1.0] + [float(np.prod([2 * levels[i] - 1 for i in e])) for e in effects])
            y.append(value)
    fit = sm.OLS(np.array(y), np.array(rows)).fit()
    names = ["".join(LETTERS[i] for i in e) for e in effects]
    ends = fit.conf_int(0.05)
    for coding, times in (("coefficient", lambda e: 1), ("high_minus_low", lambda e: 2),
                          ("differences", lambda e: 2 ** len(e))):
        expected = {}
        for j, (name, e) in enumerate(zip(names, effects), start=1):
            c = times(e)
            expected[name] = {"estimate": c * fit.params[j], "se": c * fit.bse[j], "t": fit.tvalues[j],
                              "p": fit.pvalues[j], "df": fit.df_resid, "ci": [c * ends[j][0], c * ends[j][1]]}
            expected[name] = {key: [float(x) for x in v] if isinstance(v, list) else float(v)
                              for key, v in expected[name].items()}
        case(f"ols_2_{k}_{coding}", "factorial_effects", {"cells": cells, "coding": coding, "variance": "pooled"}, expected,
             {"rel": 1e-9}, STATSMODELS, "OLS(y, columns of -1 and +1).fit(); effects times 1, 2 or 2^order")
    if k == 2:
        zero_one = np.array([[1.0, float(r[0]), float(r[1]), float(r[0] * r[1])]
                             for r, cell in zip(runs, cells) for _ in cell])
        fit = sm.OLS(np.array(y), zero_one).fit()
        case("ols_treatment_coding", "factorial_effects", {"cells": cells, "variance": "pooled"},
             {"AB": {"estimate": float(fit.params[3]), "se": float(fit.bse[3]), "t": float(fit.tvalues[3]),
                     "p": float(fit.pvalues[3])}},
             {"rel": 1e-9}, STATSMODELS, "OLS(y, [1, a, b, a*b]).fit(), coefficient of a*b",
             "the interaction of a 2 x 2 design as a difference of differences is the default")
    # Separate variances: the contrast's own error and degrees of freedom.
    m = np.array([np.mean(c) for c in cells])
    v = np.array([np.var(c, ddof=1) / len(c) for c in cells])
    df = v.sum() ** 2 / (v**2 / (np.array([len(c) for c in cells]) - 1)).sum()
    expected = {}
    for name, e in zip(names, effects):
        sign = np.array([np.prod([2 * levels[i] - 1 for i in e]) for levels in runs])
        c = 2 ** len(e) / 2**k
        t = (sign * m).sum() / np.sqrt(v.sum())
        expected[name] = {"estimate": float(c * (sign * m).sum()), "se": float(c * np.sqrt(v.sum())), "t": float(t),
                          "df": float(df), "p": float(2 * stats.t.sf(abs(t), df))}
    case(f"satterthwaite_2_{k}", "factorial_effects", {"cells": cells}, expected, {"rel": 1e-9}, "scipy",
         "2 * t.sf(|t|, Satterthwaite's df)")

# Rates.
rates = [[100, 1000], [120, 1010], [110, 990], [160, 1005]]
p = np.array([a / b for a, b in rates])
v = (p * (1 - p) / np.array([b for _, b in rates])).sum()
d = p[3] - p[2] - p[1] + p[0]
case("interaction_rates", "factorial_interaction", {"cells_successes_n": rates},
     {"interaction": float(d), "se": float(np.sqrt(v)), "z": float(d / np.sqrt(v)),
      "p": float(2 * stats.norm.sf(abs(d / np.sqrt(v))))}, {"rel": 1e-10}, "scipy", "normal")

# Three factors by mean, deviation and count.
cells = [[10.0 + i % 3, 2.0 + 0.1 * i, 100 + 7 * i] for i in range(8)]
sign = np.array([np.prod([2 * ((r >> i) & 1) - 1 for i in range(3)]) for r in range(8)])
d = float((sign * np.array([c[0] for c in cells])).sum())
se = float(np.sqrt(sum(c[1] ** 2 / c[2] for c in cells)))
case("interaction_of_three", "factorial_interaction", {"cells_mean_sd_n": cells},
     {"interaction": d, "se": se, "z": d / se, "p": float(2 * stats.norm.sf(abs(d / se)))}, {"rel": 1e-10}, "scipy",
     "normal", "the difference of differences of differences")


# Fractions, by enumerating all columns over all runs.
def brute(base, generators):
    k = base + len(generators)
    columns = {}
    runs = np.array([[1 if (r >> i) & 1 else -1 for i in range(base)] for r in range(2**base)])
    for i in range(base):
        columns[LETTERS[i]] = runs[:, i]
    for text in generators:
        left, right = text.split("=")
        s = -1 if right[0] == "-" else 1
        columns[left] = s * np.prod([columns[c] for c in right.lstrip("-")], axis=0)
    letters = LETTERS[:k]
    words = ["".join(c) for r in range(1, k + 1) for c in itertools.combinations(letters, r)]
    column = {w: np.prod([columns[c] for c in w], axis=0) for w in words}
    relation = [("-" if column[w][0] < 0 else "") + w for w in words if abs(column[w].sum()) == len(runs)]
    lengths = [sum(len(w.lstrip("-")) == r for w in relation) for r in range(1, k + 1)]
    aliases = {}
    for w in [w for w in words if len(w) <= 2]:
        same = [("-" if column[w] @ column[o] < 0 else "") + o for o in words
                if o != w and abs(column[w] @ column[o]) == len(runs)]
        aliases[w] = " = ".join([w] + same)
    return {"resolution": next(i for i, n in enumerate(lengths, start=1) if n), "word_lengths": lengths,
            "relation": relation, "aliases": aliases, "runs": 2**base}


for name, base, generators in (
    ("2_4-1", 3, ["D=ABC"]), ("2_4-1_other_half", 3, ["D=-ABC"]), ("2_5-1", 4, ["E=ABCD"]), ("2_5-2", 3, ["D=AB", "E=AC"]),
    ("2_6-2", 4, ["E=ABC", "F=BCD"]), ("2_7-4", 3, ["D=AB", "E=AC", "F=BC", "G=ABC"]),
    ("2_7-4_signs", 3, ["D=-AB", "E=AC", "F=-BC", "G=ABC"]), ("2_7-3", 4, ["E=ABC", "F=BCD", "G=ACD"]),
    ("2_8-4", 4, ["E=BCD", "F=ACD", "G=ABC", "H=ABD"]), ("2_9-5", 4, ["E=ABC", "F=BCD", "G=ACD", "H=ABD", "J=ABCD"]),
):
    case(f"fraction_{name}", "fractional_design", {"base": base, "generators": generators}, brute(base, generators),
         {"rel": 0}, "numpy", "products of columns over all runs, every pair compared",
         "Box, Hunter & Hunter (2005), chapter 6: resolutions and generators")

print(json.dumps({"generated_with": {"numpy": np.__version__, "statsmodels": statsmodels.__version__}})[:-1] + ',\n"cases": [')
print(",\n".join(json.dumps(c) for c in CASES))
print("]\n}")
