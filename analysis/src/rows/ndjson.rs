//! One JSON object a line.

use super::{Cell, ImportError, Place, Visit};
use serde::{
    Deserialize, Deserializer as _,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{
    borrow::Cow,
    fmt,
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

/// Members that a row lacks are missing; blank lines are skipped.
pub(super) fn read(file: &Path, wanted: &[&str], visit: Visit<'_>) -> Result<(), ImportError> {
    let failed = |error| ImportError::Io { file: file.to_owned(), error };
    let mut reader = BufReader::new(File::open(file).map_err(failed)?);
    let mut text = String::new();
    let mut line = 0;
    loop {
        text.clear();
        if reader.read_line(&mut text).map_err(failed)? == 0 {
            return Ok(());
        }
        line += 1;
        let mut cells = vec![Cell::Missing; wanted.len()];
        let place = Place { file, line };
        let row = if line == 1 { without_mark(&text) } else { &text };
        if read_line(row, wanted, &mut cells).map_err(|message| place.bad_row(message))? {
            visit(place, &cells)?;
        }
    }
}

/// The text without the mark that some programs begin a file of UTF-8 with.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Puts the wanted members of a line into their cells, which are missing before; answers false where the line is
/// blank. Numbers stay as they are spelled; of members with one name the last counts.
///
/// # Errors
/// What is wrong with the line.
pub(crate) fn read_line<'a>(text: &'a str, wanted: &[&str], cells: &mut [Cell<'a>]) -> Result<bool, String> {
    if (Plain { text, at: 0 }).object(wanted, cells).is_some() {
        return Ok(true);
    }
    cells.fill(Cell::Missing);
    if text.trim().is_empty() {
        return Ok(false);
    }
    let mut raws = vec![None; wanted.len()];
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_map(Members { wanted, raws: &mut raws })
        .and_then(|()| json.end())
        .map_err(|error| format!("not a JSON object: {error}"))?;
    for (cell, raw) in cells.iter_mut().zip(raws) {
        if let Some(raw) = raw {
            *cell = read_cell(raw)?;
        }
    }
    Ok(true)
}

fn read_cell(raw: &RawValue) -> Result<Cell<'_>, String> {
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'n') => Cell::Missing,
        Some(b't') => Cell::Bool(true),
        Some(b'f') => Cell::Bool(false),
        Some(b'{') => Cell::Other("an object"),
        Some(b'[') => Cell::Other("an array"),
        Some(b'"') => Cell::Text(Cow::Owned(serde_json::from_str(text).map_err(|error| error.to_string())?)),
        _ => Cell::Text(Cow::Borrowed(text)),
    })
}

/// Keeps the wanted members of any object.
struct Members<'w, 'de> {
    wanted: &'w [&'w str],
    raws: &'w mut [Option<&'de RawValue>],
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Visitor<'de> for Members<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = members.next_key()? {
            let raw: &RawValue = members.next_value()?;
            for (wanted, slot) in self.wanted.iter().zip(self.raws.iter_mut()) {
                if *wanted == key {
                    *slot = Some(raw);
                }
            }
        }
        Ok(())
    }
}

