#!/usr/bin/env python3
"""Writes anytime_more.json: always-valid inference, computed with 50 digits by mpmath.

Run it as `python3 anytime_more.py > anytime_more.json`; it needs mpmath. The mixtures are HRMS' formulas as they stand
(Howard, Ramdas, McAuliffe & Sekhon 2021), bounds and ends are roots of them; the cases named after confseq are the
targets of its unit tests (gostevehoward/confseq, test/uniform_boundaries_unittest.cpp).
"""

import json

import mpmath as mp

mp.mp.dps = 50
CASES = []
MPMATH = f"mpmath {mp.__version__} (50 digits)"


def case(name, function, inputs, expected, tolerance, package=MPMATH, call="", notes=""):
    CASES.append({"id": name, "function": function, "inputs": inputs, "expected": expected, "tolerance": tolerance,
                  "source": {"package": package, "call": call}, "notes": notes})


def best_rho(v, alpha):
    v, alpha = mp.mpf(v), mp.mpf(alpha)
    return v / (2 * mp.log(1 / alpha) + mp.log(1 + 2 * mp.log(1 / alpha)))


# --- confseq's unit tests
CONFSEQ = "gostevehoward/confseq test/uniform_boundaries_unittest.cpp (published target)"
at = {"v": 100, "v_opt": 100, "alpha_opt": 0.05}
close = {"abs": 1e-5}
case("confseq_one_sided_normal_log", "normal_log_mixture", {"s": 10, **at, "is_one_sided": True}, -0.06502391, close, CONFSEQ)
case("confseq_two_sided_normal_bound", "normal_mixture_bound", {"alpha": 0.05, **at, "is_one_sided": False}, 30.35209, close,
     CONFSEQ)
case("confseq_gamma_exponential_log", "gamma_exponential_log_mixture", {"s": 10, **at, "c": 2}, -0.2490165, close, CONFSEQ)
case("confseq_gamma_poisson_log", "gamma_poisson_log_mixture", {"s": 10, **at, "c": 2}, -0.06991219, close, CONFSEQ)
for one, log, bound in ((False, -0.6941012, 31.4308), (True, -0.07134019, 28.41238)):
    case(f"confseq_beta_binomial_log_{one}", "beta_binomial_log_mixture", {"s": 10, **at, "g": 0.2, "h": 0.8, "is_one_sided": one},
         log, close, CONFSEQ)
    case(f"confseq_beta_binomial_bound_{one}", "beta_binomial_mixture_bound",
         {"alpha": 0.05, **at, "g": 0.2, "h": 0.8, "is_one_sided": one}, bound, close, CONFSEQ)
case("confseq_stitching_negative_c", "poly_stitching_bound", {"v": 100, "alpha": 0.05, "v_min": 10, "c": -1, "s": 1.4, "eta": 2},
     28.99389, close, CONFSEQ)


# --- HRMS' mixtures over a wide range

def normal_one(s, v, rho):
    return (mp.log(4 * rho / (v + rho)) / 2 + s * s / (2 * (v + rho)) + mp.log(mp.ncdf(s / mp.sqrt(v + rho))))


def gamma_p(a, x):
    return mp.gammainc(a, 0, x, regularized=True)


def gamma_q(a, x):
    return mp.gammainc(a, x, mp.inf, regularized=True)


def gamma_exponential(s, v, rho, c):
    k, a = rho / c ** 2, (v + rho) / c ** 2
    x = (c * s + v) / c ** 2
    return (k * mp.log(k) - mp.loggamma(k) - mp.log(gamma_p(k, k)) + mp.loggamma(a) + mp.log(gamma_p(a, x + k))
            - a * mp.log(x + k) + x)


def gamma_poisson(s, v, rho, c):
    k, a = rho / c ** 2, (v + rho) / c ** 2
    y = s / c + a
    return (k * mp.log(k) - mp.loggamma(k) - mp.log(gamma_q(k, k)) + mp.loggamma(y) + mp.log(gamma_q(y, a)) - y * mp.log(a)
            + v / c ** 2)


def beta_binomial(s, v, v_opt, alpha_opt, g, h, one):
    rho = best_rho(v_opt, 2 * alpha_opt if one else alpha_opt)
    r = max(rho - g * h, g * h / 1000)
    x = h / (g + h) if one else mp.mpf(1)
    part = lambda a, b: mp.log(mp.betainc(a, b, 0, x)) if one else mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    both = g + h
    return (v / (g * h) * mp.log(both) - (v + h * s) / (h * both) * mp.log(g) - (v - g * s) / (g * both) * mp.log(h)
            + part((r + v - g * s) / (g * both), (r + v + h * s) / (h * both)) - part(r / (g * both), r / (h * both)))


def crossing(f, threshold, start):
    high = mp.mpf(start)
    while f(high) < threshold:
        high *= 2
    return mp.findroot(lambda s: f(s) - threshold, (high / 4 if f(high / 4) < threshold else mp.mpf(0), high), solver="anderson",
                       tol=1e-35, maxsteps=300)


