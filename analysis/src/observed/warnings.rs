//! Whether what was left out was left out of all variants alike.

use crate::{
    assignments::Counts,
    balance,
    evenness::p_of_even_shares,
    log::Damaged,
    results::{Exclusion, Severity, Warning, WarningCode},
};

/// Units whose exposures a replay refutes, or cannot confirm, more often in one variant than in another.
///
/// Units are compared, not exposures: those of one unit fail together, and a single broken client would look like a
/// thousand.
pub(super) fn uneven_verification(counts: &Counts, variants: &[String]) -> Option<Warning> {
    let all = counts.claimed_by_variant();
    let causes =
        [(&counts.mismatched, "is refuted by its replay"), (&counts.unverifiable, "cannot be replayed")];
    let tested =
        causes.iter().filter_map(|(some, what)| Some((p_of_even_shares(some, &all, variants)?, what)));
    let (p, what) = tested.min_by(|(a, _), (b, _)| a.total_cmp(b))?;
    // Two tests, so each takes half of the level (Bonferroni).
    let p = (2.0 * p).min(1.0);
    Some(Warning {
        warning: WarningCode::UnevenVerification,
        severity: balance::severity_of(p)?,
        what: format!(
            "the share of units of which an exposure {what} differs between the variants: p = {p:.2e}"
        ),
        why: "what is left out is not left out at random, so what remains cannot be compared",
        action: "look at the causes by variant: a host that alters contexts, or a client with another ruleset",
    })
}

/// Bots that are not the same share of every variant, although they were told before the variant could act.
pub(super) fn uneven_bots(counts: &Counts, variants: &[String]) -> Option<Warning> {
    let p = p_of_even_shares(&counts.bots, &counts.claimed_by_variant(), variants)?;
    Some(Warning {
        warning: WarningCode::UnevenBots,
        severity: balance::severity_of(p)?,
        what: format!("the share of bots differs between the variants: p = {p:.2e}"),
        why: "bots that are told by what was known at exposure are the same share of all variants; these were told by \
              what the variant did",
        action: "tell bots by address, agent or account alone, never by what they did after their exposure",
    })
}

/// Sealed segments that cannot be read: whoever's events they held is as if silent.
pub(super) fn damaged_log(damaged: &[Damaged]) -> Option<Warning> {
    let first = damaged.first()?;
    Some(Warning {
        warning: WarningCode::DamagedLog,
        severity: Severity::Invalid,
        what: format!(
            "{} sealed segments are damaged and left out; {}: {}",
            damaged.len(),
            first.path.display(),
            first.reason
        ),
        why: "exposures and events are missing, and nobody knows whose",
        action: "put the files back from a copy and analyse again; `edgewise events stat` names all of them",
    })
}

pub(super) fn bots_left_out(counts: &Counts) -> Exclusion {
    Exclusion {
        exclusion: "bot",
        count: counts.bots.values().sum(),
        what: "units that were known for bots when they were exposed".to_owned(),
        action: "",
    }
}

/// Units that met two variants because they were drawn anew when they came to be known.
pub(super) fn drawn_twice(counts: &Counts, unit: &str) -> Option<Warning> {
    let units: u64 = counts.drawn_twice.values().sum();
    (units > 0).then(|| Warning {
        warning: WarningCode::DrawnTwice,
        severity: Severity::Note,
        what: format!("{units} units met another variant when they came to be known by their {unit}"),
        why: "the fallback and the unit are drawn apart; they stay where they were exposed first, which dilutes the \
              difference",
        action: "make the experiment sticky, so that a unit keeps what its fallback drew",
    })
}
