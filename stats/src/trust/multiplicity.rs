//! Many tests at once: adjusted p values.

use serde::{
    Serialize,
    ser::{SerializeSeq, Serializer},
};

use crate::{Alpha, Estimate, Test, estimate, moments::count};

/// A p value: a number in [0, 1].
///
/// ```
/// use edgewise_stats::trust::PValue;
///
/// assert_eq!(PValue::new(0.03)?.get(), 0.03);
/// assert!(PValue::new(1.5).is_err() && PValue::new(f64::NAN).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
#[serde(into = "f64")]
pub struct PValue(f64);

impl PValue {
    /// Checks a p value.
    ///
    /// # Errors
    ///
    /// [`PValueError`] unless `0 ≤ p ≤ 1` (NaN included).
    pub fn new(p: f64) -> Result<Self, PValueError> {
        if (0.0..=1.0).contains(&p) { Ok(Self(p)) } else { Err(PValueError { given: p }) }
    }

    /// The p value, in [0, 1].
    pub fn get(self) -> f64 {
        self.0
    }
}

impl From<PValue> for f64 {
    fn from(p: PValue) -> f64 {
        p.0
    }
}

impl From<&Test> for PValue {
    fn from(test: &Test) -> Self {
        Self(test.p.clamp(0.0, 1.0))
    }
}

/// The number is not a p value.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the p value is {given}; it must lie between 0 and 1: give a test that could not be made as absent")]
pub struct PValueError {
    /// What was given.
    pub given: f64,
}

/// How p values are adjusted for being many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Correction {
    /// m·p. Controls the family-wise error rate under any dependence. Source: Bonferroni (1936).
    Bonferroni,
    /// 1 − (1 − p)^m. Family-wise, for independent tests and two-sided tests of normal estimates. Source: Šidák (1967).
    Sidak,
    /// Step-down Bonferroni: family-wise under any dependence, and never less powerful than Bonferroni's. Source: Holm
    /// (1979).
    Holm,
    /// Step-down Šidák. Source: Holland & Copenhaver (1987).
    HolmSidak,
    /// Step-up with Holm's constants: family-wise where Simes' inequality holds (independent or positively dependent
    /// tests). Source: Hochberg (1988).
    Hochberg,
    /// The closed test of Simes' tests: family-wise where Hochberg's is, and never less powerful. Source: Hommel (1988).
    Hommel,
    /// Step-up false-discovery rate, for independent or positively dependent tests. Source: Benjamini & Hochberg (1995).
    BenjaminiHochberg,
    /// False-discovery rate under any dependence. Source: Benjamini & Yekutieli (2001).
    BenjaminiYekutieli,
    /// Benjamini-Hochberg at α with the number of true nulls estimated by a first pass at α. Source: Benjamini &
    /// Hochberg (2000), as in statsmodels `fdr_tsbh`.
    TwoStageBenjaminiHochberg,
    /// Likewise with both passes at α/(1 + α), which controls the false-discovery rate of independent tests. Source:
    /// Benjamini, Krieger & Yekutieli (2006), definition 6; statsmodels `fdr_tsbky`.
    TwoStageBenjaminiKriegerYekutieli,
    /// Adaptive step-down false-discovery rate, for independent tests. Source: Gavrilov, Benjamini & Sarkar (2009);
    /// statsmodels `fdr_gbs`.
    GavrilovBenjaminiSarkar,
}

/// One test of a family after the adjustment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AdjustedTest {
    /// The p value as it was given.
    pub p: f64,
    /// The adjusted p value, in [0, 1], to be compared with the level of the whole family.
    pub adjusted: f64,
    /// Whether the adjusted p value is at most that level.
    pub rejected: bool,
}

/// A family of tests after the adjustment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AdjustedTests {
    /// How it was adjusted.
    pub correction: Correction,
    /// The level of the family: of the family-wise error rate or the false-discovery rate.
    pub alpha: Alpha,
    /// How many tests the family has: those that are not absent.
    pub family: usize,
    /// The tests in the order in which they were given. An absent test stays absent for its own reason.
    #[serde(serialize_with = "serialize_each")]
    pub tests: Vec<Estimate<AdjustedTest>>,
}

