"""Writes adjustment_more.json: further cases of covariate adjustment, clusters and strata.

Everything is computed by statsmodels, tea-tasting, scipy or, where these have no such function, by plain numpy with the
general matrix formulas (N x N projections, matrix roots), not with the closed forms that the crate uses.
"""

import json
import pathlib

import numpy as np
import pandas as pd
import scipy
import statsmodels
import statsmodels.api as sm
import tea_tasting as tt
from scipy import stats

cases = []


def case(identity, function, inputs, expected, package, call, rel=1e-9, notes=""):
    cases.append({
        "id": identity, "function": function, "inputs": inputs, "expected": expected,
        "tolerance": {"rel": rel}, "source": {"package": package, "call": call}, "notes": notes,
    })


def rounded(values, digits=3):
    return np.round(np.asarray(values, dtype=float), digits).tolist()


def floats(values):
    return [float(value) for value in values]


SM = f"statsmodels {statsmodels.__version__}"
NP = f"numpy {np.__version__}"
TT = f"tea-tasting {tt.__version__}" if hasattr(tt, "__version__") else "tea-tasting 1.14.0"


def data(rng, n_control, n_treatment, k, effect=0.3):
    arms = {}
    for name, n, shift in (("control", n_control, 0.0), ("treatment", n_treatment, effect)):
        x = rng.gamma(2.0, 1.5, size=(k, n))
        noise = rng.standard_normal(n) * (0.5 + 0.3 * x[0])
        y = 5.0 + shift + (0.8 + shift) * x[0] + 0.3 * x[1:].sum(axis=0) + noise
        arms[name] = {"y": rounded(y), "x": [rounded(column) for column in x] if k > 1 else rounded(x[0])}
    return arms


def columns(arms):
    y = [np.array(arms[a]["y"]) for a in ("control", "treatment")]
    x = [np.atleast_2d(np.array(arms[a]["x"])).T for a in ("control", "treatment")]
    return y, x


def design(x, model):
    treated = np.r_[np.zeros(len(x[0])), np.ones(len(x[1]))]
    both = np.vstack(x)
    if model == "ancova":
        return np.c_[np.ones(len(treated)), treated, both]
    centred = both - both.mean(axis=0)
    return np.c_[np.ones(len(treated)), treated, centred, centred * treated[:, None]]


def satterthwaite(design_, power):
    """The degrees of freedom of HC2 (power 1) and HC3 (power 2), by N x N matrices."""
    bread = np.linalg.inv(design_.T @ design_)
    weights = (bread @ design_.T)[1]
    hat = design_ @ bread @ design_.T
    maker = np.eye(len(hat)) - hat
    a = weights / np.diag(maker) ** (power / 2)
    g = a[:, None] * maker * a[None, :]
    return np.trace(g) ** 2 / np.sum(g * g)


