#!/usr/bin/env python3
"""Writes bayes_more.json: posteriors and their comparison, computed by mpmath with 30 to 60 digits and by scipy.

Run it as `python3 bayes_more.py > bayes_more.json`; it needs mpmath and scipy. Integer shapes by the closed sum of
Miller (2015), a sum of positive terms; everything else by Gauss-Legendre integration of density times tail in
arbitrary precision.
"""

import json
import sys

import mpmath as mp
import numpy
import scipy
from scipy import optimize, stats

CASES = []
mp.mp.dps = 40


def case(name, function, inputs, expected, rel, package, call, notes=""):
    def plain(value):
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        return float(value)

    CASES.append({
        "id": name,
        "function": function,
        "inputs": inputs,
        "expected": plain(expected),
        "tolerance": {"rel": rel},
        "source": {"package": package, "call": call},
        "notes": notes,
    })
    print(name, file=sys.stderr, flush=True)


MPMATH = f"mpmath {mp.__version__}"
SCIPY = f"scipy {scipy.__version__}"


def miller(a1, b1, a2, b2):
    """P(B > A) for A ~ Beta(a1, b1), B ~ Beta(a2, b2), a2 whole, with 60 digits; by the ratio of successive terms."""
    with mp.workdps(60):
        term = mp.exp(mp.loggamma(a1) + mp.loggamma(b1 + b2) - mp.loggamma(a1 + b1 + b2)
                      - (mp.loggamma(a1) + mp.loggamma(b1) - mp.loggamma(a1 + b1))) / b2 * b2
        total = mp.mpf(0)
        for i in range(a2):
            total += term
            term = term * (a1 + i) / (a1 + i + b1 + b2) * (b2 + i) / (i + 1)
        return total


def ln(p, complement):
    return mp.log1p(-complement) if p > 0.5 else mp.log(p)


def rates(name, a1, b1, a2, b2, rel=1e-9):
    with mp.workdps(60):
        p, q = miller(a1, b1, a2, b2), miller(a2, b2, a1, b1)
        assert abs(p + q - 1) < mp.mpf(10) ** -40, (p, q)
        # E[(B - A)+] = m_B P(B' > A) - m_A P(B > A') with one more success each.
        loss_a = mp.mpf(a2) / (a2 + b2) * miller(a1, b1, a2 + 1, b2) - mp.mpf(a1) / (a1 + b1) * miller(a1 + 1, b1, a2, b2)
        loss_b = mp.mpf(a1) / (a1 + b1) * miller(a2, b2, a1 + 1, b1) - mp.mpf(a2) / (a2 + b2) * miller(a2 + 1, b2, a1, b1)
        case(name, "beta_binomial_p_b_gt_a",
             {"alpha_a": a1, "beta_a": b1, "alpha_b": a2, "beta_b": b2},
             {"p_b_gt_a": p, "complement": q, "ln_p": ln(p, q), "ln_complement": ln(q, p),
              "loss_choose_a": loss_a, "loss_choose_b": loss_b},
             rel, f"{MPMATH} (60 digits)", "closed sum (Miller 2015)")


rates("bb_more_small", 1, 1, 2, 3)
rates("bb_more_uniform_prior_no_success", 1, 501, 4, 498)
rates("bb_more_all_and_none", 1, 101, 101, 1)
rates("bb_more_apart", 101, 901, 500, 502)
rates("bb_more_far_apart", 101, 901, 900, 102)
rates("bb_more_far_down", 9001, 1001, 1001, 9001)
rates("bb_more_unequal_sizes", 11, 91, 10101, 90001)
rates("bb_more_unequal_sizes_turned", 10101, 90001, 11, 91)
rates("bb_more_rare", 6, 99996, 17, 99985)
rates("bb_more_thousands", 3001, 7001, 3101, 6901)


# Distributions by density and tail in arbitrary precision, centred where they are.

NODES = {}


