#!/usr/bin/env python3
"""Writes distributions_more.json: tails of further distributions, of shapes up to 1e12, from 50 digits of mpmath.

Run it as `python3 distributions_more.py > distributions_more.json`; it needs mpmath, numpy and scipy. Every tail is the
integral of the density, outwards from the point by Gauss-Legendre panels of growing width, in a coordinate in which the
density is smooth and log-concave. Where mpmath's own betainc and gammainc are reliable (shapes below 2000) they must
agree to 1e-18, or the program stops.
"""

import json

import mpmath as mp
import numpy as np
import scipy
from scipy.special import ndtr
from scipy.stats import beta, gamma, multivariate_normal

mp.mp.dps = 50
CASES = []
SEEN = set()
SMALLEST = mp.log(mp.mpf("1e-300"))


def case(function, inputs, expected, rel, call, notes=""):
    name = "_".join([function, *(format(value, ".17g") if isinstance(value, float) else str(value)
                                 for value in inputs.values())])
    if name in SEEN:
        return
    SEEN.add(name)
    CASES.append({
        "id": name,
        "function": function,
        "inputs": inputs,
        "expected": float(expected),
        "tolerance": {"rel": rel},
        "source": {"package": f"mpmath {mp.__version__} (50 digits)", "call": call},
        "notes": notes,
    })


def outwards(ln_density, slope, curvature, direction):
    """ln of the integral of exp(ln_density(s)) over s > 0, relative to its value at 0.

    `slope` is the rate at which ln_density falls in that direction and `curvature` its second derivative's size: they set
    the panels.
    """
    width = 1 / max(slope, mp.sqrt(curvature))
    total, at, step = mp.mpf(0), mp.mpf(0), width
    for _ in range(200):
        part = mp.quad(lambda s: mp.exp(ln_density(direction * s)), [at, at + step], method="gauss-legendre", maxdegree=6)
        total += part
        at += step
        if part < total * mp.mpf(10) ** -40:
            return mp.log(total)
        step = min(step * 2, 4 * width) if part > total * mp.mpf("1e-3") else step * 2
    raise ArithmeticError("the tail does not end")


def beta_ln_tails(x, a, b):
    """(ln cdf, ln sf) of the beta distribution, x exactly as the float that it is."""
    x, a, b = mp.mpf(x), mp.mpf(a), mp.mpf(b)
    y = 1 - x
    u = mp.log(x / y)
    ln_power = a * mp.log(x) + b * mp.log(y) - (mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b))
    slope = a * y - b * x
    curvature = max((a + b) * x * y, mp.mpf("1e-8") * min(a, b), min(a, b) / (a + b) * min(a, b) / 1000)

    def ratio(s):
        # ln density of the logit relative to u: a·s − (a + b)·ln(1 − x + x·e^s)
        return a * s - (a + b) * mp.log1p(x * mp.expm1(s))

    if slope >= 0:
        small = ln_power + outwards(ratio, slope, curvature, -1)
        return small, mp.log1p(-mp.exp(small))
    small = ln_power + outwards(ratio, -slope, curvature, 1)
    return mp.log1p(-mp.exp(small)), small


def gamma_ln_tails(x, a):
    """(ln cdf, ln sf) of the gamma distribution."""
    x, a = mp.mpf(x), mp.mpf(a)
    ln_power = a * mp.log(x) - x - mp.loggamma(a)

    def ratio(s):
        return a * s - x * mp.expm1(s)

    if x <= a:
        small = ln_power + outwards(ratio, a - x, max(x, a / 1000), -1)
        return small, mp.log1p(-mp.exp(small))
    small = ln_power + outwards(ratio, x - a, x, 1)
    return mp.log1p(-mp.exp(small)), small


def agree(what, got, expected):
    if abs(got / expected - 1) > mp.mpf("1e-18"):
        raise ArithmeticError(f"{what}: {got} but {expected}")


def both(name, inputs, ln_tails, call):
    for side, ln in zip(("cdf", "sf"), ln_tails):
        if ln > SMALLEST:
            case(f"{name}_{side}", inputs, mp.exp(ln), 1e-12, call)
        if ln < -1e-3:
            case(f"{name}_ln_{side}", inputs, ln, 1e-12, f"log({call})")


