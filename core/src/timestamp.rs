//! Instants: read from texts and numbers, and compared.
//!
//! Source: Klyne and Newman, "Date and Time on the Internet: Timestamps", RFC 3339, 2002, sections 5.6 to 5.8;
//! ECMA-262, "Time Values and Time Range", for numbers.

/// The largest number of milliseconds from the epoch, either way, that JavaScript's `Date` knows: 100,000,000 days.
const MAX_MILLISECONDS: f64 = 8.64e15;

const NANOSECONDS_PER_SECOND: i64 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// The number of 1970-01-01, where 0001-01-01 is day 1: behind it lie 1,969 years of 365 days and 477 leap days.
const EPOCH_DAY: i64 = 719_163;

/// An instant, to the nanosecond, on the time scale of POSIX: every day has 86,400 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    // The order of the fields is the order of instants.
    seconds: i64,
    nanoseconds: u32,
}

impl Timestamp {
    /// The instant `nanoseconds` after the whole second `seconds`, which is counted from 1970-01-01T00:00:00Z.
    ///
    /// Nothing where `nanoseconds` is not below 1,000,000,000.
    #[must_use]
    pub const fn from_parts(seconds: i64, nanoseconds: u32) -> Option<Self> {
        if nanoseconds < 1_000_000_000 { Some(Self { seconds, nanoseconds }) } else { None }
    }

    /// The instant this many milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(milliseconds: i64) -> Self {
        let nanoseconds = milliseconds.rem_euclid(1_000).wrapping_mul(1_000_000);
        Self::carry(milliseconds.div_euclid(1_000), nanoseconds)
    }

    /// The instant this many milliseconds after 1970-01-01T00:00:00Z, as JavaScript counts them.
    ///
    /// Nothing for NaN and beyond ±8.64·10¹⁵, as for `Date`. Unlike `Date`, a fraction of a millisecond counts: it is
    /// kept to the nanosecond below, so that numbers and their instants have one order. A double resolves some 244 ns
    /// at present.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "below 2^53 in magnitude"
    )]
    pub fn from_number(milliseconds: f64) -> Option<Self> {
        if !(-MAX_MILLISECONDS..=MAX_MILLISECONDS).contains(&milliseconds) {
            return None;
        }
        let whole = milliseconds as i64;
        let fraction = (milliseconds - whole as f64) * 1e6;
        let toward_zero = fraction as i64;
        let below = toward_zero.wrapping_sub(i64::from(toward_zero as f64 > fraction));
        let Self { seconds, nanoseconds } = Self::from_millis(whole);
        Some(Self::carry(seconds, i64::from(nanoseconds).wrapping_add(below)))
    }

    /// The instant that an RFC 3339 text names, or nothing where it is none.
    ///
    /// Accepted is `YYYY-MM-DD`, then `T`, `t` or a space, then `hh:mm:ss`, then the offset from UTC: `Z`, `z`, or `+`
    /// or `-` with `hh:mm` up to 23:59. `-00:00` is UTC. The seconds may have a fraction of any number of digits, of
    /// which those behind the ninth are cut off. Years are 0001 to 9999. A date alone is its midnight in UTC; a time
    /// without an offset is no instant.
    ///
    /// The second 60 is accepted where a leap second may be: at 23:59 UTC on 30 June and 31 December (RFC 3339,
    /// section 5.7). POSIX time has no such second, so it is, whatever its fraction, the start of the next one.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut rest = text;
        let date = Date::take(&mut rest)?;
        let midnight = date.days().wrapping_mul(SECONDS_PER_DAY);
        if rest.is_empty() {
            return Self::from_parts(midnight, 0);
        }
        take_any(&mut rest, b"Tt ")?;
        let minutes = take_minutes(&mut rest)?;
        take_any(&mut rest, b":")?;
        let second = take_number(&mut rest, 2)?;
        let nanoseconds = take_fraction(&mut rest)?;
        let offset = take_offset(&mut rest)?;
        if !rest.is_empty() {
            return None;
        }
        let minutes = i64::from(minutes).wrapping_sub(offset);
        let seconds = midnight.wrapping_add(minutes.wrapping_mul(60)).wrapping_add(second.into());
        if second < 60 {
            return Self::from_parts(seconds, nanoseconds);
        }
        // Of the seconds from 60 on, only 60 can be a midnight.
        date.follows_leap_second(seconds).then_some(Self { seconds, nanoseconds: 0 })
    }

    /// Whole seconds from 1970-01-01T00:00:00Z to the instant, rounded down: negative before 1970.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds from [`Timestamp::seconds`] to the instant: 0 to 999,999,999.
    #[must_use]
    pub const fn nanoseconds(self) -> u32 {
        self.nanoseconds
    }

    /// `nanoseconds` may be below nought or beyond a second.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a remainder of 10^9; const fn"
    )]
    const fn carry(seconds: i64, nanoseconds: i64) -> Self {
        Self {
            seconds: seconds.saturating_add(nanoseconds.div_euclid(NANOSECONDS_PER_SECOND)),
            nanoseconds: nanoseconds.rem_euclid(NANOSECONDS_PER_SECOND) as u32,
        }
    }
}

