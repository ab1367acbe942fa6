//! The ruleset: bytes that were checked once and are read in place ever after.

use crate::{
    Digest, Experiment, Flag, Holdout, Layer, RulesetError, Segment,
    check::{check, signed_length},
    format::{HEADER_BYTES, NONE, NOW_ATTRIBUTE, SIGNATURE_BYTES, Section},
    sections::{
        ATTRIBUTES, CONDITIONS, EXPERIMENTS, FLAGS, Layout, PATH_SEGMENTS, RAMP_STAGES, Sections, Slice,
        Table, UNIT_TYPES, WORKSPACE, array_at, i64_at, u8_at, u16_at, u32_at,
    },
};

/// A compiled set of experiments and flags, over bytes of any kind of owner.
#[derive(Clone, Debug)]
pub struct Ruleset<B> {
    bytes: B,
    layout: Layout,
}

impl<B: AsRef<[u8]>> Ruleset<B> {
    /// Checks the bytes, all of them, and keeps them.
    ///
    /// # Errors
    ///
    /// [`RulesetError`] says where the bytes contradict the [`format`](crate::format). What is read without an
    /// error answers every question without one.
    pub fn read(bytes: B) -> Result<Self, RulesetError> {
        let layout = check(bytes.as_ref())?;
        Ok(Self { bytes, layout })
    }

    /// The bytes, as they were given.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// What events name this ruleset by.
    pub fn digest(&self) -> Digest {
        Digest(array_at(self.bytes().get(..HEADER_BYTES).unwrap_or_default(), 16))
    }

    /// Everything that a signature signs: the bytes without the trailer.
    pub fn signed_bytes(&self) -> &[u8] {
        self.bytes().get(..signed_length(self.bytes())).unwrap_or_default()
    }

    /// The Ed25519 signature, where the bytes carry one. Nobody has verified it.
    pub fn signature(&self) -> Option<&[u8; SIGNATURE_BYTES]> {
        self.bytes().get(signed_length(self.bytes())..)?.last_chunk()
    }

    /// The workspace seed.
    pub fn seed(&self) -> u64 {
        self.layout.seed
    }

    /// Whether experiments take units at all.
    pub fn experiments_are_on(&self) -> bool {
        self.layout.switches & 1 == 0
    }

    /// Whether the rules of flags are tried at all.
    pub fn flags_are_on(&self) -> bool {
        self.layout.switches & 2 == 0
    }

    /// Whether it was compiled for browsers.
    pub fn is_for_clients(&self) -> bool {
        u8_at(self.workspace(), 25) == 1
    }

    /// Whose experiments these are, where a workspace serves several tenants.
    pub fn tenant(&self) -> Option<&str> {
        self.optional_text(8)
    }

    /// The environment that the ruleset was built for, where it was built for one.
    pub fn environment(&self) -> Option<&str> {
        self.optional_text(16)
    }

    /// Whether any answer can depend on the time. Where none does, a host need not look at its clock.
    pub fn depends_on_time(&self) -> bool {
        let sections = self.sections();
        let has_start_or_end =
            |experiment: &[u8; 120]| i64_at(experiment, 32) != i64::MIN || i64_at(experiment, 40) != i64::MAX;
        sections.all(EXPERIMENTS).iter().any(has_start_or_end)
            || sections.all(RAMP_STAGES).iter().any(|stage| i64_at(stage, 0) != i64::MIN)
            || sections.all(CONDITIONS).iter().any(|condition| u16_at(condition, 2) == NOW_ATTRIBUTE)
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
        (0..self.attribute_count()).map(move |index| Attribute::new(sections, index))
    }

    /// How many attributes there are.
    pub fn attribute_count(&self) -> usize {
        self.sections().count(Section::Attributes)
    }

    /// The segments, by index, which is the order of their ids.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = Segment<'_>> {
        let sections = self.sections();
        (0..sections.count(Section::Segments)).map(move |index| Segment::new(sections, index))
    }

    /// The layers, by index, which is the order of their ids.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = Layer<'_>> {
        let sections = self.sections();
        (0..sections.count(Section::Layers)).map(move |index| Layer::new(sections, index))
    }

    /// The holdouts, by index, which is the order of their ids.
    pub fn holdouts(&self) -> impl ExactSizeIterator<Item = Holdout<'_>> {
        let sections = self.sections();
        (0..sections.count(Section::Holdouts)).map(move |index| Holdout::new(sections, index))
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
        self.experiment(find_by_id(self.sections(), EXPERIMENTS, id)?)
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
        self.flag(find_by_id(self.sections(), FLAGS, id)?)
    }

    fn sections(&self) -> Sections<'_> {
        Sections { bytes: self.bytes(), layout: &self.layout }
    }

    fn workspace(&self) -> &[u8; 32] {
        self.sections().record(WORKSPACE, 0)
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
    record: &'a [u8; 16],
}

impl<'a> Attribute<'a> {
    pub(crate) fn new(sections: Sections<'a>, index: usize) -> Self {
        Self { sections, index, record: sections.record(ATTRIBUTES, index) }
    }

    /// Its index, which is what a [`Context`](crate::Context) is asked for.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its name as expressions spell it: `app.version`, or `attr("any name")`.
    pub fn name(&self) -> &'a str {
        self.sections.text(self.record, 0)
    }

    /// The names that lead to it, from the outermost object inwards.
    pub fn path(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let sections = self.sections;
        sections.records(PATH_SEGMENTS, Slice::at(self.record, 8)).map(move |record| sections.text(record, 0))
    }
}

/// The name of a unit type.
pub(crate) fn unit_type_name(sections: Sections<'_>, index: usize) -> &str {
    sections.text(sections.record(UNIT_TYPES, index), 0)
}

/// Binary search in a section whose records begin with their id and are sorted by it.
fn find_by_id<const BYTES: usize>(sections: Sections<'_>, table: Table<BYTES>, id: &str) -> Option<usize> {
    let all = Slice { first: 0, count: sections.count(table.0) };
    all.search(|index| sections.text_bytes(sections.record(table, index), 0).cmp(id.as_bytes()))
}
