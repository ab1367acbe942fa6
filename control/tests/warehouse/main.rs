//! `edgewise analyze --tables`: results of rows that stay where they are, the same as of the same rows in files.
//!
//! PostgreSQL is a server of the test's own; chdb and DuckDB live in a Python that `scripts/test engines` installs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../binary/mod.rs"]
mod binary;
#[cfg(feature = "ballista")]
#[path = "../../../analysis/tests/sums/cluster.rs"]
mod cluster;
mod logged;
#[path = "../../../analysis/tests/engines/postgres.rs"]
mod postgres;
#[path = "../../../analysis/tests/engines/python.rs"]
mod python;
mod shop;
#[path = "../replay/world.rs"]
mod world;

use binary::{edgewise, fails, works};
use serde_json::Value;
use shop::{COLUMNS, Shop};

const TABLES: [&str; 3] = ["--tables", "exposures", "events"];

fn analyze<'a>(experiment: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let [exposures, events] = COLUMNS;
    let common = ["analyze", "--project", ".", "--experiment", experiment, "--output", "json"];
    [&common[..], &["--columns", exposures, "--columns", events], more].concat()
}

/// By the embedded engine, from files.
fn expected(shop: &Shop, experiment: &str) -> Value {
    let by_files = analyze(experiment, &["--events", "exposures.csv", "events.csv"]);
    let results: Value = serde_json::from_str(&works(shop.folder(), &by_files)).unwrap();
    let metrics = results["metrics"].as_array().unwrap();
    let measured = metrics.iter().filter(|metric| metric["absent"].is_null()).count();
    assert_eq!(
        measured,
        if experiment == "checkout" { 12 } else { 2 },
        "all but the unmapped one: {results:#}"
    );
    assert!(results["variants"][0]["units_in_two_variants"].as_u64() > Some(0));
    results
}

fn same(given: &str, expected: &Value) {
    let given: Value = serde_json::from_str(given).unwrap();
    for (name, member) in expected.as_object().unwrap() {
        assert_eq!(given[name], *member, "{name}");
    }
    assert_eq!(given, *expected);
}

#[test]
fn postgresql_gives_the_results_of_the_same_rows_in_files() {
    let (shop, server) = (Shop::new(), postgres::Server::start());
    server.run(&shop.for_postgresql());
    // Whoever may read the tables and nothing else.
    let analyst = "create role analyst login;
revoke temporary on database postgres from public;
grant usage on schema shop to analyst;
grant select on shop.exposures, events to analyst;
";
    server.run(&shop.file("analyst.sql", analyst));
    let address = server.address().replacen(postgres::USER, "analyst", 1);
    for experiment in ["checkout", "triggered"] {
        let tables = ["--tables", "shop.exposures", "events", "--engine", &address];
        let given = works(shop.folder(), &analyze(experiment, &tables));
        same(&given, &expected(&shop, experiment));
    }
}

#[test]
fn postgresql_gives_the_results_of_rows_that_are_uploaded() {
    let (shop, server) = (Shop::new(), postgres::Server::start());
    let address = server.address();
    let uploaded = ["--events", "exposures.csv", "events.csv", "--engine", &address];
    let given = works(shop.folder(), &analyze("checkout", &uploaded));
    same(&given, &expected(&shop, "checkout"));
}

#[test]
#[ignore = "needs chdb: scripts/test engines"]
fn clickhouse_gives_the_results_of_the_same_rows_in_files() {
    let shop = Shop::new();
    let server = python::ClickHouse::start(&[shop.for_clickhouse()]);
    for experiment in ["checkout", "triggered"] {
        let address = server.address();
        let given =
            works(shop.folder(), &analyze(experiment, &[&TABLES[..], &["--engine", &address]].concat()));
        same(&given, &expected(&shop, experiment));
    }
}

#[test]
#[cfg(feature = "ballista")]
fn a_ballista_cluster_gives_the_results_of_the_embedded_engine() {
    let (shop, cluster) = (Shop::new(), cluster::Cluster::start());
    let address = cluster.url();
    for experiment in ["checkout", "triggered"] {
        let by_cluster = ["--events", "exposures.csv", "events.csv", "--engine", &address];
        let given = works(shop.folder(), &analyze(experiment, &by_cluster));
        same(&given, &expected(&shop, experiment));
    }
    let tasks = cluster.tasks();
    assert!(tasks.iter().all(|tasks| *tasks > 0), "an executor had nothing to do: {tasks:?}");
}

/// Prints what is open and brings the answers back, until there are results; answers how often that was.
fn by_hand(shop: &Shop, experiment: &str, dialect: &str, run: impl Fn(&str) -> String) -> (String, usize) {
    let answers = "answers.ndjson";
    shop.file(answers, "");
    let mut all = String::new();
    for round in 0.. {
        let more = [&TABLES[..], &["--emit-sql", dialect, "--moments", answers]].concat();
        let printed = works(shop.folder(), &analyze(experiment, &more));
        if printed.starts_with('{') {
            return (printed, round);
        }
        assert!(round < 5, "nothing comes to an end: {printed}");
        all.push_str(&run(&printed));
        shop.file(answers, &all);
    }
    unreachable!()
}

#[test]
#[ignore = "needs duckdb: scripts/test engines"]
fn duckdb_asked_by_hand_gives_the_results_of_the_same_rows_in_files() {
    let shop = Shop::new();
    let database = shop.folder().join("shop.duckdb");
    python::duckdb(&database, &shop.for_duckdb());
    for (experiment, rounds) in [("checkout", 3), ("triggered", 3)] {
        let run = |script: &str| python::duckdb(&database, &shop.file("statements.sql", script));
        let (given, asked) = by_hand(&shop, experiment, "duckdb", run);
        same(&given, &expected(&shop, experiment));
        assert_eq!(asked, rounds, "counts; caps and quantiles; sums and bins");
    }
}

