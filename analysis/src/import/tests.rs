//! Imported rows against a reading of one row after the other, by the letter of the rules.

use super::{Imported, Mapping, Request, parse_moment};
use crate::{
    rows::{self, Cell, ImportError},
    scan::take_all,
};
use datafusion::{
    arrow::{
        array::{
            ArrayRef, AsArray as _, BooleanArray, Float64Array, Int64Array, StringArray,
            StringDictionaryBuilder, TimestampMillisecondArray, TimestampNanosecondArray,
        },
        compute::cast,
        datatypes::{DataType, Decimal128Type, Int32Type, TimestampMicrosecondType},
        record_batch::RecordBatch,
    },
    parquet::{arrow::ArrowWriter, file::properties::WriterProperties},
};
use jiff::Timestamp;
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs::{self, File},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
};

const COLUMNS: [&str; 8] = ["kind", "at", "who", "what", "amount", "test", "arm", "p"];

/// What is read of files: the events, each column spelled, and how many rows were left out.
#[derive(Debug, PartialEq, Eq)]
struct Read {
    events: Vec<Vec<String>>,
    variants: BTreeSet<String>,
    left_out: BTreeMap<&'static str, u64>,
}

/// In the midst of the moments of these files.
const UNTIL: &str = "2026-01-05T10:00:00.25Z";

fn request(file: PathBuf, fields: &str) -> Request {
    Request {
        files: vec![(file, fields.parse::<Mapping>().unwrap())],
        experiment: "checkout".into(),
        unit: "user".into(),
        allocation: BTreeMap::new(),
        dimensions: vec!["p".into()],
        until: None,
    }
}

fn read(request: &Request) -> Result<Read, ImportError> {
    let imported = Imported::read(request)?;
    let scan = imported.scan();
    let columns = ["type", "ts", "name", "unit_user", "value", "number_p", "text_p"];
    let mut events = Vec::new();
    take_all(scan.readers(&columns, NonZeroUsize::new(2).unwrap())?, |batch| {
        assert_eq!(batch.num_columns(), columns.len());
        let text = |column: usize, row: usize| {
            let texts = cast(batch.column(column), &DataType::Utf8).unwrap();
            let texts = texts.as_string::<i32>();
            texts.iter().nth(row).flatten().map(|text| format!("{text:?}"))
        };
        let number = |column: usize, row: usize| {
            let numbers = batch.column(column).as_primitive::<Decimal128Type>();
            numbers.iter().nth(row).flatten().map(|number| number.to_string())
        };
        for row in 0..batch.num_rows() {
            let ts = batch.column(1).as_primitive::<TimestampMicrosecondType>().value(row);
            let cells = [
                text(0, row),
                Some(ts.to_string()),
                text(2, row),
                text(3, row),
                number(4, row),
                number(5, row),
                text(6, row),
            ];
            events.push(cells.map(|cell| cell.unwrap_or_else(|| "-".to_owned())).to_vec());
        }
        Ok(())
    })?;
    events.sort();
    let left_out = imported.exclusions()?.into_iter().map(|left_out| (left_out.exclusion, left_out.count));
    Ok(Read { events, variants: imported.variants().clone(), left_out: left_out.collect() })
}

/// The same, a row after the other. `has_kind` and `has_arm`: whether these columns are mapped; `has_end`: whether
/// later rows are not there.
fn naive(file: &Path, (has_kind, has_arm, has_end): Mapped) -> Result<Read, String> {
    let mut read = Read { events: Vec::new(), variants: BTreeSet::new(), left_out: BTreeMap::new() };
    let mut failed = None;
    let visited = rows::read(file, &COLUMNS, &mut |_, cells| {
        let is_mapped = |place: usize| (place != 0 || has_kind) && (place < 5 || place == 7 || has_arm);
        let cell = |place: usize| if is_mapped(place) { &cells[place] } else { &Cell::Missing };
        match row(&cell, has_end, &mut read) {
            Ok(None) => {}
            Ok(Some(why)) => *read.left_out.entry(why).or_default() += 1,
            Err(error) => failed = failed.take().or(Some(error)),
        }
        Ok(())
    });
    visited.map_err(|error| error.to_string())?;
    read.events.sort();
    failed.map_or(Ok(read), Err)
}

