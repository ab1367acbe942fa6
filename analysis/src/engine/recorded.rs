//! A warehouse that people ask for us: the statements are written down, and its answers are brought back in a file.

use super::{Engine, EngineError, Source, answer, bindings::Bindings};
use datafusion::arrow::array::RecordBatch;
use edgewise_core::Digest;
use futures::{FutureExt as _, future::BoxFuture};
use serde_json::value::RawValue;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

const NAME: &str = "warehouse";

/// The column that says which statement a row answers.
const KEY: &str = "query_key";
/// The column that says how many rows the answer has.
const ROWS: &str = "query_rows";

/// Hexadecimal digits of a statement's key: a handful of statements, told apart by 64 bits.
const KEY_DIGITS: usize = 16;

/// Answers that were brought back, and the statements that are still open.
///
/// A statement is known by its text. One that was not answered is written down and answered with no rows, so that an
/// analysis comes to the others; what it says is to be thrown away then. A statement that follows from an answer, such
/// as one with a cap, is asked once the answer is there.
#[derive(Debug, Default)]
pub struct Recorded {
    bindings: Bindings,
    answers: BTreeMap<String, Option<RecordBatch>>,
    asked: Mutex<Asked>,
}

/// What was asked so far.
#[derive(Debug, Default)]
struct Asked {
    open: Vec<Statement>,
    /// How often something was asked that has no answer.
    waiting: usize,
    answered: BTreeSet<String>,
}

/// A statement for the warehouse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// By which its rows are known.
    pub key: String,
    /// One `select`, whose first two columns are the key and how many rows there are. It gives at least one row, so
    /// that an answer of none is told from no answer.
    pub sql: String,
}

/// A row that was brought back: column to its text.
type Cells = BTreeMap<String, Option<String>>;

impl Recorded {
    /// Reads answers: a JSON object a line, its members the columns of the statement. Numbers may be given as numbers
    /// or as texts; neither becomes a float. A line that stands there twice counts once.
    ///
    /// # Errors
    /// Where a line is no object or lacks the key, or an answer has other rows than it says.
    pub fn read(answers: &str) -> Result<Self, AnswersError> {
        let mut by_key: BTreeMap<String, (usize, BTreeSet<Cells>)> = BTreeMap::new();
        for (index, line) in answers.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let failed = |what: String| AnswersError { line: index + 1, what };
            let object: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line)
                .map_err(|error| failed(format!("it is no JSON object: {error}")))?;
            let mut row: Cells =
                object.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), text(&value))).collect();
            let key = row.remove(KEY).flatten();
            let key =
                key.ok_or_else(|| failed(format!("it has no `{KEY}`: keep the statement's first column")))?;
            by_key.entry(key).or_insert_with(|| (index + 1, BTreeSet::new())).1.insert(row);
        }
        let answer = |(key, (line, rows)): (String, (usize, BTreeSet<Cells>))| {
            let answer = answer_of(rows).map_err(|what| AnswersError { line, what })?;
            Ok((key, answer))
        };
        let answers = by_key.into_iter().map(answer).collect::<Result<_, AnswersError>>()?;
        Ok(Self { answers, ..Self::default() })
    }

    /// The statements that were asked and have no answer, in the order in which they were asked.
    pub fn open(&self) -> Vec<Statement> {
        self.asked().open.clone()
    }

    /// The keys of answers that nothing asked for: they are of another plan, other tables or another version.
    pub fn unused(&self) -> Vec<String> {
        let asked = self.asked();
        self.answers.keys().filter(|key| !asked.answered.contains(*key)).cloned().collect()
    }

    fn ask(&self, sql: &str) -> Vec<RecordBatch> {
        let sql = self.bindings.resolve(sql);
        let mut key = Digest::of(&[sql.as_bytes()]).to_string();
        key.truncate(KEY_DIGITS);
        let mut asked = self.asked();
        if let Some(answer) = self.answers.get(&key) {
            asked.answered.insert(key);
            return answer.iter().cloned().collect();
        }
        let statement = Statement {
            sql: format!(
                "select '{key}' as {KEY}, count(*) over () as {ROWS}, answer.*\nfrom (select 1 as one_row) one left join (\n{sql}\n) answer on 1 = 1"
            ),
            key,
        };
        asked.waiting += 1;
        if !asked.open.contains(&statement) {
            asked.open.push(statement);
        }
        Vec::new()
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows of one answer as a batch; none where it says that there are none.
fn answer_of(rows: BTreeSet<Cells>) -> Result<Option<RecordBatch>, String> {
    let there = rows.len();
    let mut columns = BTreeSet::new();
    let mut kept = Vec::new();
    for mut row in rows {
        let said = row.remove(ROWS).flatten().and_then(|rows| rows.parse::<usize>().ok());
        let said = said.ok_or_else(|| format!("it has no `{ROWS}`: keep the statement's second column"))?;
        if said != there {
            return Err(format!(
                "the statement gave {said} rows, and the file has {there} of them: bring all rows of one run back"
            ));
        }
        columns.extend(row.keys().cloned());
        if row.values().any(Option::is_some) {
            kept.push(row);
        }
    }
    if kept.is_empty() {
        return Ok(None);
    }
    // Some systems leave out what is null.
    let columns: Vec<String> = columns.into_iter().collect();
    let cells = kept.iter().map(|row| columns.iter().map(|name| row.get(name).cloned().flatten()).collect());
    let batch = answer::batch(NAME, &columns, &cells.collect::<Vec<_>>());
    batch.map(Some).map_err(|error| error.message)
}

/// The text of a JSON value; none for null.
fn text(value: &RawValue) -> Option<String> {
    match value.get() {
        "null" => None,
        // A text that is one stays one; anything else is left as it is spelled.
        raw => Some(serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned())),
    }
}