def gauss(n=30):
    if n not in NODES:
        with mp.workdps(40):
            nodes = []
            for start in numpy.polynomial.legendre.leggauss(n)[0]:
                x = mp.mpf(float(start))
                for _ in range(4):
                    before, value = mp.mpf(1), x
                    for k in range(2, n + 1):
                        before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
                    slope = n * (x * value - before) / (x * x - 1)
                    x -= value / slope
                nodes.append((x, 2 / ((1 - x * x) * slope ** 2)))
            NODES[n] = nodes
    return NODES[n]


def integrate(f, breaks, n=30):
    total = mp.mpf(0)
    for start, end in zip(breaks, breaks[1:]):
        half, middle = (end - start) / 2, (end + start) / 2
        total += half * sum(weight * f(middle + half * node) for node, weight in gauss(n))
    return total


class Beta:
    def __init__(self, a, b):
        self.a, self.b = mp.mpf(a), mp.mpf(b)
        self.norm = mp.loggamma(self.a) + mp.loggamma(self.b) - mp.loggamma(self.a + self.b)
        self.mean = self.a / (self.a + self.b)
        self.sd = mp.sqrt(self.mean * (1 - self.mean) / (self.a + self.b + 1))
        self.json = {"beta": [float(a), float(b)]}
        self.scipy = stats.beta(float(a), float(b))
        self.range = (mp.mpf(0), mp.mpf(1))

    def ln_pdf(self, x):
        if not 0 < x < 1:
            return mp.mpf("-inf")
        return (self.a - 1) * mp.log(x) + (self.b - 1) * mp.log1p(-x) - self.norm

    def cdf(self, x):
        if x <= 0:
            return mp.mpf(0)
        return mp.mpf(1) if x >= 1 else mp.betainc(self.a, self.b, 0, x, regularized=True)

    def sf(self, x):
        if x >= 1:
            return mp.mpf(0)
        return mp.mpf(1) if x <= 0 else mp.betainc(self.b, self.a, 0, 1 - x, regularized=True)


class Large(Beta):
    """With tails by integration of the density, for shapes that betainc cannot do."""

    def tail(self, x, side):
        if side * (x - self.mean) < 0:
            return 1 - self.tail(x, -side)
        peak = self.ln_pdf(x)
        hazard = abs((self.a - 1) / x - (self.b - 1) / (1 - x))
        width = min(1 / hazard, self.sd) if hazard > 0 else self.sd
        # The density is at most exp(-s / width) or a normal one: 1e-18 of it is left at the end.
        breaks = [width * step for step in (0, 2, 5, 10, 20, 42)]
        return mp.exp(peak) * integrate(lambda s: mp.exp(self.ln_pdf(x + side * s) - peak), breaks, 20)

    def cdf(self, x):
        return self.tail(x, -1)

    def sf(self, x):
        return self.tail(x, 1)


class Gamma:
    def __init__(self, shape, rate):
        self.k, self.t = mp.mpf(shape), mp.mpf(rate)
        self.mean, self.sd = self.k / self.t, mp.sqrt(self.k) / self.t
        self.json = {"gamma": [float(shape), float(rate)]}
        self.scipy = stats.gamma(float(shape), scale=1 / float(rate))
        self.range = (mp.mpf(0), mp.inf)

    def ln_pdf(self, x):
        return self.k * mp.log(self.t) - mp.loggamma(self.k) + (self.k - 1) * mp.log(x) - self.t * x if x > 0 else mp.mpf("-inf")

    def cdf(self, x):
        return mp.gammainc(self.k, 0, self.t * x, regularized=True) if x > 0 else mp.mpf(0)

    def sf(self, x):
        return mp.gammainc(self.k, self.t * x, mp.inf, regularized=True) if x > 0 else mp.mpf(1)


