//! The one look at a ruleset's bytes after which they can be trusted.

use core::cell::Cell;

use crate::{
    BUCKETS, Defect, Digest, RulesetError,
    condition::code,
    format::{
        DIRECTORY_ENTRY_BYTES, Extent, HEADER_BYTES, MAGIC, MAX_ATTRIBUTES, MAX_BYTES, MAX_CONDITIONS,
        MAX_DEPTH, MAX_EXPERIMENTS, MAX_UNIT_TYPES, MAX_VARIANTS, NONE, SECTIONS, Section, Sections, Slice,
        VERSION, array_at, f64_at, i64_at, u8_at, u16_at, u32_at,
    },
};

/// Where the sections of these bytes lie, once nothing in them contradicts the format.
pub(crate) fn check(bytes: &[u8]) -> Result<[Extent; SECTIONS], RulesetError> {
    header(bytes)?;
    let extents = directory(bytes)?;
    let checker = Checker { sections: Sections { bytes, extents: &extents }, owned: Default::default() };
    checker.strings()?;
    checker.limits()?;
    checker.workspace()?;
    checker.lists()?;
    checker.conditions()?;
    checker.experiments()?;
    checker.flags()?;
    checker.nothing_left_over()?;
    Ok(extents)
}

fn header(bytes: &[u8]) -> Result<(), RulesetError> {
    let given = bytes.len();
    if !bytes.starts_with(&MAGIC) {
        return Err(RulesetError::NotARuleset);
    }
    if given < HEADER_BYTES {
        return Err(RulesetError::Truncated { given, needed: HEADER_BYTES });
    }
    let found = u16_at(bytes, 8);
    if found != VERSION {
        return Err(RulesetError::Version { found });
    }
    if given > MAX_BYTES {
        return Err(RulesetError::TooLarge { given });
    }
    let declared = u32_at(bytes, 12) as usize;
    if given < declared {
        return Err(RulesetError::Truncated { given, needed: declared });
    }
    if given > declared {
        return Err(RulesetError::TrailingBytes { given, declared });
    }
    let declared = Digest(array_at(bytes, 16).unwrap_or_default());
    let computed = digest_of(bytes);
    if declared == computed { Ok(()) } else { Err(RulesetError::DigestMismatch { declared, computed }) }
}

/// The digest of a whole ruleset: of everything but the digest's own 16 bytes.
pub(crate) fn digest_of(bytes: &[u8]) -> Digest {
    Digest::of(&[bytes.get(..16).unwrap_or_default(), bytes.get(HEADER_BYTES..).unwrap_or_default()])
}

fn directory(bytes: &[u8]) -> Result<[Extent; SECTIONS], RulesetError> {
    let mut extents = [Extent::default(); SECTIONS];
    if usize::from(u16_at(bytes, 10)) != SECTIONS {
        return Err(RulesetError::Directory { entry: SECTIONS });
    }
    for (entry, (section, extent)) in Section::ALL.into_iter().zip(&mut extents).enumerate() {
        let at = HEADER_BYTES.saturating_add(entry.saturating_mul(DIRECTORY_ENTRY_BYTES));
        let kind = array_at(bytes, at).map(u32::from_le_bytes);
        let offset = u32_at(bytes, at.saturating_add(4)) as usize;
        let length = u32_at(bytes, at.saturating_add(8)) as usize;
        let whole = length.checked_rem(section.record_bytes()) == Some(0);
        let inside = bytes.get(offset..offset.saturating_add(length)).is_some();
        if kind != Some(section as u32) || !whole || !inside {
            return Err(RulesetError::Directory { entry });
        }
        *extent = Extent { offset, length };
    }
    Ok(extents)
}

/// Looks at every record of every section, each with the checks that its readers rely on.
///
/// The small checks are kept out of line: they stand in many places, and a browser downloads every copy.
struct Checker<'a> {
    sections: Sections<'a>,
    /// How many records of each section belong to a slice that was looked at. Slices follow one another without gap
    /// or overlap, so every record is looked at once, whatever the bytes say.
    owned: [Cell<usize>; SECTIONS],
}

type Checked = Result<(), RulesetError>;

