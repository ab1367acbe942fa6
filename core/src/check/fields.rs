//! What every record consists of, as data, and one loop that holds the records against it.

use crate::{
    BUCKETS, Defect, RulesetError,
    condition::code,
    format::{
        FIRST_UNIT_ATTRIBUTE, MAX_ATTRIBUTES, MAX_CONDITIONS, MAX_DEPTH, MAX_EXPERIMENTS, MAX_FACTORS,
        MAX_HOLDOUTS, MAX_UNIT_TYPES, MAX_VARIANTS, NONE, NOW_ATTRIBUTE, SECTIONS, Section,
    },
    sections::{
        CHILDREN, CONDITIONS, SEGMENTS, Sections, Slice, array_at, f64_at, i64_at, u8_at, u16_at, u32_at,
        u64_at,
    },
};

/// Holds every record of every section against its fields.
#[cold]
pub(super) fn check(sections: Sections<'_>) -> Result<(), RulesetError> {
    let mut checker = Checker {
        sections,
        strings: sections.span(Section::Strings, 0, sections.count(Section::Strings)),
        counts: Section::ALL.map(|section| sections.count(section)),
        owned: [0; SECTIONS],
    };
    checker.strings()?;
    for (section, fields) in Section::ALL.into_iter().zip(FIELDS) {
        if section == Section::Strings || section == Section::PatternWords {
            continue;
        }
        let count = sections.count(section);
        let at = |index| move |defect| RulesetError::Record { section, index, defect };
        let limit = limit(section);
        ok_if(count <= limit, Defect::TooMany).map_err(at(limit))?;
        for index in 0..count {
            let record = checker.raw(section, index);
            let fits = fields.iter().try_for_each(|field| checker.field(record, *field));
            fits.and_then(|()| checker.special(section, index, record)).map_err(at(index))?;
        }
    }
    for section in [Section::Workspace, Section::UnitTypes] {
        let filled = ok_if(sections.count(section) > 0, Defect::Empty);
        filled.map_err(|defect| RulesetError::Record { section, index: 0, defect })?;
    }
    checker.nothing_left_over()
}

/// One field of a record: what it is, where it begins, and what it refers to.
#[derive(Clone, Copy)]
struct Field {
    kind: Kind,
    at: u8,
    /// A section's number, the largest code, or where reserved bytes end.
    argument: u8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A text.
    Text,
    /// A text that is not empty.
    Name,
    /// A text, or [`NONE`] as its offset.
    OptionalText,
    /// A name larger than that of the record before.
    Id,
    /// `u32` index of a record.
    Index,
    /// Like [`Kind::Index`], or [`NONE`].
    OptionalIndex,
    /// `u16` index of a record.
    ShortIndex,
    /// A slice that is this record's own.
    Slice,
    /// `u32` index of a record that is this record's own, or [`NONE`].
    Own,
    /// A byte up to the argument.
    Code,
    /// `u32` up to the number of buckets.
    Buckets,
    /// Two `u32`: a half-open range of buckets, not empty.
    Range,
    /// Bytes of 0, up to the argument.
    Zero,
}

const fn field(kind: Kind, at: u8) -> Field {
    Field { kind, at, argument: 0 }
}

const fn of(kind: Kind, at: u8, section: Section) -> Field {
    Field { kind, at, argument: section as u8 }
}

const fn code(at: u8, largest: u8) -> Field {
    Field { kind: Kind::Code, at, argument: largest }
}

const fn zero(at: u8, end: u8) -> Field {
    Field { kind: Kind::Zero, at, argument: end }
}