class T:
    def __init__(self, location, scale, df):
        self.m, self.s, self.df = mp.mpf(location), mp.mpf(scale), mp.mpf(df)
        self.mean, self.sd = self.m, self.s * mp.sqrt(self.df / (self.df - 2)) if df > 2 else self.s * 3
        self.json = {"t": [float(location), float(scale), float(df)]}
        self.range = (-mp.inf, mp.inf)

    def ln_pdf(self, x):
        z = (x - self.m) / self.s
        return (mp.loggamma((self.df + 1) / 2) - mp.loggamma(self.df / 2) - mp.log(mp.pi * self.df) / 2 - mp.log(self.s)
                - (self.df + 1) / 2 * mp.log1p(z * z / self.df))

    def sf(self, x):
        z = (x - self.m) / self.s
        tail = mp.betainc(self.df / 2, mp.mpf("0.5"), 0, self.df / (self.df + z * z), regularized=True) / 2
        return tail if z > 0 else 1 - tail

    def cdf(self, x):
        return self.sf(2 * self.m - x)


class Normal:
    def __init__(self, mean, sd):
        self.mean, self.sd = mp.mpf(mean), mp.mpf(sd)
        self.json = {"normal": [float(mean), float(sd)]}
        self.scipy = stats.norm(float(mean), float(sd))
        self.range = (-mp.inf, mp.inf)

    def ln_pdf(self, x):
        return -((x - self.mean) / self.sd) ** 2 / 2 - mp.log(self.sd * mp.sqrt(2 * mp.pi))

    def sf(self, x):
        return mp.erfc((x - self.mean) / self.sd / mp.sqrt(2)) / 2

    def cdf(self, x):
        return mp.erfc((self.mean - x) / self.sd / mp.sqrt(2)) / 2


def breaks(*dists, heavy=False):
    """Panels of half a standard deviation of each, to 14 of them (far out for heavy tails)."""
    low = max(dists[0].range[0], min(d.mean - 14 * d.sd for d in dists))
    least = min(getattr(d, "a", getattr(d, "k", 100)) for d in dists)
    far = 14 if least > 50 else 25 if least > 4 else 60
    high = min(dists[0].range[1], max(d.mean + far * d.sd for d in dists))
    points = {low, high}
    for d in dists:
        points |= {d.mean + d.sd * step / 2 for step in range(-28, 2 * far + 1)}
        if heavy:
            points |= {d.mean + side * d.sd * mp.mpf(2) ** (mp.mpf(k) / 2) for k in range(6, 60) for side in (-1, 1)}
    points = sorted(point for point in points if low <= point <= high)
    if isinstance(dists[0], Large):
        # Their tails are dear, and the laws are smooth: two standard deviations a panel.
        points = [low + (high - low) * step / 16 for step in range(17)]
    if heavy:
        scale = max(d.sd for d in dists)
        points = [low - scale * 2 ** k for k in range(60, -1, -1)] + points + [high + scale * 2 ** k for k in range(61)]
    if dists[0].range[0] == 0 and least < 20:
        # Towards a pole or a power at the edge.
        first = points[1] if points[0] == 0 else points[0]
        points = [first / 4 ** k for k in range(80 if least < 1 else 25, 0, -1)] + [point for point in points if point >= first]
    if dists[0].range[1] == 1 and high == 1:
        last = points[-2] if points[-1] == 1 else points[-1]
        points = [point for point in points if point <= last] + [1 - (1 - last) / 4 ** k for k in range(1, 20)]
    return points


def exceeds(control, treatment, factor=1, shift=0, heavy=False):
    factor, shift = mp.mpf(factor), mp.mpf(shift)
    points = breaks(control, treatment, heavy=heavy)
    return (integrate(lambda x: mp.exp(control.ln_pdf(x)) * treatment.sf(factor * x + shift), points),
            integrate(lambda x: mp.exp(control.ln_pdf(x)) * treatment.cdf(factor * x + shift), points))


