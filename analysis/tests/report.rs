//! The report over results with every part present: well-formed, whole in itself, true to the numbers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod sample;

use edgewise_analysis::{
    plan::Role,
    report,
    results::{Kind, Results},
};
use edgewise_stats::Absent;
use roxmltree::{Document, Node, ParsingOptions};
use sample::{Shape, Sort};

/// Parses a page as XML, which is stricter than HTML: everything is closed, quoted and escaped.
fn parse(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).unwrap()
}

fn has_class(node: &Node<'_, '_>, class: &str) -> bool {
    node.attribute("class").is_some_and(|classes| classes.split(' ').any(|each| each == class))
}

/// All text within an element.
fn words(node: Node<'_, '_>) -> String {
    node.descendants().filter_map(|node| node.is_text().then(|| node.text()).flatten()).collect()
}

#[test]
fn the_page_is_whole_in_itself_and_runs_nothing() {
    let page = report::html(&sample::rich());
    let document = parse(&page);
    let policy = document
        .descendants()
        .find(|node| node.attribute("http-equiv") == Some("Content-Security-Policy"))
        .and_then(|node| node.attribute("content"))
        .unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    for forbidden in ["http://", "https://", "url(", "@import", "javascript:", " style=", " onclick", " src="]
    {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    for name in ["script", "link", "img", "iframe", "object", "embed", "form", "base"] {
        assert!(!document.descendants().any(|node| node.has_tag_name(name)), "{name}");
    }
    let targets = document.descendants().filter_map(|node| node.attribute("href"));
    for target in targets {
        let id = target.strip_prefix('#').unwrap();
        assert!(document.descendants().any(|node| node.attribute("id") == Some(id)), "{target}");
    }
}

#[test]
fn every_drawing_has_words_and_every_chart_its_numbers() {
    let page = report::html(&sample::rich());
    let document = parse(&page);
    let drawings = document.descendants().filter(|node| node.attribute("role") == Some("img"));
    for drawing in drawings {
        let title = drawing.children().next().unwrap();
        assert!(title.has_tag_name("title") && words(title).len() > 10, "{}", words(title));
    }
    let figures: Vec<_> = document.descendants().filter(|node| node.has_tag_name("figure")).collect();
    assert!(figures.len() > 15, "{}", figures.len());
    for figure in figures {
        let rows = figure.descendants().filter(|node| node.has_tag_name("tr")).count();
        assert!(rows > 2, "{}", words(figure));
    }
    // Beside the sections the folds are not charts, so that a reader without the picture finds each number in a table.
    for title in [
        "Lift of everybody so far",
        "By day of first exposure",
        "Lift by day since exposure",
        "What units answered",
        "How units are spread",
        "Power by units",
        "How far units come",
        "Units so far",
        "New units",
    ] {
        assert!(page.contains(title), "{title}");
    }
}

#[test]
fn the_forest_plot_draws_the_numbers_of_the_results() {
    let results = sample::rich();
    let page = report::html(&results);
    let document = parse(&page);
    let section = document.descendants().find(|node| node.attribute("id") == Some("lifts")).unwrap();
    let drawings: Vec<_> =
        section.descendants().filter(|node| node.attribute("data-estimate").is_some()).collect();
    let comparisons: Vec<_> = results.metrics.iter().flat_map(|metric| &metric.comparisons).collect();
    assert_eq!(drawings.len(), comparisons.len());
    let mut places = Vec::new();
    for (drawing, comparison) in drawings.iter().zip(comparisons) {
        let data = |name: &str| drawing.attribute(name).map(|text| text.parse::<f64>().unwrap());
        let lift = comparison.deciding().lift;
        let interval = lift.interval.unwrap();
        assert_eq!(data("data-estimate"), lift.estimate.ok());
        assert_eq!(
            (data("data-lower"), data("data-upper")),
            (Some(interval.lower()), Some(interval.upper()))
        );
        assert_eq!(
            data("data-margin").map(f64::abs),
            comparison.guardrail.map(|all| all.maximum_degradation)
        );
        let sequence = comparison.sequential.as_ref().map(|all| all.lift.interval.unwrap());
        assert_eq!(data("data-any-lower"), sequence.map(|all| all.lower()));
        // Where the thick line begins and ends: M<from> 18H<to>.
        let thick = drawing.children().find(|node| has_class(node, "thick")).unwrap().attribute("d").unwrap();
        let (from, to) = thick.trim_start_matches('M').split_once(" 18H").unwrap();
        places.push((interval.lower(), from.parse::<f64>().unwrap()));
        places.push((interval.upper(), to.parse::<f64>().unwrap()));
    }
    // One scale for all rows: places grow in proportion to lifts, to the tenth of a unit that they are rounded to.
    let (first, last) = (
        places.iter().copied().min_by(|one, other| one.0.total_cmp(&other.0)).unwrap(),
        places.iter().copied().max_by(|one, other| one.0.total_cmp(&other.0)).unwrap(),
    );
    let slope = (last.1 - first.1) / (last.0 - first.0);
    for (lift, place) in places {
        let expected = first.1 + slope * (lift - first.0);
        assert!((place - expected).abs() < 0.16, "{lift} is drawn at {place}, not at {expected}");
    }
}

#[test]
fn hostile_names_stay_names() {
    let hostile = "</title><script>alert(1)</script>\"'&\u{202E}\u{0}|`*[x](y)";
    let mut results = sample::rich();
    results.experiment = hostile.to_owned();
    results.control = hostile.to_owned();
    results.variants[0].variant = hostile.to_owned();
    results.variants[1].variant = format!("{hostile}2");
    results.metrics[0].metric = hostile.to_owned();
    for metric in &mut results.metrics {
        for comparison in &mut metric.comparisons {
            comparison.variant = format!("{hostile}{}", comparison.variant);
        }
    }
    results.warnings[0].what = hostile.to_owned();
    results.exclusions[0].what = hostile.to_owned();
    results.health[0].what = hostile.to_owned();
    results.dimensions[0].attribute = hostile.to_owned();
    results.dimensions[0].slices[0].value = hostile.to_owned();
    results.metrics[4].funnel.as_mut().unwrap().steps[0].step = hostile.to_owned();
    results.decision.as_mut().unwrap().summary = hostile.to_owned();
    results.provenance.plan = Some(hostile.to_owned());

    let page = report::html(&results);
    let document = parse(&page);
    assert!(!page.contains("<script"), "a name became markup");
    assert!(!page.contains(['\u{202E}', '\u{0}']), "a name turns what follows");
    let heading = document.descendants().find(|node| node.has_tag_name("h1")).unwrap();
    assert_eq!(words(heading), hostile.replace(['\u{202E}', '\u{0}'], "\u{FFFD}"));

    let text = report::markdown(&results);
    assert!(!text.contains("<script>") && !text.contains("[x](y)"), "a name became markup");
    let columns = |line: &str| line.replace("\\|", "").matches('|').count();
    let lines: Vec<&str> = text.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair.iter().all(|line| line.starts_with('|'))) {
        assert_eq!(columns(pair[0]), columns(pair[1]), "{}\n{}", pair[0], pair[1]);
    }
}

