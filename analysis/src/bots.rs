//! Bots: told by what was known at exposure, never by what a unit did afterwards.
//!
//! What a unit does after its exposure may be an effect of the variant. Leaving out whoever acted like a bot then
//! leaves out more units of one variant than of the other, and makes a difference where there is none.

use crate::event::{AttributeValue, Exposure};
use std::{
    collections::{BTreeMap, HashSet},
    fs, io,
    path::Path,
};

/// The attribute that says at exposure that the unit is a bot.
pub const ATTRIBUTE: &str = "bot";

/// Who is a bot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bots {
    units: HashSet<String>,
}

impl Bots {
    /// Those whose exposure has the attribute [`ATTRIBUTE`] with the value `true`, and these units. A list must have
    /// been made by something other than behaviour in the experiment: addresses of data centres, own test accounts.
    pub fn new(units: impl IntoIterator<Item = String>) -> Self {
        Self { units: units.into_iter().collect() }
    }

    /// A list from a file: one unit's id a line; empty lines and lines that begin with `#` are skipped.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn read(file: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(file)?;
        let ids = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Ok(Self::new(ids.map(str::to_owned)))
    }

    /// The units on the list.
    pub fn units(&self) -> impl Iterator<Item = &str> {
        self.units.iter().map(String::as_str)
    }

    /// Whether the exposure is a bot's. `units` are those of its event: unit type to id.
    pub fn tell(&self, exposure: &Exposure, units: &BTreeMap<String, String>) -> bool {
        exposure.attributes.get(ATTRIBUTE) == Some(&AttributeValue::Bool(true))
            || units.values().any(|id| self.units.contains(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_list_has_comments_and_empty_lines() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "# data centres\nu_1\n\n  u_2  \n").unwrap();
        let bots = Bots::read(file.path()).unwrap();
        assert_eq!(bots, Bots::new(["u_1".to_owned(), "u_2".to_owned()]));
    }
}