for v, v_opt, alpha in [(1e-6, 1, 0.05), (1, 100, 0.05), (1000, 100, 0.001), (1e8, 1e4, 0.05), (5, 1e6, 1e-12)]:
    rho = best_rho(v_opt, mp.mpf("0.1"))
    bound = crossing(lambda s: normal_one(s, mp.mpf(v), rho), -mp.log(mp.mpf(alpha)), mp.sqrt(v + rho))
    case(f"normal_one_sided_bound_{v:g}_{v_opt:g}_{alpha:g}", "one_sided_normal_bound", {"v": v, "v_opt": v_opt, "alpha": alpha},
         float(bound), {"rel": 1e-11}, call="findroot")
for v, v_opt, c in [(100, 100, 0.05), (100, 100, 20), (3, 1000, 1), (2e4, 100, 0.5)]:
    rho = best_rho(v_opt, mp.mpf("0.1"))
    for function, name in ((gamma_exponential, "gamma_exponential"), (gamma_poisson, "gamma_poisson")):
        f = lambda s: function(s, mp.mpf(v), rho, mp.mpf(c))
        s = 2 * mp.sqrt(v)
        inputs = {"v": v, "v_opt": v_opt, "c": c}
        case(f"{name}_log_{v:g}_{c:g}", f"{name}_log_mixture", {"s": float(s), **inputs}, float(f(mp.mpf(float(s)))),
             {"rel": 1e-9, "abs": 1e-11})
        case(f"{name}_bound_{v:g}_{c:g}", f"{name}_bound", {"alpha": 0.05, **inputs},
             float(crossing(f, mp.log(20), mp.sqrt(v))), {"rel": 1e-9}, call="findroot")
for v, g, h, one in [(100, 0.5, 0.5, False), (100, 0.5, 0.5, True), (4000, 0.1, 0.9, False), (900, 2.0, 1.0, True)]:
    inputs = {"v": v, "v_opt": 200, "g": g, "h": h, "is_one_sided": one}
    f = lambda s: beta_binomial(s, mp.mpf(v), 200, mp.mpf("0.05"), mp.mpf(g), mp.mpf(h), one)
    case(f"beta_binomial_log_{v:g}_{g:g}_{one}", "beta_binomial_log_mixture", {"s": 12.5, **inputs}, float(f(mp.mpf(12.5))),
         {"rel": 1e-9, "abs": 1e-11})
    case(f"beta_binomial_bound_{v:g}_{g:g}_{one}", "beta_binomial_mixture_bound", {"alpha": 0.05, **inputs},
         float(crossing(f, mp.log(20), 10)), {"rel": 1e-9}, call="findroot")
for v, v_min, c, s, eta, alpha in [(5, 10, 0, 1.4, 2, 0.05), (1e9, 1, 0.5, 1.4, 2, 0.01), (300, 2, 1, 2.0, 1.5, 0.05)]:
    use, s_, eta_ = max(mp.mpf(v), v_min), mp.mpf(s), mp.mpf(eta)
    k1 = (eta_ ** mp.mpf("0.25") + eta_ ** mp.mpf("-0.25")) / mp.sqrt(2)
    k2 = (mp.sqrt(eta_) + 1) / 2
    ell = s_ * mp.log(mp.log(eta_ * use / v_min)) + mp.log(mp.zeta(s_) / mp.log(eta_) ** s_) + mp.log(1 / mp.mpf(alpha))
    linear = k2 * mp.mpf(c) * ell
    case(f"stitching_{v:g}_{eta:g}", "poly_stitching_bound", {"v": v, "alpha": alpha, "v_min": v_min, "c": c, "s": s, "eta": eta},
         float(mp.sqrt(k1 ** 2 * use * ell + linear ** 2) + linear), {"rel": 1e-11})


# --- Bernoulli

def bernoulli(x, n, alpha, t_opt, alpha_opt):
    rho = lambda p: best_rho(p * (1 - p) * t_opt, alpha_opt)
    m = max(best_rho(t_opt, alpha_opt) - 1, mp.mpf("0.001"))
    ln_beta = lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    f = lambda p: (ln_beta(m * p + x, m * (1 - p) + n - x) - ln_beta(m * p, m * (1 - p)) - x * mp.log(p)
                   - (n - x) * mp.log(1 - p) + mp.log(mp.mpf(alpha)))
    rate = mp.mpf(x) / n
    def end(toward):
        step = mp.mpf(1)
        near = rate
        far = (rate + toward) / 2
        while f(far) < 0:
            near, far = far, (far + toward) / 2
        return mp.findroot(f, (near, far), solver="anderson", tol=1e-35, maxsteps=300)
    return [float(end(0)) if x > 1 else None, float(end(1)) if x < n else 1.0]