/// The fields of every section, in the order of the sections: the tables of [`format`](crate::format) once more.
const FIELDS: [&[Field]; SECTIONS] = [
    // workspace
    &[field(Kind::OptionalText, 8), field(Kind::OptionalText, 16), code(24, 3), code(25, 1), zero(26, 32)],
    // strings
    &[],
    // unit types
    &[field(Kind::Name, 0)],
    // attributes
    &[field(Kind::Name, 0), of(Kind::Slice, 8, Section::PathSegments)],
    // path segments
    &[field(Kind::Text, 0)],
    // conditions: by their test
    &[],
    // children
    &[of(Kind::Index, 0, Section::Conditions)],
    // texts
    &[field(Kind::Text, 0)],
    // numbers
    &[],
    // hashes
    &[],
    // networks
    &[],
    // patterns
    &[field(Kind::Text, 0), of(Kind::Slice, 8, Section::PatternWords)],
    // pattern words
    &[],
    // segments
    &[field(Kind::Id, 0), of(Kind::Index, 8, Section::Conditions)],
    // layers
    &[
        field(Kind::Id, 0),
        field(Kind::Text, 8),
        of(Kind::OptionalIndex, 24, Section::Layers),
        of(Kind::ShortIndex, 28, Section::UnitTypes),
        zero(31, 32),
        of(Kind::Slice, 32, Section::Slots),
    ],
    // slots
    &[field(Kind::Range, 0)],
    // holdouts
    &[
        field(Kind::Id, 0),
        field(Kind::Text, 8),
        field(Kind::Buckets, 32),
        of(Kind::ShortIndex, 36, Section::UnitTypes),
        zero(38, 40),
    ],
    // experiments
    &[
        field(Kind::Id, 0),
        field(Kind::Text, 8),
        of(Kind::ShortIndex, 68, Section::UnitTypes),
        code(70, 4),
        code(71, 3),
        code(72, 0),
        code(73, 1),
        zero(74, 76),
        of(Kind::OptionalIndex, 80, Section::Conditions),
        of(Kind::Slice, 84, Section::Variants),
        of(Kind::Slice, 92, Section::Ranges),
        of(Kind::Slice, 100, Section::RampStages),
        of(Kind::Slice, 108, Section::ReplayAttributes),
        of(Kind::Own, 116, Section::Extensions),
    ],
    // extensions
    &[
        of(Kind::OptionalIndex, 0, Section::Layers),
        of(Kind::Slice, 4, Section::Slots),
        of(Kind::OptionalIndex, 12, Section::UnitTypes),
        of(Kind::Slice, 16, Section::Forced),
        of(Kind::Slice, 24, Section::BoundHoldouts),
        of(Kind::Slice, 32, Section::Prerequisites),
        of(Kind::Slice, 40, Section::Masks),
        of(Kind::Slice, 48, Section::Placements),
        of(Kind::Slice, 56, Section::Factors),
        of(Kind::Slice, 64, Section::Cells),
        of(Kind::OptionalIndex, 76, Section::Holdouts),
        zero(92, 96),
    ],
    // variants
    &[field(Kind::Name, 0), of(Kind::Slice, 8, Section::Overrides), code(16, 1), zero(17, 20)],
    // overrides
    &[of(Kind::Index, 0, Section::Flags), field(Kind::Name, 4)],
    // ranges
    &[field(Kind::Range, 0)],
    // ramp stages
    &[field(Kind::Buckets, 8), zero(12, 16)],
    // replay attributes
    &[of(Kind::Index, 0, Section::Attributes)],
    // forced
    &[zero(12, 16)],
    // bound holdouts
    &[of(Kind::Index, 0, Section::Holdouts)],
    // prerequisites: by their kind
    &[code(0, 1), zero(1, 4)],
    // choices
    &[],
    // accepted values
    &[field(Kind::Name, 0)],
    // masks
    &[of(Kind::Index, 0, Section::Experiments)],
    // placements
    &[of(Kind::Index, 0, Section::Conditions)],
    // factors
    &[field(Kind::Name, 0), of(Kind::Slice, 16, Section::Levels), of(Kind::Slice, 24, Section::LevelRanges)],
    // levels
    &[field(Kind::Name, 0)],
    // level ranges
    &[field(Kind::Range, 0)],
    // cells
    &[],
    // flags
    &[
        field(Kind::Id, 0),
        field(Kind::Text, 8),
        field(Kind::Name, 24),
        of(Kind::Slice, 32, Section::Rules),
        of(Kind::Slice, 40, Section::Claims),
        code(48, 3),
        zero(50, 52),
    ],
    // rules
    &[
        of(Kind::OptionalIndex, 0, Section::Conditions),
        of(Kind::OptionalIndex, 4, Section::UnitTypes),
        field(Kind::Buckets, 8),
        field(Kind::Name, 12),
    ],
    // claims
    &[of(Kind::Index, 0, Section::Experiments)],
];