impl<'a> Checker<'a> {
    /// The strings are UTF-8 as a whole, so a text is if it splits no character.
    fn strings(&self) -> Checked {
        match core::str::from_utf8(self.string_bytes()) {
            Ok(_) => Ok(()),
            Err(error) => Err(defect(Section::Strings, error.valid_up_to(), Defect::OutOfRange)),
        }
    }

    fn limits(&self) -> Checked {
        let limits = [
            (Section::Workspace, 1),
            (Section::UnitTypes, MAX_UNIT_TYPES),
            (Section::Attributes, MAX_ATTRIBUTES),
            (Section::Experiments, MAX_EXPERIMENTS),
            (Section::Flags, MAX_EXPERIMENTS),
        ];
        for (section, limit) in limits {
            let count = self.sections.count(section);
            require(count <= limit, section, count, Defect::TooMany)?;
        }
        let workspaces = self.sections.count(Section::Workspace);
        require(workspaces == 1, Section::Workspace, workspaces, Defect::Empty)?;
        require(self.sections.count(Section::UnitTypes) > 0, Section::UnitTypes, 0, Defect::Empty)
    }

    fn workspace(&self) -> Checked {
        self.each(Section::Workspace, |record| {
            for at in [8, 16] {
                if u32_at(record, at) != NONE {
                    self.text(record, at)?;
                }
            }
            Self::reserved(record, 24..32)
        })?;
        self.each(Section::UnitTypes, |record| self.named(record, 0))?;
        self.each(Section::PathSegments, |record| self.text(record, 0))?;
        self.each(Section::Attributes, |record| {
            self.named(record, 0)?;
            let path = self.slice(record, 8, Section::PathSegments)?;
            if path.count == 0 { Err(Defect::Empty) } else { Ok(()) }
        })
    }

    fn lists(&self) -> Checked {
        self.each(Section::Texts, |record| self.text(record, 0))?;
        self.each(Section::Numbers, |record| ok_if(f64_at(record, 0).is_finite(), Defect::OutOfRange))?;
        self.each(Section::Children, |record| self.index(record, 0, Section::Conditions))
    }

    fn conditions(&self) -> Checked {
        for index in 0..self.sections.count(Section::Conditions) {
            self.condition(index).map_err(|found| defect(Section::Conditions, index, found))?;
        }
        Ok(())
    }

    fn condition(&self, index: usize) -> Result<(), Defect> {
        let record = self.sections.record(Section::Conditions, index).unwrap_or_default();
        let test = u8_at(record, 0);
        let operator = u8_at(record, 1);
        if test >= code::PRESENT {
            let attribute = usize::from(u16_at(record, 2));
            ok_if(attribute < self.sections.count(Section::Attributes), Defect::OutOfBounds)?;
        }
        match test {
            code::CONSTANT => ok_if(operator <= 1, Defect::UnknownCode),
            code::AND | code::OR => {
                let children = self.slice(record, 4, Section::Children)?;
                let child = |at| u32_at(self.sections.record(Section::Children, at).unwrap_or_default(), 0);
                self.shape(index, record, children.indices().map(child))
            }
            code::NOT => self.shape(index, record, core::iter::once(u32_at(record, 4))),
            code::PRESENT => Ok(()),
            code::BOOLEAN => ok_if(operator <= 1 && u32_at(record, 4) <= 1, Defect::UnknownCode),
            code::NUMBER => {
                ok_if(operator <= 5, Defect::UnknownCode)?;
                ok_if(f64_at(record, 4).is_finite(), Defect::OutOfRange)
            }
            code::STRING => ok_if(operator <= 5, Defect::UnknownCode).and_then(|()| self.text(record, 4)),
            code::TEXT => ok_if(operator <= 2, Defect::UnknownCode).and_then(|()| self.text(record, 4)),
            code::IN_STRINGS => {
                let list = self.slice(record, 4, Section::Texts)?;
                rising(list, |at| {
                    Some(self.sections.text_bytes(self.sections.record(Section::Texts, at)?, 0))
                })
            }
            code::IN_NUMBERS => {
                let list = self.slice(record, 4, Section::Numbers)?;
                rising(list, |at| Some(f64_at(self.sections.record(Section::Numbers, at)?, 0)))
            }
            _ => Err(Defect::UnknownCode),
        }
    }

