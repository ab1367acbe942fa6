//! The steps of an explanation as lines to read.

use edgewise_core::{Reason, Seen, TraceStep};

/// A step as a line.
pub(crate) fn sentence(step: &TraceStep) -> String {
    let (name, text) = match step {
        TraceStep::Experiment { experiment, epoch } => ("experiment", format!("{experiment}, epoch {epoch}")),
        TraceStep::Serving { refusal: None, .. } => ("serving", "yes".into()),
        TraceStep::Serving { refusal: Some(refusal), .. } => ("serving", format!("no: {}", because(refusal))),
        TraceStep::Unit { unit_type, unit } => ("unit", format!("{unit_type} is {unit}")),
        TraceStep::Forced { variant, by_host } => {
            let by = if *by_host { "the host sets" } else { "the experiment's list sets" };
            ("forced", format!("{by} {}", or_none(variant.as_deref())))
        }
        TraceStep::Holdout { holdout, bucket, below, held } => {
            let end = if *held { "held" } else { "not held" };
            ("holdout", format!("{holdout}: entry bucket {bucket} {} {below}: {end}", sign(*held)))
        }
        TraceStep::Prerequisite { experiment, flag, accepted, holds } => {
            let (kind, id) = match (experiment, flag) {
                (Some(id), _) => ("experiment", id.as_str()),
                (None, id) => ("flag", or_none(id.as_deref())),
            };
            let holds = if *holds { "holds" } else { "does not hold" };
            ("requires", format!("{kind} {id} is {}: {holds}", accepted.join(" or ")))
        }
        TraceStep::Masked { by, takes } => {
            let takes = if *takes { "takes the unit" } else { "leaves the unit" };
            ("masked", format!("{by} has a common flag first: {takes}"))
        }
        TraceStep::Graduated { winner } => ("graduated", format!("to {}", or_none(winner.as_deref()))),
        TraceStep::Layer { layer, bucket, held, admitted } => {
            let by = if *held { "by a kept record".to_owned() } else { format!("by entry bucket {bucket}") };
            let end = if *admitted { "in its slots" } else { "not in its slots" };
            ("layer", format!("{layer}, {by}: {end}"))
        }
        TraceStep::Sticky { variant, iteration, valid, .. } => {
            let valid = if *valid { "still valid" } else { "no longer valid" };
            ("sticky", format!("kept {} of iteration {iteration}: {valid}", or_none(variant.as_deref())))
        }
        TraceStep::Enrolment { enrols: true } => ("enrolment", "open".into()),
        TraceStep::Enrolment { enrols: false } => ("enrolment", "closed: no unit is taken in".into()),
        TraceStep::Segment { segment, truth } => ("segment", format!("{segment} is {truth}")),
        TraceStep::Test(test) => {
            let question = question(&test.attribute, test.operator, &test.operand, test.more);
            ("test", format!("{question} is {}: the context holds {}", test.truth, test.saw))
        }
        TraceStep::Targeting { truth } => ("targeting", (*truth).into()),
        TraceStep::Ramp { bucket, below, enters } => {
            ("ramp", format!("entry bucket {bucket} {} {below}: {}", sign(*enters), entry(*enters)))
        }
        TraceStep::Placement { rule, truth } => {
            ("placement", format!("{}: its condition is {truth}", rule + 1))
        }
        TraceStep::Factor { factor, bucket, level } => {
            ("factor", format!("{factor}: bucket {bucket} belongs to {}", or_nobody(level.as_deref())))
        }
        TraceStep::Variant { bucket: Some(bucket), variant } => {
            ("variant", format!("bucket {bucket} belongs to {}", or_nobody(variant.as_deref())))
        }
        TraceStep::Variant { bucket: None, variant } => ("variant", or_none(variant.as_deref()).to_owned()),
        TraceStep::Rule { rule, truth } => return format!("rule {:<6} its condition is {truth}", rule + 1),
        TraceStep::Rollout { rule, bucket: Some(bucket), below, enters } => {
            let (sign, entry) = (sign(*enters), entry(*enters));
            return format!("rule {:<6} entry bucket {bucket} {sign} {below}: {entry}", rule + 1);
        }
        TraceStep::Rollout { rule, bucket: None, .. } => {
            return format!("rule {:<6} its rollout has no unit to draw", rule + 1);
        }
    };
    format!("{name:<11} {text}")
}

/// A test as an expression has it; `more` operands are not shown.
fn question(attribute: &str, operator: &str, operand: &[Seen], more: usize) -> String {
    let mut items: Vec<String> = operand.iter().map(Seen::to_string).collect();
    if more > 0 {
        let what = if items.is_empty() { "values" } else { "more" };
        items.push(format!("{more} {what}"));
    }
    let is_list = matches!(operator, "in" | "not in" | "hasAny" | "hasAll" | "inNetwork");
    let operand = if is_list { format!("[{}]", items.join(", ")) } else { items.join(", ") };
    match operator {
        "present" => format!("present({attribute})"),
        sign if sign.starts_with(|first: char| first.is_ascii_alphabetic())
            && !matches!(sign, "in" | "not in") =>
        {
            format!("{attribute}.{sign}({operand})")
        }
        sign => format!("{attribute} {sign} {operand}"),
    }
}

fn sign(below: bool) -> &'static str {
    if below { "<" } else { ">=" }
}

fn entry(enters: bool) -> &'static str {
    if enters { "enters" } else { "stays out" }
}

fn or_none(name: Option<&str>) -> &str {
    name.unwrap_or("none")
}

fn or_nobody(name: Option<&str>) -> &str {
    name.unwrap_or("nobody")
}

/// A reason as the end of a sentence.
pub(crate) fn because(reason: &str) -> &'static str {
    let known = Reason::ALL.into_iter().find(|known| known.as_str() == reason);
    known.map_or("of a reason unknown here", |reason| match reason {
        Reason::Assigned => "the bucket belongs to it",
        Reason::UnknownExperiment => "the ruleset holds no such experiment",
        Reason::Paused => "the experiment is paused",
        Reason::NotStarted => "the experiment has not started",
        Reason::Ended => "the experiment has ended",
        Reason::MissingUnit => "the context holds no id of the experiment's unit type",
        Reason::InvalidUnit => "the unit id is not a text of 1 to 1,024 bytes or a whole number",
        Reason::NotTargeted => "the targeting is false for this context",
        Reason::TargetingUnknown => "the targeting cannot be decided: the context lacks what it asks about",
        Reason::NotInRamp => "the ramp has not reached the unit's entry bucket",
        Reason::Unallocated => "the bucket belongs to no variant",
        Reason::SwitchedOff => "experiments are switched off",
        Reason::Forced => "the unit's variant was set by hand",
        Reason::HeldOut => "a holdout holds the unit out",
        Reason::PrerequisiteNotMet => "another experiment or flag does not answer what this one needs",
        Reason::Masked => "an experiment of higher priority with a common flag takes the unit",
        Reason::Graduated => "the experiment is decided, and this is the winner",
        Reason::HeldBack => "the experiment is decided, and the unit keeps the control",
        Reason::NotInSlot => "the unit belongs to another part of the layer",
        Reason::Sticky => "the unit had it before",
        Reason::NotEnrolling => "the experiment takes no new units in",
        Reason::Placed => "a placement takes the unit",
        Reason::MissingDraw => "the host gave no nonce or counter to draw with",
        _ => "of a reason unknown here",
    })
}