rng = np.random.default_rng(20260821)
for k, n_control, n_treatment in ((1, 20, 20), (3, 20, 35), (2, 400, 260)):
    arms = data(rng, n_control, n_treatment, k)
    y, x = columns(arms)
    both = np.concatenate(y)
    for model in ("ancova", "lin2013"):
        exog = design(x, model)
        for cov in ("nonrobust", "HC0", "HC1", "HC2", "HC3"):
            fitted = sm.OLS(both, exog).fit(cov_type=cov)
            expected = {
                "effect": fitted.params[1], "se": fitted.bse[1], "p": fitted.pvalues[1],
                "ci": floats(fitted.conf_int()[1]),
            }
            call = f"OLS(y, [1, treated, ...]).fit(cov_type={cov!r})"
            package = SM
            if cov in ("HC2", "HC3"):
                expected["df"] = satterthwaite(exog, 1 if cov == "HC2" else 2)
                package, call = f"{SM}; df: {NP}", f"{call}; df: tr(G)^2 / tr(G^2) with N x N matrices"
            case(f"reg_{model}_{cov}_{k}x_{n_control}_{n_treatment}", "regression_adjustment",
                 {"data": arms, "model": model, "cov": cov}, expected, package, call, rel=1e-8)

    # This crate's CUPED: y on 1, treated, x, one residual variance an arm.
    exog = design(x, "ancova")
    bread = np.linalg.inv(exog.T @ exog)
    beta = bread @ exog.T @ both
    weights = (bread @ exog.T)[1]
    residuals = both - exog @ beta
    n = len(both)
    inflation = (n - 2) / (n - 2 - k)
    parts, dfs = [], []
    for arm in (slice(0, n_control), slice(n_control, n)):
        size = arm.stop - arm.start
        part = inflation * residuals[arm] @ residuals[arm] / (size - 1) * (weights[arm] @ weights[arm])
        parts.append(part)
        dfs.append((size - 1) / inflation)
    se = np.sqrt(sum(parts))
    df = sum(parts) ** 2 / sum(part**2 / d for part, d in zip(parts, dfs))
    critical = stats.t.isf(0.025, df)
    base = y[0].mean()
    base_variance = y[0].var(ddof=1) / n_control
    adjusted = y[0] - x[0] @ beta[2:]
    covariance = -np.cov(adjusted, y[0])[0, 1] / n_control
    lift = beta[1] / base
    relative = np.sqrt(se**2 - 2 * lift * covariance + lift**2 * base_variance) / base
    # Fieller: the roots of (d - l*m)^2 = c^2 (se^2 - 2 l cov + l^2 var).
    roots = np.roots([
        base**2 - critical**2 * base_variance,
        -2 * beta[1] * base + 2 * critical**2 * covariance,
        beta[1] ** 2 - critical**2 * se**2,
    ])
    case(f"cuped_within_counted_{k}x_{n_control}_{n_treatment}", "cuped_within_arms", {"data": arms},
         {"theta": floats(beta[2:]), "effect": beta[1], "se": se, "df": df,
          "p": 2 * stats.t.sf(abs(beta[1] / se), df), "ci": [beta[1] - critical * se, beta[1] + critical * se],
          "lift": lift, "lift_se": relative, "lift_fieller": floats(sorted(roots)),
          "lift_delta": [lift - critical * relative, lift + critical * relative]},
         NP, "least squares with explicit weights; numpy.roots for Fieller", rel=1e-8)

    # Hotelling.
    apart = x[1].mean(axis=0) - x[0].mean(axis=0)
    within = np.atleast_2d(np.cov(x[0].T) * (n_control - 1) + np.cov(x[1].T) * (n_treatment - 1)) / (n - 2)
    t_square = apart @ np.linalg.solve(within, apart) / (1 / n_control + 1 / n_treatment)
    f = t_square * (n - k - 1) / (k * (n - 2))
    single = [stats.ttest_ind(x[1][:, i], x[0][:, i], equal_var=False).pvalue for i in range(k)]
    case(f"balance_{k}x_{n_control}_{n_treatment}", "covariate_balance", {"data": arms},
         {"statistic": f, "p": stats.f.sf(f, k, n - k - 1), "single": floats(single)},
         f"scipy {scipy.__version__}", "f.sf of Hotelling's T^2; ttest_ind(equal_var=False)", rel=1e-9)

# tea-tasting, one covariate: one-sided, other levels.
arms = data(rng, 60, 45, 1)
frame = pd.DataFrame({
    "variant": np.r_[np.zeros(60, int), np.ones(45, int)],
    "y": arms["control"]["y"] + arms["treatment"]["y"],
    "x": arms["control"]["x"] + arms["treatment"]["x"],
})
for alternative in ("two-sided", "greater", "less"):
    for alpha in (0.05, 0.1):
        result = tt.Experiment(m=tt.Mean("y", "x", alternative=alternative, confidence_level=1 - alpha)).analyze(
            frame, control=0)["m"]._asdict()
        expected = {key: float(value) for key, value in result.items() if np.isfinite(value)}
        case(f"tt_mean_cuped_{alternative}_{alpha}", "mean_test_log_relative_ci",
             {"data": arms, "cuped": True, "alternative": alternative, "alpha": alpha}, expected, TT,
             f"Mean('y', 'x', alternative={alternative!r}, confidence_level={1 - alpha})")

