//! The bytes of a ruleset in the making: one growing buffer a section.

use crate::{
    Key,
    check::digest_of,
    format::{DIRECTORY_ENTRY_BYTES, HEADER_BYTES, MAGIC, NONE, SECTIONS, Section, VERSION},
};
use alloc::vec::Vec;

/// Where a text lies among the strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextRef {
    pub(super) offset: u32,
    pub(super) length: u32,
}

/// Where consecutive records lie in their section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SliceRef {
    pub(super) first: u32,
    pub(super) count: u32,
}

/// All sections; strings are kept once.
pub(super) struct Writer {
    sections: [SectionBytes; SECTIONS],
    known: KnownTexts,
    seed: u64,
    /// Takes what is written to a section that does not exist: none of [`Section::ALL`].
    nowhere: SectionBytes,
}

/// The bytes of one section.
#[derive(Default)]
pub(super) struct SectionBytes(Vec<u8>);

impl Writer {
    /// A writer for a workspace of this seed.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            sections: core::array::from_fn(|_| SectionBytes::default()),
            known: KnownTexts::default(),
            seed,
            nowhere: SectionBytes::default(),
        }
    }

    /// The workspace seed.
    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// The section's bytes, to append a record to.
    pub(super) fn section(&mut self, section: Section) -> &mut SectionBytes {
        self.sections.get_mut(section as usize).unwrap_or(&mut self.nowhere)
    }

    /// How many records the section has so far.
    pub(super) fn count(&mut self, section: Section) -> u32 {
        index(self.section(section).0.len().checked_div(section.record_bytes()).unwrap_or(0))
    }

    /// Appends consecutive records.
    pub(super) fn records<T>(
        &mut self,
        section: Section,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(&mut SectionBytes, T),
    ) -> SliceRef {
        let first = self.count(section);
        for item in items {
            write(self.section(section), item);
        }
        self.since(section, first)
    }

    /// The records that were appended since the section had so many of them.
    pub(super) fn since(&mut self, section: Section, first: u32) -> SliceRef {
        SliceRef { first, count: self.count(section).saturating_sub(first) }
    }

    /// Appends consecutive records that are one text each.
    pub(super) fn texts(&mut self, section: Section, texts: &[impl AsRef<str>]) -> SliceRef {
        let first = self.count(section);
        for text in texts {
            let text = self.text(text.as_ref());
            self.section(section).text(text);
        }
        self.since(section, first)
    }

    /// Keeps a string and says where.
    pub(super) fn text(&mut self, text: &str) -> TextRef {
        let strings = self.sections.get_mut(Section::Strings as usize).unwrap_or(&mut self.nowhere);
        if let Some(known) = self.known.find(text, &strings.0) {
            return known;
        }
        let place = TextRef { offset: index(strings.0.len()), length: index(text.len()) };
        strings.0.extend_from_slice(text.as_bytes());
        self.known.add(place, &strings.0);
        place
    }

    /// Like [`Self::text`] for a text that another one, kept already, mostly holds: an id in its salt.
    pub(super) fn text_within(&mut self, whole: &str, part: &str) -> TextRef {
        let place = self.text(whole);
        let strings = self.sections.get(Section::Strings as usize).unwrap_or(&self.nowhere);
        if let Some(known) = self.known.find(part, &strings.0) {
            return known;
        }
        let begins_at = |at: &usize| whole.get(*at..).is_some_and(|rest| rest.starts_with(part));
        let Some(at) = (0..whole.len()).find(begins_at) else { return self.text(part) };
        let place = TextRef { offset: place.offset.saturating_add(index(at)), length: index(part.len()) };
        self.known.add(place, &strings.0);
        place
    }

    /// Like [`Self::text`]; an absent one lies at [`NONE`].
    pub(super) fn optional_text(&mut self, text: Option<&str>) -> TextRef {
        text.map_or(TextRef { offset: NONE, length: 0 }, |text| self.text(text))
    }

    /// Header, directory and sections in one piece, digest included.
    pub(super) fn finish(self) -> Vec<u8> {
        let directory = SECTIONS.saturating_mul(DIRECTORY_ENTRY_BYTES);
        let mut offset = HEADER_BYTES.saturating_add(directory);
        let mut out = SectionBytes::default();
        out.bytes(&MAGIC);
        out.u16(VERSION);
        out.u16(u16::try_from(SECTIONS).unwrap_or(u16::MAX));
        let lengths = self.sections.iter().map(|section| section.0.len());
        out.u32(index(lengths.fold(offset, usize::saturating_add)));
        out.bytes(&[0; 16]);
        for (kind, section) in Section::ALL.into_iter().zip(&self.sections) {
            out.u32(kind as u32);
            out.u32(index(offset));
            out.u32(index(section.0.len()));
            offset = offset.saturating_add(section.0.len());
        }
        for section in &self.sections {
            out.bytes(&section.0);
        }
        let digest = digest_of(&out.0).to_bytes();
        if let Some(place) = out.0.get_mut(16..HEADER_BYTES) {
            place.copy_from_slice(&digest);
        }
        out.0
    }
}