def losses(control, treatment, heavy=False):
    points = breaks(control, treatment, heavy=heavy)
    return (integrate(lambda x: control.cdf(x) * treatment.sf(x), points),
            integrate(lambda x: control.sf(x) * treatment.cdf(x), points))


def quantiles_of(control, treatment):
    """Of difference and lift: brentq on a 600-point Gauss-Legendre integral of scipy's pdf and cdf."""
    c, t = control.scipy, treatment.scipy
    nodes, weights = numpy.polynomial.legendre.leggauss(600)
    low, high = c.ppf(1e-17), c.isf(1e-17)
    x = low + (nodes + 1) / 2 * (high - low)
    w = weights * (high - low) / 2 * c.pdf(x)
    spread = numpy.hypot(c.std(), t.std())
    middle, ratio = t.mean() - c.mean(), t.mean() / c.mean()

    def root(f, low, high):
        return optimize.brentq(f, low, high, xtol=1e-14)

    difference = [root(lambda d: (w * t.cdf(x + d)).sum() - 0.025, middle - 9 * spread, middle),
                  root(lambda d: (w * t.sf(x + d)).sum() - 0.025, middle, middle + 9 * spread)]
    lift = [root(lambda r: (w * t.cdf(r * x)).sum() - 0.025, ratio / 50, ratio) - 1,
            root(lambda r: (w * t.sf(r * x)).sum() - 0.025, ratio, ratio * 50) - 1]
    median = root(lambda r: (w * t.sf(r * x)).sum() - 0.5, ratio / 50, ratio * 50) - 1
    return {"difference_ci": difference, "lift_ci": lift, "lift_median": median}


def comparison(name, control, treatment, rel=1e-9, heavy=False, dps=30, quantiles=True, moments=None):
    with mp.workdps(dps):
        p, q = exceeds(control, treatment, heavy=heavy)
        assert abs(p + q - 1) < mp.mpf(10) ** -11, (name, p, q)
        above, below = losses(control, treatment, heavy=heavy)
        expected = {"p": p, "complement": q, "loss_choose_control": above, "loss_choose_treatment": below}
        if moments:
            expected |= moments
        inputs = {"control": control.json, "treatment": treatment.json}
        if quantiles:
            expected |= quantiles_of(control, treatment)
        case(name, "posterior_comparison", inputs, expected, rel, f"{MPMATH} ({dps} digits)",
             "Gauss-Legendre of density times tail")


comparison("compare_rates", Beta(101, 901), Beta(121, 881), dps=20)
comparison("compare_rates_few", Beta("5.5", "30.5"), Beta("9.5", "28.5"), dps=20)
comparison("compare_rates_very_few", Beta("1.5", "30.5"), Beta("4.5", "28.5"), dps=20, quantiles=False)
comparison("compare_gamma", Gamma(100, 1000), Gamma(120, 1000), dps=20)
comparison("compare_t", T(10, "0.5", 9), T(11, "0.7", 14), dps=20, quantiles=False, heavy=True)
comparison("compare_t_few", T(10, "0.5", 3), T(20, "0.7", 4), dps=20, quantiles=False, heavy=True)
comparison("compare_t_far", T(0, 1, 6), T(1000, 1, 5), dps=25, quantiles=False, heavy=True)
comparison("compare_t_of_many", T(10, "0.05", 20000), T("10.05", "0.04", 30000), dps=25, quantiles=False)
comparison("compare_rates_jeffreys_none", Beta("0.5", "100.5"), Beta("0.5", "200.5"), dps=25, quantiles=False)
comparison("compare_rates_thin", Beta("0.25", "3.5"), Beta("0.75", "8.5"), dps=25, quantiles=False)
comparison("compare_rates_millions", Large(100001, 900001), Large(100501, 899501), dps=25, quantiles=False)
comparison("compare_rates_ten_thousand_millions", Large("1e9", "9e9"), Large("1.00001e9", "8.99999e9"), dps=30,
           quantiles=False, rel=1e-8)
