//! The one look at a ruleset's bytes after which they can be trusted.
//!
//! First what this build leaves out is refused (`built_in`). Then every record is held against the fields of its
//! section (`fields`): texts, indices, codes, and slices, which follow one another so that every record is looked at
//! once; and then what records say of one another (`meaning`).

#[cfg(not(all(feature = "extensions", feature = "operators")))]
mod built_in;
#[cfg(feature = "check")]
mod fields;
#[cfg(feature = "check")]
mod meaning;

use crate::{
    Digest, RulesetError,
    format::{
        ALGORITHM_ED25519, DIRECTORY_ENTRY_BYTES, HEADER_BYTES, MAGIC, MAX_BYTES, SECTIONS, Section,
        TRAILER_BYTES, TRAILER_MAGIC, VERSION,
    },
    sections::{Extent, Layout, Sections, WORKSPACE, array_at, u8_at, u16_at, u32_at, u64_at},
};

/// Where the sections of these bytes lie, once nothing in them contradicts the format.
#[inline]
pub(crate) fn check(bytes: &[u8]) -> Result<Layout, RulesetError> {
    let bytes = header(bytes)?;
    let mut layout = Layout { extents: directory(bytes)?, seed: 0, switches: 0 };
    let workspace = Sections { bytes, layout: &layout }.record(WORKSPACE, 0);
    (layout.seed, layout.switches) = (u64_at(workspace, 0), u8_at(workspace, 24));
    #[cfg(any(feature = "check", not(all(feature = "extensions", feature = "operators"))))]
    let sections = Sections { bytes, layout: &layout };
    #[cfg(not(all(feature = "extensions", feature = "operators")))]
    built_in::check(sections).map_err(|missing| RulesetError::NotBuiltIn { missing })?;
    #[cfg(feature = "check")]
    {
        fields::check(sections)?;
        meaning::check(sections)?;
    }
    Ok(layout)
}

/// How many bytes the header declares: those that a signature signs.
pub(crate) fn signed_length(bytes: &[u8]) -> usize {
    u32_at(bytes, 12) as usize
}

/// The bytes without their trailer.
#[inline]
fn header(bytes: &[u8]) -> Result<&[u8], RulesetError> {
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
    let declared = signed_length(bytes);
    let Some((body, trailer)) = bytes.split_at_checked(declared) else {
        return Err(RulesetError::Truncated { given, needed: declared });
    };
    if !(trailer.is_empty() || is_trailer(trailer)) {
        return Err(RulesetError::TrailingBytes { given, declared });
    }
    let declared = Digest(array_at(body, 16));
    let computed = digest_of(body);
    if declared == computed { Ok(body) } else { Err(RulesetError::DigestMismatch { declared, computed }) }
}

fn is_trailer(trailer: &[u8]) -> bool {
    trailer.len() == TRAILER_BYTES
        && trailer.starts_with(&TRAILER_MAGIC)
        && u64_at(trailer, 8) == u64::from(ALGORITHM_ED25519)
}

/// The digest of a whole ruleset: of everything but the digest's own 16 bytes and the trailer.
pub(crate) fn digest_of(body: &[u8]) -> Digest {
    let (before, _) = body.get(..16).unwrap_or_default().as_chunks();
    Digest::of_words(before, body.get(HEADER_BYTES..).unwrap_or_default())
}

#[inline]
fn directory(bytes: &[u8]) -> Result<[Extent; SECTIONS], RulesetError> {
    let mut extents = [Extent::default(); SECTIONS];
    if usize::from(u16_at(bytes, 10)) != SECTIONS {
        return Err(RulesetError::Directory { entry: SECTIONS });
    }
    let (entries, _) = bytes.get(HEADER_BYTES..).unwrap_or_default().as_chunks::<DIRECTORY_ENTRY_BYTES>();
    for (entry, (section, extent)) in Section::ALL.iter().zip(&mut extents).enumerate() {
        let Some(record) = entries.get(entry) else { return Err(RulesetError::Directory { entry }) };
        let offset = u32_at(record, 4) as usize;
        let length = u32_at(record, 8) as usize;
        let known = u32_at(record, 0) == *section as u32;
        let whole = length.checked_rem(section.record_bytes()) == Some(0);
        let inside = bytes.get(offset..offset.saturating_add(length)).is_some();
        if !(known && whole && inside) {
            return Err(RulesetError::Directory { entry });
        }
        *extent = Extent { offset, length };
    }
    Ok(extents)
}

#[cfg(test)]
#[cfg(feature = "compile")]
mod tests;
