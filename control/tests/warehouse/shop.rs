//! A shop's exposures and events as files, as scripts that load them, and the project that measures them.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// What stands in which column of the exposures and of the events.
pub(crate) const COLUMNS: [&str; 2] = [
    "ts=seen_at,units.user=user_id,experiment=test,variant=arm,properties.country=land",
    "id=event_id,type=kind,ts=at,units.user=user_id,name=what,value=amount,properties.ms=ms,properties.plan=plan",
];

const FILES: [(&str, &str); 14] = [
    ("edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user]\n"),
    ("metrics/conversion.yaml", "id: conversion\nkind: binary\nevent: purchase\nwindow: 3d\n"),
    ("metrics/searches.yaml", "id: searches\nkind: count\nevent: search\ncovariate: 3d\n"),
    (
        "metrics/revenue.yaml",
        "id: revenue\nkind: continuous\nevent: purchase\nwindow: 3d\ncovariate: 3d\ncap: { upper: 95% }\n",
    ),
    (
        "metrics/per_search.yaml",
        "id: per_search\nkind: ratio\nevent: purchase\nvalue: value\ndenominator: search\n",
    ),
    (
        "metrics/latency.yaml",
        "id: latency\nkind: quantile\nevent: search\nvalue: ms\nlevel: 90%\ndirection: decrease\n",
    ),
    ("metrics/slowest.yaml", "id: slowest\nkind: highest\nevent: search\nvalue: ms\nsilent: exclude\n"),
    ("metrics/pro.yaml", "id: pro\nkind: count\nevent: search\nwhere: { plan: pro, ms: \"> 100\" }\n"),
    ("metrics/likes.yaml", "id: likes\nkind: feedback\nevent: rating\n"),
    ("metrics/errors.yaml", "id: errors\nkind: count\ntype: error\nevent: crash\ndirection: decrease\n"),
    (
        "metrics/way.yaml",
        "id: way\nkind: funnel\nwindow: 3d\nsteps:\n  - search\n  - { name: paid, event: purchase, within: 1d }\n",
    ),
    ("metrics/unmapped.yaml", "id: unmapped\nkind: continuous\nevent: purchase\nvalue: tax\n"),
    (
        "experiments/checkout.yaml",
        "id: checkout\nstatus: running\nvariants:\n  - { id: control, control: true }\n  - { id: short }\nmetrics:\n  \
         primary: [conversion]\n  secondary: [searches, revenue, per_search, latency, slowest, pro, likes, way, unmapped]\n  \
         guardrails: [errors]\ndimensions: [country]\n",
    ),
    (
        "experiments/triggered.yaml",
        "id: triggered\nstatus: running\nvariants:\n  - { id: control, control: true }\n  - { id: short }\ntrigger: search\n\
         metrics: { primary: [conversion, revenue] }\n",
    ),
];

pub(crate) struct Shop {
    folder: TempDir,
    exposures: String,
    events: String,
}

/// Numbers that look random and are the same everywhere: SplitMix64 (Steele, Lea & Flood 2014).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    /// A moment within so many days from the first of January, and whole seconds.
    fn moment(&mut self, days: u64) -> String {
        let second = self.below(days * 86_400);
        let (day, second) = (second / 86_400, second % 86_400);
        format!("2026-01-{:02} {:02}:{:02}:{:02}", day + 1, second / 3600, second / 60 % 60, second % 60)
    }
}

