//! Names as small numbers: a handful of names, a million units.

use std::collections::HashMap;

/// Variants, epochs and values of attributes by number.
#[derive(Debug, Default)]
pub(super) struct Names {
    texts: Vec<String>,
    numbers: HashMap<String, u32>,
}

/// Names that are looked at, one after the other. Origin: a few variants and epochs.
const LOOKED_AT: usize = 6;

impl Names {
    pub(super) fn intern(&mut self, text: &str) -> u32 {
        // The variants are among the first, and come with every exposure: looking at them takes less than hashing.
        let first = (0..).zip(self.texts.iter().take(LOOKED_AT)).find(|(_, known)| *known == text);
        if let Some((number, _)) = first {
            return number;
        }
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    pub(super) fn get(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }

    pub(super) fn text(&self, number: u32) -> String {
        self.get(number).to_owned()
    }
}

/// Combinations of attributes' values by number: units share most of them.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    profiles: Vec<Box<[Option<u32>]>>,
    numbers: HashMap<Box<[Option<u32>]>, u32>,
}

impl Profiles {
    pub(super) fn intern(&mut self, values: &[Option<String>], names: &mut Names) -> u32 {
        if values.is_empty() {
            return 0;
        }
        let profile: Box<[Option<u32>]> =
            values.iter().map(|value| value.as_deref().map(|text| names.intern(text))).collect();
        if let Some(number) = self.numbers.get(&profile) {
            return *number;
        }
        let number = u32::try_from(self.profiles.len()).unwrap_or(u32::MAX);
        self.profiles.push(profile.clone());
        self.numbers.insert(profile, number);
        number
    }

    /// The name of the value at `index` in a profile; none where it was absent.
    pub(super) fn value(&self, profile: u32, index: usize) -> Option<u32> {
        self.profiles.get(profile as usize)?.get(index).copied().flatten()
    }
}
