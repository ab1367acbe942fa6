//! Units that were drawn by an id of another type, before they were known.

use crate::{
    evenness::p_of_even_shares,
    identities::{Identities, StandsFor, standing_alone},
    plan::Plan,
    results::{Exclusion, Severity, Warning, WarningCode},
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
};

/// The ids that were drawn in place of units.
#[derive(Debug, Default)]
pub(super) struct Fallbacks {
    drawn: HashMap<(String, String), Drawn>,
}

/// The first exposure of one of them, and for whom it stands.
#[derive(Debug)]
struct Drawn {
    ts_us: i64,
    variant: String,
    known: Known,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    AsOne,
    AsSeveral,
    Never,
}

impl Fallbacks {
    /// The unit that an exposure of another type is one of; none where nobody knows which.
    pub(super) fn unit<'i>(
        &mut self,
        identities: &'i Identities,
        (unit_type, id): (&str, &str),
        variant: &str,
        ts_us: i64,
    ) -> Option<Cow<'i, str>> {
        let (known, unit) = match identities.stands_for(unit_type, id) {
            StandsFor::One(unit) => (Known::AsOne, Some(Cow::Borrowed(unit))),
            StandsFor::Several => (Known::AsSeveral, None),
            StandsFor::Nobody => (Known::Never, Some(Cow::Owned(standing_alone(unit_type, id)))),
        };
        let drawn = || Drawn { ts_us, variant: variant.to_owned(), known };
        let first = self.drawn.entry((unit_type.to_owned(), id.to_owned())).or_insert_with(drawn);
        if ts_us < first.ts_us {
            *first = drawn();
        }
        unit
    }

    /// The unit types that they are of.
    pub(super) fn types(&self) -> BTreeSet<String> {
        self.drawn.keys().map(|(unit_type, _)| unit_type.clone()).collect()
    }

    /// Those that stand for themselves.
    pub(super) fn alone(&self) -> BTreeSet<(String, String)> {
        let alone = self.drawn.iter().filter(|(_, drawn)| drawn.known == Known::Never);
        alone.map(|(id, _)| id.clone()).collect()
    }

    pub(super) fn exclusion(&self, unit: &str) -> Exclusion {
        Exclusion {
            exclusion: "ambiguous_fallback",
            count: self.count(Known::AsSeveral),
            what: format!("units of the fallback's type that are linked with more than one {unit}"),
            action: "draw by a unit that people do not share, or hand in the experiment's own unit wherever it is known",
        }
    }

    /// What to say about them: whether as many of each variant came to be known.
    pub(super) fn warn(&self, plan: &Plan) -> Option<Warning> {
        if self.drawn.is_empty() {
            return None;
        }
        let by_variant = |wanted: &dyn Fn(Known) -> bool| {
            let mut units = BTreeMap::<String, u64>::new();
            for drawn in self.drawn.values().filter(|drawn| wanted(drawn.known)) {
                *units.entry(drawn.variant.clone()).or_default() += 1;
            }
            units
        };
        let p = p_of_even_shares(
            &by_variant(&|known| known != Known::Never),
            &by_variant(&|_| true),
            &plan.variants,
        );
        let severity = p.map_or(Severity::Note, |p| crate::balance::severity_of(p).unwrap_or(Severity::Note));
        let found = match p {
            Some(p) if severity > Severity::Note => {
                format!("that share differs between the variants: p = {p:.2e}")
            }
            Some(p) => format!("that share is the same in all variants: p = {p:.3}"),
            None => "there is nothing to compare in that".to_owned(),
        };
        Some(Warning {
            warning: WarningCode::FallbackUnits,
            severity,
            what: format!(
                "{} units were drawn by the fallback before they were known by their {}: {} are linked with one, {} \
                 with several, {} with none; {found}",
                self.drawn.len(),
                plan.unit,
                self.count(Known::AsOne),
                self.count(Known::AsSeveral),
                self.count(Known::Never),
            ),
            why: "who is linked is followed to other devices, who is not is not; where the variant changes who comes \
                  to be known, it changes what is seen of them",
            action: "where the shares differ, draw by a unit that is always there",
        })
    }

    fn count(&self, known: Known) -> u64 {
        self.drawn.values().map(|drawn| u64::from(drawn.known == known)).sum()
    }
}
