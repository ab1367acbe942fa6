"""Makes group_sequential_more.json: group-sequential values by a recursion that shares nothing with the crate's.

It integrates on the scale of the score S(t) = z * sqrt(t), with one Gauss-Legendre rule of many nodes over each whole
continuation region (the crate: short panels on the z scale), keeps logarithms throughout (scipy.special.log_ndtr,
logsumexp), and solves by scipy.optimize.brentq. Where a value is published, the case says where.

    python group_sequential_more.py > group_sequential_more.json
"""

import json
import math

import numpy as np
import scipy
from scipy.optimize import brentq
from scipy.special import log_ndtr, logsumexp, ndtri
from scipy.stats import norm

NODES, WEIGHTS = np.polynomial.legendre.leggauss(400)
FAR = 9.0  # where there is no bound, in standard deviations


class Path:
    """The sub-density of S at a look among those that went on, in logarithms, under a drift."""

    def __init__(self, drift, t=0.0, s=0.0):
        self.drift, self.t = drift, t
        self.s, self.ln = np.array([s]), np.array([0.0])

    def _x(self, t, s):
        step = t - self.t
        return (s - self.s - self.drift * step) / math.sqrt(step)

    def ln_above(self, t, z):
        return logsumexp(self.ln + log_ndtr(-self._x(t, z * math.sqrt(t))))

    def ln_below(self, t, z):
        return logsumexp(self.ln + log_ndtr(self._x(t, z * math.sqrt(t))))

    def between(self, t, low, high):
        return math.exp(self.ln_below(t, high)) - math.exp(self.ln_below(t, low))

    def first_moment(self, t, low, high):
        """E(S; low < Z < high)."""
        step = t - self.t
        mean, sd = self.s + self.drift * step, math.sqrt(step)
        a, b = (low * math.sqrt(t) - mean) / sd, (high * math.sqrt(t) - mean) / sd
        part = mean * (norm.cdf(b) - norm.cdf(a)) + sd * (norm.pdf(a) - norm.pdf(b))
        return float(np.sum(np.exp(self.ln) * part))

    def go_on(self, t, low, high, wedge=0.0):
        step, root = t - self.t, math.sqrt(t)
        low = max(low * root, self.drift * t - FAR * root) if low == -math.inf else low * root
        high = self.drift * t + FAR * root if high == math.inf else high * root
        parts = [(low, high)] if wedge <= 0 else [(low, -wedge * root), (wedge * root, high)]
        s, lw = [], []
        for a, b in parts:
            half = (b - a) / 2
            s.append((a + b) / 2 + half * NODES)
            lw.append(np.log(half * WEIGHTS))
        s, lw = np.concatenate(s), np.concatenate(lw)
        x = (s[:, None] - self.s[None, :] - self.drift * step) / math.sqrt(step)
        after = Path(self.drift, t)
        after.s = s
        after.ln = logsumexp(self.ln[None, :] - 0.5 * x * x, axis=1) - 0.5 * math.log(2 * math.pi * step) + lw
        return after


def walk(times, lows, highs, drift, start=None, wedges=None):
    """For each look (path before it, time)."""
    path = start or Path(drift)
    for k, t in enumerate(times):
        yield path, t
        if k + 1 < len(times):
            path = path.go_on(t, lows[k], highs[k], wedges[k] if wedges is not None else 0.0)


def sides(sided, alpha):
    return alpha / 2 if sided == 2 else alpha


def ln_spending(name, a, t, parameter=None):
    if t >= 1:
        return math.log(a)
    if name == "LanDeMets_OBF":
        return math.log(2) + float(log_ndtr(ndtri(a / 2) / math.sqrt(t)))
    if name == "LanDeMets_Pocock":
        return math.log(a) + math.log(math.log1p((math.e - 1) * t))
    if name == "Hwang-Shih-DeCani":
        g = parameter
        return math.log(a) + (math.log(t) if g == 0 else math.log(math.expm1(-g * t) / math.expm1(-g)))
    if name == "KimDeMets power":
        return math.log(a) + parameter * math.log(t)
    raise ValueError(name)


def increments(due):
    before, out = -math.inf, []
    for d in due:
        out.append(d + math.log(-math.expm1(before - d)) if before > -math.inf else d)
        before = d
    return out


def spend_bounds(times, due, sided):
    highs, lows, path = [], [], Path(0.0)
    for k, (t, target) in enumerate(zip(times, increments(due))):
        b = brentq(lambda z: path.ln_above(t, z) - target, -5, 38, xtol=1e-14, rtol=1e-14)
        highs.append(b)
        lows.append(-b if sided == 2 else -math.inf)
        if k + 1 < len(times):
            path = path.go_on(t, lows[-1], b)
    return highs


