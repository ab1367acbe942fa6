//! Full and regular fractional factorial designs of two levels.

use serde::{Deserialize, Serialize};

use super::{Effect, EffectError, MAX_FACTORS, SignedEffect};

/// One of a factor's two levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// −1: usually the control.
    Low,
    /// +1: usually the treatment.
    High,
}

/// A design of k factors with two levels each: all 2^k combinations, or the 2^(k−p) of them for which p generators hold.
///
/// Runs are in standard order (Yates): the first factor changes fastest, low first.
///
/// ```
/// use edgewise_stats::factorial::Design;
///
/// // Box, Hunter & Hunter (2005), section 6.4: the half fraction 2^(4−1) with D = ABC.
/// let design = Design::fractional(3, &["D=ABC"])?;
/// assert_eq!((design.runs(), design.resolution()), (8, Some(4)));
/// assert_eq!(design.alias_text("A".parse()?), "A = BCD");
/// assert_eq!(design.alias_text("AB".parse()?), "AB = CD");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Design {
    /// Factors whose levels the number of the run gives.
    base: u32,
    /// The other factors' columns as products of base factors.
    generated: Vec<SignedEffect>,
    /// The defining relation with the identity first: 2^p words, ascending.
    words: Vec<SignedEffect>,
}

impl Design {
    /// The full design of `factors` factors: 2^factors runs, nothing aliased.
    ///
    /// # Errors
    ///
    /// [`DesignError::Factors`] unless there are 1 to 16.
    ///
    /// ```
    /// use edgewise_stats::factorial::{Design, Level};
    ///
    /// let design = Design::full(2)?;
    /// assert_eq!((design.runs(), design.resolution()), (4, None));
    /// assert_eq!(design.levels(1), [Level::High, Level::Low]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn full(factors: u32) -> Result<Self, DesignError> {
        Self::fractional(factors, &[])
    }

    /// The fraction in which the first `base` factors are crossed fully, and every further one follows a generator:
    /// `D=ABC`, or `D=-ABC` for the other half.
    ///
    /// The generators name the further factors, each once, in any order; their right sides are products of base factors.
    ///
    /// # Errors
    ///
    /// [`DesignError`] for a number of factors beyond 1 to 16, for generators that cannot be read, that leave a factor
    /// without a column or give it two, or whose columns would repeat those of other factors (a design of resolution II).
    ///
    /// ```
    /// use edgewise_stats::factorial::Design;
    ///
    /// // Box, Hunter & Hunter (2005), table 6.4: the saturated 2^(7−4) of resolution III.
    /// let design = Design::fractional(3, &["D=AB", "E=AC", "F=BC", "G=ABC"])?;
    /// assert_eq!((design.runs(), design.factors(), design.resolution()), (8, 7, Some(3)));
    /// assert_eq!(design.word_lengths(), [0, 0, 7, 7, 0, 0, 1]);
    /// assert!(Design::fractional(3, &["D=AB", "E=AB"]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fractional(base: u32, generators: &[&str]) -> Result<Self, DesignError> {
        let added = u32::try_from(generators.len()).unwrap_or(u32::MAX);
        let factors = base.saturating_add(added);
        if base == 0 || factors > MAX_FACTORS {
            return Err(DesignError::Factors { given: factors });
        }
        let mut columns: Vec<Option<SignedEffect>> = vec![None; generators.len()];
        for (place, text) in generators.iter().enumerate() {
            let (factor, column) = parse(text).ok_or(DesignError::Unreadable { place })??;
            let number = factor.factors.trailing_zeros();
            if factor.order() != 1 || number < base || number >= factors {
                return Err(DesignError::NotAdded { place, factor });
            }
            if column.effect.factors >> base != 0 {
                return Err(DesignError::NotBase { place, effect: column.effect });
            }
            let slot = &mut columns[(number - base) as usize];
            if slot.is_some() {
                return Err(DesignError::Twice { place, factor });
            }
            *slot = Some(column);
        }
        // As many columns as generators, each given once: all are there.
        let generated: Vec<SignedEffect> = columns.into_iter().flatten().collect();
        for (place, column) in generated.iter().enumerate() {
            let repeats = generated[..place].iter().any(|other| other.effect == column.effect);
            if column.effect.order() < 2 || repeats {
                return Err(DesignError::Repeats { column: column.effect });
            }
        }
        let mut words = vec![SignedEffect::default()];
        for (factor, column) in (base..).zip(&generated) {
            let word =
                column.times(SignedEffect { effect: Effect { factors: 1 << factor }, negative: false });
            let products: Vec<SignedEffect> = words.iter().map(|other| other.times(word)).collect();
            words.extend(products);
        }
        words.sort_unstable();
        Ok(Self { base, generated, words })
    }

    /// How many factors.
    pub fn factors(&self) -> u32 {
        self.base + self.added()
    }

    /// How many runs: 2^(k−p).
    pub fn runs(&self) -> usize {
        1 << self.base
    }

    /// The levels of all factors in a run, counted from 0 in standard order; empty from [`runs`](Self::runs) on.
    pub fn levels(&self, run: usize) -> Vec<Level> {
        if run >= self.runs() {
            return Vec::new();
        }
        let level = |factor: u32| {
            if self.is_high(run, Effect { factors: 1_u32 << factor }) { Level::High } else { Level::Low }
        };
        (0..self.factors()).map(level).collect()
    }

    /// +1 or −1: the entry of the effect's column in a run, the product of its factors' levels. Columns of two effects
    /// that are not aliased are orthogonal. 0 for a run or a factor that the design does not have.
    pub fn sign(&self, run: usize, effect: Effect) -> i8 {
        if run >= self.runs() || effect.factors >> self.factors() != 0 {
            0
        } else if self.is_high(run, effect) {
            1
        } else {
            -1
        }
    }

    /// The defining relation without the identity: 2^p − 1 words, the shortest first. Source: Box, Hunter & Hunter (2005),
    /// section 6.4.
    ///
    /// ```
    /// use edgewise_stats::factorial::Design;
    ///
    /// // 2^(5−2) with D = AB and E = AC: I = ABD = ACE = BCDE.
    /// let design = Design::fractional(3, &["D=AB", "E=AC"])?;
    /// let words: Vec<String> = design.defining_relation().iter().map(ToString::to_string).collect();
    /// assert_eq!(words, ["ABD", "ACE", "BCDE"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn defining_relation(&self) -> &[SignedEffect] {
        &self.words[1..]
    }

    /// The length of the shortest word: with resolution R no effect of r factors is aliased with one of fewer than R − r.
    /// None for a full design. Source: Box & Hunter (1961), "The 2^(k−p) fractional factorial designs", Technometrics 3(3).
    pub fn resolution(&self) -> Option<u32> {
        self.defining_relation().first().map(|word| word.effect.order())
    }

    /// How many words have 1, 2, …, k factors: the word-length pattern; fewer short ones are less aberration. Source:
    /// Fries & Hunter (1980), "Minimum aberration 2^(k−p) designs", Technometrics 22(4).
    pub fn word_lengths(&self) -> Vec<usize> {
        let mut lengths = vec![0; self.factors() as usize];
        for word in self.defining_relation() {
            lengths[word.effect.order() as usize - 1] += 1;
        }
        lengths
    }

    /// The effects that this one cannot be told from, with the sign they come with, the simplest first: its contrast
    /// estimates the sum of them all. Empty for a full design.
    ///
    /// ```
    /// use edgewise_stats::factorial::Design;
    ///
    /// // Box, Hunter & Hunter (2005), section 6.5: in the 2^(7−4) a main effect has three two-factor aliases.
    /// let design = Design::fractional(3, &["D=AB", "E=AC", "F=BC", "G=ABC"])?;
    /// let aliases = design.aliases("A".parse()?);
    /// let two: Vec<String> = aliases.iter().filter(|a| a.effect.order() == 2).map(ToString::to_string).collect();
    /// assert_eq!((aliases.len(), two), (15, vec!["BD".into(), "CE".into(), "FG".into()]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn aliases(&self, effect: Effect) -> Vec<SignedEffect> {
        let own = SignedEffect { effect, negative: false };
        let mut aliases: Vec<SignedEffect> =
            self.defining_relation().iter().map(|word| word.times(own)).collect();
        aliases.sort_unstable();
        aliases
    }

    /// The effect with its aliases as a line: `A = BCD`.
    pub fn alias_text(&self, effect: Effect) -> String {
        let aliases = self.aliases(effect).into_iter().map(|alias| format!(" = {alias}"));
        aliases.fold(effect.to_string(), |line, alias| line + &alias)
    }

    /// What the design can estimate: of each set of aliases the simplest effect, all 2^(k−p) − 1 of them in order, the
    /// mean left out.
    pub fn estimable(&self) -> Vec<Effect> {
        let simplest = |base: u32| {
            let own = Effect { factors: base };
            self.words.iter().map(|word| word.effect.times(own)).min().unwrap_or(own)
        };
        let mut effects: Vec<Effect> = (1..1_u32 << self.base).map(simplest).collect();
        effects.sort_unstable();
        effects
    }

    fn added(&self) -> u32 {
        // At most 16 in all.
        u32::try_from(self.generated.len()).unwrap_or(0)
    }

    /// The effect's column as a product of base factors.
    pub(super) fn column(&self, effect: Effect) -> SignedEffect {
        let own = Effect { factors: effect.factors & ((1 << self.base) - 1) };
        let mut column = SignedEffect { effect: own, negative: false };
        for (factor, generated) in (self.base..).zip(&self.generated) {
            if effect.factors >> factor & 1 == 1 {
                column = column.times(*generated);
            }
        }
        column
    }

    /// Whether the product of the effect's levels in this run is +1.
    fn is_high(&self, run: usize, effect: Effect) -> bool {
        let column = self.column(effect);
        // Every low factor turns the sign.
        let run = u32::try_from(run).unwrap_or(u32::MAX);
        ((column.effect.factors & !run).count_ones() % 2 == 1) == column.negative
    }
}