comparison("compare_mixed", Gamma(30, 100), Beta(40, 90), dps=20, quantiles=False)
comparison("compare_normal_and_t", Normal(10, "0.3"), T(11, "0.4", 8), dps=20, quantiles=False, heavy=True)


def regions(name, control, treatment, of, region):
    with mp.workdps(20):
        at = (lambda x: exceeds(control, treatment, 1, x)) if of == "difference" else (
            lambda x: exceeds(control, treatment, 1 + mp.mpf(x), 0))
        (low_above, low_below), (high_above, high_below) = at(region[0]), at(region[1])
        case(name, "posterior_regions",
             {"control": control.json, "treatment": treatment.json, "of": of, "region": [float(end) for end in region]},
             {"below": low_below, "inside": low_above - high_above, "above": high_above}, 1e-9,
             f"{MPMATH} (20 digits)", "Gauss-Legendre of density times tail")


regions("region_rates", Beta(101, 901), Beta(121, 881), "difference", [-0.005, 0.005])
regions("region_rates_lift", Beta(101, 901), Beta(121, 881), "lift", [-0.0625, 0.0625])
regions("region_gamma", Gamma(100, 50), Gamma(120, 55), "difference", [-0.25, 0.25])
regions("region_gamma_lift", Gamma(100, 50), Gamma(120, 55), "lift", [-0.125, 0.125])


def best(name, arms, lower=False, rel=1e-9):
    """By the 20-point Gauss-Legendre rule on 400 panels of scipy's pdf, cdf and sf, in doubles."""
    dists = [arm.scipy for arm in arms]
    nodes, weights = numpy.polynomial.legendre.leggauss(20)
    edges = numpy.linspace(min(d.ppf(1e-18) for d in dists), max(d.isf(1e-18) for d in dists), 401)

    def of(f):
        return sum((b - a) / 2 * (weights * f((a + b) / 2 + (b - a) / 2 * nodes)).sum() for a, b in zip(edges, edges[1:]))

    def worse(d, x):
        return d.sf(x) if lower else d.cdf(x)

    def better(d, x):
        return d.cdf(x) if lower else d.sf(x)

    def product(ds, x):
        return numpy.prod([worse(d, x) for d in ds], axis=0)

    p_best, p_second, regret = [], [], []
    for i, arm in enumerate(dists):
        others = dists[:i] + dists[i + 1:]
        p_best.append(of(lambda x: arm.pdf(x) * product(others, x)))
        p_second.append(of(lambda x: arm.pdf(x) * sum(
            better(other, x) * product(others[:j] + others[j + 1:], x) for j, other in enumerate(others))))
        regret.append(of(lambda x: worse(arm, x) * (1 - product(others, x))))
    assert abs(sum(p_best) - 1) < 1e-12 and abs(sum(p_second) - 1) < 1e-12, (name, sum(p_best))
    case(name, "probability_best", {"arms": [arm.json for arm in arms], "lower_is_better": lower},
         {"p_best": p_best, "p_second": p_second, "regret": regret}, rel, SCIPY,
         "Gauss-Legendre of pdf times product of cdfs")


best("best_of_four_rates", [Beta(31, 271), Beta(36, 266), Beta(25, 277), Beta(40, 262)])
best("lowest_of_four_rates", [Beta(31, 271), Beta(36, 266), Beta(25, 277), Beta(40, 262)], lower=True)
best("best_of_three_rates_uneven", [Beta(2, 10), Beta(36, 266), Beta(300, 2700)])
best("best_of_three_gamma", [Gamma(20, 100), Gamma(30, 110), Gamma(260, 1000)])
best("lowest_of_three_gamma", [Gamma(20, 100), Gamma(30, 110), Gamma(260, 1000)], lower=True)
best("best_of_five_normal", [Normal(0, 1), Normal("0.5", "0.8"), Normal("-0.3", 2), Normal("0.1", "0.1"), Normal(1, "0.5")])
best("best_of_three_apart", [Normal(0, 1), Normal(3, 1), Normal(2, 1)])


