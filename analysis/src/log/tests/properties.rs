//! Columns of properties, and units that belong together.

use super::*;
use crate::property::{PropertyColumn, PropertyKind};
use datafusion::arrow::{
    array::{RecordBatch, StringArray},
    datatypes::Decimal128Type,
};
use std::collections::BTreeSet;

fn number(property: &str) -> PropertyColumn {
    PropertyColumn { property: property.to_owned(), kind: PropertyKind::Number }
}

fn text(property: &str) -> PropertyColumn {
    PropertyColumn { property: property.to_owned(), kind: PropertyKind::Text }
}

fn with_properties(n: u64, properties: &str) -> NewEvent {
    let fields = format!(r#""type":"track","name":"x","units":{{"user":"u"}},"properties":{properties}"#);
    event(n, &fields)
}

/// All rows of a table, batch by batch, read as an engine reads them: by name.
fn rows(source: &crate::engine::Source) -> Vec<RecordBatch> {
    let files = source.files.iter().flat_map(|path| {
        let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
        reader.build().unwrap().map(Result::unwrap)
    });
    files.chain(source.batches.iter().cloned()).collect()
}

/// The values of a column in all rows, in the order of arrival; null where a file lacks the column.
fn numbers(source: &crate::engine::Source, column: &str) -> Vec<Option<i128>> {
    let values = |batch: &RecordBatch| -> Vec<Option<i128>> {
        let Some(column) = batch.column_by_name(column) else { return vec![None; batch.num_rows()] };
        column.as_primitive::<Decimal128Type>().iter().collect()
    };
    rows(source).iter().flat_map(values).collect()
}

fn texts(source: &crate::engine::Source, column: &str) -> Vec<Option<String>> {
    let values = |batch: &RecordBatch| -> Vec<Option<String>> {
        let Some(column) = batch.column_by_name(column) else { return vec![None; batch.num_rows()] };
        let column: &StringArray = column.as_string();
        column.iter().map(|text| text.map(str::to_owned)).collect()
    };
    rows(source).iter().flat_map(values).collect()
}

/// A folder whose first events are sealed, and whose others are not.
fn folder_with(sealed: Vec<NewEvent>, rest: Vec<NewEvent>) -> TempDir {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    log.commit(&[batch(sealed)], noon()).unwrap();
    log.seal();
    compact(log.folder(), 1).unwrap();
    log.commit(&[batch(rest)], noon()).unwrap();
    folder
}

#[test]
fn numbers_and_texts_have_columns_of_their_own() {
    let given = [
        r#"{"price":0.1,"paid":true,"plan":"pro","nothing":null,"items":[1],"more":{"a":1}}"#,
        r#"{"price":1.0000005,"paid":false,"plan":7}"#,
        r#"{"price":"free","far":1e15,"word":"\ud83d\ude00"}"#,
        "{}",
    ];
    let events = |first: u64| -> Vec<_> {
        given.iter().zip(first..).map(|(properties, n)| with_properties(n, properties)).collect()
    };
    let folder = folder_with(events(0), events(4));
    let source = Source::open(folder.path()).unwrap();
    let wanted = BTreeSet::from([
        number("price"),
        text("price"),
        text("paid"),
        text("plan"),
        text("word"),
        number("far"),
    ]);
    let table = source.with_properties(&wanted).unwrap();
    assert_eq!(table.gathered(), 0, "the files hold them");
    let table = table.source();
    let twice = |values: [Option<&str>; 4]| -> Vec<Option<String>> {
        values.iter().chain(&values).map(|text| text.map(str::to_owned)).collect()
    };
    let price = [Some(100_000), Some(1_000_000), None, None];
    assert_eq!(numbers(&table, "number_price"), [price, price].concat());
    assert_eq!(numbers(&table, "number_far"), [None; 8], "beyond what a column holds");
    assert_eq!(texts(&table, "text_price"), twice([None, None, Some("free"), None]));
    assert_eq!(texts(&table, "text_paid"), twice([Some("true"), Some("false"), None, None]));
    assert_eq!(texts(&table, "text_plan"), twice([Some("pro"), None, None, None]));
    assert_eq!(texts(&table, "text_word"), twice([None, None, Some("😀"), None]));
    let names: Vec<_> = table.schema.fields().iter().map(|field| field.name().as_str()).collect();
    let expected = [
        "id",
        "type",
        "ts",
        "received_at",
        "tenant",
        "name",
        "value",
        "unit_user",
        "number_far",
        "number_price",
        "text_paid",
        "text_plan",
        "text_price",
        "text_word",
    ];
    assert_eq!(names.iter().collect::<BTreeSet<_>>(), expected.iter().collect());
    assert!(table.batches.iter().all(|batch| batch.schema() == table.schema));
}

#[test]
fn properties_without_a_column_are_gathered() {
    // Each event has a property of its own: those behind the limit have no column.
    let many = |first: u64| -> Vec<_> {
        (0..=MAX_PROPERTY_COLUMNS as u64)
            .map(|n| with_properties(first + n, &format!(r#"{{"p{n}":{n},"t{n}":"{n}","a b":{n}}}"#)))
            .collect()
    };
    let folder = folder_with(many(0), many(1000));
    let last = MAX_PROPERTY_COLUMNS;
    let source = Source::open(folder.path()).unwrap();
    let table = source.with_properties(&BTreeSet::from([number("p0"), text("t0")])).unwrap();
    assert_eq!(table.gathered(), 0, "the first ones have columns");
    let wanted = BTreeSet::from([
        number("p0"),
        number(&format!("p{last}")),
        text(&format!("t{last}")),
        number("a b"),
        number("absent"),
    ]);
    let table = source.with_properties(&wanted).unwrap();
    assert_eq!(table.gathered(), 1);
    let table = table.source();
    let only = |at: usize, value: i128| -> Vec<_> {
        let half: Vec<_> = (0..=last).map(|n| (n == at).then_some(value)).collect();
        [half.clone(), half].concat()
    };
    assert_eq!(numbers(&table, "number_p0"), only(0, 0));
    assert_eq!(numbers(&table, &format!("number_p{last}")), only(last, last as i128 * 1_000_000));
    let all: Vec<_> = (0..=last).map(|n| Some(n as i128 * 1_000_000)).collect();
    assert_eq!(numbers(&table, "number_a b"), [all.clone(), all].concat());
    assert_eq!(numbers(&table, "number_absent"), vec![None; 2 * (last + 1)]);
    let word = texts(&table, &format!("text_t{last}"));
    assert_eq!(word.iter().flatten().collect::<Vec<_>>(), [&last.to_string(), &last.to_string()]);
}

#[test]
fn events_that_name_several_units_say_that_they_belong_together() {
    let identify = |n| event(n, r#""type":"identify","units":{"device":"d_1","user":"u_1"}"#);
    let seen = |folder: &TempDir| -> Vec<String> {
        let mut seen = Vec::new();
        let source = Source::open(folder.path()).unwrap();
        source.identities(|one| seen.push(format!("{} {:?}", one.identify, one.units))).unwrap();
        seen
    };
    let folder =
        folder_with(vec![track(1), identify(2), exposure(3)], vec![exposure(4), track(5), identify(6)]);
    let said = r#"true [("device", "d_1"), ("user", "u_1")]"#;
    let shown = |n| format!(r#"false [("device", "d"), ("user", "u_{n}")]"#);
    assert_eq!(seen(&folder), [said.to_owned(), shown(3), shown(4), said.to_owned()]);

    // A type beyond the limit is in the event's own text alone.
    let mut many: Vec<_> = (0..MAX_UNIT_COLUMNS as u64)
        .map(|n| event(n, &format!(r#""type":"track","name":"x","units":{{"type_{n}":"u"}}"#)))
        .collect();
    many.push(identify(1000));
    let rest = vec![identify(1001)];
    assert_eq!(seen(&folder_with(many, rest)), [said, said]);
}
