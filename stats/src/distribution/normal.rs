//! The standard normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, PI};

/// P(Z > z), for any z.
///
/// ```text
/// sf(z) = erfc(z / √2) / 2
/// ```
///
/// Relative error about 1e-15 at the centre, growing with z² to about 1e-13 at the smallest positive result (z = 38);
/// 0 beyond, where [`ln_sf`] goes on. NaN gives NaN. Source: Abramowitz & Stegun (1964), 26.2.29.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::sf(1.96) - 0.024_997_895).abs() < 1e-9);
/// ```
pub fn sf(z: f64) -> f64 {
    0.5 * libm::erfc(z * FRAC_1_SQRT_2)
}

/// ln P(Z > z), for any z.
///
/// The logarithm of [`sf`] up to z = 30; beyond it the asymptotic series of Mills' ratio, whose first omitted term is
/// below 1e-15 there. Source: Abramowitz & Stegun (1964), 26.2.12. NaN gives NaN, infinity minus infinity.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::ln_sf(1.0) - normal::sf(1.0).ln()).abs() < 1e-15);
/// assert!((normal::ln_sf(100.0) - -5005.524_208_694_2).abs() < 1e-9);
/// ```
pub fn ln_sf(z: f64) -> f64 {
    if z < 30.0 || z.is_nan() {
        return if z < 0.0 { libm::log1p(-sf(-z)) } else { libm::log(sf(z)) };
    }
    let w = 1.0 / (z * z);
    let series =
        1.0 - w * (1.0 - 3.0 * w * (1.0 - 5.0 * w * (1.0 - 7.0 * w * (1.0 - 9.0 * w * (1.0 - 11.0 * w)))));
    -0.5 * z * z - libm::log(z) - 0.5 * (LN_2 + libm::log(PI)) + libm::log(series)
}

/// The z with P(Z > z) = `tail`; none unless `0 < tail < 1`.
///
/// Wichura's rational approximation, refined by one Newton step on [`ln_sf`] or [`sf`]. Relative error about 1e-15.
///
/// Source: Wichura (1988), "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics 37(3),
/// PPND16.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::isf(0.025).unwrap() - 1.959_963_984_540_054).abs() < 1e-15);
/// assert_eq!(normal::isf(0.0), None);
/// ```
pub fn isf(tail: f64) -> Option<f64> {
    if !(tail > 0.0 && tail < 1.0) {
        return None;
    }
    Some(if tail > 0.5 { -isf_upper(1.0 - tail) } else { isf_upper(tail) })
}

/// The z with P(Z ≤ z) = `p`; none unless `0 < p < 1`.
///
/// Where `p` is close to 1, [`isf`] of the small tail loses nothing and this does.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::quantile(0.975).unwrap() - 1.959_963_984_540_054).abs() < 1e-14);
/// ```
pub fn quantile(p: f64) -> Option<f64> {
    isf(p).map(|z| if z == 0.0 { 0.0 } else { -z })
}

/// [`isf`] for 0 < tail ≤ 1/2, so that z ≥ 0.
fn isf_upper(tail: f64) -> f64 {
    let start = wichura(tail);
    if tail > 0.1 {
        return start + (sf(start) - tail) / density(start);
    }
    // d ln sf / dz = −density / sf
    let ln_tail = ln_sf(start);
    let hazard = libm::exp(libm::log(density_scale()) - 0.5 * start * start - ln_tail);
    start + (ln_tail - libm::log(tail)) / hazard
}

/// [`isf`] for 0 < tail ≤ 1/2 to about 1e-16 of z: AS 241's PPND16, with its coefficients a to f.
fn wichura(tail: f64) -> f64 {
    let centre = 0.5 - tail;
    if centre <= 0.425 {
        let r = 0.180_625 - centre * centre;
        return centre * ratio(r, &CENTRE);
    }
    let r = (-libm::log(tail)).sqrt();
    if r <= 5.0 { ratio(r - 1.6, &MIDDLE) } else { ratio(r - 5.0, &FAR) }
}

/// A quotient of polynomials; the coefficients of both by rising power.
fn ratio(x: f64, coefficients: &[[f64; 8]; 2]) -> f64 {
    let [numerator, denominator] =
        coefficients.map(|of| of.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient));
    numerator / denominator
}

/// a and b, for tails from 0.075.
const CENTRE: [[f64; 8]; 2] = [
    [
        3.387_132_872_796_366_5,
        1.331_416_678_917_843_8e2,
        1.971_590_950_306_551_3e3,
        1.373_169_376_550_946e4,
        4.592_195_393_154_987e4,
        6.726_577_092_700_87e4,
        3.343_057_558_358_813e4,
        2.509_080_928_730_122_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091e1,
        6.871_870_074_920_579e2,
        5.394_196_021_424_751e3,
        2.121_379_430_158_659_7e4,
        3.930_789_580_009_271e4,
        2.872_908_573_572_194_3e4,
        5.226_495_278_852_854e3,
    ],
];

/// c and d, for tails from e⁻²⁵.
const MIDDLE: [[f64; 8]; 2] = [
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        2.417_807_251_774_506e-1,
        2.272_384_498_926_918_4e-2,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1,
        1.519_866_656_361_645_7e-2,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
];

/// e and f, below.
const FAR: [[f64; 8]; 2] = [
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        5.998_322_065_558_88e-1,
        1.369_298_809_227_358e-1,
        1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_7e-15,
    ],
];

/// The density at z.
///
/// ```text
/// density(z) = exp(−z² / 2) / √(2π)
/// ```
///
/// NaN gives NaN. Source: Abramowitz & Stegun (1964), 26.2.1.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::density(0.0) - 0.398_942_280_401_432_7).abs() < 1e-16);
/// ```
pub fn density(z: f64) -> f64 {
    density_scale() * libm::exp(-0.5 * z * z)
}

/// The logarithm of the [`density`] at z. It stays finite where the density underflows.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::ln_density(100.0) - -5_000.918_938_533_205).abs() < 1e-11);
/// ```
pub fn ln_density(z: f64) -> f64 {
    -0.5 * z * z - 0.5 * (LN_2 + libm::log(PI))
}

/// P(Z ≤ z), for any z: [`sf`] at −z.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::cdf(1.96) - 0.975_002_104_851_779_6).abs() < 1e-15);
/// ```
pub fn cdf(z: f64) -> f64 {
    sf(-z)
}

/// ln P(Z ≤ z), for any z: [`ln_sf`] at −z.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::ln_cdf(-100.0) - -5005.524_208_694_2).abs() < 1e-9);
/// ```
pub fn ln_cdf(z: f64) -> f64 {
    ln_sf(-z)
}

/// 1 / √(2π).
fn density_scale() -> f64 {
    1.0 / (2.0 * PI).sqrt()
}
