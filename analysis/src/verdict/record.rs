//! Engines that keep what they answer, and engines that answer by what was kept.

use super::answers::{Answer, batch, columns};
use crate::engine::{Engine, EngineError, Source};
use datafusion::arrow::array::RecordBatch;
use futures::{FutureExt as _, future::BoxFuture};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

/// An engine that another one works for, whose answers are kept.
pub struct Recorder<'a> {
    engine: &'a dyn Engine,
    answers: Mutex<Vec<Answer>>,
}

impl<'a> Recorder<'a> {
    /// Nothing asked yet.
    pub fn new(engine: &'a dyn Engine) -> Self {
        Self { engine, answers: Mutex::default() }
    }

    /// What was asked so far, in this order.
    pub fn answers(self) -> Vec<Answer> {
        self.answers.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine for Recorder<'_> {
    fn name(&self) -> &'static str {
        self.engine.name()
    }

    fn bind<'a>(&'a self, name: &'a str, select: &'a str) -> BoxFuture<'a, Result<(), EngineError>> {
        self.engine.bind(name, select)
    }

    fn register<'a>(&'a self, name: &'a str, source: Source) -> BoxFuture<'a, Result<(), EngineError>> {
        self.engine.register(name, source)
    }

    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Vec<RecordBatch>, EngineError>> {
        async move {
            let batches = self.engine.query(sql).await?;
            let columns = columns(&batches).map_err(|error| failed("keep an answer", error.to_string()))?;
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.push(Answer { sql: sql.to_owned(), columns });
            Ok(batches)
        }
        .boxed()
    }
}

const NAME: &str = "recorded";

/// An engine without data: it answers what was answered before.
pub struct Recorded<'a> {
    /// Each question's answers in the order in which it was asked: the tables may change in between.
    answers: Mutex<HashMap<&'a str, VecDeque<&'a Answer>>>,
}

impl<'a> Recorded<'a> {
    /// An engine that answers like this.
    pub fn new(answers: &'a [Answer]) -> Self {
        let mut by_question: HashMap<&str, VecDeque<&Answer>> = HashMap::new();
        for answer in answers {
            by_question.entry(&answer.sql).or_default().push_back(answer);
        }
        Self { answers: Mutex::new(by_question) }
    }

    /// How many answers nobody asked for.
    pub fn left(self) -> usize {
        let answers = self.answers.into_inner().unwrap_or_else(PoisonError::into_inner);
        answers.values().map(VecDeque::len).sum()
    }
}

impl Engine for Recorded<'_> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn bind<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<(), EngineError>> {
        async { Ok(()) }.boxed()
    }

    fn register<'a>(&'a self, _: &'a str, _: Source) -> BoxFuture<'a, Result<(), EngineError>> {
        async { Ok(()) }.boxed()
    }

    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Vec<RecordBatch>, EngineError>> {
        async move {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            let answer = answers.get_mut(sql).and_then(VecDeque::pop_front).ok_or_else(|| {
                let asked = sql.split_whitespace().collect::<Vec<_>>().join(" ");
                failed("answer", format!("the verdict holds no answer to this question: {asked}"))
            })?;
            let batch = batch(&answer.columns).map_err(|error| failed("answer", error.to_string()))?;
            Ok(batch.into_iter().collect())
        }
        .boxed()
    }
}

fn failed(task: &str, message: String) -> EngineError {
    EngineError { engine: NAME, task: task.to_owned(), message }
}