Z = (-100, -38, -30, -12, -5, -2, -1, 0, 0.1, 1, 3, 8, 20, 38, 60)

BETA = [(0.5, 0.5), (0.5, 3), (1, 1), (2, 5), (4.5, 0.7), (30, 70.5), (0.5, 1e3), (1e3, 0.5), (5, 1e6), (50, 1e12), (1e12, 50),
        (0.5, 1e12), (1e12, 0.5), (200, 300), (399, 401), (400, 400), (350, 1e7), (401, 1e7), (1e3, 1e3), (1e4, 1e4),
        (1e4, 100), (1e6, 1e6), (1e6, 1e3), (1e5, 1e7), (500000.5, 9500000.5), (1e8, 1e8), (1e8, 3e4), (1e10, 1e12),
        (1e12, 1e12), (1e12, 1e6)]
for a, b in BETA:
    for z in Z:
        odds = mp.exp(mp.log(mp.mpf(a) / b) + z * mp.sqrt(mp.mpf(1) / a + mp.mpf(1) / b))
        x = float(odds / (1 + odds))
        if x < 1e-300 or x == 1:
            continue
        tails = beta_ln_tails(x, a, b)
        if a + b < 2000 and abs(z) < 9:
            agree(f"beta {a} {b} {x}", mp.exp(tails[0]), mp.betainc(a, b, 0, x, regularized=True))
        both("beta", {"a": a, "b": b, "x": x}, tails, "betainc(a, b, 0, x, regularized=True)")

for a in (0.5, 1, 2.5, 10, 99, 399.5, 400, 401, 1e3, 1e4, 1e5, 1e6, 1e8, 1e10, 1e12):
    for z in Z:
        x = float(a * mp.exp(z / mp.sqrt(mp.mpf(a))))
        if x < 1e-300 or x > 1e300:
            continue
        tails = gamma_ln_tails(x, a)
        if a < 2000 and abs(z) < 9 and x < 1e5:
            agree(f"gamma {a} {x}", mp.exp(tails[0]), mp.gammainc(a, 0, x, regularized=True))
        both("gamma", {"shape": a, "x": x}, tails, "gammainc(shape, 0, x, regularized=True)")

def root(ln_tail, point, start, scale):
    """The point(u) whose ln_tail is 0, by the secant method from u = start on."""
    before, here = start, start + scale
    miss_before, miss_here = ln_tail(point(before)), ln_tail(point(here))
    for _ in range(12):
        if miss_here == miss_before or abs(here - before) < mp.mpf("1e-25") * scale:
            return point(here)
        step = -miss_here * (here - before) / (miss_here - miss_before)
        before, miss_before = here, miss_here
        here += step
        miss_here = ln_tail(point(here))
    raise ArithmeticError("no root")


for p in (0.5, 0.975, 0.025, 1e-6):
    target = mp.log(mp.mpf(p))
    for a, b in ((0.5, 0.5), (2, 30), (1e3, 2e3), (5e5, 9.5e6)):
        for side, quantile in enumerate((beta.ppf, beta.isf)):
            start = quantile(p, a, b)
            value = root(lambda x: beta_ln_tails(x, a, b)[side] - target, lambda u: 1 / (1 + mp.exp(-u)),
                         mp.log(mp.mpf(start) / (1 - start)), mp.mpf("1e-7") / mp.sqrt(a))
            case(("beta_quantile", "beta_isf")[side], {"a": a, "b": b, ("p", "tail")[side]: p}, value, 1e-14,
                 "secant method on betainc")
    for a in (0.5, 20, 999.5, 1e9):
        for side, quantile in enumerate((gamma.ppf, gamma.isf)):
            value = root(lambda x: gamma_ln_tails(x, a)[side] - target, mp.exp, mp.log(quantile(p, a)),
                         mp.mpf("1e-7") / mp.sqrt(a))
            case(("gamma_quantile", "gamma_isf")[side], {"shape": a, ("p", "tail")[side]: p}, value, 1e-14,
                 "secant method on gammainc")