#[test]
fn what_is_absent_is_told_in_words() {
    let mut results = sample::rich();
    let comparison = &mut results.metrics[0].comparisons[0];
    comparison.adjusted_p = None;
    comparison.sequential = None;
    comparison.comparison.lift = sample::nothing(Absent::ControlMeanNotPositive);
    comparison.comparison.difference = sample::nothing(Absent::ZeroVariance);
    comparison.comparison.test = Err(Absent::ZeroVariance);
    for text in [report::html(&results), report::markdown(&results)] {
        assert!(text.contains("the control mean is not positive, so a relative lift has no meaning"));
        assert!(text.contains("every unit has the same value"));
        // Both the whole metric that has no events and the one comparison.
        assert!(text.contains("there is no event for"));
    }
    let page = report::html(&results);
    let text = words(parse(&page).root_element());
    for nonsense in ["null", "NaN", "None", "Some(", "Err(", "inf", "undefined"] {
        let said = text
            .split(|letter: char| !letter.is_alphanumeric())
            .any(|word| word == nonsense.trim_end_matches('('));
        assert!(!said, "{nonsense}");
    }
}

/// What nothing fills is left out, with its heading.
#[test]
fn empty_parts_have_no_section() {
    let mut results = sample::rich();
    results.decision = None;
    results.growth.clear();
    results.dimensions.clear();
    results.health.clear();
    results.warnings.clear();
    results.metrics.truncate(1);
    results.metrics[0].days.clear();
    results.metrics[0].power = None;
    results.metrics[0].since_exposure = None;
    for comparison in &mut results.metrics[0].comparisons {
        (comparison.bayesian, comparison.sequential, comparison.adjusted_p) = (None, None, None);
    }
    let page = report::html(&results);
    let document = parse(&page);
    let ids: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("section"))
        .filter_map(|node| node.attribute("id"))
        .collect();
    assert_eq!(ids, ["decision", "findings", "lifts", "metrics", "units", "left-out", "method"]);
    assert!(!document.descendants().any(|node| node.has_tag_name("figure")));
    assert!(page.contains("No decision"));
    let empty = document.descendants().find(|node| node.has_tag_name("tbody") && !node.has_children());
    assert!(empty.is_none(), "a table without rows");
}

#[test]
fn a_failed_sample_ratio_stands_above_the_decision() {
    let mut results = sample::rich();
    results.warnings[0].severity = edgewise_analysis::results::Severity::Invalid;
    results.warnings[0].what = "the sample ratio is off".to_owned();
    let page = report::html(&results);
    let document = parse(&page);
    let decision = document.descendants().find(|node| node.attribute("id") == Some("decision")).unwrap();
    assert!(has_class(&decision, "bad"));
    assert!(words(decision).starts_with("Do not decide by these results"), "{}", words(decision));
}

