//! What units answered: good, neither, bad.

use super::{amounts, number};
use crate::{
    report::{
        chart::{Chart, Part, Stack, Stacks},
        document::{Cell, Figure, Table, Tone},
    },
    results::{AnswersOfVariant, Feedback, MetricResult},
};

/// The answers of each variant as one bar.
pub(super) fn figure(metric: &MetricResult) -> Option<Figure> {
    let feedback = metric.feedback.as_ref().filter(|all| all.variants.iter().any(|of| of.answers > 0))?;
    Some(Figure {
        title: "What units answered".to_owned(),
        description: format!("The shares of positive, neutral and negative answers of {}.", metric.metric),
        note: "Of all answers of a variant.".to_owned(),
        chart: Chart::Stacks(Stacks { stacks: feedback.variants.iter().map(stack).collect() }),
        table: table(feedback),
    })
}

fn stack(of: &AnswersOfVariant) -> Stack {
    let part = |name: &'static str, tone, answers| Part {
        name,
        tone,
        share: share(answers, of.answers),
        words: percent(answers, of.answers),
    };
    Stack {
        name: format!("{} \u{b7} {} answers", of.variant, number::thousands(of.answers)),
        parts: vec![
            part("positive", Tone::Good, of.positive),
            part("neutral", Tone::Neutral, of.neutral),
            part("negative", Tone::Bad, of.negative),
        ],
    }
}

fn table(feedback: &Feedback) -> Table {
    let mut table = Table::new(["Variant", "#Answers", "#Positive", "#Neutral", "#Negative"]);
    for of in &feedback.variants {
        let cell = |answers| Cell::over(percent(answers, of.answers), number::thousands(answers));
        table.row([
            Cell::from(of.variant.clone()),
            number::thousands(of.answers).into(),
            cell(of.positive),
            cell(of.neutral),
            cell(of.negative),
        ]);
    }
    table
}

fn share(some: u64, all: u64) -> f64 {
    number::approximate(some) / number::approximate(all.max(1))
}

fn percent(some: u64, all: u64) -> String {
    if all == 0 { "no answers".to_owned() } else { amounts::minus(&number::percent(share(some, all))) }
}