for df1, df2 in ((1, 10), (3, 96), (7.5, 1e5), (200, 3)):
    for x in (0.01, 0.9, 1.0, 2.5, 40.0):
        u = mp.mpf(df1) * x / (mp.mpf(df1) * x + df2)
        tails = beta_ln_tails(u, mp.mpf(df1) / 2, mp.mpf(df2) / 2)
        for name, ln in zip(("f_cdf", "f_sf"), tails):
            if ln > SMALLEST:
                case(name, {"df1": df1, "df2": df2, "x": x}, mp.exp(ln), 1e-12, "betainc(df1/2, df2/2, 0, df1 x/(df1 x + df2))")

for n, p in ((1, 0.3), (20, 0.1), (100, 0.5), (1000, 0.001), (10**4, 0.05), (10**6, 0.5), (10**8, 0.01), (10**12, 0.05)):
    for z in (-30, -12, -5, -2, -0.5, 0, 0.5, 2, 5, 12, 30):
        k = int(n * p + z * mp.sqrt(n * p * (1 - p)))
        if not 0 <= k < n:
            continue
        upper, lower = beta_ln_tails(p, k + 1, n - k)
        inputs = {"k": k, "n": n, "p": p}
        both("binom", inputs, (lower, upper), "betainc(k + 1, n - k, 0, p, regularized=True)")
        exact = mp.mpf(p)
        ln_pmf = (mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1) + k * mp.log(exact)
                  + (n - k) * mp.log1p(-exact))
        case("binom_ln_pmf", inputs, ln_pmf, 1e-12, "log(binomial(n, k) p^k (1 - p)^(n - k))")

for mean in (1e-3, 0.5, 3.0, 42.5, 399.5, 1234.5, 1e5, 1e8, 1e12):
    for z in (-30, -12, -5, -2, -0.5, 0, 0.5, 2, 5, 12, 30, 100):
        k = int(mean + z * mp.sqrt(mean))
        if k < 0:
            continue
        upper, lower = gamma_ln_tails(mean, k + 1)
        inputs = {"k": k, "mean": mean}
        both("poisson", inputs, (lower, upper), "gammainc(k + 1, 0, mean, regularized=True)")
        ln_pmf = k * mp.log(mp.mpf(mean)) - mp.mpf(mean) - mp.loggamma(k + 1)
        case("poisson_ln_pmf", inputs, ln_pmf, 1e-12, "log(mean^k exp(-mean) / k!)")


def hypergeometric_ln_pmf(k, population, successes, draws):
    def ln_choose(n, m):
        return mp.loggamma(n + 1) - mp.loggamma(m + 1) - mp.loggamma(n - m + 1)
    return (ln_choose(successes, k) + ln_choose(population - successes, draws - k) - ln_choose(population, draws))


def hypergeometric_ln_tail(k, population, successes, draws, step):
    """ln of the sum of the terms from k on, downwards or upwards: all of them, in 50 digits."""
    a, b, c, d = k, successes - k, draws - k, population - successes - draws + k
    term, total = mp.mpf(1), mp.mpf(0)
    while term > total * mp.mpf(10) ** -25:
        total += term
        if step < 0:
            term *= mp.mpf(a * d) / ((b + 1) * (c + 1))
        else:
            term *= mp.mpf(b * c) / ((a + 1) * (d + 1))
        a, b, c, d = a + step, b - step, c - step, d + step
    return hypergeometric_ln_pmf(k, population, successes, draws) + mp.log(total)


for population, successes, draws in ((8, 4, 4), (100, 40, 50), (10**4, 4000, 5000), (10**6, 5, 500_000),
                                     (10**6, 400_000, 500_000), (10**7, 100_000, 5_000_000),
                                     (10**8, 3 * 10**7, 5 * 10**7), (10**12, 4 * 10**6, 4 * 10**11)):
    mean = mp.mpf(draws) * successes / population
    sd = mp.sqrt(mean * (population - successes) * (population - draws) / population / (population - 1))
    for z in (-20, -8, -5, -2, -1, -0.1, 0.1, 1, 2, 5, 8, 20):
        k = int(mp.nint(mean + z * sd))
        if not max(0, draws + successes - population) <= k < min(draws, successes):
            continue
        inputs = {"k": k, "population": population, "successes": successes, "draws": draws}
        args = (population, successes, draws)
        case("hypergeom_ln_pmf", inputs, hypergeometric_ln_pmf(k, *args), 1e-12, "loggamma")
        if z < 0:
            ln = hypergeometric_ln_tail(k, *args, -1)
            case("hypergeom_cdf", inputs, mp.exp(ln), 1e-12, "sum of the terms")
        else:
            ln = hypergeometric_ln_tail(k + 1, *args, 1)
            case("hypergeom_sf", inputs, mp.exp(ln), 1e-12, "sum of the terms")