impl Shop {
    pub(crate) fn new() -> Self {
        let mut draw = Draw(5);
        let mut exposures = String::from("user_id,test,arm,seen_at,land\n");
        for user in 0..400 {
            let arm = ["control", "short"][usize::from(draw.below(2) == 1)];
            let other = ["control", "short", "short"][usize::try_from(draw.below(3)).unwrap()];
            let lands = ["de", "fr", ""];
            let land = lands[usize::try_from(draw.below(3)).unwrap()];
            for test in ["checkout", "triggered"] {
                let first = draw.moment(6);
                writeln!(exposures, "{user},{test},{arm},{first},{land}").unwrap();
                // Some come again, a few of them in the other variant.
                if draw.below(6) == 0 {
                    let again = draw.moment(8);
                    writeln!(exposures, "{user},{test},{other},{again},{}", lands[0]).unwrap();
                }
            }
        }
        exposures.push_str(",checkout,short,2026-01-02 10:00:00,de\n401,checkout,,2026-01-02 10:00:00,de\n");
        let mut events = String::from("event_id,user_id,kind,what,at,amount,ms,plan\n");
        for event in 0..6_000_i32 {
            let user = if draw.below(40) == 0 { String::new() } else { draw.below(420).to_string() };
            let (kind, what) = match draw.below(12) {
                0..=3 => ("", "purchase"),
                4 => ("track", "purchase"),
                5..=8 => ("track", "search"),
                9 => ("feedback", "rating"),
                10 => ("error", "crash"),
                _ => ("page", "view"),
            };
            let number = |draw: &mut Draw, limit: u64| match draw.below(8) {
                0 => String::new(),
                _ => format!("{}.{:02}", draw.below(limit), draw.below(100)),
            };
            let (amount, ms) = (number(&mut draw, 90), number(&mut draw, 900));
            // Of five ratings one or two are negative, neutral, positive.
            let amount = if what == "rating" { (event % 5 / 2 - 1).to_string() } else { amount };
            let plan = ["pro", "free", ""][usize::try_from(draw.below(3)).unwrap()];
            let at = draw.moment(14);
            let line = format!(
                "e{event},{user},{kind},{what},{at}.{:06},{amount},{ms},{plan}\n",
                draw.below(1_000_000)
            );
            events.push_str(&line);
            if draw.below(15) == 0 {
                events.push_str(&line);
            }
        }
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in FILES {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::write(folder.path().join("exposures.csv"), &exposures).unwrap();
        fs::write(folder.path().join("events.csv"), &events).unwrap();
        Self { folder, exposures, events }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// What loads the tables into PostgreSQL. Moments of two types, ids that are numbers, a table in a schema.
    pub(crate) fn for_postgresql(&self) -> PathBuf {
        let script = format!(
            "set time zone 'UTC';
create schema shop;
create table shop.exposures (user_id bigint, test text, arm varchar(20), seen_at timestamptz, land text);
create table events (event_id text, user_id int, kind text, what text, at timestamp, amount numeric, ms numeric(9, 2), plan text);
copy shop.exposures from stdin (format csv, header);
{}\\.
copy events from stdin (format csv, header);
{}\\.
",
            self.exposures, self.events
        );
        self.file("postgresql.sql", &script)
    }

    /// Moments of two precisions, texts that are few.
    pub(crate) fn for_clickhouse(&self) -> PathBuf {
        let script = format!(
            "create table exposures (user_id Nullable(UInt64), test LowCardinality(String), arm Nullable(String), seen_at DateTime('UTC'), land Nullable(String)) engine = Memory
;
insert into exposures format CSVWithNames
{};
create table events (event_id String, user_id Nullable(Int32), kind LowCardinality(String), what String, at DateTime64(6, 'UTC'), amount Nullable(Decimal(18, 2)), ms Nullable(Decimal(9, 2)), plan Nullable(String)) engine = Memory
;
insert into events format CSVWithNames
{};
",
            self.exposures, self.events
        );
        self.file("clickhouse.sql", &script)
    }

    pub(crate) fn for_duckdb(&self) -> PathBuf {
        let place = |name: &str| self.folder.path().join(name).display().to_string();
        let script = format!(
            "create table exposures as select * from read_csv('{}', header = true, columns = {{user_id: 'BIGINT', test: 'VARCHAR', arm: 'VARCHAR', seen_at: 'TIMESTAMP', land: 'VARCHAR'}});
create table events as select * from read_csv('{}', header = true, columns = {{event_id: 'VARCHAR', user_id: 'INTEGER', kind: 'VARCHAR', what: 'VARCHAR', \"at\": 'TIMESTAMP', amount: 'DECIMAL(18,2)', ms: 'DECIMAL(9,2)', plan: 'VARCHAR'}});
",
            place("exposures.csv"),
            place("events.csv")
        );
        self.file("duckdb.sql", &script)
    }
}