/// Adjusts the p values of a family of tests.
///
/// With p₍₁₎ ≤ … ≤ p₍ₘ₎ the sorted p values, each adjusted one at most 1:
///
/// ```text
/// Bonferroni          m·p₍ᵢ₎                      Šidák        1 − (1 − p₍ᵢ₎)^m
/// Holm                max over j ≤ i of (m − j + 1)·p₍ⱼ₎       Holm-Šidák   max over j ≤ i of 1 − (1 − p₍ⱼ₎)^(m − j + 1)
/// Hochberg            min over j ≥ i of (m − j + 1)·p₍ⱼ₎       Hommel       the closed test of Simes' tests
/// Benjamini-Hochberg  min over j ≥ i of m·p₍ⱼ₎/j
/// Benjamini-Yekutieli min over j ≥ i of m·(1 + 1/2 + … + 1/m)·p₍ⱼ₎/j
/// two stages          m₀/m · Benjamini-Hochberg (· (1 + α) for BKY), m₀ = m − rejections of the first stage
/// Gavrilov et al.     max over j ≤ i of (m + 1 − j)/j · p₍ⱼ₎/(1 − p₍ⱼ₎)
/// ```
///
/// A test is rejected if its adjusted p value is at most α. The two-stage adjustments depend on α and must not be
/// compared with another; if their first stage rejects none or all, m₀ = m (which is statsmodels' reading). A p value
/// that is absent belongs to no family: it does not count in m, and stays absent. Equal p values keep the order in
/// which they were given and end up equal. The family is to be named before the data are seen.
///
/// Source: the papers named at [`Correction`]; adjusted p values as in Wright (1992), "Adjusted p-values for
/// simultaneous inference", Biometrics 48(4).
///
/// ```
/// use edgewise_stats::{Absent, Alpha, trust::{Correction, PValue, adjust}};
///
/// // Benjamini & Hochberg (1995), section 4: 15 p values, of which their procedure rejects 4 and Bonferroni's 3.
/// let given = [
///     0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
/// ];
/// let mut family: Vec<_> = given.iter().map(|&p| PValue::new(p).map_err(|_| Absent::OutOfRange)).collect();
/// family.insert(4, Err(Absent::ZeroVariance));
///
/// let adjustment = adjust(&family, Correction::BenjaminiHochberg, Alpha::default());
/// assert_eq!(adjustment.family, 15);
/// assert_eq!(adjustment.tests[4], Err(Absent::ZeroVariance));
/// assert_eq!(adjustment.rejected().collect::<Vec<_>>(), [0, 1, 2, 3]);
/// assert_eq!(adjust(&family, Correction::Bonferroni, Alpha::default()).rejected().count(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn adjust(p: &[Estimate<PValue>], correction: Correction, alpha: Alpha) -> AdjustedTests {
    let mut places: Vec<(usize, f64)> =
        p.iter().enumerate().filter_map(|(i, p)| p.ok().map(|p| (i, p.get()))).collect();
    places.sort_by(|(_, p), (_, q)| p.total_cmp(q));
    let sorted: Vec<f64> = places.iter().map(|&(_, p)| p).collect();
    let adjusted = adjusted(&sorted, correction, alpha.get());

    let mut tests: Vec<Estimate<AdjustedTest>> = p
        .iter()
        .map(|p| p.map(|p| AdjustedTest { p: p.get(), adjusted: p.get(), rejected: false }))
        .collect();
    for (&(i, p), adjusted) in places.iter().zip(adjusted) {
        let adjusted = adjusted.min(1.0);
        tests[i] = Ok(AdjustedTest { p, adjusted, rejected: adjusted <= alpha.get() });
    }
    AdjustedTests { correction, alpha, family: sorted.len(), tests }
}

impl AdjustedTests {
    /// The places of the rejected tests in the given list, from 0.
    pub fn rejected(&self) -> impl Iterator<Item = usize> + '_ {
        self.tests.iter().enumerate().filter(|(_, test)| test.is_ok_and(|test| test.rejected)).map(|(i, _)| i)
    }
}

