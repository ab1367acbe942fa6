//! The units of a test with their numbers, equal ones together, and exact sums of what was drawn.

use super::{
    Refusal,
    split::{Chance, Splits},
};
use edgewise_stats::resample::Draws;
use std::collections::{BTreeMap, HashMap};

/// What a unit brings to the test.
#[derive(Clone, Copy, Debug)]
pub struct UnitNumbers<'a> {
    /// The epoch that its first exposure was drawn in.
    pub epoch: &'a str,
    /// The variant of its first exposure.
    pub variant: &'a str,
    /// Whether a draw of that epoch gave it the variant.
    pub is_drawn: bool,
    /// Its numbers, in millionths: as many for each unit.
    pub numbers: &'a [i64],
}

/// All units that count, those with the same epoch, variant and numbers counted together.
#[derive(Clone, Debug)]
pub struct Exposed {
    width: usize,
    /// Epoch to variant to numbers to how many units were drawn, and how many were not.
    by_epoch: BTreeMap<String, BTreeMap<String, Counted>>,
}

type Counted = HashMap<Box<[i64]>, [u64; 2]>;

impl Exposed {
    /// No units yet, which will have so many numbers each.
    pub fn new(width: usize) -> Self {
        Self { width, by_epoch: BTreeMap::new() }
    }

    /// Takes one unit. One with another number of numbers is not taken.
    pub fn push(&mut self, unit: &UnitNumbers<'_>) {
        self.push_many(unit, 1);
    }

    /// Takes so many units with the same numbers.
    pub fn push_many(&mut self, unit: &UnitNumbers<'_>, units: u64) {
        if unit.numbers.len() != self.width {
            return;
        }
        if !self.by_epoch.contains_key(unit.epoch) {
            self.by_epoch.insert(unit.epoch.to_owned(), BTreeMap::new());
        }
        let Some(variants) = self.by_epoch.get_mut(unit.epoch) else { return };
        if !variants.contains_key(unit.variant) {
            variants.insert(unit.variant.to_owned(), Counted::new());
        }
        let Some(counted) = variants.get_mut(unit.variant) else { return };
        let [drawn, kept] = counted.entry(unit.numbers.into()).or_default();
        *(if unit.is_drawn { drawn } else { kept }) += units;
    }

    /// Whether no sum of products can wrap: a sum of `n` products of at most `m²` is at most `n·m²`.
    fn sums_fit(&self) -> bool {
        let all = || self.by_epoch.values().flat_map(BTreeMap::values).flatten();
        let largest = all().flat_map(|(numbers, _)| numbers).map(|number| number.unsigned_abs()).max();
        let units: u64 = all().flat_map(|(_, units)| units).sum();
        let square = u128::from(largest.unwrap_or(0)).pow(2);
        square.checked_mul(units.into()).is_some_and(|bound| bound < i128::MAX.unsigned_abs())
    }

    /// The units of two variants, as a redraw needs them.
    pub(super) fn pair(&self, control: &str, treatment: &str, splits: &Splits) -> Result<Pair, Refusal> {
        if !self.sums_fit() {
            return Err(Refusal::TooLarge);
        }
        let columns = self.width + self.width * (self.width + 1) / 2;
        let mut pair = Pair { width: self.width, columns, epochs: Vec::new() };
        for (epoch, variants) in &self.by_epoch {
            let arms = [control, treatment].map(|variant| variants.get(variant));
            if arms.iter().flatten().next().is_none() {
                continue;
            }
            let chance = splits.get(epoch).and_then(|split| split.between(control, treatment));
            let Some(chance) = chance else {
                return Err(Refusal::UnknownAllocation { epoch: epoch.clone() });
            };
            pair.epochs.push(EpochUnits::new(chance, columns, arms));
        }
        Ok(pair)
    }
}

/// The units of two variants by epoch.
#[derive(Debug)]
pub(super) struct Pair {
    width: usize,
    /// Numbers and products of a unit.
    columns: usize,
    epochs: Vec<EpochUnits>,
}

#[derive(Debug)]
struct EpochUnits {
    chance: Chance,
    /// How many units have the same numbers, in the order of the numbers.
    sizes: Vec<u64>,
    /// The numbers and products of each of these, one after the other.
    rows: Vec<i128>,
    /// Everyone of both arms.
    all: Arm,
    /// The treatment as it was.
    treatment: Arm,
    /// Those of the treatment that keep their variant.
    kept_treatment: Arm,
    units_kept: u64,
}

/// Units and the sums of their numbers and products.
#[derive(Clone, Debug)]
struct Arm {
    n: u64,
    sums: Vec<i128>,
}

impl Arm {
    fn empty(columns: usize) -> Self {
        Self { n: 0, sums: vec![0; columns] }
    }

