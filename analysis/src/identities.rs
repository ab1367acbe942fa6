//! Which ids of other unit types stand for which units.
//!
//! Events that name units of two types say that the two belong together: every `identify`, and whatever a host sends
//! with both ids. For an experiment that draws users, and devices as long as nobody is known (its fallback):
//!
//! | a device that was exposed | stands for |
//! |---|---|
//! | is linked with one user | that user, from the beginning: the first exposure of either counts |
//! | is linked with several users | nobody: it is left out and counted |
//! | is never linked | itself: it was drawn, and leaving it out would select by who logs in |
//!
//! Metric events that name only the device go where its exposures go. An id of any other type (a session, or the user
//! where devices are drawn) stands for the unit that was exposed first among those that it is linked with.
//!
//! Links are taken from the whole log, however late they come, and directly: of a session that is linked with a
//! device, which is linked with a user, nothing follows.

mod table;

pub use table::{LinkTable, with_text_column};

use crate::{error::AnalysisError, log};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The ids that events name together with a unit of the experiment's type.
#[derive(Debug, Default)]
pub struct Identities {
    /// Unit type to id to the units that it was named with, sorted.
    by_type: BTreeMap<String, HashMap<Box<str>, Vec<Box<str>>>>,
}

/// For whom an id stands that was drawn in place of the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandsFor<'a> {
    /// For this unit.
    One(&'a str),
    /// For one of several, and nobody knows which.
    Several,
    /// For nobody who is known.
    Nobody,
}

impl Identities {
    /// Reads who is named together with a unit of type `unit`.
    ///
    /// # Errors
    /// Where a file of the log cannot be read.
    pub fn gather(source: &log::Source, unit: &str) -> Result<Self, AnalysisError> {
        let mut identities = Self::default();
        // Where all events name one type there is nothing to read.
        if source.unit_types().len() > 1 && source.unit_types().contains(unit) {
            source.identities(|identity| identities.see(unit, identity.units))?;
        }
        Ok(identities)
    }

    /// Takes the units of one event.
    pub fn see(&mut self, unit: &str, units: &[(&str, &str)]) {
        let Some((_, own)) = units.iter().find(|(unit_type, _)| *unit_type == unit) else { return };
        for (unit_type, id) in units.iter().filter(|(unit_type, _)| *unit_type != unit) {
            let ids = match self.by_type.get_mut(*unit_type) {
                Some(ids) => ids,
                None => self.by_type.entry((*unit_type).to_owned()).or_default(),
            };
            let Some(linked) = ids.get_mut(*id) else {
                ids.insert((*id).into(), vec![(*own).into()]);
                continue;
            };
            if let Err(at) = linked.binary_search_by(|known| known.as_ref().cmp(own)) {
                linked.insert(at, (*own).into());
            }
        }
    }

    /// For whom an id of another type stands.
    pub fn stands_for(&self, unit_type: &str, id: &str) -> StandsFor<'_> {
        match self.by_type.get(unit_type).and_then(|ids| ids.get(id)).map(Vec::as_slice) {
            None | Some([]) => StandsFor::Nobody,
            Some([one]) => StandsFor::One(one),
            Some(_) => StandsFor::Several,
        }
    }

    /// The tables by which metric events that name only another id find their unit.
    ///
    /// `fallbacks` are the types whose ids were drawn in place of units; `alone` are the ids among them that stand for
    /// themselves, by type and id. `entries` tells when a unit was exposed first.
    ///
    /// # Errors
    /// Where Arrow cannot hold a table.
    pub fn tables(
        &self,
        fallbacks: &BTreeSet<String>,
        alone: &BTreeSet<(String, String)>,
        entries: &HashMap<&str, i64>,
    ) -> Result<Vec<LinkTable>, AnalysisError> {
        let mut links: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
        for (unit_type, ids) in &self.by_type {
            let is_fallback = fallbacks.contains(unit_type);
            let of_type = links.entry(unit_type).or_default();
            for (id, linked) in ids {
                if is_fallback && linked.len() > 1 {
                    continue;
                }
                // Sorted, so that among equally early ones the smaller id is taken.
                let exposed = linked.iter().filter_map(|unit| Some((entries.get(unit.as_ref())?, unit)));
                if let Some((_, first)) = exposed.min() {
                    of_type.insert(id, first.as_ref().to_owned());
                }
            }
        }
        for (unit_type, id) in alone {
            links.entry(unit_type).or_default().insert(id, standing_alone(unit_type, id));
        }
        let tables = links.into_iter().filter(|(_, links)| !links.is_empty());
        Ok(tables.map(|(unit_type, links)| LinkTable::new(unit_type, &links)).collect::<Result<_, _>>()?)
    }
}

/// The unit that an id is which stands for itself.
pub fn standing_alone(unit_type: &str, id: &str) -> String {
    format!("{unit_type}:{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identities(events: &[&[(&str, &str)]]) -> Identities {
        let mut identities = Identities::default();
        for units in events {
            identities.see("user", units);
        }
        identities
    }

    #[test]
    fn two_users_on_one_device_are_several() {
        let known = identities(&[
            &[("device", "d1"), ("user", "u1")],
            &[("device", "d1"), ("user", "u1")],
            &[("device", "d2"), ("session", "s1"), ("user", "u2")],
            &[("device", "d2"), ("user", "u1")],
            &[("device", "d3"), ("session", "s2")],
        ]);
        assert_eq!(known.stands_for("device", "d1"), StandsFor::One("u1"));
        assert_eq!(known.stands_for("device", "d2"), StandsFor::Several);
        assert_eq!(known.stands_for("device", "d3"), StandsFor::Nobody);
        assert_eq!(known.stands_for("session", "s1"), StandsFor::One("u2"));
        assert_eq!(known.stands_for("session", "s2"), StandsFor::Nobody, "nothing follows from a device");
    }

    #[test]
    fn a_fallback_of_several_links_nothing_and_any_other_id_the_first_exposed() {
        let known = identities(&[
            &[("device", "d1"), ("session", "s1"), ("user", "u1")],
            &[("device", "d1"), ("session", "s1"), ("user", "u2")],
            &[("device", "d2"), ("user", "u3")],
        ]);
        let alone = BTreeSet::from([("device".to_owned(), "d9".to_owned())]);
        let entries = HashMap::from([("u1", 20), ("u2", 10)]);
        let tables = known.tables(&BTreeSet::from(["device".to_owned()]), &alone, &entries).unwrap();
        let links = |of: &str| tables.iter().find(|table| table.unit_type == of).unwrap().links();
        assert_eq!(links("device"), [("d9".to_owned(), "device:d9".to_owned())]);
        assert_eq!(links("session"), [("s1".to_owned(), "u2".to_owned())]);
    }
}