fn row<'c>(
    cell: &impl Fn(usize) -> &'c Cell<'c>,
    has_end: bool,
    read: &mut Read,
) -> Result<Option<&'static str>, String> {
    let ts = || match cell(1) {
        Cell::Time(moment) => Ok(moment.as_microsecond()),
        Cell::Text(text) => {
            parse_moment(text).map(Timestamp::as_microsecond).ok_or(format!("{text} is no moment"))
        }
        other => Err(format!("{other:?} is no moment")),
    };
    if has_end && ts()? > parse_moment(UNTIL).unwrap().as_microsecond() {
        return Ok(None);
    }
    let text = |place: usize| match cell(place) {
        Cell::Missing => Ok(None),
        Cell::Text(text) => Ok(Some(text.to_string()).filter(|text| !text.is_empty())),
        other => Err(format!("{other:?} is no text")),
    };
    let Some(unit) = text(2)? else { return Ok(Some("missing_unit")) };
    let kind = match text(0)?.as_deref() {
        Some(kind @ ("exposure" | "track" | "feedback" | "error")) => kind.to_owned(),
        None if text(6)?.is_some() => "exposure".to_owned(),
        None if text(3)?.is_some() => "track".to_owned(),
        Some(_) | None => return Ok(Some("other_type")),
    };
    if kind == "exposure" {
        if text(5)?.is_some_and(|test| test != "checkout") {
            return Ok(Some("other_experiment"));
        }
        let Some(variant) = text(6)? else { return Ok(Some("missing_variant")) };
        ts()?;
        read.variants.insert(variant);
        return Ok(None);
    }
    let value = match cell(4) {
        missing if missing.is_missing_number() => None,
        given => Some(given.number().map_err(|error| error.to_string())?),
    };
    let property = match cell(7) {
        Cell::Bool(is) => Some(is.to_string()),
        other => other.text().map(str::to_owned),
    };
    let number = |number: Option<i64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let quoted = |text: Option<String>| text.map_or_else(|| "-".to_owned(), |text| format!("{text:?}"));
    read.events.push(vec![
        quoted(Some(kind)),
        ts()?.to_string(),
        quoted(text(3)?),
        quoted(Some(unit)),
        number(value.map(crate::decimal::Decimal::millionths)),
        number(cell(7).number().ok().map(crate::decimal::Decimal::millionths)),
        quoted(property),
    ]);
    Ok(None)
}

/// A row's cells as texts; none where they are missing.
type Texts = [Option<&'static str>; 8];

fn texts() -> impl Strategy<Value = Texts> {
    let of = |all: &'static [Option<&'static str>]| prop::sample::select(all);
    (
        of(&[
            None,
            Some("exposure"),
            Some("track"),
            Some("track"),
            Some("feedback"),
            Some("error"),
            Some("identify"),
        ]),
        of(&[
            Some("2026-01-05T10:00:00Z"),
            Some("2026-01-05 10:00:00.25"),
            Some("2024-02-29T10:00:00+02:00"),
            Some("2026-01-31T23:59:59.999999Z"),
        ]),
        of(&[
            Some("a"),
            Some("Zoë"),
            Some("someone whose id is long"),
            Some("say \"hi\", you"),
            Some("two\nlines"),
            None,
            Some("7"),
        ]),
        of(&[Some("purchase"), Some("view"), None]),
        of(&[
            Some("1.50"),
            Some("-0.0000005"),
            Some("1e3"),
            Some("12"),
            None,
            Some("NA"),
            Some("999999999999.999999"),
            Some(" 7 "),
            Some("+.5"),
        ]),
        of(&[Some("checkout"), Some("checkout"), Some("other"), None]),
        of(&[Some("control"), Some("treatment"), None]),
        of(&[Some("1.5"), Some("blue"), Some("true"), None, Some("12")]),
    )
        .prop_map(|(kind, at, who, what, amount, test, arm, p)| [kind, at, who, what, amount, test, arm, p])
}