    fn add(&mut self, units: u64, row: &[i128]) {
        self.n += units;
        for (sum, value) in self.sums.iter_mut().zip(row) {
            *sum += value * i128::from(units);
        }
    }

    fn less(&self, other: &Self) -> Self {
        let sums = self.sums.iter().zip(&other.sums).map(|(all, part)| all - part);
        Self { n: self.n.saturating_sub(other.n), sums: sums.collect() }
    }
}

impl EpochUnits {
    fn new(chance: Chance, columns: usize, [control, treatment]: [Option<&Counted>; 2]) -> Self {
        let mut own = Self {
            chance,
            sizes: Vec::new(),
            rows: Vec::new(),
            all: Arm::empty(columns),
            treatment: Arm::empty(columns),
            kept_treatment: Arm::empty(columns),
            units_kept: 0,
        };
        // By the numbers, so that the order of reading decides nothing.
        let mut redrawn: BTreeMap<&[i64], u64> = BTreeMap::new();
        for (counted, is_treatment) in [(control, false), (treatment, true)] {
            for (numbers, &[drawn, kept]) in counted.into_iter().flatten() {
                let row = row(numbers);
                own.all.add(drawn + kept, &row);
                own.units_kept += kept;
                if is_treatment {
                    own.treatment.add(drawn + kept, &row);
                    own.kept_treatment.add(kept, &row);
                }
                if drawn > 0 {
                    *redrawn.entry(numbers).or_default() += drawn;
                }
            }
        }
        for (numbers, units) in redrawn {
            own.sizes.push(units);
            own.rows.extend(row(numbers));
        }
        own
    }

    fn redrawn(&self, columns: usize, draws: &mut Draws) -> Arm {
        let mut treatment = self.kept_treatment.clone();
        for (&units, row) in self.sizes.iter().zip(self.rows.chunks_exact(columns)) {
            treatment.add(self.chance.draw(units, draws), row);
        }
        treatment
    }
}

impl Chance {
    /// How many of so many units are drawn into the treatment.
    fn draw(self, units: u64, draws: &mut Draws) -> u64 {
        if self.all != 2 {
            return (0..units).map(|_| u64::from(draws.below(self.all) < self.treatment)).sum();
        }
        // Fair coins come many at a time, as the bits of one number.
        let (words, rest) = (units / COINS, units % COINS);
        let mut heads = |coins: u64| u64::from(draws.below(1 << coins).count_ones());
        (0..words).map(|_| heads(COINS)).sum::<u64>() + if rest > 0 { heads(rest) } else { 0 }
    }
}

/// Coins of one draw: a power of two below 2⁶⁴ is drawn without refusing any number.
const COINS: u64 = 63;

/// A unit's numbers, then their products: the upper triangle by rows.
fn row(numbers: &[i64]) -> Vec<i128> {
    let wide = || numbers.iter().map(|number| i128::from(*number));
    let products = wide().enumerate().flat_map(|(i, x)| wide().skip(i).map(move |y| x * y));
    wide().chain(products).collect()
}

impl Pair {
    pub(super) fn units_kept(&self) -> u64 {
        self.epochs.iter().map(|epoch| epoch.units_kept).sum()
    }

    pub(super) fn units_redrawn(&self) -> u64 {
        self.epochs.iter().flat_map(|epoch| &epoch.sizes).sum()
    }

    pub(super) fn strata_as_they_are(&self) -> Stratified {
        self.stratified(|epoch| epoch.treatment.clone())
    }

    /// The sums of one redraw.
    pub(super) fn redrawn(&self, draws: &mut Draws) -> Stratified {
        self.stratified(|epoch| epoch.redrawn(self.columns, draws))
    }

    fn stratified(&self, treatment: impl FnMut(&EpochUnits) -> Arm) -> Stratified {
        let treatments = self.epochs.iter().map(treatment);
        let arms = self.epochs.iter().zip(treatments);
        let arms = arms.map(|(epoch, treatment)| [epoch.all.less(&treatment), treatment]).collect();
        Stratified { width: self.width, arms }
    }
}

/// The sums of control and treatment in each epoch.
pub(super) struct Stratified {
    width: usize,
    arms: Vec<[Arm; 2]>,
}

/// One arm's units in one epoch.
#[derive(Clone, Copy)]
pub(super) struct Summed<'a> {
    pub(super) n: u64,
    pub(super) sums: &'a [i128],
    pub(super) products: &'a [i128],
}

impl Stratified {
    /// Control and treatment, epoch by epoch.
    pub(super) fn strata(&self) -> impl Iterator<Item = [Summed<'_>; 2]> {
        self.arms.iter().map(|arms| {
            arms.each_ref().map(|arm| {
                let (sums, products) = arm.sums.split_at(self.width.min(arm.sums.len()));
                Summed { n: arm.n, sums, products }
            })
        })
    }
}
