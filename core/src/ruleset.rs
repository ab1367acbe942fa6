//! The ruleset: bytes that were checked once and are read in place ever after.

use crate::{
    Digest, Experiment, Flag, RulesetError,
    check::check,
    format::{Extent, NONE, SECTIONS, Section, Sections, Slice, array_at, u32_at, u64_at},
};
use core::cmp::Ordering;

/// A compiled set of experiments and flags, over bytes of any kind of owner.
#[derive(Clone, Debug)]
pub struct Ruleset<B> {
    bytes: B,
    extents: [Extent; SECTIONS],
}

impl<B: AsRef<[u8]>> Ruleset<B> {
    /// Checks the bytes, all of them, and keeps them.
    ///
    /// # Errors
    ///
    /// [`RulesetError`] says where the bytes contradict the [`format`](crate::format). What is read without an
    /// error answers every question without one.
    pub fn read(bytes: B) -> Result<Self, RulesetError> {
        let extents = check(bytes.as_ref())?;
        Ok(Self { bytes, extents })
    }

    /// The bytes, as they were given.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// What events name this ruleset by.
    pub fn digest(&self) -> Digest {
        Digest(array_at(self.bytes(), 16).unwrap_or_default())
    }

    /// The workspace seed.
    pub fn seed(&self) -> u64 {
        u64_at(self.workspace(), 0)
    }

    /// Whose experiments these are, where a workspace serves several tenants.
    pub fn tenant(&self) -> Option<&str> {
        self.optional_text(8)
    }

    /// The environment that the ruleset was built for, where it was built for one.
    pub fn environment(&self) -> Option<&str> {
        self.optional_text(16)
    }

    /// How many unit types there are.
    pub fn unit_type_count(&self) -> usize {
        self.sections().count(Section::UnitTypes)
    }

    /// The unit types, by index; the first is the default.
    pub fn unit_types(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.unit_type_count()).map(|index| unit_type_name(self.sections(), index))
    }

    /// The index of a unit type.
    pub fn find_unit_type(&self, name: &str) -> Option<usize> {
        self.unit_types().position(|unit_type| unit_type == name)
    }

    /// The attributes that the ruleset looks at, by index; no context needs to hold others.
    pub fn attributes(&self) -> impl ExactSizeIterator<Item = Attribute<'_>> {
        let sections = self.sections();
        (0..sections.count(Section::Attributes)).map(move |index| Attribute { sections, index })
    }

    /// The experiments, by index, which is the order of their ids.
    pub fn experiments(&self) -> impl ExactSizeIterator<Item = Experiment<'_>> {
        let sections = self.sections();
        (0..sections.count(Section::Experiments)).map(move |index| Experiment::new(sections, index))
    }

    /// The experiment with this index.
    #[inline]
    pub fn experiment(&self, index: usize) -> Option<Experiment<'_>> {
        let sections = self.sections();
        (index < sections.count(Section::Experiments)).then(|| Experiment::new(sections, index))
    }

    /// The experiment of this id.
    pub fn find_experiment(&self, id: &str) -> Option<Experiment<'_>> {
        self.experiment(find_by_id(self.sections(), Section::Experiments, id)?)
    }

    /// The flags, by index, which is the order of their ids.
    pub fn flags(&self) -> impl ExactSizeIterator<Item = Flag<'_>> {
        let sections = self.sections();
        (0..sections.count(Section::Flags)).map(move |index| Flag::new(sections, index))
    }

    /// The flag with this index.
    #[inline]
    pub fn flag(&self, index: usize) -> Option<Flag<'_>> {
        let sections = self.sections();
        (index < sections.count(Section::Flags)).then(|| Flag::new(sections, index))
    }

    /// The flag of this id.
    pub fn find_flag(&self, id: &str) -> Option<Flag<'_>> {
        self.flag(find_by_id(self.sections(), Section::Flags, id)?)
    }

    fn sections(&self) -> Sections<'_> {
        Sections { bytes: self.bytes(), extents: &self.extents }
    }

    fn workspace(&self) -> &[u8] {
        self.sections().record(Section::Workspace, 0).unwrap_or_default()
    }

    fn optional_text(&self, at: usize) -> Option<&str> {
        let record = self.workspace();
        (u32_at(record, at) != NONE).then(|| self.sections().text(record, at))
    }
}

/// An attribute that some condition of the ruleset looks at.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    sections: Sections<'a>,
    index: usize,
}

impl<'a> Attribute<'a> {
    pub(crate) fn new(sections: Sections<'a>, index: usize) -> Option<Self> {
        (index < sections.count(Section::Attributes)).then_some(Self { sections, index })
    }

    /// Its index, which is what a [`Context`](crate::Context) is asked for.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its name as expressions spell it: `app.version`, or `attr("any name")`.
    pub fn name(&self) -> &'a str {
        self.sections.text(self.record(), 0)
    }

    /// The names that lead to it, from the outermost object inwards.
    pub fn path(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let sections = self.sections;
        Slice::at(self.record(), 8).indices().map(move |index| {
            let record = sections.record(Section::PathSegments, index).unwrap_or_default();
            sections.text(record, 0)
        })
    }

    fn record(&self) -> &'a [u8] {
        self.sections.record(Section::Attributes, self.index).unwrap_or_default()
    }
}

/// The name of a unit type.
pub(crate) fn unit_type_name(sections: Sections<'_>, index: usize) -> &str {
    sections.text(sections.record(Section::UnitTypes, index).unwrap_or_default(), 0)
}

/// Binary search in a section whose records begin with their id and are sorted by it.
fn find_by_id(sections: Sections<'_>, section: Section, id: &str) -> Option<usize> {
    let (mut low, mut high) = (0, sections.count(section));
    while low < high {
        let middle = low.midpoint(high);
        let found = sections.text_bytes(sections.record(section, middle)?, 0);
        match found.cmp(id.as_bytes()) {
            Ordering::Less => low = middle.checked_add(1)?,
            Ordering::Greater => high = middle,
            Ordering::Equal => return Some(middle),
        }
    }
    None
}