# tea-tasting, a ratio with a covariate.
ratios = {}
for name, n in (("control", 70), ("treatment", 90)):
    d_pre = rng.integers(1, 9, n).astype(float)
    d = np.maximum(1.0, d_pre + rng.integers(-2, 3, n))
    level = rng.normal(2.0, 0.5, n)
    ratios[name] = {
        "m": rounded(d * level + rng.standard_normal(n)), "d": rounded(d),
        "m_pre": rounded(d_pre * level + rng.standard_normal(n)), "d_pre": rounded(d_pre),
    }
frame = pd.DataFrame({
    column: ratios["control"][column] + ratios["treatment"][column] for column in ("m", "d", "m_pre", "d_pre")
})
frame["variant"] = np.r_[np.zeros(70, int), np.ones(90, int)]
for alternative in ("two-sided", "greater", "less"):
    for cuped in (False, True):
        extra = ("m_pre", "d_pre") if cuped else ()
        result = tt.Experiment(m=tt.RatioOfMeans("m", "d", *extra, alternative=alternative)).analyze(
            frame, control=0)["m"]._asdict()
        expected = {key: float(value) for key, value in result.items() if np.isfinite(value)}
        case(f"tt_ratio_{'cuped' if cuped else 'plain'}_{alternative}", "ratio_delta_log_relative_ci",
             {"data": ratios, "cuped": cuped, "alternative": alternative}, expected, TT,
             f"RatioOfMeans with{'' if cuped else 'out'} covariates, alternative={alternative!r}")

# Clusters: whole clusters in an arm.
sizes = rng.integers(1, 15, 24)
labels = np.repeat(np.arange(24), sizes)
treat = (labels % 3 == 0).astype(int)
y = np.array(rounded(rng.standard_normal(24)[labels] + 4 + 0.5 * treat + rng.standard_normal(len(labels))))
exog = np.c_[np.ones(len(y)), treat]
bread = np.linalg.inv(exog.T @ exog)
fit = sm.OLS(y, exog).fit()
nested = {"cluster": labels.tolist(), "treat": treat.tolist(), "y": y.tolist()}


def root(matrix, power):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * values**power) @ vectors.T


def bias_reduced(power):
    """CR2 (power -1/2) and CR3 (power -1), with Satterthwaite's degrees of freedom, by matrices."""
    hat = exog @ bread @ exog.T
    maker = np.eye(len(y)) - hat
    total, vectors = 0.0, []
    for label in range(24):
        own = labels == label
        adjust = root(np.eye(own.sum()) - hat[np.ix_(own, own)], power)
        row = (bread @ exog[own].T @ adjust)[1]
        total += (row @ fit.resid[own]) ** 2
        vectors.append(row @ maker[own])
    inner = np.array(vectors) @ np.array(vectors).T
    return np.sqrt(total), np.trace(inner) ** 2 / np.sum(inner * inner)


for kind, keywords in (("CR0", {"use_correction": False}), ("CR1_stata", {"use_correction": True})):
    se = sm.OLS(y, exog).fit(cov_type="cluster", cov_kwds={"groups": labels, **keywords}).bse[1]
    case(f"cluster_{kind}_24", "clustered_se", {**nested, "type": kind}, {"effect": fit.params[1], "se": se}, SM,
         f"OLS cov_type=cluster, {keywords}")
for kind, power in (("CR2", -0.5), ("CR3", -1.0)):
    se, df = bias_reduced(power)
    case(f"cluster_{kind}_24", "clustered_se", {**nested, "type": kind},
         {"effect": fit.params[1], "se": se, "df": df, "p": 2 * stats.t.sf(abs(fit.params[1] / se), df)}, NP,
         "matrix roots of I - H within clusters; df by tr(G)^2 / tr(G^2)", rel=1e-8)

