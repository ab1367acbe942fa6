//! Is this text one JSON value, and of which type? (RFC 8259; nothing is built of it.)

use crate::document::ValueType;

/// The deepest nesting that a flag's value may have.
const MAX_DEPTH: u8 = 64;

/// The most digits that a number may have before its point when written out: `f64` ends between 10³⁰⁸ and 10³⁰⁹.
const MAX_WHOLE_DIGITS: usize = 308;

/// The type of the one JSON value that the whole text is; None: it is none. `null` is no value of a flag.
pub(super) fn type_of(text: &str) -> Option<ValueType> {
    let mut reader = Reader { rest: text.as_bytes() };
    reader.blank();
    let value_type = match reader.rest.first()? {
        b't' | b'f' => ValueType::Boolean,
        b'"' => ValueType::String,
        b'{' | b'[' => ValueType::Object,
        b'-' | b'0'..=b'9' => ValueType::Number,
        _ => return None,
    };
    reader.value(MAX_DEPTH)?;
    reader.blank();
    reader.rest.is_empty().then_some(value_type)
}

/// What is left to read. Each method reads one thing, or answers None where it is not there.
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn value(&mut self, depth: u8) -> Option<()> {
        let below = depth.checked_sub(1)?;
        self.blank();
        match self.rest.first()? {
            b'{' => self.list(b'{', b'}', |reader| {
                reader.blank();
                reader.string()?;
                reader.blank();
                reader.byte(b':')?;
                reader.value(below)
            }),
            b'[' => self.list(b'[', b']', |reader| reader.value(below)),
            b'"' => self.string(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    fn list(&mut self, open: u8, close: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.byte(open)?;
        self.blank();
        if self.byte(close).is_some() {
            return Some(());
        }
        loop {
            item(self)?;
            self.blank();
            if self.byte(b',').is_none() {
                return self.byte(close);
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.byte(b'"')?;
        loop {
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => match self.next()? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => self.escaped_character()?,
                    _ => return None,
                },
                0..0x20 => return None,
                _ => {}
            }
        }
    }

    /// The digits after `\\u`. Half of a surrogate pair takes its other half along; alone it is no character.
    fn escaped_character(&mut self) -> Option<()> {
        match self.code_unit()? {
            0xDC00..=0xDFFF => None,
            0xD800..=0xDBFF => {
                self.word(b"\\u")?;
                (0xDC00..=0xDFFF).contains(&self.code_unit()?).then_some(())
            }
            _ => Some(()),
        }
    }

    fn code_unit(&mut self) -> Option<u32> {
        (0..4).try_fold(0_u32, |unit, _| {
            let digit = char::from(self.next()?).to_digit(16)?;
            Some(unit.wrapping_shl(4) | digit)
        })
    }

    /// A number of at most [`MAX_WHOLE_DIGITS`] before the point: what overflows is infinite to one parser and an error to another.
    fn number(&mut self) -> Option<()> {
        // A sign is optional, a leading zero stands alone.
        let _ = self.byte(b'-');
        let leading_zero = self.byte(b'0').is_some();
        let whole = if leading_zero { 0 } else { self.digits()? };
        if self.byte(b'.').is_some() {
            self.digits()?;
        }
        let mut digits = whole;
        if self.byte(b'e').or_else(|| self.byte(b'E')).is_some() {
            let falls = self.byte(b'-').is_some();
            let _ = if falls { None } else { self.byte(b'+') };
            let exponent = self.exponent()?;
            digits = if falls { whole.saturating_sub(exponent) } else { whole.saturating_add(exponent) };
        }
        (digits <= MAX_WHOLE_DIGITS).then_some(())
    }

    /// At least one digit; how many there are.
    fn digits(&mut self) -> Option<usize> {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = self.rest.get(count..)?;
        (count > 0).then_some(count)
    }

    /// The value of at least one digit; what does not fit saturates.
    fn exponent(&mut self) -> Option<usize> {
        let text = self.rest;
        let digits = text.get(..self.digits()?)?;
        let value = |digit: u8| usize::from(digit.wrapping_sub(b'0'));
        Some(digits.iter().fold(0, |sum: usize, digit| sum.saturating_mul(10).saturating_add(value(*digit))))
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(())
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        self.word(&[byte])
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn blank(&mut self) {
        while let Some((b' ' | b'\t' | b'\n' | b'\r', rest)) = self.rest.split_first() {
            self.rest = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{string::String, string::ToString as _};

    #[test]
    fn every_kind_of_value_has_its_type() {
        let cases = [
            ("true", ValueType::Boolean),
            (" false\n", ValueType::Boolean),
            ("-0.5e+10", ValueType::Number),
            ("9.99e307", ValueType::Number),
            ("1000e-9999999999999999999999", ValueType::Number),
            (r#""a\u00e9\n""#, ValueType::String),
            (r#"{"a": [1, null, {}], "b": ""}"#, ValueType::Object),
            ("[]", ValueType::Object),
        ];
        for (text, value_type) in cases {
            assert_eq!(type_of(text), Some(value_type), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_value_has_none() {
        let cases = [
            "", "null", "tru", "01", "1.", "-", "+1", ".5", "1 2", r#""a"#, "\"\t\"", r#""\x""#, "[1,]",
            "{a:1}", "NaN",
        ];
        for text in cases {
            assert_eq!(type_of(text), None, "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(type_of(&nested(64)), Some(ValueType::Object));
        assert_eq!(type_of(&nested(65)), None);
    }

    #[test]
    fn agrees_with_a_whole_parser_on_every_prefix() {
        let text = r#"{"k\"":[1.5e-3,"\ud83d\ude00",true,{"":{}}]}"#.to_string();
        for end in 0..=text.len() {
            let prefix: String = text.chars().take(end).collect();
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(&prefix);
            assert_eq!(type_of(&prefix).is_some(), parsed.is_ok(), "{prefix}");
        }
    }
}
