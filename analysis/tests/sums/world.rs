//! Small worlds of units and events, drawn by a seed, as plain rows and as tables of an engine.

use datafusion::arrow::{
    array::{ArrayRef, Decimal128Array, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray},
    datatypes::{DataType, Field, Schema, TimeUnit},
};
use edgewise_analysis::{assignments, engine::Source};
use std::sync::Arc;

/// 2026-01-05T00:00:00Z.
pub(crate) const START: i64 = 1_767_571_200_000_000;
pub(crate) const HOUR: i64 = 3_600_000_000;

/// Numbers that look random and are the same everywhere: SplitMix64 (Steele, Lea & Flood 2014).
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) id: String,
    pub(crate) variant: &'static str,
    pub(crate) epoch: &'static str,
    pub(crate) verdict: &'static str,
    pub(crate) platform: Option<&'static str>,
    pub(crate) first_us: i64,
}

impl Unit {
    pub(crate) fn day(&self) -> String {
        let moment = jiff::Timestamp::from_microsecond(self.first_us).unwrap();
        moment.strftime("%Y-%m-%d").to_string()
    }
}

#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::struct_field_names, reason = "the events' own name for their type")]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) event_type: &'static str,
    pub(crate) name: &'static str,
    pub(crate) unit: Option<String>,
    pub(crate) ts_us: i64,
    pub(crate) received_us: i64,
    /// In millionths.
    pub(crate) value: Option<i128>,
    pub(crate) price: Option<i128>,
    pub(crate) channel: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) units: Vec<Unit>,
    pub(crate) events: Vec<Event>,
}

pub(crate) fn world(seed: u64, units: u64, events: u64) -> World {
    let mut draw = Draw(seed);
    let unit = |draw: &mut Draw, index: u64| Unit {
        id: format!("u{index}"),
        variant: draw.one(&["control", "treatment"]),
        epoch: draw.one(&["e1", "e2"]),
        verdict: draw.one(&["verified", "verified", "verified", "mismatched"]),
        platform: draw.one(&[Some("web"), Some("ios"), None]),
        first_us: START + i64::try_from(draw.below(96)).unwrap() * HOUR,
    };
    let units: Vec<Unit> = (0..units).map(|index| unit(&mut draw, index)).collect();
    let mut rows: Vec<Event> = Vec::new();
    for id in 0..events {
        // Whole hours, so that many moments are the same, and lie on the edges of windows.
        let ts_us = START + (i64::try_from(draw.below(200)).unwrap() - 60) * HOUR;
        let late = i64::try_from(draw.below(48)).unwrap() * HOUR;
        let amount = |draw: &mut Draw| i128::from(draw.below(4_000)) * 1_250 - 1_000_000;
        let number = |draw: &mut Draw| (draw.below(6) > 0).then(|| amount(draw));
        rows.push(Event {
            id,
            event_type: draw.one(&["track", "track", "track", "feedback"]),
            name: draw.one(&["view", "cart", "purchase"]),
            unit: (draw.below(20) > 0).then(|| format!("u{}", draw.below(units.len() as u64 + 3))),
            ts_us,
            received_us: ts_us + late,
            value: number(&mut draw),
            price: number(&mut draw),
            channel: draw.one(&[Some("web"), Some("shop"), None]),
        });
        if draw.below(12) == 0 {
            rows.extend(rows.last().cloned());
        }
    }
    World { units, events: rows }
}

fn text<'a>(rows: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(rows.collect::<StringArray>())
}

fn moments(rows: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(rows.map(Some).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

fn numbers(rows: impl Iterator<Item = Option<i128>>) -> ArrayRef {
    Arc::new(rows.collect::<Decimal128Array>().with_precision_and_scale(18, 6).unwrap())
}

impl World {
    pub(crate) fn assignments(&self) -> Source {
        let of = |what: fn(&Unit) -> &str| text(self.units.iter().map(move |unit| Some(what(unit))));
        let days: Vec<String> = self.units.iter().map(Unit::day).collect();
        let columns: Vec<ArrayRef> = vec![
            text(self.units.iter().map(|_| Some("x"))),
            of(|unit| &unit.id),
            of(|unit| unit.epoch),
            Arc::new(self.units.iter().map(|_| None).collect::<Int32Array>()),
            of(|unit| unit.variant),
            moments(self.units.iter().map(|unit| unit.first_us)),
            of(|unit| unit.verdict),
            text(days.iter().map(|day| Some(day.as_str()))),
            text(self.units.iter().map(|unit| unit.platform)),
        ];
        let schema = assignments::schema(1);
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
        Source::batches(schema, vec![batch])
    }

    /// The events in batches of so many rows.
    pub(crate) fn events(&self, rows: usize) -> Source {
        let moment = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let number = DataType::Decimal128(18, 6);
        let schema = Arc::new(Schema::new(vec![
            Field::new("id", DataType::Utf8, false),
            Field::new("type", DataType::Utf8, false),
            Field::new("ts", moment(), false),
            Field::new("received_at", moment(), false),
            Field::new("name", DataType::Utf8, true),
            Field::new("value", number.clone(), true),
            Field::new("unit_user", DataType::Utf8, true),
            Field::new("number_price", number, true),
            Field::new("text_channel", DataType::Utf8, true),
        ]));
        let batch = |events: &[Event]| {
            let ids: Vec<String> = events.iter().map(|event| format!("{:032x}", event.id)).collect();
            let columns = vec![
                text(ids.iter().map(|id| Some(id.as_str()))),
                text(events.iter().map(|event| Some(event.event_type))),
                moments(events.iter().map(|event| event.ts_us)),
                moments(events.iter().map(|event| event.received_us)),
                text(events.iter().map(|event| Some(event.name))),
                numbers(events.iter().map(|event| event.value)),
                text(events.iter().map(|event| event.unit.as_deref())),
                numbers(events.iter().map(|event| event.price)),
                text(events.iter().map(|event| event.channel)),
            ];
            RecordBatch::try_new(Arc::clone(&schema), columns).unwrap()
        };
        let batches = self.events.chunks(rows).map(batch).collect();
        Source::batches(Arc::clone(&schema), batches)
    }

    /// Without what came again.
    pub(crate) fn unique(mut self) -> Self {
        self.events.dedup_by_key(|event| event.id);
        self
    }
}