fn csv(rows: &[Texts], line_break: &str, last: bool) -> String {
    let field = |text: Option<&str>| {
        let text = text.unwrap_or_default();
        if text.contains(['"', ',', '\n']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let lines = rows.iter().map(|row| row.iter().copied().map(field).collect::<Vec<_>>().join(","));
    let lines: Vec<String> = std::iter::once(COLUMNS.join(",")).chain(lines).collect();
    lines.join(line_break) + if last { line_break } else { "" }
}

/// As NDJSON: what looks like a number or a boolean is one in odd rows, and members of other rows have other places.
fn ndjson(rows: &[Texts], line_break: &str, last: bool) -> String {
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let mut members = Vec::new();
        for (column, cell) in COLUMNS.iter().zip(row) {
            let json = match cell {
                None if number % 3 == 0 => continue,
                None => "null".to_owned(),
                Some(cell) if number % 2 == 1 && serde_json::from_str::<serde_json::Value>(cell).is_ok() => {
                    cell.trim().to_owned()
                }
                Some(cell) => serde_json::to_string(cell).unwrap(),
            };
            members.push(format!("\"{column}\": {json}"));
        }
        if number % 5 == 4 {
            members.push("\"more\": {\"who\": [1, \"}\"]}".to_owned());
        }
        let by = number % 4 % members.len().max(1);
        members.rotate_left(by);
        write!(text, "{{{}}}{line_break}", members.join(", ")).unwrap();
    }
    if last { text } else { text.trim_end_matches(['\r', '\n']).to_owned() }
}

fn parquet(rows: &[Texts], file: &Path, floats: bool, group: usize) {
    let texts =
        |column: usize| -> ArrayRef { Arc::new(rows.iter().map(|row| row[column]).collect::<StringArray>()) };
    let dictionary = |column: usize| -> ArrayRef {
        let mut builder = StringDictionaryBuilder::<Int32Type>::new();
        for row in rows {
            builder.append_option(row[column]);
        }
        Arc::new(builder.finish())
    };
    let moments = rows.iter().map(|row| parse_moment(row[1].unwrap()).unwrap());
    let (at, amount, p): (ArrayRef, ArrayRef, ArrayRef) = if floats {
        let numbers = rows.iter().map(|row| row[4].and_then(|text| text.trim().parse::<f64>().ok()));
        let is = rows.iter().map(|row| row[7].map(|text| text == "true"));
        (
            Arc::new(
                TimestampNanosecondArray::from_iter_values(
                    moments.map(|at| i64::try_from(at.as_nanosecond()).unwrap()),
                )
                .with_timezone("Europe/Berlin"),
            ),
            Arc::new(numbers.collect::<Float64Array>()),
            Arc::new(is.collect::<BooleanArray>()),
        )
    } else {
        let whole = rows.iter().map(|row| row[4].and_then(|text| text.parse::<i64>().ok()));
        (
            Arc::new(TimestampMillisecondArray::from_iter_values(moments.map(Timestamp::as_millisecond))),
            Arc::new(whole.collect::<Int64Array>()),
            dictionary(7),
        )
    };
    let columns = [
        dictionary(0),
        at,
        texts(2),
        if floats { texts(3) } else { dictionary(3) },
        amount,
        texts(5),
        dictionary(6),
        p,
    ];
    let named = COLUMNS.iter().zip(columns).map(|(name, column)| (*name, column, true));
    let batch = RecordBatch::try_from_iter_with_nullable(named).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    let mut writer =
        ArrowWriter::try_new(File::create(file).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn mapping(has_kind: bool, has_arm: bool) -> String {
    let kind = if has_kind { "type=kind," } else { "" };
    let arm = if has_arm { ",experiment=test,variant=arm" } else { "" };
    format!("{kind}ts=at,units.user=who,name=what,value=amount,properties.p=p{arm}")
}

/// Whether the columns of types and of variants are mapped, and whether later rows are not there.
type Mapped = (bool, bool, bool);

fn agree(file: PathBuf, mapped: Mapped) -> Result<(), TestCaseError> {
    let (has_kind, has_arm, has_end) = mapped;
    let expected = naive(&file, mapped);
    let until = has_end.then(|| parse_moment(UNTIL).unwrap());
    let given = read(&Request { until, ..request(file, &mapping(has_kind, has_arm)) });
    match (given, expected) {
        (Ok(given), Ok(expected)) => prop_assert_eq!(given, expected),
        (given, expected) => prop_assert_eq!(given.is_err(), expected.is_err(), "{:?} {:?}", given, expected),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn texts_are_read_as_a_row_after_the_other(
        rows in prop::collection::vec(texts(), 0..30),
        crlf in any::<bool>(), last in any::<bool>(), mark in any::<bool>(),
        mapped in any::<Mapped>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let line_break = if crlf { "\r\n" } else { "\n" };
        let mark = if mark { "\u{feff}" } else { "" };
        for (name, text) in [("e.csv", csv(&rows, line_break, last)), ("e.ndjson", ndjson(&rows, line_break, last))] {
            let file = folder.path().join(name);
            fs::write(&file, format!("{mark}{text}")).unwrap();
            agree(file, mapped)?;
        }
    }

    #[test]
    fn columns_are_read_as_a_row_after_the_other(
        rows in prop::collection::vec(texts(), 0..30), floats in any::<bool>(), group in 1_usize..40,
        mapped in any::<Mapped>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("e.parquet");
        parquet(&rows, &file, floats, group);
        agree(file, mapped)?;
    }

    /// Whatever is in a line, both read it, or neither does.
    #[test]
    fn odd_cells_are_refused_alike(
        at in 0_usize..8,
        odd in prop::sample::select(vec!["true", "[1]", "{\"a\": 1}", "\"\"", "\"yesterday\"", "1e99", "\"\\ud800\"", "nul", "12"]),
        row in texts(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("e.jsonl");
        let text = ndjson(&[row], "\n", true);
        let member = format!("\"{}\": {odd}", COLUMNS[at]);
        fs::write(&file, text.replacen('}', &format!(", {member}}}"), 1)).unwrap();
        agree(file, (true, true, false))?;
    }
}

#[test]
fn rows_beyond_the_first_part_are_told_by_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let row = "2026-01-05T10:00:00Z,someone,purchase,1.25\n";
    // Five megabytes: a part has four.
    let count = 5_000_000 / row.len();
    for (name, quoted) in
        [("plain.csv", ""), ("quoted.csv", "2026-01-05T10:00:00Z,\"some\none\",purchase,1.25\n")]
    {
        let file = folder.path().join(name);
        let bad = "2026-01-05T10:00:00Z,someone,purchase,much\n";
        fs::write(&file, format!("at,who,what,amount\n{quoted}{}{bad}", row.repeat(count))).unwrap();
        let request = request(file, "ts=at,units.user=who,name=what,value=amount");
        let imported = Imported::read(&request).unwrap();
        let (mut rows, most) = (0, NonZeroUsize::new(3).unwrap());
        let readers = imported.scan().readers(&["ts"], most).unwrap();
        let count_rows = |batch: &RecordBatch| {
            rows += batch.num_rows();
            Ok(())
        };
        take_all(readers, count_rows).unwrap();
        assert_eq!(rows, count + 1 + usize::from(!quoted.is_empty()), "{name}");
        let error = take_all(imported.scan().readers(&["value"], most).unwrap(), |_| Ok(())).unwrap_err();
        let line = count + 2 + 2 * usize::from(!quoted.is_empty());
        assert!(error.to_string().contains(&format!("line {line}, column `amount`")), "{error}");
    }
}
