//! A simulation as text for people.

use crate::analyze::table::{NONE, percent, plain, signed, table, thousands};
use edgewise_analysis::{
    results::{Kind, Severity},
    simulate::{
        Simulation,
        frequency::{Frequency, PValues},
        report::{Finding, Planted},
    },
};

/// The simulation as text for people.
pub fn render(simulation: &Simulation) -> String {
    let sections = [
        ("Nothing differs", no_effect(simulation)),
        ("p values where nothing differs, by tenths", p_values(simulation)),
        ("Looking early, where nothing differs", peeking(simulation)),
        ("A planted effect", simulation.planted.as_ref().map(planted).unwrap_or_default()),
        ("Left out", exclusions(simulation)),
        ("To know", findings(&simulation.findings)),
    ];
    let filled = sections.into_iter().filter(|(_, body)| !body.is_empty());
    std::iter::once(heading(simulation))
        .chain(filled.map(|(title, body)| format!("\n{title}\n{body}\n")))
        .collect()
}

fn heading(simulation: &Simulation) -> String {
    let mean = simulation.mean.map_or_else(
        || NONE.to_owned(),
        |mean| {
            let is_rate = simulation.kind == Kind::Binary;
            if is_rate { format!("rate {}", percent(mean)) } else { format!("mean {}", plain(mean)) }
        },
    );
    let shares = simulation.variants.iter().map(|variant| {
        let is = if variant.is_control && variant.variant != "control" { " (control)" } else { "" };
        format!("{}{is} {}", variant.variant, percent(variant.share))
    });
    format!(
        "{} · {} units, {} of them in each run · {mean} · {} runs, seed {} · alpha {}\n{}\n",
        simulation.metric,
        thousands(simulation.units),
        percent(simulation.entering),
        thousands(simulation.runs),
        simulation.seed,
        percent(simulation.alpha),
        shares.collect::<Vec<_>>().join(" · ")
    )
}

fn no_effect(simulation: &Simulation) -> String {
    let row = |variant: &str, significant: &Frequency, coverage: Option<&Frequency>| {
        [
            variant.to_owned(),
            rate(significant),
            interval(significant),
            significant.expected.map_or_else(|| NONE.to_owned(), percent),
            coverage.map_or_else(|| NONE.to_owned(), rate),
        ]
    };
    let each = simulation.no_effect.iter();
    let mut rows: Vec<[String; 5]> =
        each.map(|own| row(&own.variant, &own.false_positives, Some(&own.coverage))).collect();
    rows.extend(simulation.any_false_positive.iter().map(|any| row("any of them", any, None)));
    rows.push(row(
        &format!("sample ratio, p < {}", simulation.sample_ratio.below),
        &simulation.sample_ratio.alarms,
        None,
    ));
    table(["variant", "significant", "95% interval", "promised", "intervals cover 0"], rows)
}

fn p_values(simulation: &Simulation) -> String {
    let Some(widest) = simulation.no_effect.iter().flat_map(|own| own.p_values.deciles).max() else {
        return String::new();
    };
    let lines = |(variant, values): (&String, &PValues)| {
        let deciles = values.deciles.iter().enumerate();
        let mut rows: Vec<String> = deciles
            .map(|(tenth, count)| {
                let bar = usize::try_from(count * 40 / widest.max(1)).unwrap_or(0);
                let lower = format!("0.{tenth}");
                format!("  {lower}  {:>7}  {}", thousands(*count), "▇".repeat(bar)).trim_end().to_owned()
            })
            .collect();
        let tested = values.chi_square.zip(values.p);
        rows.extend(tested.map(|(chi_square, p)| {
            format!(
                "  {variant}: chi-square against the same in each = {chi_square:.1} with 9 df, p = {p:.4}"
            )
        }));
        rows.join("\n")
    };
    let each = simulation.no_effect.iter().map(|own| lines((&own.variant, &own.p_values)));
    each.collect::<Vec<_>>().join("\n")
}

fn peeking(simulation: &Simulation) -> String {
    let Some(peeking) = &simulation.peeking else { return String::new() };
    let mut rows = Vec::new();
    for stops in &peeking.comparisons {
        for (how, frequency) in [
            ("plain p value", &stops.plain),
            ("boundary", &stops.boundary),
            ("confidence sequence", &stops.anytime),
        ] {
            rows.push([
                stops.variant.clone(),
                how.to_owned(),
                rate(frequency),
                interval(frequency),
                percent(simulation.alpha),
            ]);
        }
    }
    let significant = format!("significant at one of {} looks", peeking.looks);
    table(["variant", "by", &significant, "95% interval", "promised"], rows)
}

fn planted(planted: &Planted) -> String {
    let lift = planted.lift.map_or_else(String::new, |lift| format!(" ({}%)", signed(lift * 100.0)));
    let rows = planted.comparisons.iter().map(|found| {
        [
            found.variant.clone(),
            rate(&found.power),
            interval(&found.power),
            found.formula.map_or_else(|| NONE.to_owned(), percent),
            rate(&found.wrong_sign),
            rate(&found.coverage),
        ]
    });
    let header =
        ["variant", "significant (power)", "95% interval", "by formula", "wrong sign", "intervals cover it"];
    format!(
        "  the treatments differ by {} per unit{lift}\n{}",
        signed(planted.difference),
        table(header, rows.collect())
    )
}

fn exclusions(simulation: &Simulation) -> String {
    let lines = simulation.exclusions.iter().map(|exclusion| {
        format!("  {:>9}  {} ({})", thousands(exclusion.count), exclusion.what, exclusion.action)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn findings(findings: &[Finding]) -> String {
    let lines = findings.iter().map(|finding| {
        let severity = match finding.severity {
            Severity::Note => "note",
            Severity::Caution => "caution",
            Severity::Invalid => "DO NOT RELY ON IT",
        };
        format!("  {severity}: {}\n    why: {}\n    do: {}", finding.what, finding.why, finding.action)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn rate(frequency: &Frequency) -> String {
    frequency.rate.map_or_else(|| NONE.to_owned(), percent)
}

fn interval(frequency: &Frequency) -> String {
    let ends = frequency.interval.map(|interval| (percent(interval.lower()), percent(interval.upper())));
    ends.map_or_else(|| NONE.to_owned(), |(lower, upper)| format!("{lower} to {upper}"))
}