/// The places of the texts kept so far, to be found by the texts: open addressing in a table that is never full.
#[derive(Default)]
struct KnownTexts {
    /// As many as a power of two.
    places: Vec<Option<TextRef>>,
    count: usize,
}

impl KnownTexts {
    fn find(&self, text: &str, strings: &[u8]) -> Option<TextRef> {
        let places =
            slots(text.as_bytes(), self.places.len()).map_while(|slot| self.places.get(slot)?.as_ref());
        places.take(self.places.len()).find(|place| place.bytes(strings) == text.as_bytes()).copied()
    }

    /// Adds a text that is not there yet.
    fn add(&mut self, place: TextRef, strings: &[u8]) {
        if self.count.saturating_mul(2) >= self.places.len() {
            let larger = self.places.len().saturating_mul(4).max(64);
            let before = core::mem::replace(&mut self.places, alloc::vec![None; larger]);
            for place in before.into_iter().flatten() {
                self.put(place, strings);
            }
        }
        self.put(place, strings);
        self.count = self.count.saturating_add(1);
    }

    fn put(&mut self, place: TextRef, strings: &[u8]) {
        let mut slots = slots(place.bytes(strings), self.places.len()).take(self.places.len());
        let free = slots.find(|slot| self.places.get(*slot).is_some_and(Option::is_none));
        if let Some(slot) = free.and_then(|slot| self.places.get_mut(slot)) {
            *slot = Some(place);
        }
    }
}

impl TextRef {
    fn bytes(self, strings: &[u8]) -> &[u8] {
        let start = self.offset as usize;
        strings.get(start..start.saturating_add(self.length as usize)).unwrap_or_default()
    }
}

/// The places of a table, whose size is a power of two, where a text may stand, one after the other.
fn slots(text: &[u8], size: usize) -> impl Iterator<Item = usize> + use<> {
    #[allow(clippy::cast_possible_truncation, reason = "only the low bits are wanted")]
    let first = Key { k0: 0, k1: 0 }.hash(text).to_u64() as usize;
    let mask = size.saturating_sub(1);
    (0_usize..).map(move |step| first.wrapping_add(step) & mask)
}

impl SectionBytes {
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn i64(&mut self, value: i64) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn f64(&mut self, value: f64) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn text(&mut self, text: TextRef) {
        self.u32(text.offset);
        self.u32(text.length);
    }

    pub(super) fn slice(&mut self, slice: SliceRef) {
        self.u32(slice.first);
        self.u32(slice.count);
    }
}

/// A count or offset as the format writes it. What does not fit is beyond [`MAX_BYTES`](crate::format::MAX_BYTES),
/// which the finished ruleset is held against.
pub(super) fn index(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