    /// A tree's depth and size are one more than its children's, who stand before it.
    fn shape(&self, parent: usize, record: &[u8], children: impl Iterator<Item = u32>) -> Result<(), Defect> {
        let (mut depth, mut size) = (1_u8, 1_u32);
        for child in children {
            let child = child as usize;
            ok_if(child < parent, Defect::Disorder)?;
            let (child_depth, child_size) = self.declared_shape(child);
            depth = depth.max(child_depth.saturating_add(1));
            size = size.saturating_add(child_size);
        }
        // An empty `and` or `or` is still a level.
        let depth = depth.max(2);
        let declared = (u8_at(record, 1), u32_at(record, 12));
        ok_if(declared == (depth, size) && depth <= MAX_DEPTH && size <= MAX_CONDITIONS, Defect::TooDeep)
    }

    /// What a condition that was checked before says of itself.
    fn declared_shape(&self, index: usize) -> (u8, u32) {
        let record = self.sections.record(Section::Conditions, index).unwrap_or_default();
        match u8_at(record, 0) {
            code::AND | code::OR | code::NOT => (u8_at(record, 1), u32_at(record, 12)),
            _ => (1, 1),
        }
    }

    fn experiments(&self) -> Checked {
        self.each(Section::Overrides, |record| {
            self.index(record, 0, Section::Flags)?;
            self.named(record, 4)
        })?;
        self.each(Section::Variants, |record| {
            self.named(record, 0)?;
            self.slice(record, 8, Section::Overrides)?;
            ok_if(u32_at(record, 16) <= 1, Defect::UnknownCode)
        })?;
        self.each(Section::ReplayAttributes, |record| self.index(record, 0, Section::Attributes))?;
        self.each(Section::Experiments, |record| self.experiment(record))?;
        self.sorted_by_id(Section::Experiments)
    }

    fn experiment(&self, record: &[u8]) -> Result<(), Defect> {
        self.named(record, 0)?;
        self.text(record, 8)?;
        let unit_type = usize::from(u16_at(record, 68));
        ok_if(unit_type < self.sections.count(Section::UnitTypes), Defect::OutOfBounds)?;
        let codes_known = u8_at(record, 70) <= 1 && u8_at(record, 71) == 0 && u8_at(record, 72) == 0;
        ok_if(codes_known, Defect::UnknownCode)?;
        ok_if(u32_at(record, 76) == BUCKETS, Defect::OutOfRange)?;
        Self::reserved(record, 73..76)?;
        Self::reserved(record, 116..120)?;
        self.optional_index(record, 80, Section::Conditions)?;

        let variants = self.slice(record, 84, Section::Variants)?;
        ok_if((2..=MAX_VARIANTS).contains(&variants.count), Defect::TooMany)?;
        let control =
            |at: &usize| u32_at(self.sections.record(Section::Variants, *at).unwrap_or_default(), 16) == 1;
        ok_if(variants.indices().filter(control).count() == 1, Defect::OutOfRange)?;
        rising(variants, |at| {
            Some(self.sections.text_bytes(self.sections.record(Section::Variants, at)?, 0))
        })?;
        self.ranges(self.slice(record, 92, Section::Ranges)?, variants.count)?;
        self.ramp(self.slice(record, 100, Section::RampStages)?)?;
        let replayed = self.slice(record, 108, Section::ReplayAttributes)?;
        rising(replayed, |at| Some(u32_at(self.sections.record(Section::ReplayAttributes, at)?, 0)))
    }

    fn ranges(&self, ranges: Slice, variants: usize) -> Result<(), Defect> {
        let mut free_from = 0;
        for at in ranges.indices() {
            let record = self.sections.record(Section::Ranges, at).unwrap_or_default();
            let (start, end) = (u32_at(record, 0), u32_at(record, 4));
            ok_if(start >= free_from, Defect::Disorder)?;
            ok_if(start < end && end <= BUCKETS, Defect::OutOfRange)?;
            ok_if((u32_at(record, 8) as usize) < variants, Defect::OutOfBounds)?;
            free_from = end;
        }
        Ok(())
    }

    fn ramp(&self, stages: Slice) -> Result<(), Defect> {
        let stage = |at| self.sections.record(Section::RampStages, at);
        rising(stages, |at| Some(i64_at(stage(at)?, 0)))?;
        let mut entered = 0;
        for at in stages.indices() {
            Self::reserved(stage(at).unwrap_or_default(), 12..16)?;
            let buckets = u32_at(stage(at).unwrap_or_default(), 8);
            ok_if(buckets >= entered, Defect::Disorder)?;
            ok_if(buckets <= BUCKETS, Defect::OutOfRange)?;
            entered = buckets;
        }
        Ok(())
    }