#[test]
fn psql_asked_by_hand_gives_the_results_of_the_same_rows_in_files() {
    let (shop, server) = (Shop::new(), postgres::Server::start());
    server.run(&shop.for_postgresql());
    let search = "set search_path = public, shop;\n";
    let run = |script: &str| server.run(&shop.file("statements.sql", &format!("{search}{script}")));
    let (given, asked) = by_hand(&shop, "checkout", "postgresql", run);
    same(&given, &expected(&shop, "checkout"));
    assert_eq!(asked, 3, "counts; caps and quantiles; sums and bins");
}

/// Tables that a statement makes by itself have no statistics: PostgreSQL would take one row for hundreds, and go
/// through all events again for each of them.
#[test]
fn postgresql_plans_to_join_no_rows_one_by_one() {
    let (shop, server) = (Shop::new(), postgres::Server::start());
    server.run(&shop.for_postgresql());
    let by_hand = ["--tables", "shop.exposures", "events", "--emit-sql", "postgresql"];
    let script = works(shop.folder(), &analyze("checkout", &by_hand));
    let statements = script.matches("select row_to_json").count();
    let explained = script.replace("select row_to_json", "explain select row_to_json");
    let plans = server.run(&shop.file("explained.sql", &explained));
    // One for each statement: the row that says that there is no answer has no key to join by.
    assert_eq!(
        (plans.matches("Nested Loop").count(), plans.matches("JIT").count()),
        (statements, 0),
        "{plans}"
    );
}

/// Without a project: the variants are those that the exposures name.
#[test]
fn a_plan_may_be_named_on_the_command_line() {
    let (shop, server) = (Shop::new(), postgres::Server::start());
    server.run(&shop.for_postgresql());
    let address = server.address();
    let named = |source: &[&'static str]| {
        let plan =
            ["--unit", "user", "--control", "control", "--continuous", "purchase", "--binary", "search"];
        let common =
            ["analyze", "--experiment", "checkout", "--output=json", "--columns", COLUMNS[0], "--columns"];
        [&common[..], &[COLUMNS[1]], &plan, source].concat()
    };
    let by_files = works(shop.folder(), &named(&["--events", "exposures.csv", "events.csv"]));
    let mut by_tables = named(&["--tables", "shop.exposures", "events", "--engine"]);
    by_tables.push(&address);
    same(&works(shop.folder(), &by_tables), &serde_json::from_str(&by_files).unwrap());
}

#[test]
fn what_is_missing_is_told_and_no_password_is() {
    let shop = Shop::new();
    let refused = |more: &[&str]| {
        let (code, said) = fails(shop.folder(), &analyze("checkout", more));
        assert!(code != 0 && !said.contains("hunter2"), "{said}");
        said
    };
    let said = refused(&TABLES);
    assert!(said.contains("--tables needs an engine") && said.contains("--emit-sql"), "{said}");
    let said = refused(&[&TABLES[..], &["--engine", "ballista://host?shared=/data"]].concat());
    assert!(said.contains("only reads files") && said.contains("--events"), "{said}");
    for address in
        ["mysql://me:hunter2@host/db", "clickhouse://me:hunter2@/db", "postgresql://me:hunter2@host:x/db"]
    {
        refused(&[&TABLES[..], &["--engine", address]].concat());
    }
    let said = refused(&["--tables", "shop.", "events", "--engine", "postgresql://host/db"]);
    assert!(said.contains("`shop.` names no table"), "{said}");
    shop.file("answers.ndjson", "");
    let said = refused(&[&TABLES[..], &["--moments", "answers.ndjson"]].concat());
    assert!(
        said.contains("statements have no answer in answers.ndjson") && said.contains("--emit-sql"),
        "{said}"
    );

    // What is to be done next is said beside the script.
    let output =
        edgewise(shop.folder(), &analyze("checkout", &[&TABLES[..], &["--emit-sql", "spark"]].concat()), "");
    let (script, said) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(script.starts_with("-- spark:") && script.contains("spark.sql.ansi.enabled"), "{script}");
    assert!(said.contains("4 statements are open") && said.contains("--moments answers.ndjson"), "{said}");

    // Answers of something else are no answers.
    shop.file("answers.ndjson", "{\"query_key\": \"0123\", \"query_rows\": 1}\n");
    let more = [&TABLES[..], &["--emit-sql", "duckdb", "--moments", "answers.ndjson"]].concat();
    let output = edgewise(shop.folder(), &analyze("checkout", &more), "");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("1 answers in answers.ndjson are to no statement of this analysis"), "{said}");
}

/// Moments and ids that are missing are counted by the warehouse, and refused.
#[test]
fn rows_without_a_moment_or_an_id_are_refused() {
    let (shop, server) = (Shop::new(), postgres::Server::start());
    server.run(&shop.for_postgresql());
    let address = server.address();
    let tables = ["--tables", "shop.exposures", "events", "--engine", &address];
    for (damage, field) in [
        (
            "update events set event_id = null where event_id in ('e0', 'e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'e7');",
            "id",
        ),
        ("update shop.exposures set seen_at = null where user_id = 7;", "ts"),
    ] {
        server.run(&shop.file("damage.sql", damage));
        let (_, said) = fails(shop.folder(), &analyze("checkout", &tables));
        assert!(said.contains(&format!("rows have no `{field}`")), "{said}");
    }
}