/// Reads objects of single values without escapes, which most lines are, and gives up on all others.
struct Plain<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Plain<'a> {
    /// The whole text is such an object.
    fn object(&mut self, wanted: &[&str], cells: &mut [Cell<'a>]) -> Option<()> {
        self.space();
        self.expect(b'{')?;
        self.space();
        if self.peek()? == b'}' {
            self.at += 1;
            return self.end();
        }
        // Lines of one file have their members in one order.
        let mut likely = 0;
        loop {
            let key = self.string()?;
            self.space();
            self.expect(b':')?;
            self.space();
            let value = self.value()?;
            if wanted.get(likely).is_none_or(|name| *name != key) {
                likely = wanted.iter().position(|name| *name == key).unwrap_or(wanted.len());
            }
            if let Some(cell) = cells.get_mut(likely) {
                *cell = value;
                likely += 1;
            }
            self.space();
            match self.next()? {
                b',' => self.space(),
                b'}' => return self.end(),
                _ => return None,
            }
        }
    }

    fn value(&mut self) -> Option<Cell<'a>> {
        match self.peek()? {
            b'"' => self.string().map(|text| Cell::Text(Cow::Borrowed(text))),
            b'-' | b'0'..=b'9' => self.number().map(|text| Cell::Text(Cow::Borrowed(text))),
            b'n' => self.word("null").then_some(Cell::Missing),
            b't' => self.word("true").then_some(Cell::Bool(true)),
            b'f' => self.word("false").then_some(Cell::Bool(false)),
            _ => None,
        }
    }

    fn string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let rest = self.text.as_bytes().get(self.at..)?;
        let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
        if rest.get(length) != Some(&b'"') {
            return None;
        }
        let string = self.text.get(self.at..self.at + length);
        self.at += length + 1;
        string
    }

    /// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`.
    fn number(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.skip(b"-");
        if !self.skip(b"0") && self.digits() == 0 {
            return None;
        }
        if self.skip(b".") && self.digits() == 0 {
            return None;
        }
        if self.skip(b"eE") {
            self.skip(b"+-");
            if self.digits() == 0 {
                return None;
            }
        }
        self.text.get(start..self.at)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn word(&mut self, word: &str) -> bool {
        let is_here =
            self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes()));
        self.at += if is_here { word.len() } else { 0 };
        is_here
    }

    fn end(&mut self) -> Option<()> {
        self.space();
        (self.at == self.text.len()).then_some(())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn skip(&mut self, any: &[u8]) -> bool {
        let is_here = self.peek().is_some_and(|byte| any.contains(&byte));
        self.at += usize::from(is_here);
        is_here
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Everything by the JSON library.
    fn naive<'a>(text: &'a str, wanted: &[&str]) -> Result<Option<Vec<Cell<'a>>>, String> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let members: BTreeMap<Cow<'_, str>, &RawValue> =
            serde_json::from_str(text).map_err(|error| format!("not a JSON object: {error}"))?;
        let cell = |column: &&str| members.get(*column).map_or(Ok(Cell::Missing), |raw| read_cell(raw));
        wanted.iter().map(cell).collect::<Result<Vec<_>, _>>().map(Some)
    }

    fn read<'a>(text: &'a str, wanted: &[&str]) -> Result<Option<Vec<Cell<'a>>>, String> {
        let mut cells = vec![Cell::Missing; wanted.len()];
        Ok(read_line(text, wanted, &mut cells)?.then_some(cells))
    }

    fn space() -> impl Strategy<Value = &'static str> {
        prop_oneof![8 => Just(""), 2 => Just(" "), 1 => Just("\t\r\n "), 1 => Just("\u{a0}")]
    }

    fn key() -> impl Strategy<Value = String> {
        let plain = prop_oneof![Just("id"), Just("x"), Just("é"), Just("other"), Just("")];
        prop_oneof![
            8 => plain.prop_map(|key| format!("\"{key}\"")),
            1 => Just(r#""\u0069d""#.to_owned()),
            1 => Just("id".to_owned())
        ]
    }

    fn value() -> impl Strategy<Value = String> {
        let known = prop_oneof![
            Just(r#""a""#),
            Just(r#""""#),
            Just(r#""a\n\u00e9\"b""#),
            Just(r#""\ud800""#),
            Just("\"tab\there\""),
            Just("\"Zoë\""),
            Just("null"),
            Just("nul"),
            Just("true"),
            Just("false"),
            Just("truex"),
            Just("0"),
            Just("-0.5e+3"),
            Just("01"),
            Just("1."),
            Just("-"),
            Just("1e"),
            Just("1E5"),
            Just("0.10000000000000000001"),
            Just("+1"),
            Just("NaN"),
            Just("{\"id\": [1, {\"x\": 2}]}"),
            Just("[1, \"]\"]"),
            Just("[1")
        ];
        prop_oneof![3 => known.prop_map(str::to_owned), 1 => any::<f64>().prop_map(|float| format!("{float}"))]
    }

    fn line() -> impl Strategy<Value = String> {
        let member = (space(), key(), space(), space(), value(), space())
            .prop_map(|(a, key, b, c, value, d)| format!("{a}{key}{b}:{c}{value}{d}"));
        let close = prop_oneof![10 => Just("}"), 1 => Just("},"), 1 => Just(""), 1 => Just("}}")];
        (prop::collection::vec(member, 0..5), space(), close, space())
            .prop_map(|(members, a, close, b)| format!("{a}{{{}{close}{b}", members.join(",")))
    }

    proptest! {
        #[test]
        fn lines_are_read_as_the_json_library_reads_them(line in line()) {
            prop_assert_eq!(read(&line, &["x", "id", "é"]), naive(&line, &["x", "id", "é"]));
        }

        #[test]
        fn no_line_panics(line in ".*") {
            prop_assert_eq!(read(&line, &["x"]), naive(&line, &["x"]));
        }
    }

    #[test]
    fn of_members_with_one_name_the_last_counts() {
        let cells = read(r#"{"x": 1, "id": "a", "x": 2}"#, &["x", "id"]).unwrap().unwrap();
        assert_eq!(cells, [Cell::Text("2".into()), Cell::Text("a".into())]);
        assert_eq!(read(" \t\r\n", &["x"]), Ok(None));
    }
}