def shape_bounds(times, a, sided, delta):
    shape = [(t / times[-1]) ** (delta - 0.5) for t in times]

    def excess(c):
        highs = [c * s for s in shape]
        lows = [-h if sided == 2 else -math.inf for h in highs]
        return logsumexp([p.ln_above(t, h) for (p, t), h in zip(walk(times, lows, highs, 0.0), highs)]) - math.log(a)

    c = brentq(excess, 0.1, 12, xtol=1e-13, rtol=1e-14)
    return [c * s for s in shape]


def lows_of(highs, sided):
    return [-h if sided == 2 else -math.inf for h in highs]


def power_by_look(times, lows, highs, drift, wedges=None):
    return [math.exp(p.ln_above(t, h)) for (p, t), h in zip(walk(times, lows, highs, drift, wedges=wedges), highs)]


def drift_for(times, lows, highs, power):
    return brentq(lambda d: sum(power_by_look(times, lows, highs, d)) - power, 0, 7, xtol=1e-13, rtol=1e-14)


def beta_spending(times, alpha, beta, due_alpha, due_beta, binding):
    """One-sided: both boundaries and the drift."""
    inc_a, inc_b = increments(due_alpha), increments(due_beta)
    free = spend_bounds(times, due_alpha, 1)

    def at(drift):
        null, effect, highs, lows, missed = Path(0.0), Path(drift), [], [], 0.0
        for k, t in enumerate(times):
            b = free[k]
            if binding:
                if null.ln_above(t, -5) < inc_a[k]:
                    return highs, lows, 0.0  # too large a drift: too few are left to spend alpha on
                b = brentq(lambda z: null.ln_above(t, z) - inc_a[k], -5, 38, xtol=1e-14, rtol=1e-14)
            highs.append(b)
            if k + 1 == len(times):
                lows.append(b)
                return highs, lows, missed + math.exp(effect.ln_below(t, b))
            a = brentq(lambda z: effect.ln_below(t, z) - inc_b[k], -30, 30, xtol=1e-14, rtol=1e-14)
            a = min(a, b - 1e-9)
            lows.append(a)
            missed += math.exp(effect.ln_below(t, a))
            null = null.go_on(t, a if binding else -math.inf, b)
            effect = effect.go_on(t, a, b)

    fixed = -ndtri(alpha) - ndtri(beta)
    drift = brentq(lambda d: at(d)[2] - beta, 0.95 * fixed, 1.4 * fixed, xtol=1e-12)
    highs, lows, _ = at(drift)
    return highs, lows, drift


def stagewise(times, lows, highs, look, z, sided, alpha):
    times, lows, highs = times[:look], lows[:look], highs[:look]

    def above(drift):
        bounds = highs[:-1] + [z]
        return float(logsumexp([p.ln_above(t, b) for (p, t), b in zip(walk(times, lows, highs, drift), bounds)]))

    up = math.exp(above(0.0))
    p = 2 * min(up, 1 - up) if sided == 2 else up
    root = math.sqrt(times[-1])

    def solve(target):
        return brentq(lambda d: math.exp(above(d)) - target, -12 / root, 12 / root, xtol=1e-13, rtol=1e-14) * root

    tail = sides(sided, alpha)
    return {
        "p": p,
        "median_unbiased": solve(0.5),
        "lower": solve(tail),
        "upper": solve(1 - tail) if sided == 2 else None,
    }


def mean_estimate(times, lows, highs, drift):
    total = 0.0
    for k, (path, t) in enumerate(walk(times, lows, highs, drift)):
        if k + 1 == len(times):
            s = path.first_moment(t, -60, 60)
        else:
            s = path.first_moment(t, highs[k], 60) + path.first_moment(t, -60, max(lows[k], -60))
        total += s / t
    return total


CASES = []


def case(id, function, inputs, expected, rel, notes="", kind="rel"):
    CASES.append({
        "id": id, "function": function, "inputs": inputs, "expected": expected, "tolerance": {kind: rel},
        "source": {"package": "group_sequential_more.py (numpy, scipy)", "call": "python group_sequential_more.py"},
        "notes": notes,
    })


def equal(k):
    return [(i + 1) / k for i in range(k)]


