//! What the fuzz targets share: asking a ruleset everything, and giving altered bytes a right header.

use edgewise_core::{Digest, EncodedContext, Ruleset, Silent, Trace, format};

/// Evaluates every experiment and every flag, silently and with an explanation, which have to agree.
pub fn ask_everything<B: AsRef<[u8]>>(ruleset: &Ruleset<B>, context: &[u8], now: i64) {
    let context = EncodedContext::new(context, ruleset);
    for experiment in ruleset.experiments() {
        let mut trace = Trace::default();
        let answer = experiment.assign(&context, now, &mut Silent);
        assert_eq!(experiment.assign(&context, now, &mut trace), answer);
        assert!(answer.variant.is_none_or(|index| experiment.variant(index).is_some()));
    }
    for flag in ruleset.flags() {
        let answer = flag.evaluate(&context, now, &mut Silent);
        assert_eq!(flag.evaluate(&context, now, &mut Trace::default()), answer);
        assert!(!answer.value.is_empty());
    }
}

/// The bytes with magic, version, number of sections, length and digest as they have to be, so that the fuzzer
/// reaches what lies behind.
#[must_use]
pub fn with_header(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(format::HEADER_BYTES + body.len()).unwrap_or(u32::MAX);
    let mut bytes = format::MAGIC.to_vec();
    bytes.extend(format::VERSION.to_le_bytes());
    bytes.extend((format::SECTIONS as u16).to_le_bytes());
    bytes.extend(length.to_le_bytes());
    let digest = Digest::of(&[&bytes, body]);
    bytes.extend(digest.to_bytes());
    bytes.extend_from_slice(body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The target `ruleset` would find nothing if every input were refused for its header.
    #[test]
    fn a_header_given_anew_is_the_one_that_was_there() {
        let golden = include_bytes!("../../../vectors/golden.edgewise");
        assert_eq!(with_header(&golden[format::HEADER_BYTES..]), golden);
    }
}