def upper_normal(z):
    return mp.erfc(z / mp.sqrt(2)) / 2


def nct_tail(t, df, shift, is_upper, fineness):
    """P(T > t) or P(T <= t) for t >= 0 by the integral over s = sqrt(chi^2 / df), in ln s, outwards from the peak."""
    t, nu, shift = mp.mpf(t), mp.mpf(df), mp.mpf(shift)
    ln_scale = mp.log(2) + nu / 2 * mp.log(nu / 2) - mp.loggamma(nu / 2)

    def integrand(w):
        s = mp.exp(w)
        z = t * s - shift
        return mp.exp(ln_scale + nu * w - nu * s * s / 2) * upper_normal(z if is_upper else -z)

    # About the peak of the product: there the normal tail is nearly its density.
    s = (t * shift + mp.sqrt((t * shift) ** 2 + 4 * nu * (nu + t * t))) / (2 * (nu + t * t))
    centre = min(mp.log(s), 0) if is_upper else max(mp.log(s), 0)
    # mpmath's quad stops at an absolute error.
    height = integrand(centre)
    total = mp.mpf(0)
    for direction in (1, -1):
        at = centre
        for _ in range(2000):
            s = mp.exp(at)
            step = fineness / mp.sqrt(2 * nu * s * s + (t * s) ** 2 + 10 / (1 + at * at))
            part = mp.quad(lambda w: integrand(w) / height, sorted((at, at + direction * step)), method="gauss-legendre", maxdegree=5)
            total += part
            at += direction * step
            if part < total * mp.mpf("1e-22"):
                break
        else:
            raise ArithmeticError("the integral does not end")
    return total * height


mp.mp.dps = 30
for df in (1, 9, 126, 1e6):
    for shift in (0.0, 0.5, 2.8, 10.0, 40.0):
        for t in (0.0, 0.3, 1.96, 5.0, 10.0, 45.0):
            is_upper = t > shift
            value = nct_tail(t, df, shift, is_upper, mp.mpf("0.6"))
            other = nct_tail(t, df, shift, is_upper, mp.mpf("0.45"))
            if value < mp.mpf("1e-300"):
                continue
            if abs(value / other - 1) > 1e-14:
                raise ArithmeticError(f"nct {df} {shift} {t}: {value} but {other}")
            inputs = {"t": t, "df": df, "noncentrality": shift}
            sf, cdf = (value, 1 - value) if is_upper else (1 - value, value)
            call = "quad over ln sqrt(chi2 / df), by two partitions"
            case("nct_sf", inputs, sf, 1e-12, call)
            case("nct_cdf", inputs, cdf, 1e-12, call)
            mirrored = {"t": -t, "df": df, "noncentrality": -shift}
            case("nct_cdf", mirrored, sf, 1e-12, call)


def bivariate(x, y, rho):
    x, y, rho = mp.mpf(x), mp.mpf(y), mp.mpf(rho)
    rest = mp.sqrt(1 - rho * rho)

    def integrand(u):
        return mp.npdf(u) * upper_normal((rho * u - y) / rest)

    low = min(x, 0) - 16
    # The second factor bends where its argument is 0.
    points = sorted({low, x, *(p for k in range(-12, 13) for p in [(y + k * rest) / rho if rho else low] if low < p < x),
                     *(p for k in range(-16, 17, 2) for p in [mp.mpf(k)] if low < p < x)})
    height = max(integrand(point) for point in points)
    return height * mp.quad(lambda u: integrand(u) / height, points, method="gauss-legendre", maxdegree=6)