impl Engine for Recorded {
    fn name(&self) -> &'static str {
        NAME
    }

    fn register<'a>(&'a self, name: &'a str, _source: Source) -> BoxFuture<'a, Result<(), EngineError>> {
        let message =
            format!("the rows of `{name}` are here and not in the warehouse: name its tables by --tables");
        let error = EngineError { engine: NAME, task: "take over a table".to_owned(), message };
        futures::future::ready(Err(error)).boxed()
    }

    fn bind<'a>(&'a self, name: &'a str, select: &'a str) -> BoxFuture<'a, Result<(), EngineError>> {
        self.bindings.bind(name, select);
        futures::future::ready(Ok(())).boxed()
    }

    fn waiting(&self) -> usize {
        self.asked().waiting
    }

    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Vec<RecordBatch>, EngineError>> {
        futures::future::ready(Ok(self.ask(sql))).boxed()
    }
}

/// Answers that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the answers: {what}")]
pub struct AnswersError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::AsArray as _;

    #[test]
    fn what_has_no_answer_is_asked_once() {
        let engine = Recorded::default();
        assert!(engine.ask("select 1 as one").is_empty());
        assert!(engine.ask("select 1 as one").is_empty());
        assert_eq!(engine.waiting(), 2);
        let [statement] = engine.open().try_into().unwrap();
        assert!(statement.sql.contains(&format!("'{}' as query_key", statement.key)), "{statement:?}");

        let row = format!(
            "{{\"query_key\": \"{}\", \"QUERY_ROWS\": 1, \"ONE\": 1, \"sum\": 12345678901234567890123456789012345678}}\n",
            statement.key
        );
        let engine = Recorded::read(&format!("{row}\n{row}")).unwrap();
        let answer = engine.ask("select 1 as one");
        assert_eq!((engine.waiting(), engine.unused()), (0, Vec::new()));
        assert_eq!(answer[0].num_rows(), 1, "a line that came twice counts once");
        let sum = answer[0].column_by_name("sum").unwrap().as_string::<i32>().value(0);
        assert_eq!(sum, "12345678901234567890123456789012345678", "no digit is lost to a float");
        assert!(answer[0].column_by_name("one").is_some(), "Snowflake shouts its names");
        assert!(engine.ask("select 2 as two").is_empty());
        assert_eq!(engine.waiting(), 1);
    }

    #[test]
    fn no_rows_are_told_from_no_answer() {
        let asked = Recorded::default();
        asked.ask("select a from t");
        let key = asked.open()[0].key.clone();
        for row in ["\"a\": null, ", ""] {
            let line = format!("{{{row}\"query_key\": \"{key}\", \"query_rows\": \"1\"}}");
            let engine = Recorded::read(&line).unwrap();
            assert!(engine.ask("select a from t").is_empty());
            assert_eq!(engine.waiting(), 0);
        }
    }

    #[test]
    fn an_answer_that_is_not_whole_is_refused() {
        let line =
            |rows: u8, a: u8| format!("{{\"query_key\": \"k\", \"query_rows\": {rows}, \"a\": {a}}}\n");
        assert_eq!(Recorded::read(&[line(2, 1), line(2, 2)].concat()).unwrap().unused(), ["k"]);
        let cut = Recorded::read(&line(2, 1)).unwrap_err().to_string();
        assert!(cut.contains("gave 2 rows, and the file has 1"), "{cut}");
        // Two runs, between which the data changed.
        let two_runs = Recorded::read(&[line(1, 1), line(1, 2)].concat()).unwrap_err();
        assert!(two_runs.to_string().contains("gave 1 rows, and the file has 2"), "{two_runs}");
    }

    #[test]
    fn a_line_that_is_no_answer_is_named() {
        let error = Recorded::read("{\"query_key\": \"a\"}\n{\"x\": 1}\n").unwrap_err();
        assert_eq!(error.line, 2);
        assert!(error.to_string().contains("query_key"), "{error}");
        assert_eq!(Recorded::read("[]").unwrap_err().line, 1);
        assert!(Recorded::read("{\"query_key\": \"a\"}").unwrap_err().to_string().contains("query_rows"));
    }
}
