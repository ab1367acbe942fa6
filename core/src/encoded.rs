//! A context as bytes: the way across the WebAssembly boundary.

use crate::{
    Context, Epoch, Ruleset, Sticky, Unit, Value,
    sections::{f64_at, u32_at, u64_at},
};

/// The size of one record of an [`EncodedContext`].
pub const RECORD_BYTES: usize = 16;

/// The size of one directive of an [`EncodedContext`].
pub const DIRECTIVE_BYTES: usize = 32;

/// The most directives of an [`EncodedContext`] that are looked at: an evaluation may go through them more than once.
pub const MAX_DIRECTIVES: usize = 1024;

/// A context read in place from bytes that a host wrote.
///
/// One record of [`RECORD_BYTES`] for each unit type, then one for each attribute, in the order of their indices, then
/// one of what the host says about the draw itself; strings, lists and directives follow anywhere behind. Integers are
/// little-endian, places are counted from the first record. What lies beyond the bytes is missing.
///
/// | bytes of a record | what |
/// |---|---|
/// | 0 | tag: 0 missing, 1 `false`, 2 `true`, 3 number, 4 string or id, 5 anything else or no id, 6 list of strings |
/// | 4..8 | the string's, or the whole list's, length in bytes |
/// | 8..16 | the number (`f64`), or in 8..12 where the string or list begins |
///
/// | bytes of the last record | what |
/// |---|---|
/// | 0..4, 4..8 | where the directives begin, and how many there are, at most [`MAX_DIRECTIVES`] |
/// | 8..12, 12..16 | where the nonce begins, and its length; 0: there is none |
///
/// | directive, 32 bytes | what |
/// |---|---|
/// | 0..4 | kind: 1 sticky record, 2 forced variant, 3 counter |
/// | 4..8 | index of the experiment |
/// | 8..12 | index of the variant |
/// | 12..16 | iteration |
/// | 16..24 | epoch, or counter (`u64`) |
#[derive(Clone, Copy, Debug)]
pub struct EncodedContext<'a> {
    bytes: &'a [u8],
    unit_types: usize,
    directives: &'a [u8],
    nonce: &'a [u8],
}

const STICKY: u32 = 1;
const FORCED: u32 = 2;
const COUNTER: u32 = 3;

impl<'a> EncodedContext<'a> {
    /// The context that `bytes` encode for `ruleset`.
    #[must_use]
    pub fn new<B: AsRef<[u8]>>(bytes: &'a [u8], ruleset: &Ruleset<B>) -> Self {
        let unit_types = ruleset.unit_type_count();
        let mut context = Self { bytes, unit_types, directives: &[], nonce: &[] };
        if !cfg!(feature = "extensions") {
            // Nobody will ask for directives or for a nonce.
            return context;
        }
        let last = context.record(unit_types.saturating_add(ruleset.attribute_count()));
        if let Some(last) = last {
            let length = (u32_at(last, 4) as usize).min(MAX_DIRECTIVES).saturating_mul(DIRECTIVE_BYTES);
            context.directives = context.span(u32_at(last, 0), length).unwrap_or_default();
            context.nonce = context.span(u32_at(last, 8), u32_at(last, 12) as usize).unwrap_or_default();
        }
        context
    }

    #[cfg_attr(feature = "extensions", inline)]
    #[cfg_attr(not(feature = "extensions"), inline(never))]
    fn value(&self, index: usize) -> Value<'a> {
        let Some(record) = self.record(index) else { return Value::Absent };
        match record.first() {
            Some(1) => Value::Bool(false),
            Some(2) => Value::Bool(true),
            Some(3) => Value::Number(f64_at(record, 8)),
            Some(4) => {
                self.span(u32_at(record, 8), u32_at(record, 4) as usize).map_or(Value::Other, Value::String)
            }
            Some(6) => {
                self.span(u32_at(record, 8), u32_at(record, 4) as usize).map_or(Value::Other, Value::List)
            }
            Some(0) | None => Value::Absent,
            Some(_) => Value::Other,
        }
    }

    #[inline]
    fn record(&self, index: usize) -> Option<&'a [u8; RECORD_BYTES]> {
        self.bytes.get(index.saturating_mul(RECORD_BYTES)..)?.first_chunk()
    }

    fn directives(&self, kind: u32) -> impl Iterator<Item = &'a [u8; DIRECTIVE_BYTES]> + use<'a> {
        let (directives, _) = self.directives.as_chunks::<DIRECTIVE_BYTES>();
        directives.iter().filter(move |found| u32_at(*found, 0) == kind)
    }

    #[cold]
    fn about(&self, kind: u32, experiment: usize) -> Option<&'a [u8; DIRECTIVE_BYTES]> {
        self.directives(kind).find(|found| u32_at(*found, 4) as usize == experiment)
    }

    #[inline]
    fn span(&self, start: u32, length: usize) -> Option<&'a [u8]> {
        let start = start as usize;
        self.bytes.get(start..start.saturating_add(length))
    }
}

impl Context for EncodedContext<'_> {
    #[inline]
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        match self.value(unit_type) {
            Value::Absent => Unit::Missing,
            Value::String(id) => Unit::new(id),
            _ => Unit::Invalid,
        }
    }

    #[inline]
    fn attribute(&self, attribute: usize) -> Value<'_> {
        self.value(self.unit_types.saturating_add(attribute))
    }

    fn sticky(&self, nth: usize) -> Option<Sticky> {
        let found = self.directives(STICKY).nth(nth)?;
        Some(Sticky {
            experiment: u32_at(found, 4) as usize,
            variant: u32_at(found, 8) as usize,
            iteration: u32_at(found, 12),
            epoch: Epoch(u64_at(found, 16)),
        })
    }

    #[inline]
    fn forced(&self, experiment: usize) -> Option<usize> {
        if self.directives.is_empty() {
            return None;
        }
        self.about(FORCED, experiment).map(|found| u32_at(found, 8) as usize)
    }

    fn nonce(&self) -> Option<&[u8]> {
        if self.nonce.is_empty() { None } else { Some(self.nonce) }
    }

    fn counter(&self, experiment: usize) -> Option<u64> {
        self.about(COUNTER, experiment).map(|found| u64_at(found, 16))
    }
}