for rho in (-0.999, -0.9, -0.5, 0.0, 0.3, 0.5, 0.95, 0.9999):
    for x, y in ((0.0, 0.0), (1.0, -0.5), (-2.0, -1.0), (2.5, 3.5), (-6.0, -4.0), (-1.2, 1.3), (7.0, -7.5)):
        value = bivariate(x, y, rho)
        if value > mp.mpf("1e-290"):
            case("bivariate_normal_cdf", {"x": x, "y": y, "correlation": rho}, value, 1e-12, "quad(npdf(u) ncdf(..))")


NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def panels(low, high, count):
    """Nodes and weights of the 40-point rule on equal panels."""
    half = (high - low) / count / 2
    centres = low + half * (2 * np.arange(count) + 1)
    return (centres[:, None] + half * NODES).ravel(), np.tile(half * WEIGHTS, count)


def rectangle(lower, upper, loadings, scale=1.0):
    """The rectangle's normal probability, by an integral over the common factor."""
    z, weights = panels(-10.0, 10.0, 40)
    product = weights * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    for low, high, loading in zip(lower, upper, loadings):
        rest = np.sqrt((1 - loading) * (1 + loading))
        inside = ndtr((scale * high - loading * z) / rest)
        if low is not None:
            inside = inside - ndtr((scale * low - loading * z) / rest)
        product = product * inside
    return product.sum()


def rectangle_t(lower, upper, loadings, df):
    """The same for a joint t distribution: over w = ln sqrt(chi^2 / df)."""
    spread = 1 / np.sqrt(2 * df)
    w, weights = panels(-10 * spread - (40 / df if df < 60 else 0), min(10 * spread, 2.3), 30)
    density = np.exp(np.log(2) + df / 2 * np.log(df / 2) - float(mp.loggamma(df / 2)) + df * w - df / 2 * np.exp(2 * w))
    return sum(weights * density * [rectangle(lower, upper, loadings, s) for s in np.exp(w)])


def close_to_scipy(value, lower, upper, loadings):
    """scipy's own quasi-Monte Carlo integration knows five digits."""
    correlation = np.outer(loadings, loadings)
    np.fill_diagonal(correlation, 1)
    ends = [-np.inf if low is None else low for low in lower]
    other = multivariate_normal(cov=correlation, seed=1).cdf(upper, lower_limit=ends)
    if abs(value - other) > 1e-4:
        raise ArithmeticError(f"{lower} {upper} {loadings}: {value} but scipy {other}")


RECTANGLES = (
    ((None, None, None), (0.0, 0.0, 0.0), (0.7071067811865476,) * 3),
    ((None,) * 5, (2.5,) * 5, (0.7071067811865476,) * 5),
    ((-2.4, -2.4, -2.4), (2.4, 2.4, 2.4), (0.7071067811865476,) * 3),
    ((-1.0, -2.0, 0.5), (1.5, 0.3, 4.0), (0.3, -0.6, 0.8)),
    ((-2.2, None), (2.2, 1.9), (0.0, 0.95)),
    ((-3.5,) * 12, (3.5,) * 12, (0.0,) * 12),
)
for i, (lower, upper, loadings) in enumerate(RECTANGLES):
    inputs = {"lower": list(lower), "upper": list(upper), "loadings": list(loadings)}
    value = rectangle(lower, upper, loadings)
    close_to_scipy(value, lower, upper, loadings)
    source = {"package": f"numpy {np.__version__}, scipy {scipy.__version__}",
              "call": "leggauss(40) on equal panels, ndtr; multivariate_normal.cdf to 1e-4"}
    CASES.append({"id": f"normal_rectangle_{i}", "function": "normal_rectangle", "inputs": inputs,
                  "expected": float(value), "tolerance": {"rel": 1e-13}, "source": source, "notes": "null: no bound"})
    for df in (5.0, 40.0, 1000.0):
        value = rectangle_t(lower, upper, loadings, df)
        CASES.append({"id": f"t_rectangle_{i}_{df:g}", "function": "t_rectangle", "inputs": {**inputs, "df": df},
                      "expected": float(value), "tolerance": {"rel": 1e-12}, "source": source,
                      "notes": "null: no bound"})

lines = ",\n".join(json.dumps(each) for each in CASES)
print(f'{{"generated_with": {{"mpmath": "{mp.__version__}"}}, "cases": [\n{lines}\n]}}')