def main():
    for k in (50, 100):
        for delta, name in ((0.0, "OBrienFleming"), (0.5, "Pocock")):
            b = shape_bounds(equal(k), 0.025, 2, delta)
            case(f"more_{name}_K{k}", "group_sequential_bounds_z",
                 {"type": name, "K": k, "alpha": 0.05, "sided": 2, "information": "equal"}, b, 1e-9)
        for name in ("LanDeMets_OBF", "LanDeMets_Pocock"):
            due = [ln_spending(name, 0.025, t) for t in equal(k)]
            case(f"more_{name}_K{k}", "alpha_spending_bounds_z", {"spending": name, "K": k, "alpha": 0.05, "sided": 2},
                 spend_bounds(equal(k), due, 2), 1e-9)

    uneven = [0.07, 0.08, 0.31, 0.5, 0.77, 0.93, 1.0]
    for sided in (1, 2):
        for name, parameter in (("LanDeMets_OBF", None), ("LanDeMets_Pocock", None), ("Hwang-Shih-DeCani", -4.0),
                                ("Hwang-Shih-DeCani", 1.0), ("Hwang-Shih-DeCani", 0.0), ("KimDeMets power", 1.5)):
            a = sides(sided, 0.01)
            due = [ln_spending(name, a, t, parameter) for t in uneven]
            spelled = {"Hwang-Shih-DeCani": f"Hwang-Shih-DeCani gamma={parameter}",
                       "KimDeMets power": f"KimDeMets power rho={parameter}"}.get(name, name)
            case(f"more_uneven_{sided}_{name}_{parameter}", "alpha_spending_bounds_z",
                 {"spending": spelled, "information": uneven, "alpha": 0.01, "sided": sided},
                 spend_bounds(uneven, due, sided), 1e-9)
        for delta in (-0.5, 0.0, 0.3, 0.5, 0.7):
            case(f"more_wt_uneven_{sided}_{delta}", "group_sequential_bounds_z",
                 {"type": "WangTsiatis", "delta": delta, "information": uneven, "alpha": 0.05, "sided": sided},
                 shape_bounds(uneven, sides(sided, 0.05), sided, delta), 1e-9)

    published = {2: 0.0831, 5: 0.1417, 10: 0.1934, 20: 0.2479, 30: 0.2802}
    for k, value in published.items():
        z = [1.959963984540054] * k
        case(f"more_naive_K{k}_published", "type_I_error_of_bounds", {"z": z, "information": "equal"}, value, 4e-4,
             "Armitage, McPherson & Rowe (1969)")
        error = 2 * sum(power_by_look(equal(k), lows_of(z, 2), z, 0.0))
        case(f"more_naive_K{k}", "type_I_error_of_bounds", {"z": z, "information": "equal"}, error, 1e-10)
    z = [2.5, 2.2, 2.0, 1.9]
    times = [0.2, 0.5, 0.6, 1.0]
    case("more_naive_one_sided", "type_I_error_of_bounds", {"z": z, "information": times, "sided": 1},
         sum(power_by_look(times, lows_of(z, 1), z, 0.0)), 1e-10)

    for name, delta in (("OBrienFleming", 0.0), ("Pocock", 0.5)):
        for sided, k, power in ((2, 5, 0.9), (1, 4, 0.8), (2, 10, 0.95)):
            a = sides(sided, 0.05)
            b = shape_bounds(equal(k), a, sided, delta)
            drift = drift_for(equal(k), lows_of(b, sided), b, power)
            factor = (drift / (-ndtri(a) + ndtri(power))) ** 2
            inputs = {"type": name, "K": k, "alpha": 0.05, "sided": sided, "power": power}
            case(f"more_inflation_{name}_{sided}_{k}", "sample_size_inflation_factor", inputs, [factor], 1e-9)
            looks = power_by_look(equal(k), lows_of(b, sided), b, drift)
            down = power_by_look(equal(k), lows_of(b, sided), b, -drift) if sided == 2 else [0.0] * k
            stop = [u + d for u, d in zip(looks, down)]
            stop[-1] = 1 - sum(stop[:-1])
            expected = {"drift": drift, "upper": looks,
                        "expected_information": sum(t * s for t, s in zip(equal(k), stop))}
            case(f"more_power_{name}_{sided}_{k}", "group_sequential_power", inputs, expected, 1e-9)

    for binding in (False, True):
        for name, k in (("Hwang-Shih-DeCani", 3), ("LanDeMets_OBF", 5)):
            times = equal(k)
            a = [ln_spending(name, 0.025, t, -4.0) for t in times]
            b = [ln_spending(name, 0.1, t, -2.0) for t in times]
            highs, lows, drift = beta_spending(times, 0.025, 0.1, a, b, binding)
            spelled = (lambda g: f"{name} gamma={g}") if name.startswith("H") else (lambda g: name)
            factor = (drift / (-ndtri(0.025) - ndtri(0.1))) ** 2
            case(f"more_futility_{name}_{binding}", "group_sequential_futility",
                 {"spending": spelled(-4), "beta_spending": spelled(-2), "K": k, "alpha": 0.025, "sided": 1,
                  "power": 0.9, "binding": binding},
                 {"upper": highs, "futility": lows, "drift": drift, "inflation": factor}, 1e-8)
    case("more_futility_gsDesign", "group_sequential_futility",
         {"spending": "Hwang-Shih-DeCani gamma=-4", "beta_spending": "Hwang-Shih-DeCani gamma=-2", "K": 3,
          "alpha": 0.025, "sided": 1, "power": 0.9, "binding": False},
         {"upper": [3.01, 2.55, 2.00], "futility": [-0.24, 0.94, 2.00], "inflation": 1.070}, 5e-3,
         "gsDesign's documented default, gsDesign(): printed to two and three decimals", "abs")

    for sided, name, delta, alpha in ((2, "OBrienFleming", 0.0, 0.05), (2, "Pocock", 0.5, 0.05), (1, "Pocock", 0.5, 0.025)):
        times = equal(5)
        b = shape_bounds(times, sides(sided, alpha), sided, delta)
        lows = lows_of(b, sided)
        for look, z in ((1, 5.0), (2, 3.4), (3, 2.7), (4, -2.9), (5, 1.2), (5, 2.2)):
            if sided == 1 and z < 0:
                continue
            answer = stagewise(times, lows, b, look, z, sided, alpha)
            case(f"more_after_{name}_{sided}_{look}_{z}", "group_sequential_after_stopping",
                 {"type": name, "K": 5, "alpha": alpha, "sided": sided, "look": look, "z": z},
                 {k: v for k, v in answer.items() if v is not None}, 1e-8)
            if abs(z) < 4:
                drift = brentq(lambda d: mean_estimate(times, lows, b, d) - z / math.sqrt(times[look - 1]), -12, 12)
                case(f"more_bias_{name}_{sided}_{look}_{z}", "group_sequential_bias_adjusted",
                     {"type": name, "K": 5, "alpha": alpha, "sided": sided, "look": look, "z": z},
                     drift * math.sqrt(times[look - 1]), 1e-8)

    for sided, name in ((2, "LanDeMets_OBF"), (1, "LanDeMets_Pocock")):
        times = equal(4)
        alpha = 0.05 if sided == 2 else 0.025
        for look, z in ((1, 2.6), (2, 2.1), (3, 3.3), (4, 1.0)):
            def excess(ln_a):
                due = [ln_spending(name, math.exp(ln_a), t) for t in times[:look]]
                return spend_bounds(times[:look], due, sided)[-1] - z
            most = math.log(0.4999 if sided == 2 else 0.999)
            p = sided * math.exp(brentq(excess, math.log(1e-12), most, xtol=1e-13, rtol=1e-14))
            case(f"more_repeated_{name}_{look}", "group_sequential_repeated_p",
                 {"spending": name, "K": 4, "alpha": alpha, "sided": sided, "look": look, "z": z}, p, 1e-8)

    times, b = equal(4), shape_bounds(equal(4), 0.025, 2, 0.0)
    lows = lows_of(b, 2)
    for look, z, drift in ((1, 0.3, 3.0), (2, 1.7, 3.0), (3, -0.5, 2.0), (2, 1.7, -1.0)):
        def still(d):
            start = Path(d, times[look - 1], z * math.sqrt(times[look - 1]))
            steps = walk(times[look:], lows[look:], b[look:], d, start)
            return sum(math.exp(p.ln_above(t, h)) + math.exp(p.ln_below(t, -h)) for (p, t), h in zip(steps, b[look:]))
        t = times[look - 1]
        x, w = np.polynomial.hermite_e.hermegauss(60)
        predictive = sum(wi * still(z / math.sqrt(t) + xi / math.sqrt(t)) for xi, wi in zip(x, w)) / math.sqrt(2 * math.pi)
        mean, sd = (4.0 * 1.5 + z * math.sqrt(t)) / (4.0 + t), 1 / math.sqrt(4.0 + t)
        with_prior = sum(wi * still(mean + sd * xi) for xi, wi in zip(x, w)) / math.sqrt(2 * math.pi)
        case(f"more_conditional_{look}_{z}_{drift}", "group_sequential_conditional_power",
             {"type": "OBrienFleming", "K": 4, "alpha": 0.05, "sided": 2, "look": look, "z": z, "drift": drift,
              "prior_mean": 1.5, "prior_precision": 4.0},
             {"under_effect": still(drift), "under_none": still(0.0), "under_trend": still(z / math.sqrt(t)),
              "predictive": predictive, "predictive_with_prior": with_prior}, 1e-8)

    versions = {"numpy": np.__version__, "scipy": scipy.__version__}
    lines = ",\n".join(json.dumps(c) for c in CASES)
    print(f'{{\n"generated_with": {json.dumps(versions)},\n"cases": [\n{lines}\n]\n}}')


main()
