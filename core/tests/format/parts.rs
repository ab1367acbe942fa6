//! Rulesets taken apart and put together again, so that bytes can be forged that no compiler writes.

use crate::header::with_header;
use edgewise_core::format::{DIRECTORY_ENTRY_BYTES, HEADER_BYTES, SECTIONS, Section};

/// The bytes of each section.
#[derive(Clone)]
pub(crate) struct Parts {
    sections: Vec<Vec<u8>>,
}

impl Parts {
    /// The sections of a ruleset that its directory names.
    pub(crate) fn of(ruleset: &[u8]) -> Self {
        let word = |at: usize| u32::from_le_bytes(*ruleset[at..].first_chunk().unwrap()) as usize;
        let section = |entry: usize| {
            let entry = HEADER_BYTES + entry * DIRECTORY_ENTRY_BYTES;
            ruleset[word(entry + 4)..][..word(entry + 8)].to_vec()
        };
        Self { sections: (0..SECTIONS).map(section).collect() }
    }

    pub(crate) fn bytes(&mut self, section: Section) -> &mut Vec<u8> {
        &mut self.sections[section as usize]
    }

    pub(crate) fn count(&self, section: Section) -> usize {
        self.sections[section as usize].len() / section.record_bytes()
    }

    pub(crate) fn record(&mut self, section: Section, index: usize) -> &mut [u8] {
        let bytes = section.record_bytes();
        &mut self.bytes(section)[index * bytes..][..bytes]
    }

    /// Reads the `u32` at this place of a record.
    pub(crate) fn word(&mut self, section: Section, index: usize, at: usize) -> u32 {
        u32::from_le_bytes(*self.record(section, index)[at..].first_chunk().unwrap())
    }

    /// Writes a `u32` at this place of a record.
    pub(crate) fn set(&mut self, section: Section, index: usize, at: usize, word: u32) {
        self.record(section, index)[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }

    /// Appends a record of `u32`s.
    pub(crate) fn push(&mut self, section: Section, words: &[u32]) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(bytes.len(), section.record_bytes());
        self.bytes(section).extend(bytes);
    }

    /// Appends a string and answers where it lies: offset and length.
    pub(crate) fn text(&mut self, text: &str) -> [u32; 2] {
        let offset = self.count(Section::Strings);
        self.bytes(Section::Strings).extend_from_slice(text.as_bytes());
        [offset, text.len()].map(|number| u32::try_from(number).unwrap())
    }

    /// A ruleset of these sections, with a right header.
    pub(crate) fn sealed(&self) -> Vec<u8> {
        let mut offset = HEADER_BYTES + SECTIONS * DIRECTORY_ENTRY_BYTES;
        let mut body = Vec::new();
        for (kind, section) in self.sections.iter().enumerate() {
            for number in [kind, offset, section.len()] {
                body.extend(u32::try_from(number).unwrap().to_le_bytes());
            }
            offset += section.len();
        }
        body.extend(self.sections.concat());
        with_header(&body)
    }
}
