//! Names and constants as every engine reads them.

use crate::decimal::Decimal;
use std::fmt;

/// A name that not every engine would read alike.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name {name:?} holds a backslash, a double quote or a control character: rename it, so that every engine reads it alike"
)]
pub struct SqlError {
    /// The name.
    pub name: String,
}

/// A string literal. ClickHouse and Spark read a backslash in it as an escape, the others do not.
pub(crate) fn literal(text: &str) -> Result<String, SqlError> {
    if text.contains('\\') || text.chars().any(char::is_control) {
        return Err(SqlError { name: text.to_owned() });
    }
    Ok(format!("'{}'", text.replace('\'', "''")))
}

/// A list of string literals.
pub(super) fn literals<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<String, SqlError> {
    Ok(texts.into_iter().map(literal).collect::<Result<Vec<_>, _>>()?.join(", "))
}

/// A column or table name, quoted where it is not plain.
pub(crate) fn identifier(name: &str) -> Result<Identifier<'_>, SqlError> {
    let odd = |letter: char| letter == '"' || letter == '`' || letter == '\\' || letter.is_control();
    if name.is_empty() || name.chars().any(odd) {
        Err(SqlError { name: name.to_owned() })
    } else {
        Ok(Identifier(name))
    }
}

/// A name that stands for itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identifier<'a>(&'a str);

impl Identifier<'_> {
    /// Quoted whatever it is: a name that others gave may be a word of the language.
    pub(crate) fn quoted(self) -> String {
        format!("\"{}\"", self.0)
    }
}

impl fmt::Display for Identifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |(index, byte): (usize, u8)| {
            byte.is_ascii_lowercase() || byte == b'_' || (index > 0 && byte.is_ascii_digit())
        };
        if self.0.bytes().enumerate().all(plain) { f.write_str(self.0) } else { write!(f, "\"{}\"", self.0) }
    }
}

/// A number in the type of a unit's numbers. As a text, so that no engine takes it for a float.
pub(super) fn number(number: Decimal) -> String {
    format!("cast('{number}' as decimal({}, {}))", Decimal::PRECISION, Decimal::SCALE)
}

/// A duration.
pub(super) fn interval(seconds: u64) -> String {
    format!("interval '{seconds}' second")
}

/// The last moment that is told apart, 2262-01-01: DataFusion and ClickHouse count nanoseconds in 64 bits, which end in
/// that year.
const LAST_MICROSECOND: i64 = 9_214_646_400_000_000;

/// A moment as every engine reads it in a session that runs in UTC, to be compared with a column: a plain text takes the
/// column's type. `timestamp '…'` would be cut to seconds by ClickHouse.
pub(crate) fn timestamp(microseconds: i64) -> String {
    let moment = jiff::Timestamp::from_microsecond(microseconds.clamp(0, LAST_MICROSECOND));
    let moment = moment.unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("'{}'", moment.strftime("%Y-%m-%d %H:%M:%S%.6f"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_or_refused() {
        assert_eq!(literal("it's").unwrap(), "'it''s'");
        assert_eq!(literal("a\\b"), Err(SqlError { name: "a\\b".to_owned() }));
        assert_eq!(identifier("unit_App User").unwrap().to_string(), "\"unit_App User\"");
        assert_eq!(identifier("unit_user").unwrap().to_string(), "unit_user");
        assert!(identifier("unit\"; drop").is_err());
    }

    #[test]
    fn constants_are_spelled_exactly() {
        assert_eq!(timestamp(1_767_571_200_000_001), "'2026-01-05 00:00:00.000001'");
        assert_eq!(timestamp(i64::MAX), "'2262-01-01 00:00:00.000000'");
        assert_eq!(timestamp(i64::MIN), "'1970-01-01 00:00:00.000000'");
        assert_eq!(number(Decimal::MAX), "cast('999999999999.999999' as decimal(18, 6))");
    }
}