/// `D=-ABC`: the factor and its column; none without an equals sign.
fn parse(text: &str) -> Option<Result<(Effect, SignedEffect), EffectError>> {
    let (factor, product) = text.split_once('=')?;
    let product = product.trim();
    let (negative, product) = match product.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest.trim()),
        None => (false, product.strip_prefix('+').unwrap_or(product).trim()),
    };
    let both = || Ok((factor.trim().parse()?, SignedEffect { effect: product.parse()?, negative }));
    Some(both())
}

/// Why there is no such design. Places are those of the generators, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DesignError {
    /// Too few or too many factors.
    #[error(
        "a design of {given} factors was asked for, or none of them is a base factor: 1 to 16 are possible"
    )]
    Factors {
        /// How many were asked for.
        given: u32,
    },
    /// A generator without an equals sign.
    #[error("generator {place} has no equals sign: write D=ABC, or D=-ABC")]
    Unreadable {
        /// Which one.
        place: usize,
    },
    /// A generator with letters that name no effect.
    #[error("a generator cannot be read: {0}")]
    Effect(#[from] EffectError),
    /// The left side is not one of the added factors.
    #[error(
        "generator {place} defines {factor}, which is not one of the factors that follow the base factors"
    )]
    NotAdded {
        /// Which one.
        place: usize,
        /// Its left side.
        factor: Effect,
    },
    /// The right side has factors that are not base factors.
    #[error("generator {place} uses {effect}: the right side may only have base factors")]
    NotBase {
        /// Which one.
        place: usize,
        /// Its right side.
        effect: Effect,
    },
    /// Two generators define the same factor.
    #[error("generator {place} defines {factor} once more: each added factor has one generator")]
    Twice {
        /// Which one.
        place: usize,
        /// Its left side.
        factor: Effect,
    },
    /// Two factors would have the same levels in all runs, or one the same level throughout.
    #[error(
        "the column {column} is that of another factor, or of none: the main effects could not be told apart; give each added factor its own product of at least two base factors"
    )]
    Repeats {
        /// The right side.
        column: Effect,
    },
}