/// 5,102 of 8,240 answers of the control are positive: 61.9 %.
#[test]
fn answers_are_a_bar_and_a_table() {
    let results = sample::rich();
    let page = report::html(&results);
    let document = parse(&page);
    let bars: Vec<_> =
        document.descendants().filter(|node| has_class(node, "part") && node.has_tag_name("path")).collect();
    assert_eq!(bars.len(), 9, "three parts of three variants");
    // A bar is 952 wide and begins at 4; between two parts are 3: the first one ends at 4 + 952·5102/8240 − 3.
    assert!(bars[0].attribute("d").unwrap().starts_with("M4 40H590V84"), "{:?}", bars[0].attribute("d"));
    assert!(page.contains(">61.92%</text>"));
    let text = report::markdown(&results);
    assert!(
        text.contains("| control | 8,240 | 61.92% (5,102) | 23.47% (1,934) | 14.61% (1,204) |"),
        "{text}"
    );
}

#[test]
fn a_randomisation_test_stands_beside_its_comparison() {
    let mut results = sample::rich();
    let text = report::markdown(&results);
    assert!(text.contains("| short\\_form | Variants drawn again (randomisation test) (9,999 redraws of 26,040 units, seed 7) |  |  | "), "{text}");
    results.metrics[0].comparisons[0].randomisation =
        Some(edgewise_analysis::results::Randomisation::Absent(Absent::ZeroVariance));
    assert!(report::html(&results).contains("no p value<small>every unit has the same value"));
}

/// The control's numbers of the first day are those of 21 days of entry, and a trend says what it finds.
#[test]
fn days_since_exposure_are_a_chart_and_a_sentence() {
    let text = report::markdown(&sample::rich());
    assert!(text.contains("**Lift by day since exposure.**"), "{text}");
    assert!(text.contains("| 0 | 39,060 | "), "3 variants of 21 · 620 units");
    assert!(text.contains("Does the effect last after exposure? short\\_form: the lift wears off"), "{text}");
    assert!(
        text.contains("Power allows for 28 looks, one a day up to the horizon: 80% takes 1.03 times"),
        "{text}"
    );
}

#[test]
fn exposures_without_a_ruleset_are_not_verifiable() {
    let mut results = sample::rich();
    for variant in &mut results.variants {
        let exposures = variant.exposures.as_mut().unwrap();
        (exposures.verified, exposures.verified_share) = (0, Some(0.0));
        exposures.mismatched.clear();
    }
    assert!(report::html(&results).contains(">not verifiable<"));
}

#[test]
fn findings_say_what_changed_by_how_much_and_how_sure() {
    let results = sample::rich();
    let text = report::markdown(&results).replace('\\', "");
    let lift = results.metrics[1].comparisons[0].deciding().lift;
    assert!((lift.estimate.unwrap() - 0.09).abs() < 1e-9, "by the sample's making");
    // Whether more is better turns the word, not the sign.
    for expected in [
        "**revenue is better in short_form: 9.00% more.** 11.34 against 10.40, 95% interval +",
        "**orders is worse in one_step: 8.50% less.**",
        "**Guardrail latency_p95 is breached in one_step.** At most 4.",
        "3% is tolerated.",
        "**refunds has no estimate.** There is no event for `refunds`",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
}

/// 20 metrics, 3 variants and 60 days, with every chart.
fn large() -> Results {
    let kinds = [Kind::Binary, Kind::Continuous, Kind::Count, Kind::Ratio];
    let sort = |index: usize| {
        let kind = kinds[index % kinds.len()];
        let role = if index == 0 { Role::Primary } else { Role::Secondary };
        let base = if kind == Kind::Binary { 0.12 } else { 48.0 };
        Sort::new(&format!("metric_number_{index}"), role, kind, base, 60.0, &[0.03, -0.01])
    };
    let shape = Shape {
        variants: ["control", "treatment_a", "treatment_b"].map(str::to_owned).to_vec(),
        days: 60,
        metrics: (0..20).map(sort).collect(),
    };
    sample::results(&shape)
}

/// A page that one can send.
#[test]
fn a_large_report_is_still_small() {
    let page = report::html(&large());
    parse(&page);
    assert!(page.len() <= 300_000, "{} bytes", page.len());
}

/// The order of days, variants and metrics is that of the results: the same results give the same bytes.
#[test]
fn the_same_results_give_the_same_bytes() {
    let bytes = |results: &Results| (report::html(results), report::markdown(results));
    assert_eq!(bytes(&sample::rich()), bytes(&sample::rich()));
}

/// Writes the sample where it can be looked at.
#[test]
#[ignore = "for looking at: cargo test --test report -- --ignored"]
fn a_sample_to_look_at() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(folder.join("report.html"), report::html(&sample::rich())).unwrap();
    std::fs::write(folder.join("large.html"), report::html(&large())).unwrap();
    std::fs::write(folder.join("report.md"), report::markdown(&sample::rich())).unwrap();
}