/// The most records of a section, where the format bounds them.
fn limit(section: Section) -> usize {
    match section {
        Section::Workspace => 1,
        Section::UnitTypes => MAX_UNIT_TYPES,
        Section::Attributes => MAX_ATTRIBUTES,
        Section::Experiments | Section::Flags | Section::Segments | Section::Layers | Section::Holdouts => {
            MAX_EXPERIMENTS
        }
        _ => usize::MAX,
    }
}

/// The fewest and the most records of one slice.
fn bounds(section: Section) -> (usize, usize) {
    match section {
        Section::PathSegments => (1, usize::MAX),
        Section::Variants | Section::Levels => (2, MAX_VARIANTS),
        Section::Factors => (0, MAX_FACTORS),
        Section::BoundHoldouts => (0, MAX_HOLDOUTS),
        _ => (0, usize::MAX),
    }
}

struct Checker<'a> {
    sections: Sections<'a>,
    strings: &'a [u8],
    /// How many records each section has: most fields are held against one of these.
    counts: [usize; SECTIONS],
    /// How many records of each section belong to a slice that was looked at. Slices follow one another without gap
    /// or overlap, so every record is looked at once, whatever the bytes say.
    owned: [usize; SECTIONS],
}

impl<'a> Checker<'a> {
    /// The strings are UTF-8 as a whole, so a text is if it splits no character.
    #[cold]
    fn strings(&self) -> Result<(), RulesetError> {
        let valid = core::str::from_utf8(self.strings);
        valid.map(|_| ()).map_err(|error| RulesetError::Record {
            section: Section::Strings,
            index: error.valid_up_to(),
            defect: Defect::OutOfRange,
        })
    }

    #[cold]
    fn field(&mut self, record: &[u8], field: Field) -> Result<(), Defect> {
        let at = usize::from(field.at);
        let target = usize::from(field.argument);
        let word = u32_at(record, at);
        match field.kind {
            Kind::OptionalText | Kind::OptionalIndex | Kind::Own if word == NONE => Ok(()),
            Kind::Text | Kind::OptionalText => self.text(record, at),
            Kind::Name | Kind::Id => self
                .text(record, at)
                .and_then(|()| ok_if(u32_at(record, at.saturating_add(4)) > 0, Defect::Empty)),
            Kind::Index | Kind::OptionalIndex => self.index(word as usize, target),
            Kind::ShortIndex => self.index(usize::from(u16_at(record, at)), target),
            Kind::Slice => self.slice(target, Slice::at(record, at)),
            Kind::Own => self.slice(target, Slice { first: word as usize, count: 1 }),
            Kind::Code => ok_if(u8_at(record, at) <= field.argument, Defect::UnknownCode),
            Kind::Buckets => ok_if(word <= BUCKETS, Defect::OutOfRange),
            Kind::Range => {
                let end = u32_at(record, at.saturating_add(4));
                ok_if(word < end && end <= BUCKETS, Defect::OutOfRange)
            }
            Kind::Zero => {
                let unused = record.get(at..target).unwrap_or_default();
                ok_if(unused.iter().all(|byte| *byte == 0), Defect::UnknownCode)
            }
        }
    }

    /// What a section's fields alone do not say.
    #[cold]
    fn special(&mut self, section: Section, index: usize, record: &[u8]) -> Result<(), Defect> {
        match section {
            Section::Conditions => self.condition(index, record),
            Section::Numbers => ok_if(f64_at(record, 0).is_finite(), Defect::OutOfRange),
            Section::Networks => {
                ok_if(array_at::<16>(record, 0) <= array_at::<16>(record, 16), Defect::OutOfRange)
            }
            #[cfg(feature = "operators")]
            Section::Patterns => {
                let record = record.first_chunk().unwrap_or(&[0; 16]);
                let words = crate::test::pattern_words(self.sections, record);
                ok_if(crate::pattern::check(words), Defect::OutOfRange)
            }
            Section::Prerequisites => {
                let (target, accepted) = match u32_at(record, 0) {
                    0 => (Section::Experiments, Section::Choices),
                    _ => (Section::Flags, Section::AcceptedValues),
                };
                self.index(u32_at(record, 4) as usize, target as usize)?;
                self.slice(accepted as usize, Slice::at(record, 8))
            }
            Section::Experiments => {
                self.follows(section, index)?;
                ok_if(u32_at(record, 76) == BUCKETS, Defect::OutOfRange)
            }
            Section::Segments | Section::Layers | Section::Holdouts | Section::Flags => {
                self.follows(section, index)
            }
            _ => Ok(()),
        }
    }

