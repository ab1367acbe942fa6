//! Factorial designs: factors and their levels into the cells that are compared.
//!
//! A fraction runs fewer cells: factors with two levels follow from products of others. A level counts as +1 if it is
//! its factor's control and as −1 if not, so that every fraction holds the cell of all controls.
//!
//! Source: Box, Hunter and Hunter, "Statistics for Experimenters", 2nd edition, chapter 6 (generators, defining
//! relation, resolution).

use super::{Names, arms};
use crate::project::{
    Factor, Fraction, Level, Share, Variant, folder::File, problem::Problem, spelling, wire::ExperimentFile,
    yaml::Place,
};
use edgewise_core::format::MAX_VARIANTS;
use std::collections::BTreeMap;

/// The most factors of one experiment: one bit each of a word of the defining relation.
pub(super) const MAX_FACTORS: usize = 16;

/// A design that was checked.
pub(super) struct Design {
    /// The factors that are drawn.
    pub(super) factors: Vec<Factor>,
    /// One variant for each combination of their levels, the last factor's running fastest.
    pub(super) cells: Vec<Variant>,
    /// The cell of all controls.
    pub(super) control: String,
    /// Which fraction it is, if it is not the whole.
    pub(super) fraction: Option<Fraction>,
}

/// A factor with its levels' values.
struct Levelled {
    id: String,
    levels: Vec<Variant>,
    control: usize,
}

/// One factor that follows from others: `factor = product of others`, by their indices.
struct Generator {
    factor: usize,
    product: Vec<usize>,
}