    fn flags(&self) -> Checked {
        self.each(Section::Claims, |record| self.index(record, 0, Section::Experiments))?;
        self.each(Section::Rules, |record| {
            self.optional_index(record, 0, Section::Conditions)?;
            self.optional_index(record, 4, Section::UnitTypes)?;
            ok_if(u32_at(record, 8) <= BUCKETS, Defect::OutOfRange)?;
            self.named(record, 12)
        })?;
        self.each(Section::Flags, |record| {
            self.named(record, 0)?;
            self.text(record, 8)?;
            self.named(record, 24)?;
            self.slice(record, 32, Section::Rules)?;
            self.slice(record, 40, Section::Claims)?;
            Self::reserved(record, 49..56)?;
            ok_if(u8_at(record, 48) <= 3, Defect::UnknownCode)
        })?;
        self.sorted_by_id(Section::Flags)
    }

    fn each(&self, section: Section, look: impl Fn(&'a [u8]) -> Result<(), Defect>) -> Checked {
        for index in 0..self.sections.count(section) {
            let record = self.sections.record(section, index).unwrap_or_default();
            look(record).map_err(|found| defect(section, index, found))?;
        }
        Ok(())
    }

    fn sorted_by_id(&self, section: Section) -> Checked {
        let all = Slice { first: 0, count: self.sections.count(section) };
        let id = |at| Some(self.sections.text_bytes(self.sections.record(section, at)?, 0));
        rising(all, id).map_err(|found| defect(section, 0, found))
    }

    #[inline(never)]
    fn text(&self, record: &[u8], at: usize) -> Result<(), Defect> {
        let strings = self.string_bytes();
        let start = u32_at(record, at) as usize;
        let end = start.saturating_add(u32_at(record, at.saturating_add(4)) as usize);
        let splits = |place: usize| strings.get(place).is_some_and(|byte| byte & 0xC0 == 0x80);
        let inside = start <= end && end <= strings.len();
        ok_if(inside && !splits(start) && !splits(end), Defect::OutOfBounds)
    }

    #[inline(never)]
    fn named(&self, record: &[u8], at: usize) -> Result<(), Defect> {
        self.text(record, at)?;
        ok_if(u32_at(record, at.saturating_add(4)) > 0, Defect::Empty)
    }

    /// The record's slice of another section, which begins where the slice before it ended.
    #[inline(never)]
    fn slice(&self, record: &[u8], at: usize, section: Section) -> Result<Slice, Defect> {
        let slice = Slice::at(record, at);
        let end = slice.first.saturating_add(slice.count);
        ok_if(end <= self.sections.count(section), Defect::OutOfBounds)?;
        let owned = self.owned.get(section as usize).ok_or(Defect::OutOfBounds)?;
        ok_if(slice.first == owned.get(), Defect::Disorder)?;
        owned.set(end);
        Ok(slice)
    }

    /// No record of a section that is owned in slices belongs to nobody.
    fn nothing_left_over(&self) -> Checked {
        for section in OWNED {
            let owned = self.owned.get(section as usize).map_or(0, Cell::get);
            require(owned == self.sections.count(section), section, owned, Defect::Disorder)?;
        }
        Ok(())
    }

    /// Bytes that version 1 gives no meaning to.
    #[inline(never)]
    fn reserved(record: &[u8], bytes: core::ops::Range<usize>) -> Result<(), Defect> {
        let unused = record.get(bytes).unwrap_or_default();
        ok_if(unused.iter().all(|byte| *byte == 0), Defect::UnknownCode)
    }

    #[inline(never)]
    fn index(&self, record: &[u8], at: usize, section: Section) -> Result<(), Defect> {
        ok_if((u32_at(record, at) as usize) < self.sections.count(section), Defect::OutOfBounds)
    }

    #[inline(never)]
    fn optional_index(&self, record: &[u8], at: usize, section: Section) -> Result<(), Defect> {
        if u32_at(record, at) == NONE { Ok(()) } else { self.index(record, at, section) }
    }

    fn string_bytes(&self) -> &'a [u8] {
        let length = self.sections.count(Section::Strings);
        let extent = self.sections.extents.get(Section::Strings as usize).copied().unwrap_or_default();
        self.sections.bytes.get(extent.offset..extent.offset.saturating_add(length)).unwrap_or_default()
    }
}