# Summaries by scipy.

def highest_density(frozen, alpha):
    """The share of alpha below the interval at which both ends have the same density, by brentq."""
    def ends(share):
        return frozen.ppf(share * alpha), frozen.isf((1 - share) * alpha)

    def gap(share):
        low, high = ends(share)
        return frozen.logpdf(low) - frozen.logpdf(high)

    return ends(optimize.brentq(gap, 1e-6, 1 - 1e-6, xtol=1e-15))


for a, b, alpha in [(21, 81, 0.05), (2.5, 9.5, 0.05), (101, 901, 0.1), (1.5, 1.2, 0.05), (100001, 900001, 0.01)]:
    frozen = stats.beta(a, b)
    expected = {"mean": frozen.mean(), "sd": frozen.std(), "mode": (a - 1) / (a + b - 2),
                "ci": [frozen.ppf(alpha / 2), frozen.isf(alpha / 2)]}
    if a < 1e4:
        expected["hdi"] = list(highest_density(frozen, alpha))
    case(f"summary_beta_{a}_{b}", "posterior_summary", {"posterior": {"beta": [a, b]}, "alpha": alpha}, expected, 1e-8,
         SCIPY, "beta.ppf; hdi: equal densities by brentq")
for k, t, alpha in [(100, 1000, 0.05), (2.5, 0.5, 0.05), (30.5, 12, 0.2)]:
    frozen = stats.gamma(k, scale=1 / t)
    case(f"summary_gamma_{k}_{t}", "posterior_summary", {"posterior": {"gamma": [k, t]}, "alpha": alpha},
         {"mean": frozen.mean(), "sd": frozen.std(), "mode": (k - 1) / t,
          "ci": [frozen.ppf(alpha / 2), frozen.isf(alpha / 2)],
          "hdi": list(highest_density(frozen, alpha))}, 1e-8,
         SCIPY, "gamma.ppf; hdi: equal densities by brentq")
frozen = stats.t(7, loc=3, scale=0.4)
case("summary_t", "posterior_summary", {"posterior": {"t": [3, 0.4, 7]}, "alpha": 0.1},
     {"mean": 3, "sd": frozen.std(), "mode": 3, "ci": [frozen.ppf(0.05), frozen.isf(0.05)],
      "hdi": [frozen.ppf(0.05), frozen.isf(0.05)]}, 1e-9, SCIPY, "t.ppf")

# Normal-inverse-gamma by its definition, over a grid of nothing: Gelman et al. (2013), 3.3, in exact arithmetic.
data = [4.1, 5.3, 3.8, 6.2, 5.5, 4.9]
with mp.workdps(30):
    for name, prior in [("proper", (4, 2, "1.5", 3)), ("weak", (0, "0.01", 1, "0.5"))]:
        mu0, kappa0, sigma0, nu0 = map(mp.mpf, prior)
        n, mean = len(data), mp.fsum(map(mp.mpf, data)) / len(data)
        squares = mp.fsum((mp.mpf(y) - mean) ** 2 for y in data)
        kappa, nu = kappa0 + n, nu0 + n
        mu = (kappa0 * mu0 + n * mean) / kappa
        sigma2 = (nu0 * sigma0 ** 2 + squares + kappa0 * n / kappa * (mean - mu0) ** 2) / nu
        half = stats.t.isf(0.025, float(nu)) * mp.sqrt(sigma2 / kappa)
        case(f"nig_{name}", "normal_inverse_gamma_posterior",
             {"data": data, "mu0": float(mu0), "kappa0": float(kappa0), "sigma0": float(sigma0), "nu0": float(nu0)},
             {"mu": mu, "kappa": kappa, "nu": nu, "sigma": mp.sqrt(sigma2), "variance_mean": nu * sigma2 / (nu - 2),
              "ci": [mu - half, mu + half]}, 1e-10, f"{MPMATH}, {SCIPY}", "Gelman et al. 3.3; t.isf")
    interval = stats.t.interval(0.95, n - 1, loc=float(mean), scale=float(mp.sqrt(squares / (n - 1) / n)))
    case("nig_reference", "normal_inverse_gamma_posterior", {"data": data},
         {"mu": mean, "kappa": n, "nu": n - 1, "sigma": mp.sqrt(squares / (n - 1)), "ci": list(interval)}, 1e-10,
         SCIPY, "t.interval")

