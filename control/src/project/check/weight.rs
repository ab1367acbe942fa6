//! Weights: exact shares that sum to the whole, parts, or nothing for equal shares.

use crate::project::{
    Share, ShareError,
    folder::File,
    problem::Problem,
    wire::{Amount, ExperimentFile, VariantFile},
    yaml::Place,
};

/// Reads an amount, reporting what is none.
pub(super) fn share<T>(
    amount: &Amount,
    place: Place<'_>,
    file: &File<T>,
    problems: &mut Vec<Problem>,
) -> Option<Share> {
    match Share::read(&amount.0) {
        Ok(share) => Some(share),
        Err(error) => {
            let problem = file.error(place, format!("`{}` {error}", amount.0), "no share");
            problems.push(
                problem.help("write a percentage (`33.34%`), a decimal (`0.3334`) or a fraction (`1/3`)"),
            );
            None
        }
    }
}

/// The share of each arm, in their order, summing to exactly the whole.
pub(super) fn shares(
    file: &File<ExperimentFile>,
    variants: &[VariantFile],
    list: Place<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Vec<Share>> {
    let weighted = variants.iter().filter(|variant| variant.weight.is_some()).count();
    let in_parts = variants.iter().filter(|variant| variant.ratio.is_some()).count();
    match (weighted, in_parts) {
        (0, 0) => equal(variants.len()),
        (0, _) if in_parts == variants.len() => parts(file, variants, list, problems),
        (_, 0) if weighted == variants.len() => whole(file, variants, list, problems),
        _ => {
            problems.push(mixed(file, variants, list, weighted > 0 && in_parts > 0));
            None
        }
    }
}

fn equal(number: usize) -> Option<Vec<Share>> {
    let share = Share::fraction(1, u128::try_from(number).ok()?).ok()?;
    Some(vec![share; number])
}

fn read<'f>(
    file: &File<ExperimentFile>,
    field: &str,
    amount: impl Fn(&'f VariantFile) -> Option<&'f Amount>,
    variants: &'f [VariantFile],
    list: Place<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Vec<Share>> {
    let read = variants.iter().enumerate().map(|(index, variant)| {
        let place = list.item(index).key(field);
        share(amount(variant)?, place, file, problems)
    });
    // Collected twice, so that the second wrong share is reported as well as the first.
    let read: Vec<_> = read.collect();
    read.into_iter().collect()
}

fn parts(
    file: &File<ExperimentFile>,
    variants: &[VariantFile],
    list: Place<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Vec<Share>> {
    let parts = read(file, "ratio", |variant| variant.ratio.as_ref(), variants, list, problems)?;
    let shares = Share::sum(parts.iter().copied())
        .and_then(|sum| parts.iter().map(|part| part.divided_by(sum)).collect::<Result<Vec<_>, _>>());
    match shares {
        Ok(shares) => Some(shares),
        Err(ShareError::ZeroDenominator) => {
            let problem = Problem::error("all ratios are zero, so that nobody gets any variant");
            problems.push(
                labelled(problem, file, variants, list, "ratio")
                    .help("give at least one variant a part, such as `ratio: 1`"),
            );
            None
        }
        Err(error) => {
            let problem = Problem::error(format!("a ratio {error}"));
            problems.push(
                labelled(problem, file, variants, list, "ratio")
                    .help("write small whole numbers, such as `ratio: 2`"),
            );
            None
        }
    }
}

fn whole(
    file: &File<ExperimentFile>,
    variants: &[VariantFile],
    list: Place<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Vec<Share>> {
    let weights = read(file, "weight", |variant| variant.weight.as_ref(), variants, list, problems)?;
    let sum = match Share::sum(weights.iter().copied()) {
        Ok(sum) if sum == Share::WHOLE => return Some(weights),
        Ok(sum) => sum,
        Err(error) => {
            let problem = Problem::error(format!("a weight {error}"));
            problems.push(
                labelled(problem, file, variants, list, "weight")
                    .help("write percentages or decimals that sum to the whole"),
            );
            return None;
        }
    };
    let (message, advice) = if sum == Share::whole(100) {
        let message = "the weights sum to 100 times the whole";
        (message.to_owned(), "write percent signs: `weight: 50%`, not `weight: 50`".to_owned())
    } else {
        let (change, difference) = if sum < Share::WHOLE {
            ("add", Share::WHOLE.minus(sum))
        } else {
            ("take", sum.minus(Share::WHOLE))
        };
        let difference =
            difference.map_or_else(|_| "the difference".to_owned(), |difference| difference.to_string());
        let preposition = if change == "add" { "to" } else { "from" };
        let advice = format!(
            "{change} {difference} {preposition} one of them; or write parts (`ratio: 1`), or leave all weights out for equal shares"
        );
        (format!("the weights sum to {sum}, not to 100%"), advice)
    };
    problems.push(labelled(Problem::error(message), file, variants, list, "weight").help(advice));
    None
}

fn mixed(file: &File<ExperimentFile>, variants: &[VariantFile], list: Place<'_>, both: bool) -> Problem {
    let message =
        if both { "weights and ratios are mixed" } else { "some variants have a weight and some have none" };
    let mut problem = Problem::error(message);
    for (index, variant) in variants.iter().enumerate() {
        let place = list.item(index);
        problem = match (&variant.weight, &variant.ratio) {
            (Some(_), Some(_)) => problem.at(&file.text, place.key("ratio").name(), "both weight and ratio"),
            (Some(_), None) => problem.at(&file.text, place.key("weight").name(), "a weight"),
            (None, Some(_)) => problem.at(&file.text, place.key("ratio").name(), "a ratio"),
            (None, None) => problem.at(&file.text, place.key("id").span(), "neither"),
        };
    }
    problem
        .help("give every variant a `weight`, or every variant a `ratio`, or none of them for equal shares")
}

/// Underlines the field of every arm.
fn labelled(
    problem: Problem,
    file: &File<ExperimentFile>,
    variants: &[VariantFile],
    list: Place<'_>,
    field: &str,
) -> Problem {
    (0..variants.len())
        .fold(problem, |problem, index| problem.at(&file.text, list.item(index).key(field).span(), ""))
}