/// The adjusted values of sorted p values; they may exceed 1.
fn adjusted(sorted: &[f64], correction: Correction, alpha: f64) -> Vec<f64> {
    let m = size(sorted.len());
    // Tests from this one on, itself included: m − i + 1 for the i-th.
    let remaining = |i: usize| m - size(i);
    let each = |f: &dyn Fn(usize, f64) -> f64| sorted.iter().enumerate().map(|(i, &p)| f(i, p)).collect();
    match correction {
        Correction::Bonferroni => each(&|_, p| m * p),
        Correction::Sidak => each(&|_, p| sidak(p, m)),
        Correction::Holm => rising(each(&|i, p| remaining(i) * p)),
        Correction::HolmSidak => rising(each(&|i, p| sidak(p, remaining(i)))),
        Correction::Hochberg => falling(each(&|i, p| remaining(i) * p)),
        Correction::Hommel => hommel(sorted),
        Correction::BenjaminiHochberg => step_up(sorted, 1.0),
        Correction::BenjaminiYekutieli => step_up(sorted, (1..=sorted.len()).map(|i| 1.0 / size(i)).sum()),
        Correction::TwoStageBenjaminiHochberg => two_stages(sorted, alpha, 1.0),
        Correction::TwoStageBenjaminiKriegerYekutieli => two_stages(sorted, alpha, 1.0 + alpha),
        Correction::GavrilovBenjaminiSarkar => {
            rising(each(&|i, p| remaining(i) / size(i + 1) * (p / (1.0 - p))))
        }
    }
}

/// 1 − (1 − p)^m without cancellation.
fn sidak(p: f64, m: f64) -> f64 {
    -libm::expm1(m * libm::log1p(-p))
}

/// Each value, or the largest before it.
fn rising(mut values: Vec<f64>) -> Vec<f64> {
    let mut largest = 0.0_f64;
    for value in &mut values {
        largest = largest.max(*value);
        *value = largest;
    }
    values
}

/// Each value, or the smallest after it.
fn falling(mut values: Vec<f64>) -> Vec<f64> {
    let mut smallest = f64::INFINITY;
    for value in values.iter_mut().rev() {
        smallest = smallest.min(*value);
        *value = smallest;
    }
    values
}

/// Benjamini and Hochberg's adjustment times `penalty`, at most 1.
fn step_up(sorted: &[f64], penalty: f64) -> Vec<f64> {
    let m = size(sorted.len());
    // p / (i/m / penalty), in the order that packages have, so that ties in the last bit fall as theirs do.
    falling(sorted.iter().enumerate().map(|(i, p)| (p / (size(i + 1) / m / penalty)).min(1.0)).collect())
}

/// Both stages, the levels divided by `penalty`.
fn two_stages(sorted: &[f64], alpha: f64, penalty: f64) -> Vec<f64> {
    let m = sorted.len();
    let first = step_up(sorted, 1.0);
    let rejections = first.iter().filter(|&&p| p <= alpha / penalty).count();
    let nulls = if rejections == m { m } else { m - rejections };
    first.iter().map(|p| p * (size(nulls) / size(m)) * penalty).collect()
}

/// Source: Wright (1992), appendix: his algorithm for Hommel's adjusted p values.
fn hommel(sorted: &[f64]) -> Vec<f64> {
    let n = sorted.len();
    let mut adjusted = sorted.to_vec();
    for m in (2..=n).rev() {
        let (before, last) = sorted.split_at(n - m);
        let simes =
            last.iter().enumerate().map(|(i, p)| size(m) * p / size(i + 1)).fold(f64::INFINITY, f64::min);
        for (value, p) in adjusted.iter_mut().zip(before) {
            *value = value.max(simes.min(size(m) * p));
        }
        for value in adjusted.iter_mut().skip(n - m) {
            *value = value.max(simes);
        }
    }
    adjusted
}

fn size(n: usize) -> f64 {
    count(n as u64)
}

/// The tests as a list in which an absent one is the object of its reason.
fn serialize_each<S: Serializer>(tests: &[Estimate<AdjustedTest>], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    #[serde(transparent)]
    struct One<'a>(#[serde(serialize_with = "estimate::serialize")] &'a Estimate<AdjustedTest>);

    let mut list = serializer.serialize_seq(Some(tests.len()))?;
    for test in tests {
        list.serialize_element(&One(test))?;
    }
    list.end()
}