# Priors by mean and strength.
for name, inputs, frozen in [
    ("prior_uniform", {"model": "beta_binomial", "prior": "uniform", "successes": 20, "n": 100}, stats.beta(21, 81)),
    ("prior_jeffreys", {"model": "beta_binomial", "prior": "jeffreys", "successes": 0, "n": 40}, stats.beta(0.5, 40.5)),
    ("prior_strength", {"model": "beta_binomial", "prior_mean": 0.1, "prior_strength": 50, "successes": 30, "n": 150},
     stats.beta(35, 165)),
    ("prior_gamma_flat", {"model": "gamma_poisson", "prior": "flat", "events": 0, "exposure": 25}, stats.gamma(1, scale=1 / 25)),
    ("prior_gamma_jeffreys", {"model": "gamma_poisson", "prior": "jeffreys", "events": 12, "exposure": 25},
     stats.gamma(12.5, scale=1 / 25)),
    ("prior_gamma", {"model": "gamma_poisson", "prior_mean": 2, "prior_strength": 10, "events": 260, "exposure": 100},
     stats.gamma(280, scale=1 / 110)),
    ("prior_normal_flat", {"model": "normal", "prior": "flat", "n": 400, "mean": 3, "sd": 8}, stats.norm(3, 0.4)),
    ("prior_normal", {"model": "normal", "prior": {"mean": 2, "sd": 0.4}, "n": 400, "mean": 3, "sd": 8},
     stats.norm(2.5, 0.4 / 2 ** 0.5)),
]:
    case(name, "posterior_from_prior", inputs,
         {"mean": frozen.mean(), "sd": frozen.std(), "ci": [frozen.ppf(0.025), frozen.isf(0.025)]}, 1e-9, SCIPY,
         "the conjugate posterior's mean, std, ppf")

# Normal posteriors: everything closed.
for name, (m1, s1, m2, s2), lower in [("normal", (10, 0.3, 10.5, 0.4), False), ("normal_lower", (10, 0.3, 10.5, 0.4), True),
                                      ("normal_far", (10, 0.1, 15, 0.1), False)]:
    with mp.workdps(40):
        spread = mp.sqrt(mp.mpf(s1) ** 2 + mp.mpf(s2) ** 2)
        z = (mp.mpf(m2) - m1) / spread
        up, down = mp.erfc(-z / mp.sqrt(2)) / 2, mp.erfc(z / mp.sqrt(2)) / 2
        phi = spread * mp.npdf(z)
        gain, loss = phi + (mp.mpf(m2) - m1) * up, phi - (mp.mpf(m2) - m1) * down
        p, q, a, b = (down, up, loss, gain) if lower else (up, down, gain, loss)
        case(f"compare_{name}", "posterior_comparison",
             {"control": {"normal": [m1, s1]}, "treatment": {"normal": [m2, s2]}, "lower_is_better": lower},
             {"p": p, "complement": q, "ln_p": ln(p, q), "ln_complement": ln(q, p), "loss_choose_control": a,
              "loss_choose_treatment": b, "difference_mean": mp.mpf(m2) - m1, "difference_sd": spread,
              "lift_median": mp.mpf(m2) / m1 - 1}, 1e-10, f"{MPMATH} (40 digits)", "erfc, npdf")

print(json.dumps({"generated_with": {"mpmath": mp.__version__, "scipy": scipy.__version__}, "cases": CASES}, indent=1))
