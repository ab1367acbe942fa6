//! Versions: Semantic Versioning 2.0.0, checked and ordered in place.
//!
//! Source: Preston-Werner, "Semantic Versioning 2.0.0", <https://semver.org/spec/v2.0.0.html>, items 2, 9, 10, 11.
//! Numbers have any length: they are compared as digits and never overflow.
//!
//! Hosts send versions as their platforms spell them, so two things beyond the specification are versions here too,
//! on either side of a comparison:
//!
//! - one `v` or `V` in front: `v2.4.0` is 2.4.0;
//! - a missing patch, or a missing minor and patch: `2.4` and `2` are 2.4.0 and 2.0.0. Only a full
//!   `MAJOR.MINOR.PATCH` may be followed by a pre-release or by build metadata: `2.4-beta` is no version.
//!
//! Nothing else is: no leading zeros (`2024.01.05`), no fourth number, no white space.

use core::cmp::Ordering;

/// The longest version, in bytes. The specification sets no limit; its questions and answers call 255 characters
/// overkill.
pub const VERSION_BYTES: usize = 256;

/// Whether `text` is a version of at most [`VERSION_BYTES`] bytes.
#[must_use]
pub fn is_version(text: &[u8]) -> bool {
    Version::read(text).is_some()
}

/// The precedence of two versions, or nothing where either is none; see [`is_version`].
///
/// Numbers are compared as numbers; a pre-release comes before its release and is compared by its dot-separated
/// identifiers, numbers before texts; build metadata does not count.
#[must_use]
pub fn compare(left: &[u8], right: &[u8]) -> Option<Ordering> {
    Some(Version::read(left)?.order(&Version::read(right)?))
}

/// A version's checked parts. The build metadata is checked, too, but orders nothing.
struct Version<'a> {
    /// Major, minor and patch, as digits.
    numbers: [&'a [u8]; 3],
    /// What follows the first hyphen.
    pre_release: Option<&'a [u8]>,
}

impl<'a> Version<'a> {
    fn read(text: &'a [u8]) -> Option<Self> {
        if text.len() > VERSION_BYTES {
            return None;
        }
        let text = match text {
            [b'v' | b'V', version @ ..] => version,
            _ => text,
        };
        let (text, build) = cut(text, b'+');
        let (text, pre_release) = cut(text, b'-');
        let (numbers, is_full) = read_numbers(text)?;
        let is_valid = build.is_none_or(|build| is_full && is_every(build, is_identifier))
            && pre_release.is_none_or(|pre_release| is_full && is_every(pre_release, is_pre_release));
        is_valid.then_some(Self { numbers, pre_release })
    }

    /// Item 11.
    fn order(&self, other: &Self) -> Ordering {
        for (left, right) in self.numbers.into_iter().zip(other.numbers) {
            let ordering = order_identifiers(left, right);
            if ordering.is_ne() {
                return ordering;
            }
        }
        match (self.pre_release, other.pre_release) {
            (Some(left), Some(right)) => order_pre_releases(left, right),
            (left, right) => left.is_none().cmp(&right.is_none()),
        }
    }
}

/// What lies before the first `separator`, and what lies behind it.
#[inline(never)] // Here and below: once in the code that a browser loads, not at every call.
fn cut(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    let mut parts = text.splitn(2, |&byte| byte == separator);
    (parts.next().unwrap_or_default(), parts.next())
}

/// Major, minor and patch, and whether none of them was missing.
fn read_numbers(text: &[u8]) -> Option<([&[u8]; 3], bool)> {
    let mut numbers: [&[u8]; 3] = [b"0"; 3];
    let mut count = 0_usize;
    for number in identifiers(text) {
        *numbers.get_mut(count)? = number;
        count = count.saturating_add(1);
    }
    numbers.into_iter().all(is_number).then_some((numbers, count == numbers.len()))
}