for x, n, alpha, t_opt, alpha_opt in [(15, 50, 0.05, 50, 0.05), (700, 1000, 0.01, 100, 0.05), (3, 100_000, 0.05, 1e4, 0.05),
                                      (50_000_000, 100_000_000, 0.001, 1e6, 0.01), (7, 9, 0.05, 2, 0.05)]:
    case(f"bernoulli_{x}_{n}", "bernoulli_confidence_sequence",
         {"x": x, "n": n, "alpha": alpha, "t_opt": t_opt, "alpha_opt": alpha_opt}, bernoulli(x, n, alpha, t_opt, alpha_opt),
         {"rel": 1e-10}, call="findroot")


# --- mSPRT and asymptotic confidence sequences

def msprt(delta, V, tau2, alpha, one):
    delta, V, tau2, alpha = map(mp.mpf, (delta, V, tau2, alpha))
    log = mp.log(V / (V + tau2)) / 2 + delta ** 2 * tau2 / (2 * V * (V + tau2))
    q = tau2 / (V + tau2)
    if not one:
        half = mp.sqrt(V * (V + tau2) / tau2 * (mp.log((V + tau2) / V) - 2 * mp.log(alpha)))
    else:
        log += mp.log(2) + mp.log(mp.ncdf(delta / mp.sqrt(V) * mp.sqrt(q)))
        f = lambda d: (mp.log(V / (V + tau2)) / 2 + d ** 2 * tau2 / (2 * V * (V + tau2)) + mp.log(2)
                       + mp.log(mp.ncdf(d / mp.sqrt(V) * mp.sqrt(q))) + mp.log(alpha))
        high = mp.sqrt(V)
        while f(high) < 0:
            high *= 2
        half = mp.findroot(f, (mp.mpf(0), high), solver="anderson", tol=1e-35, maxsteps=300)
    return {"log_lambda": float(log), "p": float(min(mp.mpf(1), mp.exp(-log))), "ci_halfwidth": float(half)}


for delta, V, tau2, alpha in [(0.02, 1e-4, 1e-4, 0.05), (-0.02, 1e-4, 1e-4, 0.05), (0.5, 1e-4, 1e-3, 0.05), (3.0, 0.5, 1e-6, 0.01),
                              (1e-9, 1e-20, 1e-16, 0.05), (-40.0, 1.0, 10.0, 1e-9)]:
    for one in (False, True):
        case(f"msprt_{delta:g}_{V:g}_{one}", "msprt_normal", {"delta": delta, "var_of_delta": V, "tau2": tau2, "alpha": alpha, "one_sided": one},
             msprt(delta, V, tau2, alpha, one), {"rel": 1e-11, "abs": 1e-300})


def rho(alpha, n_star):
    l = -2 * mp.log(alpha)
    return mp.sqrt((l + mp.log(l + 1)) / n_star)


for estimate, se, n, n_star, alpha in [(0.1, 0.04, 900, 5000, 0.05), (-0.1, 0.04, 900, 5000, 0.05), (2.0, 0.02, 10**6, 10**4, 0.01),
                                       (1e-4, 0.05, 50, 5000, 0.05), (0.3, 0.05, 10**9, 100, 0.2)]:
    e, s, a = mp.mpf(estimate), mp.mpf(se), mp.mpf(alpha)
    r = n * rho(a, n_star) ** 2
    E = (e / s) ** 2 * r / (2 * (1 + r))
    half = s * mp.sqrt(2 * (1 + r) / r * mp.log(mp.sqrt(1 + r) / a))
    p = min(mp.mpf(1), mp.sqrt(1 + r) * mp.exp(-E))
    case(f"cs_two_sided_{estimate:g}_{n}", "asymp_cs_estimate", {"estimate": estimate, "se": se, "n": n, "n_star": n_star, "alpha": alpha},
         {"ci": [float(e - half), float(e + half)], "p": float(p)}, {"rel": 1e-10, "abs": 1e-300},
         call="Waudby-Smith et al. (2024), theorem 2.2")
    r = n * rho(2 * a, n_star) ** 2
    E = (e / s) ** 2 * r / (2 * (1 + r))
    half = s * mp.sqrt(2 * (1 + r) / r * mp.log(1 + mp.sqrt(1 + r) / (2 * a)))
    p = min(mp.mpf(1), mp.sqrt(1 + r) / (2 * mp.expm1(E))) if e > 0 else mp.mpf(1)
    case(f"cs_one_sided_{estimate:g}_{n}", "asymp_cs_estimate_one_sided",
         {"estimate": estimate, "se": se, "n": n, "n_star": n_star, "alpha": alpha},
         {"ci": [float(e - half), None], "p": float(p)}, {"rel": 1e-10, "abs": 1e-300},
         call="its one-sided form; p solves it for alpha with rho kept")

print("{")
print('"generated_with": ' + json.dumps({"mpmath": mp.__version__}) + ",")
print('"cases": [')
print(",\n".join(json.dumps(c, allow_nan=False) for c in CASES))
print("]")
print("}")