# Clusters divided between the arms.
treat = rng.integers(0, 2, len(labels))
y = np.array(rounded(2 * rng.standard_normal(24)[labels] + 4 + 0.5 * treat + rng.standard_normal(len(labels))))
exog = np.c_[np.ones(len(y)), treat]
crossed = {"cluster": labels.tolist(), "treat": treat.tolist(), "y": y.tolist()}
for kind, keywords in (("CR0", {"use_correction": False}), ("CR1_stata", {"use_correction": True})):
    fitted = sm.OLS(y, exog).fit(cov_type="cluster", cov_kwds={"groups": labels, **keywords})
    case(f"cluster_crossed_{kind}", "clustered_se", {**crossed, "type": kind},
         {"effect": fitted.params[1], "se": fitted.bse[1]}, SM, f"OLS cov_type=cluster, {keywords}")

# Strata: least squares with one dummy a stratum and arm and a common slope, one residual variance a stratum and arm.
strata = []
for size_control, size_treatment, level in ((12, 15, 2.0), (30, 22, 8.0), (9, 14, 20.0)):
    pair = []
    for size, shift in ((size_control, 0.0), (size_treatment, 0.4)):
        x = rng.gamma(2.0, 1.0, size)
        pair.append({"x": rounded(x), "y": rounded(level + shift * level / 4 + 0.9 * x + rng.standard_normal(size))})
    strata.append(pair)
cells = [arm for pair in strata for arm in pair]
sizes = [len(arm["y"]) for arm in cells]
n = sum(sizes)
which = np.repeat(np.arange(6), sizes)
y = np.concatenate([arm["y"] for arm in cells])
x = np.concatenate([arm["x"] for arm in cells])
shares = np.array([sizes[2 * s] + sizes[2 * s + 1] for s in range(3)]) / n
for cuped in (False, True):
    exog = np.c_[np.eye(6)[which], x] if cuped else np.eye(6)[which]
    bread = np.linalg.inv(exog.T @ exog)
    beta = bread @ exog.T @ y
    contrast = np.zeros(exog.shape[1])
    for s in range(3):
        contrast[2 * s], contrast[2 * s + 1] = -shares[s], shares[s]
    weights = contrast @ bread @ exog.T
    residuals = y - exog @ beta
    inflation = (n - 6) / (n - 6 - 1) if cuped else 1.0
    effect = contrast @ beta
    parts, dfs = [], []
    for c in range(6):
        own = which == c
        parts.append(inflation * residuals[own] @ residuals[own] / (own.sum() - 1) * (weights[own] @ weights[own]))
        dfs.append((own.sum() - 1) / inflation)
    effects = np.array([beta[2 * s + 1] - beta[2 * s] for s in range(3)])
    parts.append(shares @ (effects - effect) ** 2 / n)
    dfs.append(n - 1)
    variance = sum(parts)
    df = variance**2 / sum(part**2 / d for part, d in zip(parts, dfs))
    expected = {"effect": effect, "se": np.sqrt(variance), "df": df,
                "p": 2 * stats.t.sf(abs(effect) / np.sqrt(variance), df)}
    case(f"strata_{'cuped' if cuped else 'plain'}", "post_stratification_rows",
         {"strata": strata, "cuped": cuped}, expected, NP, "least squares with a dummy for each stratum and arm",
         rel=1e-9)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


# Each case a line; data that several cases share are listed once.
listed = {}
for entry in cases:
    given = entry["inputs"].get("data")
    if isinstance(given, dict):
        key = json.dumps(given)
        if key in listed:
            entry["inputs"]["data"] = f"same as {listed[key]}"
        else:
            listed[key] = entry["id"]
versions = {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "tea-tasting": "1.14.0"}
lines = ",\n".join(json.dumps(plain(entry), allow_nan=False) for entry in cases)
out = pathlib.Path(__file__).with_suffix(".json")
out.write_text('{"generated_with": ' + json.dumps(versions) + ',\n"cases": [\n' + lines + "\n]\n}\n")
print(len(cases))