fn order_pre_releases(left: &[u8], right: &[u8]) -> Ordering {
    let (mut left, mut right) = (identifiers(left), identifiers(right));
    loop {
        let ordering = match (left.next(), right.next()) {
            (Some(left), Some(right)) => order_identifiers(left, right),
            // Item 11.4.4: the longer one comes later.
            (left, right) => return left.is_some().cmp(&right.is_some()),
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
}

/// Numbers by length and digits, before texts by bytes (items 11.4.1 to 11.4.3).
#[inline(never)]
fn order_identifiers(left: &[u8], right: &[u8]) -> Ordering {
    match (is_digits(left), is_digits(right)) {
        (true, true) => left.len().cmp(&right.len()).then_with(|| left.cmp(right)),
        (false, false) => left.cmp(right),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

fn identifiers(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'.')
}

fn is_every(text: &[u8], is_valid: fn(&[u8]) -> bool) -> bool {
    identifiers(text).all(is_valid)
}

/// Item 2: digits without leading zeros.
fn is_number(text: &[u8]) -> bool {
    is_digits(text) && !matches!(text, [b'0', _, ..])
}

/// Item 9: an identifier that is, where it has digits only, a number.
fn is_pre_release(text: &[u8]) -> bool {
    is_number(text) || is_identifier(text) && !is_digits(text)
}

/// Item 10.
fn is_identifier(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

#[inline(never)]
fn is_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::semver::Version as Reference;
    use proptest::{collection::vec, prelude::*, string::string_regex};
    use std::{
        format,
        string::{String, ToString as _},
        vec::Vec,
    };

    /// Versions that stand in ascending order: the examples of items 11.2 and 11.4.4, then identifiers and numbers
    /// on both sides of every rule.
    const ASCENDING: [&[&str]; 4] = [
        &["1.0.0", "2.0.0", "2.1.0", "2.1.1"],
        &[
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
        ],
        &["1.0.0-0", "1.0.0-9", "1.0.0-10", "1.0.0--", "1.0.0-0a", "1.0.0-A", "1.0.0-a", "1.0.0-a.0"],
        // 2^64 - 1, 2^64, and a hundred times that.
        &["18446744073709551615.0.0", "18446744073709551616.0.0", "1844674407370955161600.0.0"],
    ];

    #[test]
    fn versions_stand_in_the_order_of_the_specification() {
        for versions in ASCENDING {
            for (at, left) in versions.iter().enumerate() {
                for (other, right) in versions.iter().enumerate() {
                    let ordering = compare(left.as_bytes(), right.as_bytes());
                    assert_eq!(ordering, Some(at.cmp(&other)), "{left} and {right}");
                }
            }
        }
    }

    fn are_equal(left: &str, right: &str) -> bool {
        compare(left.as_bytes(), right.as_bytes()) == Some(Ordering::Equal)
    }

    #[test]
    fn build_metadata_does_not_count() {
        // The examples of item 10.
        for (left, right) in [
            ("1.0.0-alpha", "1.0.0-alpha+001"),
            ("1.0.0", "1.0.0+20130313144700"),
            ("1.0.0-beta", "1.0.0-beta+exp.sha.5114f85"),
            ("1.0.0+21AF26D3---117B344092BD", "1.0.0"),
        ] {
            assert!(are_equal(left, right), "{left} and {right}");
        }
    }

    #[test]
    fn a_missing_part_is_nought_and_a_leading_v_is_passed_over() {
        for (left, right) in [("2", "2.0.0"), ("2.4", "2.4.0"), ("v2.4", "2.4.0"), ("V2.4.0-a", "v2.4.0-a")] {
            assert!(are_equal(left, right), "{left} and {right}");
            assert!(are_equal(right, left), "{right} and {left}");
        }
    }

    #[test]
    fn what_is_no_version_compares_with_nothing() {
        for text in [
            "",
            "v",
            "vv1.0.0",
            "=1.0.0",
            " 1.0.0",
            "1.0.0 ",
            "1.0.0\n",
            ".1.0",
            "1.",
            "1.0.",
            "1.0.0.",
            "1..0",
            "1.0.0.0",
            "01.0.0",
            "1.00.0",
            "2024.01.05",
            "1.0.x",
            "1.0.-1",
            "+1.0.0",
            "-1.0.0",
            "1-a",
            "1.0-a",
            "1+a",
            "1.0+a",
            "1.0.0-",
            "1.0.0+",
            "1.0.0-+a",
            "1.0.0-a+",
            "1.0.0-a..b",
            "1.0.0-a.",
            "1.0.0-.a",
            "1.0.0-01",
            "1.0.0-a.00",
            "1.0.0-a_b",
            "1.0.0-é",
            "1.0.0+a+b",
            "1.0.0+a..b",
        ] {
            assert!(!is_version(text.as_bytes()), "{text}");
            assert_eq!(compare(text.as_bytes(), b"1.0.0"), None, "{text}");
            assert_eq!(compare(b"1.0.0", text.as_bytes()), None, "{text}");
        }
        assert!(!is_version(b"1.0.0-\xff"));
    }

    #[test]
    fn a_version_has_at_most_256_bytes() {
        let version = |bytes: usize| format!("1.0.0-{}", "1".repeat(bytes - "1.0.0-".len()));
        assert!(is_version(version(VERSION_BYTES).as_bytes()));
        assert!(!is_version(version(VERSION_BYTES + 1).as_bytes()));
        let longest = version(VERSION_BYTES);
        let shorter = version(VERSION_BYTES - 1);
        assert_eq!(compare(longest.as_bytes(), shorter.as_bytes()), Some(Ordering::Greater));
    }

    /// What the `semver` crate reads, after what is documented above it has been written out.
    fn reference(text: &[u8]) -> Option<Reference> {
        let text = str::from_utf8(text).ok()?;
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let is_short = !text.contains(['-', '+']);
        let padded = match text.matches('.').count() {
            0 if is_short => format!("{text}.0.0"),
            1 if is_short => format!("{text}.0"),
            _ => text.to_string(),
        };
        Reference::parse(&padded).ok()
    }

    /// Versions whose pre-release has at most this many digits in a row.
    fn full_versions(digits: usize) -> impl Strategy<Value = String> {
        let number = "0|[1-9][0-9]{0,2}";
        let first = format!("0|[1-9][0-9]{{0,{}}}|[0-9]{{0,2}}[a-zA-Z-][0-9a-zA-Z-]{{0,3}}", digits - 1);
        let pre_release = format!("(-({first})(\\.(0|[1-9]|[a-c-]{{1,2}})){{0,3}})?");
        let build = "(\\+[0-9a-zA-Z-]{1,4}(\\.[0-9a-z-]{1,3}){0,2})?";
        (number, number, number, string_regex(&pre_release).unwrap(), build)
            .prop_map(|(major, minor, patch, pre, build)| format!("{major}.{minor}.{patch}{pre}{build}"))
    }

    /// Versions close to each other, so that every rule of the order gets its turn.
    fn near_versions() -> impl Strategy<Value = String> {
        "[01]\\.[01]\\.(9|10)(-(0|9|10|a|-|a-)(\\.(1|2|10|b|1b)){0,2})?(\\+(1|a))?"
    }

    /// Bytes that versions are made of, and two that they are not.
    fn alphabet() -> impl Strategy<Value = u8> {
        proptest::sample::select(&b"0019.-+avV _\xc3"[..])
    }

    /// Texts in which no number outgrows the 64 bits that the `semver` crate has for it.
    fn mutated() -> impl Strategy<Value = Vec<u8>> {
        let edits = vec((any::<prop::sample::Index>(), proptest::option::of(alphabet())), 1..4);
        (full_versions(6), edits).prop_map(|(version, edits)| {
            let mut bytes = version.into_bytes();
            for (index, byte) in edits {
                let at = index.index(bytes.len() + 1);
                match byte {
                    Some(byte) => bytes.insert(at, byte),
                    None if at < bytes.len() => _ = bytes.remove(at),
                    None => {}
                }
            }
            bytes
        })
    }

    proptest! {
        #[test]
        fn full_versions_compare_as_the_semver_crate_does(left in full_versions(22), right in full_versions(22)) {
            let expected = Reference::parse(&left)?.cmp_precedence(&Reference::parse(&right)?);
            prop_assert_eq!(compare(left.as_bytes(), right.as_bytes()), Some(expected));
        }

        #[test]
        fn near_versions_compare_as_the_semver_crate_does(left in near_versions(), right in near_versions()) {
            let expected = Reference::parse(&left)?.cmp_precedence(&Reference::parse(&right)?);
            prop_assert_eq!(compare(left.as_bytes(), right.as_bytes()), Some(expected));
        }

        #[test]
        fn mutated_versions_are_read_as_the_semver_crate_does(left in mutated(), right in mutated()) {
            let (first, second) = (reference(&left), reference(&right));
            prop_assert_eq!(is_version(&left), first.is_some());
            let expected = first.zip(second).map(|(first, second)| first.cmp_precedence(&second));
            prop_assert_eq!(compare(&left, &right), expected);
        }

        #[test]
        fn short_texts_are_read_as_the_semver_crate_does(text in vec(alphabet(), 0..8)) {
            prop_assert_eq!(is_version(&text), reference(&text).is_some());
        }

        #[test]
        fn random_bytes_are_read_as_the_semver_crate_does(text in vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(is_version(&text), reference(&text).is_some());
            prop_assert_eq!(compare(&text, &text), is_version(&text).then_some(Ordering::Equal));
        }
    }
}
