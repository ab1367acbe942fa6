//! The lock as text: YAML that a person can read and a merge can take apart.

use super::{Entry, Lock, Range, Run};
use edgewise_core::BUCKETS;
use serde::Deserialize;
use std::{collections::BTreeMap, fmt::Write as _};
use thiserror::Error;

/// The version of the file's form.
const VERSION: u32 = 1;

const HEADER: &str = "# Which of the 1,000,000 buckets each variant has. Written by `edgewise build`: commit it, do not edit it.\n\
                      # Without it a change of weights would move more units than it must.\n";

/// Why a text is no lock.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LockError {
    /// Two branches changed it.
    #[error("a merge left both sides in it, from line {line} on")]
    Conflict {
        /// The line of the first marker, from 1.
        line: usize,
    },
    /// It is no YAML, or of another form.
    #[error("it has not the form of a lock: {0}")]
    Form(String),
    /// Another version wrote it.
    #[error("it is of version {0}, and this program reads version {VERSION}")]
    Version(u32),
    /// A key is not `<experiment>@<iteration>`.
    #[error("`{0}` is not `<experiment>@<iteration>`")]
    Key(String),
    /// A range is not `<start>..<end>`.
    #[error("`{range}` of `{run}` is no range of buckets: `<start>..<end>` within 0..1000000 is")]
    Range {
        /// Whose.
        run: String,
        /// What stands there.
        range: String,
    },
    /// Two variants have a bucket, or none has it.
    #[error("the ranges of `{run}` overlap or leave a gap at bucket {bucket}")]
    Cover {
        /// Whose.
        run: String,
        /// Where.
        bucket: u32,
    },
}

impl LockError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => {
                "each experiment is a block of its own: keep the blocks of both sides; where both changed one experiment, keep \
                 the side that is deployed, and build again"
            }
            Self::Version(_) => "build with the version of edgewise that wrote it, or a later one",
            _ => "restore the file from version control (`git checkout -- edgewise.lock`) and build again",
        }
    }

    /// The line that the error is about, in bytes of the text.
    pub fn line(&self, text: &str) -> Option<std::ops::Range<usize>> {
        let Self::Conflict { line } = self else { return None };
        let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let length = text.get(start..)?.lines().next()?.len();
        Some(start..start + length)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    experiments: BTreeMap<String, FileEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileEntry {
    salt: String,
    buckets: BTreeMap<String, Vec<String>>,
}

impl Lock {
    /// Reads the file's text.
    pub fn read(text: &str) -> Result<Self, LockError> {
        let marker =
            |line: &str| ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker));
        if let Some(line) = text.lines().position(marker) {
            return Err(LockError::Conflict { line: line + 1 });
        }
        let options = serde_saphyr::options! { with_snippet: false };
        let file: File = serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| LockError::Form(error.without_snippet().to_string()))?;
        if file.version != VERSION {
            return Err(LockError::Version(file.version));
        }
        let entries =
            file.experiments.into_iter().map(|(key, entry)| Ok((run(&key)?, read_entry(&key, entry)?)));
        Ok(Self { entries: entries.collect::<Result<_, _>>()? })
    }

    /// The file's text; equal locks give equal texts.
    pub fn write(&self) -> String {
        let mut text = format!("{HEADER}version: {VERSION}\nexperiments:");
        if self.entries.is_empty() {
            text.push_str(" {}");
        }
        text.push('\n');
        for (run, entry) in &self.entries {
            let key = scalar(&run.to_string());
            let _ = writeln!(text, "  {key}:\n    salt: {}\n    buckets:", scalar(&entry.salt));
            let mut variants: BTreeMap<&str, Vec<String>> = BTreeMap::new();
            for range in &entry.ranges {
                let ranges = variants.entry(&range.variant).or_default();
                ranges.push(format!("{}..{}", range.start, range.end));
            }
            for (variant, ranges) in variants {
                let _ = writeln!(text, "      {}: [{}]", scalar(variant), ranges.join(", "));
            }
        }
        text
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}@{}", self.experiment, self.iteration)
    }
}