/// Checks the factors of an experiment; None if something is wrong.
pub(super) fn check(
    file: &File<ExperimentFile>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Design> {
    let place = file.place().key("factors");
    if file.wire.factors.len() > MAX_FACTORS {
        let message = format!("{} factors are more than {MAX_FACTORS}", file.wire.factors.len());
        let problem = file.error(place.item(MAX_FACTORS), message, "one too many");
        problems.push(problem.help("compare fewer at once, or in several experiments"));
        return None;
    }
    let ids: Vec<_> = file.wire.factors.iter().map(|factor| factor.id.clone()).collect();
    super::twice(&ids, |index| place.item(index).key("id"), file, "factor", problems);
    let levelled: Vec<_> =
        (0..ids.len()).map(|index| levels(file, index, place.item(index), names, problems)).collect();
    let factors = levelled.into_iter().collect::<Option<Vec<_>>>()?;
    apart(file, &factors, place, problems)?;
    let generators = generators(file, &factors, problems)?;
    let fraction = fraction(file, &factors, &generators, problems)?;
    let cells = cells(file, &factors, &generators, problems)?;
    let control = factors.iter().map(|factor| (factor, factor.control));
    let drawn = factors.iter().enumerate().filter(|(index, _)| !follows(&generators, *index));
    Some(Design {
        control: cell_id(control),
        factors: drawn.map(|(_, factor)| factor.drawn()).collect(),
        cells,
        fraction,
    })
}

impl Levelled {
    fn drawn(&self) -> Factor {
        let level = |level: &Variant| Level { id: level.id.clone(), weight: level.weight };
        Factor { id: self.id.clone(), levels: self.levels.iter().map(level).collect() }
    }
}

fn levels(
    file: &File<ExperimentFile>,
    index: usize,
    place: Place<'_>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Levelled> {
    let factor = file.wire.factors.get(index)?;
    let list = place.key("levels");
    let control = arms::control(file, &factor.levels, list, "level", problems);
    let levels = arms::check(file, &factor.levels, list, "level", names, problems);
    Some(Levelled { id: factor.id.clone(), levels: levels?, control: control? })
}

/// Reports a flag that two factors override: a cell has the values of all its levels.
fn apart(
    file: &File<ExperimentFile>,
    factors: &[Levelled],
    place: Place<'_>,
    problems: &mut Vec<Problem>,
) -> Option<()> {
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    let before = problems.len();
    for (index, factor) in factors.iter().enumerate() {
        for (number, level) in factor.levels.iter().enumerate() {
            for flag in level.overrides.keys() {
                let owner = *owners.entry(flag).or_insert(index);
                if owner != index {
                    let message = format!(
                        "the factors `{}` and `{}` both override the flag `{flag}`",
                        factors[owner].id, factor.id
                    );
                    let name = place.item(index).key("levels").item(number).key("overrides").key(flag).name();
                    problems.push(
                        Problem::error(message)
                            .at(&file.text, name, "overridden here")
                            .help("a cell has the values of all its levels: let one factor have the flag"),
                    );
                }
            }
        }
    }
    (problems.len() == before).then_some(())
}

fn generators(
    file: &File<ExperimentFile>,
    factors: &[Levelled],
    problems: &mut Vec<Problem>,
) -> Option<Vec<Generator>> {
    let before = problems.len();
    let mut generators: Vec<Generator> = Vec::new();
    for (index, text) in file.wire.fraction.iter().enumerate() {
        let place = file.place().key("fraction").item(index);
        let Some(generator) = generator(text, place, file, factors, problems) else { continue };
        let name = &factors[generator.factor].id;
        if follows(&generators, generator.factor) {
            let problem = file.error(place, format!("`{name}` follows from two products"), "again here");
            problems.push(problem.help("keep one of them"));
        }
        let wire = &file.wire.factors[generator.factor].levels;
        if wire.iter().any(|level| level.weight.is_some() || level.ratio.is_some()) {
            let levels = file.place().key("factors").item(generator.factor).key("levels");
            let message =
                format!("the levels of `{name}` have shares, and follow from those of other factors");
            problems.push(
                file.error(levels, message, "are not drawn")
                    .at(&file.text, place.span(), "follows")
                    .help("leave `weight` and `ratio` out of these levels"),
            );
        }
        generators.push(generator);
    }
    for (index, generator) in generators.iter().enumerate() {
        if let Some(base) = generator.product.iter().find(|factor| follows(&generators, **factor)) {
            let place = file.place().key("fraction").item(index);
            let message = format!("`{}` follows from others itself", factors[*base].id);
            let problem = file.error(place, message, "made of what is not drawn");
            problems.push(problem.help("write the product with factors that follow from nothing"));
        }
    }
    (problems.len() == before).then_some(generators)
}

fn generator(
    text: &str,
    place: Place<'_>,
    file: &File<ExperimentFile>,
    factors: &[Levelled],
    problems: &mut Vec<Problem>,
) -> Option<Generator> {
    let Some((left, right)) = text.split_once('=') else {
        let problem = file.error(place, format!("`{text}` is no generator"), "no generator");
        problems.push(problem.help("write which factor is the product of which others: `c = a*b`"));
        return None;
    };
    let mut index =
        |name: &str| {
            let Some(index) = factors.iter().position(|factor| factor.id == name) else {
                let known = factors.iter().map(|factor| factor.id.as_str());
                let problem = file.error(place, format!("there is no factor `{name}`"), "unknown factor");
                problems.push(problem.help(spelling::advice(name, "factors", known)));
                return None;
            };
            if factors[index].levels.len() != 2 {
                let message = format!("the factor `{name}` has {} levels", factors[index].levels.len());
                let problem = file.error(place, message, "not two levels");
                problems.push(problem.help(
                    "fractions are made of factors with two levels: leave the others out of `fraction`",
                ));
                return None;
            }
            Some(index)
        };
    let factor = index(left.trim());
    let product: Vec<_> = right.split('*').map(|name| index(name.trim())).collect();
    let product = product.into_iter().collect::<Option<Vec<_>>>()?;
    Some(Generator { factor: factor?, product })
}

fn follows(generators: &[Generator], factor: usize) -> bool {
    generators.iter().any(|generator| generator.factor == factor)
}

/// The fraction with its resolution, at least III: with less, main effects could not be told from each other.
#[allow(clippy::option_option, reason = "outer: wrong; inner: no fraction")]
fn fraction(
    file: &File<ExperimentFile>,
    factors: &[Levelled],
    generators: &[Generator],
    problems: &mut Vec<Problem>,
) -> Option<Option<Fraction>> {
    let words: Vec<u32> = generators
        .iter()
        .map(|generator| {
            generator.product.iter().fold(1 << generator.factor, |word, factor| word ^ (1 << factor))
        })
        .collect();
    let shortest = (1_u32..1 << words.len())
        .map(|chosen| {
            let factors = words.iter().enumerate().filter(|(index, _)| chosen >> index & 1 == 1);
            factors.fold(0, |product, (_, word)| product ^ word)
        })
        .min_by_key(|word| word.count_ones());
    let Some(shortest) = shortest else { return Some(None) };
    let resolution = shortest.count_ones();
    if resolution < 3 {
        let alike = factors.iter().enumerate().filter(|(index, _)| shortest >> index & 1 == 1);
        let alike = spelling::list(alike.map(|(_, factor)| factor.id.as_str()));
        let message = format!("the fraction has resolution {resolution}: {alike} cannot be told apart");
        let problem = file.error(file.place().key("fraction"), message, "too small a fraction");
        problems.push(
            problem
                .help("a factor follows from the product of at least two others, each from another product"),
        );
        return None;
    }
    Some(Some(Fraction { generators: file.wire.fraction.clone(), resolution }))
}

/// Every combination of levels of the drawn factors, with the levels that follow.
fn cells(
    file: &File<ExperimentFile>,
    factors: &[Levelled],
    generators: &[Generator],
    problems: &mut Vec<Problem>,
) -> Option<Vec<Variant>> {
    let drawn: Vec<_> = (0..factors.len()).filter(|index| !follows(generators, *index)).collect();
    let number =
        drawn.iter().fold(1_usize, |number, index| number.saturating_mul(factors[*index].levels.len()));
    if number > MAX_VARIANTS {
        let message = format!(
            "{number} combinations of levels are more than the {MAX_VARIANTS} that an experiment holds"
        );
        let problem = file.error(file.place().key("factors"), message, "too many");
        problems.push(problem.help("leave factors or levels out, or add a `fraction` such as `c = a*b`"));
        return None;
    }
    let cells = (0..number).map(|cell| {
        let mut levels: Vec<usize> = factors.iter().map(|factor| factor.control).collect();
        let mut rest = cell;
        for index in drawn.iter().rev() {
            levels[*index] = rest % factors[*index].levels.len();
            rest /= factors[*index].levels.len();
        }
        for generator in generators {
            let low =
                generator.product.iter().filter(|index| levels[**index] != factors[**index].control).count();
            let factor = &factors[generator.factor];
            levels[generator.factor] = if low % 2 == 0 { factor.control } else { 1 - factor.control };
        }
        let chosen = || factors.iter().zip(&levels).map(|(factor, level)| &factor.levels[*level]);
        let weight = drawn.iter().try_fold(Share::WHOLE, |product, index| {
            product.times(factors[*index].levels[levels[*index]].weight)
        });
        let overrides = chosen().flat_map(|level| level.overrides.clone()).collect();
        weight.map(|weight| Variant { id: cell_id(factors.iter().zip(levels)), weight, overrides })
    });
    match cells.collect() {
        Ok(cells) => Some(cells),
        Err(error) => {
            let problem = file.error(
                file.place().key("factors"),
                format!("the product of the shares {error}"),
                "too fine",
            );
            problems.push(problem.help("write shares with fewer digits"));
            None
        }
    }
}

/// `tone=warm,length=short`: no id holds a comma or an equals sign.
fn cell_id<'l>(levels: impl Iterator<Item = (&'l Levelled, usize)>) -> String {
    levels
        .map(|(factor, level)| format!("{}={}", factor.id, factor.levels[level].id))
        .collect::<Vec<_>>()
        .join(",")
}
