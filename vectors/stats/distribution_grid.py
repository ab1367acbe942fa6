#!/usr/bin/env python3
"""Writes distribution_grid.json: tails and quantiles on a wide grid, computed with 50 digits by mpmath.

Run it as `python3 distribution_grid.py > distribution_grid.json`; it needs mpmath. Every tail is the integral or the
incomplete beta or gamma function, and every quantile the root of the tail: no approximation that the crate uses too.
"""

import json

import mpmath as mp

mp.mp.dps = 50
CASES = []


def case(function, inputs, expected, rel, call):
    name = "_".join([function, *(format(value, "g") for value in inputs.values())])
    CASES.append({
        "id": name,
        "function": function,
        "inputs": inputs,
        "expected": float(expected),
        "tolerance": {"rel": rel},
        "source": {"package": f"mpmath {mp.__version__} (50 digits)", "call": call},
        "notes": "",
    })


def t_ln_density(t, df):
    return (mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(mp.pi * df) / 2
            - (df + 1) / 2 * mp.log1p(t * t / df))


def t_ln_sf(t, df):
    t, df = mp.mpf(t), mp.mpf(df)
    if df <= 2000:
        return mp.log(mp.betainc(df / 2, mp.mpf("0.5"), 0, df / (df + t * t), regularized=True) / 2)
    hazard = (df + 1) * t / (df + t * t)
    width = 1 / (max(hazard, mp.mpf("0.3")) if t < 10 else hazard)
    peak = t_ln_density(t, df)
    points = [width * step for step in (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)]
    area = mp.quad(lambda s: mp.exp(t_ln_density(t + s, df) - peak), points)
    return peak + mp.log(area)


def t_isf(tail, df):
    """The root of the tail's logarithm in ln t, where it is concave: by bisection, then by the secant method."""
    wanted = mp.log(mp.mpf(tail))

    def miss(u):
        return t_ln_sf(mp.exp(u), df) - wanted

    low, high = mp.mpf(-8), mp.mpf(1)
    while miss(high) > 0:
        high *= 2
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if miss(middle) > 0 else (low, middle)
    return mp.exp(mp.findroot(miss, (low, high), solver="secant", tol=1e-60))


for df in (1, 1.5, 2, 3, 5, 9.9, 30, 100, 500, 999, 1000, 1001, 2000, 5000, 1e5, 1e7, 1e9):
    for t in (1e-6, 1e-3, 0.1, 0.5, 1, 1.5, 1.7, 1.96, 3, 6, 10, 16, 20, 30, 40, 70, 100, 1e4, 1e8, 1e100):
        ln_sf = t_ln_sf(t, df)
        call = "betainc(df/2, 1/2, 0, df/(df+t^2)) / 2" if df <= 2000 else "quad(density)"
        if ln_sf > -690:
            case("t_sf", {"df": df, "t": t}, mp.exp(ln_sf), 1e-11, call)
        case("t_ln_sf", {"df": df, "t": t}, ln_sf, 1e-12, call)

for df in (1, 1.2, 2, 3, 9.9, 30, 200, 999, 1000, 2000):
    for tail in (0.49, 0.3, 0.25, 0.1, 0.025, 0.005, 1e-4, 1e-10, 1e-50, 1e-290):
        case("t_isf", {"df": df, "tail": tail}, t_isf(tail, df), 1e-12, "findroot(betainc)")
for df in (5000, 1e6, 1e9):
    for tail in (0.3, 0.025, 1e-4, 1e-10, 1e-50):
        case("t_isf", {"df": df, "tail": tail}, t_isf(tail, df), 1e-12, "findroot(quad(density))")

for z in (-8, -1, 0, 0.5, 1.96, 5, 10, 29.9, 30, 37, 100, 1e4, 1e150):
    ln_sf = mp.log(mp.erfc(mp.mpf(z) / mp.sqrt(2)) / 2) if abs(z) < 1e5 else -mp.mpf(z) ** 2 / 2
    case("normal_ln_sf", {"z": z}, ln_sf, 1e-13, "log(erfc(z/sqrt(2))/2)")
    if ln_sf > -690:
        case("normal_sf", {"z": z}, mp.exp(ln_sf), 1e-13, "erfc(z/sqrt(2))/2")
for tail in (0.999999, 0.9, 0.51, 0.49, 0.3, 0.1, 0.025, 0.005, 1e-4, 1e-10, 1e-50, 1e-300):
    start = mp.sqrt(-2 * mp.log(tail)) * (1 if tail < 0.5 else -1)
    if 1e-3 < tail < 1 - 1e-3:
        start = (mp.mpf("0.5") - tail) * mp.mpf("2.5")
    root = mp.findroot(lambda z: mp.log(mp.erfc(z / mp.sqrt(2)) / 2) - mp.log(mp.mpf(tail)), start, tol=1e-60)
    case("normal_isf", {"tail": tail}, root, 1e-14, "findroot(erfc)")

for df in (1, 2, 3, 9, 30, 60, 61, 100, 1000, 1_000_000):
    for ratio in (1e-6, 0.01, 0.5, 0.9, 1, 1.001, 1.1, 1.5, 3, 10, 100, 3000):
        x = df * ratio
        a, y = mp.mpf(df) / 2, mp.mpf(x) / 2
        if y > a + 40 * mp.sqrt(a) + 40:
            # ln( y^a e^-y / Γ(a) · U ), U the tail integral over exp(-s): nothing overflows.
            area = mp.quad(lambda s: mp.exp(-s + (a - 1) * mp.log1p(s / y)), [0, 1, 4, 16, 64, 256])
            ln_sf = (a - 1) * mp.log(y) - y - mp.loggamma(a) + mp.log(area)
        elif df > 100_000:
            # Fifty digits of a hypergeometric series cancel here: integrate the density about its peak.
            def ln_density(s):
                return (a - 1) * mp.log(s) - s - mp.loggamma(a)
            width = mp.sqrt(a)
            points = [y + width * step for step in range(0, 60, 2)]
            if y >= a:
                ln_sf = mp.log(mp.quad(lambda s: mp.exp(ln_density(s)), points))
            else:
                start = max(y - 60 * width, mp.mpf(1))
                if y < a - 60 * width:
                    ln_sf = mp.mpf(0)
                else:
                    below = [start + (y - start) * step / 20 for step in range(21)]
                    ln_sf = mp.log1p(-mp.quad(lambda s: mp.exp(ln_density(s)), below))
        else:
            ln_sf = mp.log(mp.gammainc(a, y, mp.inf, regularized=True))
        if ln_sf > -690:
            case("chi2_sf", {"df": df, "x": x}, mp.exp(ln_sf), 1e-11, "gammainc(df/2, x/2) / gamma(df/2)")
        if ln_sf < -1e-3:
            case("chi2_ln_sf", {"df": df, "x": x}, ln_sf, 1e-11, "log(gammainc(df/2, x/2) / gamma(df/2))")

lines = ",\n".join(json.dumps(each) for each in CASES)
print(f'{{"generated_with": {{"mpmath": "{mp.__version__}"}}, "cases": [\n{lines}\n]}}')