fn run(key: &str) -> Result<Run, LockError> {
    let parts =
        key.rsplit_once('@').and_then(|(experiment, iteration)| Some((experiment, iteration.parse().ok()?)));
    match parts {
        Some((experiment, iteration)) if !experiment.is_empty() => {
            Ok(Run { experiment: experiment.to_owned(), iteration })
        }
        _ => Err(LockError::Key(key.to_owned())),
    }
}

fn read_entry(run: &str, entry: FileEntry) -> Result<Entry, LockError> {
    let mut ranges = Vec::new();
    for (variant, texts) in entry.buckets {
        for text in texts {
            let bounds =
                text.split_once("..").and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
            match bounds {
                Some((start, end)) if start < end && end <= BUCKETS => {
                    ranges.push(Range { start, end, variant: variant.clone() });
                }
                _ => return Err(LockError::Range { run: run.to_owned(), range: text }),
            }
        }
    }
    ranges.sort_by_key(|range| range.start);
    let mut next = 0;
    for range in &ranges {
        if range.start != next {
            return Err(LockError::Cover { run: run.to_owned(), bucket: next.min(range.start) });
        }
        next = range.end;
    }
    if next == BUCKETS {
        Ok(Entry { salt: entry.salt, ranges })
    } else {
        Err(LockError::Cover { run: run.to_owned(), bucket: next })
    }
}

/// A plain scalar where that can be nothing but text, else a quoted one.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let plain = !WORDS.contains(&text.to_ascii_lowercase().as_str())
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && !text.ends_with(':')
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "_-.:@".contains(character));
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock() -> Lock {
        let range = |start, end, variant: &str| Range { start, end, variant: variant.into() };
        let entry = |salt: &str, ranges| Entry { salt: salt.into(), ranges };
        let run = |experiment: &str, iteration| Run { experiment: experiment.into(), iteration };
        let halves = vec![range(0, 500_000, "control"), range(500_000, 1_000_000, "warm")];
        let mixed =
            vec![range(0, 300_000, "7"), range(300_000, 400_000, "null"), range(400_000, 1_000_000, "7")];
        Lock {
            entries: BTreeMap::from([
                (run("greeting", 2), entry("experiment:greeting@2", halves)),
                (run("007:x", 1), entry("experiment:\"odd\" salt é", mixed)),
            ]),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(Lock::read(&lock().write()), Ok(lock()));
        assert_eq!(Lock::read(&Lock::default().write()), Ok(Lock::default()));
    }

    #[test]
    fn an_experiment_is_a_block_that_a_merge_can_take_apart() {
        let text = lock().write();
        let block = "  greeting@2:\n    salt: experiment:greeting@2\n    buckets:\n      control: [0..500000]\n      warm: [500000..1000000]\n";
        assert!(text.ends_with(block), "{text}");
        assert!(text.contains("  \"007:x@1\":\n"), "{text}");
        assert!(text.contains("      \"7\": [0..300000, 400000..1000000]\n"), "{text}");
    }

    #[test]
    fn what_is_no_lock_says_why() {
        let with = |from: &str, to: &str| Lock::read(&lock().write().replace(from, to)).unwrap_err();
        assert_eq!(with("version: 1", "version: 9"), LockError::Version(9));
        assert_eq!(with("greeting@2:", "greeting:"), LockError::Key("greeting".into()));
        let run = "greeting@2".to_owned();
        assert_eq!(
            with("[0..500000]", "[0..499999]"),
            LockError::Cover { run: run.clone(), bucket: 499_999 }
        );
        assert_eq!(
            with("[0..500000]", "[0..500001]"),
            LockError::Cover { run: run.clone(), bucket: 500_000 }
        );
        assert_eq!(with("[500000..1000000]", "[500000..1000001]"), lock_error_of_range(&run));
        assert_eq!(with("version: 1", "<<<<<<< HEAD\nversion: 1"), LockError::Conflict { line: 3 });
        assert!(matches!(with("version: 1", "version: [1"), LockError::Form(_)));
        assert!(matches!(with("salt:", "pepper:"), LockError::Form(_)));
    }

    fn lock_error_of_range(run: &str) -> LockError {
        LockError::Range { run: run.into(), range: "500000..1000001".into() }
    }
}