/// What the records say has to rise strictly.
fn rising<T: PartialOrd>(slice: Slice, key: impl Fn(usize) -> Option<T>) -> Result<(), Defect> {
    let later = slice.indices().skip(1);
    let rises = slice.indices().zip(later).all(|(earlier, later)| key(earlier) < key(later));
    ok_if(rises, Defect::Disorder)
}

/// The sections whose records belong to a slice of exactly one other record.
const OWNED: [Section; 11] = [
    Section::PathSegments,
    Section::Children,
    Section::Texts,
    Section::Numbers,
    Section::Variants,
    Section::Overrides,
    Section::Ranges,
    Section::RampStages,
    Section::ReplayAttributes,
    Section::Rules,
    Section::Claims,
];

fn ok_if(holds: bool, otherwise: Defect) -> Result<(), Defect> {
    if holds { Ok(()) } else { Err(otherwise) }
}

fn require(holds: bool, section: Section, index: usize, otherwise: Defect) -> Checked {
    ok_if(holds, otherwise).map_err(|found| defect(section, index, found))
}

fn defect(section: Section, index: usize, defect: Defect) -> RulesetError {
    RulesetError::Record { section: section.name(), index, defect }
}

#[cfg(test)]
#[cfg(feature = "compile")]
mod tests {
    use super::*;
    use crate::document::Document;
    use std::vec::Vec;

    fn two_experiments() -> Vec<u8> {
        let experiment = |id: &str| {
            serde_json::json!({
                "id": id, "iteration": 1, "salt": std::format!("experiment:{id}@1"), "unit": "user", "state": "running",
                "variants": [{"id": "a", "control": true}, {"id": "b"}],
                "allocation": [
                    {"start": 0, "end": 500_000, "variant": "a"},
                    {"start": 500_000, "end": 1_000_000, "variant": "b"}
                ]
            })
        };
        let experiments = [experiment("first"), experiment("second")];
        let document =
            serde_json::json!({"seed": "9f86d081884c7d65", "units": ["user"], "experiments": experiments});
        crate::compile(&serde_json::from_value::<Document>(document).unwrap()).unwrap()
    }

    /// The bytes with a number of one record written over, under a digest that fits again.
    fn forged(section: Section, index: usize, at: usize, value: u32) -> Vec<u8> {
        let mut bytes = two_experiments();
        let extent = check(&bytes).unwrap()[section as usize];
        let place = extent.offset + index * section.record_bytes() + at;
        bytes[place..place + 4].copy_from_slice(&value.to_le_bytes());
        let digest = digest_of(&bytes).to_bytes();
        bytes[16..HEADER_BYTES].copy_from_slice(&digest);
        bytes
    }

    #[test]
    fn forged_records_are_refused_at_their_place() {
        let experiments = Section::Experiments.name();
        let cases = [
            // Two experiments that share one slice would have every record looked at twice.
            (Section::Experiments, 92, 0, Defect::Disorder),
            (Section::Experiments, 96, 9, Defect::OutOfBounds),
            (Section::Experiments, 72, 0x0100, Defect::UnknownCode),
            (Section::Experiments, 76, 10_000, Defect::OutOfRange),
            (Section::Experiments, 116, 1, Defect::UnknownCode),
        ];
        for (section, at, value, defect) in cases {
            let refused = check(&forged(section, 1, at, value)).unwrap_err();
            assert_eq!(refused, RulesetError::Record { section: experiments, index: 1, defect });
        }
    }

    #[test]
    fn two_controls_or_a_record_of_nobody_are_refused() {
        let two_controls = check(&forged(Section::Variants, 1, 16, 1)).unwrap_err();
        let expected = RulesetError::Record { section: "experiments", index: 0, defect: Defect::OutOfRange };
        assert_eq!(two_controls, expected);
        let left_over = check(&forged(Section::Experiments, 1, 96, 1)).unwrap_err();
        assert_eq!(left_over, RulesetError::Record { section: "ranges", index: 3, defect: Defect::Disorder });
    }
}