    /// Whether the record's id comes after that of the record before.
    #[cold]
    fn follows(&self, section: Section, index: usize) -> Result<(), Defect> {
        let Some(before) = index.checked_sub(1) else { return Ok(()) };
        ok_if(self.id(section, before) < self.id(section, index), Defect::Disorder)
    }

    fn id(&self, section: Section, index: usize) -> &'a [u8] {
        self.sections.text_bytes(self.raw(section, index), 0)
    }

    #[cold]
    fn condition(&mut self, index: usize, record: &[u8]) -> Result<(), Defect> {
        let test = u8_at(record, 0);
        let operator = u8_at(record, 1);
        if test >= code::PRESENT {
            self.attribute(u16_at(record, 2), test)?;
        }
        let largest_operator = match test {
            code::AND | code::OR | code::NOT | code::SEGMENT => return self.inner(index, record, test),
            code::PRESENT | code::IN_STRINGS | code::IN_NUMBERS | code::MATCHES | code::NETWORK => 0,
            code::CONSTANT | code::BOOLEAN | code::HOLDS => 1,
            code::TEXT => 2,
            code::IN_HASHES => 3,
            code::NUMBER | code::STRING | code::SEMVER | code::TIMESTAMP => 5,
            _ => return Err(Defect::UnknownCode),
        };
        ok_if(operator <= largest_operator, Defect::UnknownCode)?;
        let list = Slice::at(record, 4);
        match test {
            code::BOOLEAN => ok_if(u32_at(record, 4) <= 1, Defect::UnknownCode),
            code::NUMBER => ok_if(f64_at(record, 4).is_finite(), Defect::OutOfRange),
            code::STRING | code::TEXT | code::SEMVER => self.text(record, 4),
            code::IN_STRINGS | code::HOLDS => self.slice(Section::Texts as usize, list),
            code::IN_NUMBERS => self.slice(Section::Numbers as usize, list),
            code::IN_HASHES => self.slice(Section::Hashes as usize, list),
            code::NETWORK => self.slice(Section::Networks as usize, list),
            code::MATCHES => self.index(u32_at(record, 4) as usize, Section::Patterns as usize),
            code::TIMESTAMP => ok_if(u32_at(record, 12) < NANOSECONDS, Defect::OutOfRange),
            _ => Ok(()),
        }
    }

    #[cold]
    fn attribute(&self, number: u16, test: u8) -> Result<(), Defect> {
        if number == NOW_ATTRIBUTE {
            return ok_if(test == code::TIMESTAMP, Defect::OutOfBounds);
        }
        let (index, section) = match number.checked_sub(FIRST_UNIT_ATTRIBUTE) {
            Some(unit_type) => (unit_type, Section::UnitTypes),
            None => (number, Section::Attributes),
        };
        self.index(usize::from(index), section as usize)
    }

    /// A tree's depth and size are one more than its children's, who stand before it.
    #[cold]
    fn inner(&mut self, parent: usize, record: &[u8], test: u8) -> Result<(), Defect> {
        let operand = u32_at(record, 4);
        let (mut depth, mut size) = (1, 1);
        let mut add = |child: u32| {
            ok_if((child as usize) < parent, Defect::Disorder)?;
            let (child_depth, child_size) = declared_shape(self.sections, child as usize);
            depth = child_depth.saturating_add(1).max(depth);
            size = child_size.saturating_add(size);
            Ok(())
        };
        match test {
            code::NOT => add(operand)?,
            code::SEGMENT => {
                ok_if((operand as usize) < self.sections.count(Section::Segments), Defect::OutOfBounds)?;
                add(u32_at(self.sections.record(SEGMENTS, operand as usize), 8))?;
            }
            _ => {
                let children = Slice::at(record, 4);
                for child in self.sections.records(CHILDREN, children).take(MAX_CONDITIONS as usize) {
                    add(u32_at(child, 0))?;
                }
                self.slice(Section::Children as usize, children)?;
                ok_if(children.count <= MAX_CONDITIONS as usize, Defect::TooDeep)?;
            }
        }
        // An empty `and` or `or` is still a level.
        let depth: u8 = depth.max(2);
        let declared = (u8_at(record, 1), u32_at(record, 12));
        ok_if(declared == (depth, size) && depth <= MAX_DEPTH && size <= MAX_CONDITIONS, Defect::TooDeep)
    }

    fn text(&self, record: &[u8], at: usize) -> Result<(), Defect> {
        let strings = self.strings;
        let start = u32_at(record, at) as usize;
        let end = start.saturating_add(u32_at(record, at.saturating_add(4)) as usize);
        let splits = |place: usize| strings.get(place).is_some_and(|byte| byte & 0xC0 == 0x80);
        ok_if(end <= strings.len() && !splits(start) && !splits(end), Defect::OutOfBounds)
    }

    fn index(&self, index: usize, section: usize) -> Result<(), Defect> {
        ok_if(index < self.count(section), Defect::OutOfBounds)
    }

    /// A slice begins where the slice before it ended, and its records are in order.
    #[cold]
    fn slice(&mut self, number: usize, slice: Slice) -> Result<(), Defect> {
        let end = slice.first.saturating_add(slice.count);
        ok_if(end <= self.count(number), Defect::OutOfBounds)?;
        let Some((owned, section)) = self.owned.get_mut(number).zip(Section::ALL.get(number)) else {
            return Err(Defect::OutOfBounds);
        };
        ok_if(slice.first == *owned, Defect::Disorder)?;
        *owned = end;
        let (fewest, most) = bounds(*section);
        ok_if(slice.count >= fewest && slice.count <= most, Defect::TooMany)?;
        let in_order = slice.indices().skip(1).all(|later| self.in_order(*section, later));
        ok_if(in_order, Defect::Disorder)
    }

    /// Whether a record of a list comes after the one before it.
    #[cold]
    fn in_order(&self, section: Section, later: usize) -> bool {
        let (left, right) = (self.raw(section, later.saturating_sub(1)), self.raw(section, later));
        let text = |record| self.sections.text_bytes(record, 0);
        match section {
            Section::Texts | Section::Variants => text(left) < text(right),
            Section::Numbers => f64_at(left, 0) < f64_at(right, 0),
            Section::Hashes | Section::Forced => u64_at(left, 0) < u64_at(right, 0),
            Section::Networks => array_at::<16>(left, 16) < array_at::<16>(right, 0),
            Section::Ranges | Section::LevelRanges | Section::Slots => u32_at(left, 4) <= u32_at(right, 0),
            Section::RampStages => i64_at(left, 0) < i64_at(right, 0) && u32_at(left, 8) <= u32_at(right, 8),
            Section::ReplayAttributes | Section::Choices => u32_at(left, 0) < u32_at(right, 0),
            _ => true,
        }
    }

    /// No record of a section that is owned in slices belongs to nobody.
    #[cold]
    fn nothing_left_over(&self) -> Result<(), RulesetError> {
        for (section, owned) in Section::ALL.into_iter().zip(self.owned) {
            if is_owned(section) && owned != self.sections.count(section) {
                return Err(RulesetError::Record { section, index: owned, defect: Defect::Disorder });
            }
        }
        Ok(())
    }

    fn count(&self, section: usize) -> usize {
        self.counts.get(section).copied().unwrap_or(0)
    }

    fn raw(&self, section: Section, index: usize) -> &'a [u8] {
        let bytes = section.record_bytes();
        self.sections.span(section, index.wrapping_mul(bytes), bytes)
    }
}

/// How many nanoseconds a second has.
const NANOSECONDS: u32 = 1_000_000_000;

/// What a condition that was checked before says of its depth and size.
#[cold]
fn declared_shape(sections: Sections<'_>, index: usize) -> (u8, u32) {
    let record = sections.record(CONDITIONS, index);
    match u8_at(record, 0) {
        code::AND | code::OR | code::NOT | code::SEGMENT => (u8_at(record, 1), u32_at(record, 12)),
        _ => (1, 1),
    }
}

/// Whether the section's records belong to slices of other records.
fn is_owned(section: Section) -> bool {
    !matches!(
        section,
        Section::Workspace
            | Section::Strings
            | Section::UnitTypes
            | Section::Attributes
            | Section::Conditions
            | Section::Patterns
            | Section::Segments
            | Section::Layers
            | Section::Holdouts
            | Section::Experiments
            | Section::Flags
    )
}

fn ok_if(holds: bool, otherwise: Defect) -> Result<(), Defect> {
    if holds { Ok(()) } else { Err(otherwise) }
}