/// A day of the proleptic Gregorian calendar, from the year 1 on.
#[derive(Clone, Copy)]
struct Date {
    year: u32,
    month: u32,
    day: u32,
}

impl Date {
    fn take(text: &mut &[u8]) -> Option<Self> {
        let year = take_number(text, 4)?;
        take_any(text, b"-")?;
        let month = take_number(text, 2)?;
        take_any(text, b"-")?;
        let day = take_number(text, 2)?;
        let is_valid = year >= 1 && (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
        is_valid.then_some(Self { year, month, day })
    }

    /// The days from 1970-01-01 to this one.
    ///
    /// Source: Reingold and Dershowitz, "Calendrical Calculations", 4th edition, 2018, equation 2.17.
    #[inline(never)] // Here and below: once in the code that a browser loads, not at every call.
    fn days(self) -> i64 {
        let years = self.year.wrapping_sub(1);
        let leap_days = (years / 4).wrapping_sub(years / 100).wrapping_add(years / 400);
        // The days before the month if February had 30, and how many it has fewer.
        let months = self.month.wrapping_mul(367).wrapping_sub(362) / 12;
        let fewer = if self.month > 2 { 30_u32.wrapping_sub(days_of(self.year, 2)) } else { 0 };
        let days = years.wrapping_mul(365).wrapping_add(leap_days).wrapping_add(months);
        i64::from(days.wrapping_sub(fewer).wrapping_add(self.day)).wrapping_sub(EPOCH_DAY)
    }

    /// Whether `seconds` from the epoch is a midnight, within a day of this date, that a leap second may precede.
    fn follows_leap_second(self, seconds: i64) -> bool {
        [(self.year, 1), (self.year, 7), (self.year.wrapping_add(1), 1)]
            .into_iter()
            .any(|(year, month)| Self { year, month, day: 1 }.days().wrapping_mul(SECONDS_PER_DAY) == seconds)
    }
}

/// The days of a month of 1 to 12.
fn days_of(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Minutes east of UTC.
fn take_offset(text: &mut &[u8]) -> Option<i64> {
    match take_any(text, b"Zz+-")? {
        b'+' => take_minutes(text).map(i64::from),
        b'-' => take_minutes(text).map(|minutes| i64::from(minutes).wrapping_neg()),
        _ => Some(0),
    }
}

/// The minutes of `hh:mm`, up to 23:59.
#[inline(never)]
fn take_minutes(text: &mut &[u8]) -> Option<u32> {
    let hours = take_number(text, 2)?;
    take_any(text, b":")?;
    let minutes = take_number(text, 2)?;
    (hours <= 23 && minutes <= 59).then_some(hours.wrapping_mul(60).wrapping_add(minutes))
}

/// The nanoseconds of a dot and digits, or nought where there is no dot.
fn take_fraction(text: &mut &[u8]) -> Option<u32> {
    let Some(behind) = text.strip_prefix(b".") else { return Some(0) };
    let end = behind.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(behind.len());
    let (digits, rest) = behind.split_at_checked(end)?;
    *text = rest;
    let mut digits = digits.iter();
    let first = digits.next()?;
    Some((1..9).fold(append(0, *first), |number, _| append(number, *digits.next().unwrap_or(&b'0'))))
}

/// A number of exactly this many digits.
#[inline(never)]
fn take_number(text: &mut &[u8], digits: usize) -> Option<u32> {
    let (number, rest) = text.split_at_checked(digits)?;
    *text = rest;
    number.iter().all(u8::is_ascii_digit).then_some(number.iter().copied().fold(0, append))
}

fn append(number: u32, digit: u8) -> u32 {
    number.wrapping_mul(10).wrapping_add(u32::from(digit.wrapping_sub(b'0')))
}

/// One of these bytes.
fn take_any(text: &mut &[u8], bytes: &[u8]) -> Option<u8> {
    let (&byte, rest) = text.split_first()?;
    *text = rest;
    bytes.contains(&byte).then_some(byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};
    use std::{
        format,
        string::{String, ToString as _},
        vec::Vec,
    };

    fn parts(text: &str) -> Option<(i64, u32)> {
        Timestamp::parse(text.as_bytes()).map(|instant| (instant.seconds(), instant.nanoseconds()))
    }

    #[test]
    fn the_examples_of_the_rfc_are_read() {
        // RFC 3339, section 5.8. The seconds are those of GNU date 9: `date -ud <text> +%s`.
        for (text, seconds, nanoseconds) in [
            ("1985-04-12T23:20:50.52Z", 482_196_050, 520_000_000),
            ("1996-12-19T16:39:57-08:00", 851_042_397, 0),
            ("1996-12-20T00:39:57Z", 851_042_397, 0),
            ("1990-12-31T23:59:60Z", 662_688_000, 0),
            ("1990-12-31T15:59:60-08:00", 662_688_000, 0),
            ("1937-01-01T12:00:27.87+00:20", -1_041_337_173, 870_000_000),
        ] {
            assert_eq!(parts(text), Some((seconds, nanoseconds)), "{text}");
        }
    }

    #[test]
    fn the_forms_of_a_text_name_the_same_instant() {
        for text in [
            "2024-02-29",
            "2024-02-29T00:00:00Z",
            "2024-02-29t00:00:00z",
            "2024-02-29 00:00:00-00:00",
            "2024-02-29T00:00:00.0+00:00",
            "2024-02-29T05:30:00.000000000+05:30",
            "2024-02-28T23:59:00-00:01",
            "2024-02-28T00:01:00-23:59",
            "2024-02-29T23:59:00+23:59",
        ] {
            // GNU date 9: `date -ud 2024-02-29 +%s`.
            assert_eq!(parts(text), Some((1_709_164_800, 0)), "{text}");
        }
    }

    #[test]
    fn the_ends_of_every_range_are_read() {
        for text in [
            "0001-01-01",
            "9999-12-31T23:59:59.999999999Z",
            "2023-01-31",
            "2023-02-28",
            "2024-02-29",
            "2000-02-29",
            "2023-04-30",
            "2023-12-31T00:00:59Z",
            "2023-12-31T00:59:00Z",
            "2023-12-31T23:00:00Z",
            "1970-01-01T00:00:00.1Z",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
        ] {
            assert!(parts(text).is_some(), "{text}");
        }
        assert_eq!(parts("1970-01-01T00:00:00.1Z"), Some((0, 100_000_000)));
        assert_eq!(parts("1969-12-31T23:59:59.1Z"), Some((-1, 100_000_000)));
    }

    #[test]
    fn what_lies_beyond_a_range_or_looks_otherwise_is_nothing() {
        for text in [
            "",
            "2024",
            "2024-02",
            "20240229",
            "2024-2-29",
            "2024/02/29",
            "+2024-02-29",
            "02024-02-29",
            "0000-12-31",
            "2024-00-01",
            "2024-13-01",
            "2024-01-00",
            "2024-01-32",
            "2024-02-30",
            "2023-02-29",
            "1900-02-29",
            "2024-04-31",
            "2024-01-01T",
            "2024-01-01Z",
            "2024-01-01T00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01_00:00:00Z",
            "2024-01-01  00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:60:00Z",
            "2024-01-01T00:00:61Z",
            "2024-01-01T0:00:00Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00,5Z",
            "2024-01-01T00:00:00.5",
            "2024-01-01T00:00:00 Z",
            "2024-01-01T00:00:00ZZ",
            "2024-01-01T00:00:00Z ",
            " 2024-01-01T00:00:00Z",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00+00:60",
            "2024-01-01T00:00:00+0000",
            "2024-01-01T00:00:00+00",
            "2024-01-01T00:00:00+00:00:00",
            "2024-01-01T00:00:00\u{2212}01:00",
            "2024-01-01T00:00:00Z[UTC]",
            "2024-01-0:",
            "2024-01-0/",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn digits_behind_the_ninth_are_cut_off() {
        assert_eq!(parts("1970-01-01T00:00:00.1234567899999Z"), Some((0, 123_456_789)));
        assert_eq!(parts("1970-01-01T00:00:00.9999999999Z"), Some((0, 999_999_999)));
        assert_eq!(parts(&format!("1970-01-01T00:00:00.{}Z", "0".repeat(1_000))), Some((0, 0)));
    }

    #[test]
    fn a_leap_second_is_read_where_one_may_be() {
        // GNU date 9: 2016-07-01 and 2017-01-01 in UTC.
        for (text, seconds) in [
            ("2016-06-30T23:59:60Z", 1_467_331_200),
            ("2016-12-31T23:59:60Z", 1_483_228_800),
            ("2016-12-31T23:59:60.999Z", 1_483_228_800),
            ("2017-01-01T08:59:60+09:00", 1_483_228_800),
            ("2016-12-31T00:00:60-23:59", 1_483_228_800),
            ("2017-01-01T23:58:60+23:59", 1_483_228_800),
        ] {
            assert_eq!(parts(text), Some((seconds, 0)), "{text}");
        }
        for text in [
            "2016-12-31T22:59:60Z",
            "2016-12-31T23:58:60Z",
            "2016-12-30T23:59:60Z",
            "2016-11-30T23:59:60Z",
            "2016-07-31T23:59:60Z",
            "2017-01-01T00:00:60Z",
            "2016-12-31T23:59:60+09:00",
            "2016-12-31T23:59:61Z",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn parts_are_an_instant_below_a_second_of_nanoseconds() {
        let last = Timestamp::from_parts(i64::MIN, 999_999_999).expect("below a second");
        assert_eq!((last.seconds(), last.nanoseconds()), (i64::MIN, 999_999_999));
        assert_eq!(Timestamp::from_parts(0, 1_000_000_000), None);
    }

    #[test]
    fn milliseconds_before_the_epoch_round_down_to_seconds() {
        for (milliseconds, seconds, nanoseconds) in [
            (0, 0, 0),
            (1_999, 1, 999_000_000),
            (-1, -1, 999_000_000),
            (-1_000, -1, 0),
            (i64::MIN, -9_223_372_036_854_776, 192_000_000),
            (i64::MAX, 9_223_372_036_854_775, 807_000_000),
        ] {
            let instant = Timestamp::from_millis(milliseconds);
            assert_eq!((instant.seconds(), instant.nanoseconds()), (seconds, nanoseconds), "{milliseconds}");
        }
    }

    #[test]
    fn numbers_are_instants_in_the_range_of_javascript() {
        let beyond = MAX_MILLISECONDS + 1.0;
        for milliseconds in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, beyond, -beyond] {
            assert_eq!(Timestamp::from_number(milliseconds), None, "{milliseconds}");
        }
        for (milliseconds, seconds, nanoseconds) in [
            (MAX_MILLISECONDS, 8_640_000_000_000, 0),
            (-MAX_MILLISECONDS, -8_640_000_000_000, 0),
            (-0.0, 0, 0),
            (1.5, 0, 1_500_000),
            (-0.5, -1, 999_500_000),
            (-1e-300, -1, 999_999_999),
            (1e-300, 0, 0),
            (1_700_000_000_000.25, 1_700_000_000, 250_000),
        ] {
            assert_eq!(
                Timestamp::from_number(milliseconds),
                Timestamp::from_parts(seconds, nanoseconds),
                "{milliseconds}"
            );
        }
    }

    fn nanoseconds(instant: Timestamp) -> i128 {
        i128::from(instant.seconds()) * 1_000_000_000 + i128::from(instant.nanoseconds())
    }

    /// What jiff reads, of the texts that have the documented shape. It reads more shapes, and any leap second.
    fn reference(text: &[u8]) -> Option<i128> {
        let text = str::from_utf8(text).ok()?;
        let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        let date = shape.strip_prefix("0000-00-00")?;
        if text.starts_with("0000") {
            return None;
        }
        if date.is_empty() {
            return jiff(&format!("{text}T00:00:00Z"));
        }
        let offset = date.strip_prefix(['T', 't', ' '])?.strip_prefix("00:00:00")?;
        let offset = offset.strip_prefix(".0").map_or(offset, |digits| digits.trim_start_matches('0'));
        let written = &text[text.len() - offset.len()..];
        if !["Z", "z", "+00:00", "-00:00"].contains(&offset) {
            return None;
        }
        if offset.len() > 1 && written[1..] > *"23:59" {
            return None;
        }
        let (head, tail) = text.split_at(17);
        if !tail.starts_with("60") {
            // Nine digits of a fraction end at the byte 29.
            return jiff(&format!("{}{written}", &text[..(text.len() - offset.len()).min(29)]));
        }
        let last = jiff(&format!("{head}59{written}"))?;
        let next = jiff::Timestamp::from_nanosecond(last + 1_000_000_000).ok()?;
        let is_leap =
            ["-01-01T00:00:00Z", "-07-01T00:00:00Z"].iter().any(|end| next.to_string().ends_with(end));
        is_leap.then(|| next.as_nanosecond())
    }

    fn jiff(text: &str) -> Option<i128> {
        text.parse().ok().map(jiff::Timestamp::as_nanosecond)
    }

    /// Texts of the documented shape, of years in which jiff's instants do not end; many name no day or no time.
    fn shaped() -> impl Strategy<Value = String> {
        let date = ("[0-9]{4}|(19|20)(00|[0-9]{2})", "0[0-9]|1[0-3]", "[0-2][0-9]|3[0-2]|2[89]")
            .prop_filter("jiff ends in 9999", |(year, ..)| year != "9999")
            .prop_map(|(year, month, day)| format!("{year}-{month}-{day}"));
        let leap = proptest::sample::select(&["2015-06-30", "2016-12-31", "2017-01-01", "2017-07-01"][..]);
        let date = prop_oneof![4 => date, 1 => leap.prop_map(String::from)];
        let time = "[Tt ]([01][0-9]|2[0-4]|23):([0-5][0-9]|60|59):([0-5][0-9]|6[01])(\\.[0-9]{1,9})?";
        let offset = "Z|z|[+-]([01][0-9]|2[0-4]):([0-5][0-9]|60)";
        (date, proptest::option::weighted(0.8, (time, offset))).prop_map(|(date, time)| {
            let (time, offset) = time.unwrap_or_default();
            date + &time + &offset
        })
    }

    /// Times on the last two days of half-years, most of them leap seconds.
    fn leap_seconds() -> impl Strategy<Value = String> {
        let date = proptest::sample::select(
            &["2015-06-29", "2015-06-30", "2015-07-01", "2016-12-30", "2016-12-31", "2017-01-01"][..],
        );
        (date, -1_439..=1_439_i32, 0..8_u8).prop_map(|(date, offset, other)| {
            let minutes = (1_439 + offset).rem_euclid(1_440) + i32::from(other == 0);
            let (hour, minute) = (minutes / 60 % 24, minutes % 60);
            let sign = if offset < 0 { '-' } else { '+' };
            let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
            format!("{date}T{hour:02}:{minute:02}:60{sign}{hours:02}:{minutes:02}")
        })
    }

    /// Bytes that timestamps are made of, and some that they are not.
    fn alphabet() -> impl Strategy<Value = u8> {
        proptest::sample::select(&b"01269-:+.TtZz ,[\xc3"[..])
    }

    fn mutated() -> impl Strategy<Value = Vec<u8>> {
        let edits = vec((any::<prop::sample::Index>(), alphabet(), 0..3_u8), 1..4);
        (shaped(), edits).prop_map(|(text, edits)| {
            let mut bytes = text.into_bytes();
            for (index, byte, kind) in edits {
                let at = index.index(bytes.len());
                match kind {
                    0 => bytes.insert(at, byte),
                    1 => bytes[at] = byte,
                    _ => _ = bytes.remove(at),
                }
            }
            bytes
        })
    }

    proptest! {
        #[test]
        fn texts_are_read_as_jiff_does(text in shaped()) {
            prop_assert_eq!(Timestamp::parse(text.as_bytes()).map(nanoseconds), reference(text.as_bytes()));
        }

        #[test]
        fn leap_seconds_are_read_where_jiff_finds_the_end_of_a_half_year(text in leap_seconds()) {
            prop_assert_eq!(Timestamp::parse(text.as_bytes()).map(nanoseconds), reference(text.as_bytes()));
        }

        #[test]
        fn every_instant_is_read_back(
            second in -62_135_596_800..253_402_207_200_i64,
            nanosecond in 0..1_000_000_000_i64,
        ) {
            let nanoseconds_on = jiff::SignedDuration::from_nanos(nanosecond);
            let instant = jiff::Timestamp::new(second, 0)?.checked_add(nanoseconds_on)?;
            let found = Timestamp::parse(instant.to_string().as_bytes());
            prop_assert_eq!(found.map(nanoseconds), Some(instant.as_nanosecond()));
        }

        #[test]
        fn mutated_texts_are_read_as_jiff_does(text in mutated()) {
            prop_assume!(!text.starts_with(b"9999"));
            prop_assert_eq!(Timestamp::parse(&text).map(nanoseconds), reference(&text));
        }

        #[test]
        fn random_bytes_are_read_as_jiff_does(text in vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(Timestamp::parse(&text).map(nanoseconds), reference(&text));
        }

        #[test]
        fn whole_numbers_are_milliseconds(milliseconds in -8_640_000_000_000_000..=8_640_000_000_000_000_i64) {
            let instant = Timestamp::from_millis(milliseconds);
            prop_assert_eq!(nanoseconds(instant), i128::from(milliseconds) * 1_000_000);
            #[allow(clippy::cast_precision_loss, reason = "below 2^53 in magnitude")]
            let number = milliseconds as f64;
            prop_assert_eq!(Timestamp::from_number(number), Some(instant));
        }

        #[test]
        fn numbers_and_their_instants_have_one_order(left in -1e13..1e13, steps in 0..20_u32) {
            let right = (0..steps).fold(left, |number: f64, _| number.next_up());
            prop_assert!(Timestamp::from_number(left) <= Timestamp::from_number(right));
        }

        #[test]
        fn a_fraction_is_kept_to_the_nanosecond_below(sixteenths in -(1_i64 << 53)..=1 << 53) {
            // Below 2^53 and over a power of two: both the number and its nanoseconds are exact.
            #[allow(clippy::cast_precision_loss, reason = "said above")]
            let number = sixteenths as f64 / 16.0;
            let exact = (i128::from(sixteenths) * 1_000_000).div_euclid(16);
            prop_assert_eq!(Timestamp::from_number(number).map(nanoseconds), Some(exact));
        }
    }
}
