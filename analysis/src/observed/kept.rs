//! What the replay of a sealed segment's exposures found, as columns that are kept between runs.

use super::{
    gathered::Gathered,
    judged::{Judge, Judged, Judgement},
    others::NAMED,
};
use crate::{
    error::AnalysisError,
    incremental::{Kept, StateError},
    log::Exposures,
    verify::Verdict,
};
use datafusion::arrow::{
    array::{
        Array as _, ArrayRef, AsArray as _, BooleanArray, FixedSizeBinaryArray, Int32Array, Int64Array,
        RecordBatch, StringArray,
    },
    datatypes::{DataType, Field, Int32Type, Int64Type, Schema},
    error::ArrowError,
};
use edgewise_core::Digest;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// One sealed segment's exposures.
pub(super) struct Part {
    /// A row an exposure of the experiment.
    rows: RecordBatch,
    tally: Tally,
}

/// What is counted beside the rows, and what they number.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Tally {
    /// What replays said; rows have the place in this list.
    verdicts: Vec<Verdict>,
    /// The known rulesets that are named, likewise; also those that exposures of another run alone name.
    rulesets: Vec<String>,
    other_iterations: u64,
    /// The first names of unknown experiments, in their order, and how many exposures there are of all.
    unknown: Vec<String>,
    unknown_exposures: u64,
    unreadable: usize,
}

impl Part {
    /// Judges all exposures of a segment.
    pub(super) fn judged(
        judge: &Judge<'_>,
        mut exposures: Exposures<'_>,
        dimensions: usize,
    ) -> Result<Self, AnalysisError> {
        let (mut rows, mut tally) = (Rows::default(), Tally::default());
        for logged in exposures.by_ref() {
            let logged = logged?;
            match judge.judge(&logged) {
                Judgement::Exposure(judged) => rows.push(judged, &mut tally),
                Judgement::OtherIteration { ruleset } => {
                    tally.other_iterations += 1;
                    ruleset.map(|ruleset| tally.ruleset(ruleset));
                }
                Judgement::OtherExperiment => {}
                Judgement::UnknownExperiment(name) => {
                    tally.unknown_exposures += 1;
                    if tally.unknown.len() < NAMED && !tally.unknown.iter().any(|known| known == name) {
                        tally.unknown.push(name.to_owned());
                    }
                }
            }
        }
        tally.unreadable = exposures.unreadable();
        Ok(Self { rows: rows.finish(dimensions)?, tally })
    }

    /// Hands everything on, as if it were judged now.
    pub(super) fn hand_to(&self, gathered: &mut Gathered<'_>) -> Result<(), AnalysisError> {
        let Tally { verdicts, rulesets, other_iterations, unknown, unknown_exposures, unreadable } =
            &self.tally;
        let rulesets: Vec<Digest> = rulesets.iter().filter_map(|digest| digest.parse().ok()).collect();
        gathered.named.extend(&rulesets);
        gathered.others.other_iterations += other_iterations;
        gathered.unreadable += unreadable;
        for (name, exposures) in
            unknown.iter().zip([*unknown_exposures].into_iter().chain(std::iter::repeat(0)))
        {
            gathered.others.unknown_experiment(name, exposures);
        }
        let columns = Columns::of(&self.rows)?;
        for row in 0..self.rows.num_rows() {
            gathered.see(&columns.at(row, verdicts).ok_or_else(unreadable_row)?);
        }
        Ok(())
    }
}

fn unreadable_row() -> ArrowError {
    ArrowError::SchemaError("a kept exposure names a verdict that is not there".to_owned())
}

impl Kept {
    /// What was kept of a segment; none where nothing was, or something else.
    pub(super) fn read(&mut self, content: Digest, dimensions: usize) -> Result<Option<Part>, StateError> {
        let Some((rows, tally)) = self.read_rows(content)? else { return Ok(None) };
        let tally = serde_json::from_str(&tally).ok();
        // What a file says beside its columns is metadata of their schema.
        let fits = rows.schema_ref().fields() == schema(dimensions).fields();
        Ok(tally.filter(|_| fits).map(|tally| Part { rows, tally }))
    }

    /// Keeps a segment's part, and answers it.
    pub(super) fn keep(&mut self, content: Digest, part: Part) -> Result<Part, StateError> {
        let tally = serde_json::to_string(&part.tally).unwrap_or_default();
        self.write_rows(content, &part.rows, tally)?;
        Ok(part)
    }
}

impl Tally {
    fn verdict(&mut self, verdict: Verdict) -> i32 {
        place(&mut self.verdicts, verdict)
    }

    fn ruleset(&mut self, ruleset: Digest) -> i32 {
        place(&mut self.rulesets, ruleset.to_string())
    }
}

/// Where something is in a list of few, to which it is added where it is not in it.
fn place<T: PartialEq>(all: &mut Vec<T>, one: T) -> i32 {
    let place = all.iter().position(|known| *known == one).unwrap_or_else(|| {
        all.push(one);
        all.len() - 1
    });
    i32::try_from(place).unwrap_or(i32::MAX)
}

/// The columns of the rows. Rulesets stand in the tally alone: which of them a row names is asked for by nobody.
fn schema(dimensions: usize) -> Schema {
    let mut fields = vec![
        Field::new("id", DataType::FixedSizeBinary(16), false),
        Field::new("ts", DataType::Int64, false),
        Field::new("unit", DataType::Utf8, false),
        Field::new("stood_in", DataType::Utf8, true),
        Field::new("variant", DataType::Utf8, false),
        Field::new("epoch", DataType::Utf8, false),
        Field::new("bucket", DataType::Int32, true),
        Field::new("verdict", DataType::Int32, false),
        Field::new("is_bot", DataType::Boolean, false),
        Field::new("is_bucket_moved", DataType::Boolean, false),
        Field::new("is_of_call", DataType::Boolean, false),
    ];
    fields
        .extend((0..dimensions).map(|index| Field::new(format!("attribute_{index}"), DataType::Utf8, true)));
    Schema::new(fields)
}

/// Rows in the making.
#[derive(Default)]
struct Rows {
    judged: Vec<Judged<'static>>,
    verdicts: Vec<i32>,
}

impl Rows {
    fn push(&mut self, judged: Judged<'_>, tally: &mut Tally) {
        self.verdicts.push(tally.verdict(judged.verdict));
        judged.ruleset.map(|ruleset| tally.ruleset(ruleset));
        self.judged.push(Judged {
            unit: Cow::Owned(judged.unit.into_owned()),
            stood_in: judged.stood_in.map(|unit_type| Cow::Owned(unit_type.into_owned())),
            variant: Cow::Owned(judged.variant.into_owned()),
            ..judged
        });
    }

    fn finish(self, dimensions: usize) -> Result<RecordBatch, ArrowError> {
        let Self { judged, verdicts } = self;
        let all = || judged.iter();
        let flags = |of: fn(&Judged<'_>) -> bool| -> ArrayRef {
            Arc::new(all().map(|one| Some(of(one))).collect::<BooleanArray>())
        };
        let texts = |of: &dyn Fn(&Judged<'static>) -> Option<String>| -> ArrayRef {
            Arc::new(all().map(of).collect::<StringArray>())
        };
        let ids = all().map(|one| Some(one.id.into_bytes()));
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(ids, 16)?),
            Arc::new(all().map(|one| Some(one.ts_us)).collect::<Int64Array>()),
            texts(&|one| Some(one.unit.clone().into_owned())),
            texts(&|one| one.stood_in.clone().map(Cow::into_owned)),
            texts(&|one| Some(one.variant.clone().into_owned())),
            texts(&|one| Some(one.epoch.clone())),
            Arc::new(
                all()
                    .map(|one| one.bucket.and_then(|bucket| i32::try_from(bucket).ok()))
                    .collect::<Int32Array>(),
            ),
            Arc::new(Int32Array::from(verdicts)),
            flags(|one| one.is_bot),
            flags(|one| one.is_bucket_moved),
            flags(|one| one.is_of_call),
        ];
        columns
            .extend((0..dimensions).map(|index| texts(&|one| one.attributes.get(index).cloned().flatten())));
        RecordBatch::try_new(Arc::new(schema(dimensions)), columns)
    }
}

/// The columns of the rows, in their types.
struct Columns<'b> {
    ids: &'b FixedSizeBinaryArray,
    moments: &'b Int64Array,
    texts: BTreeMap<&'static str, &'b StringArray>,
    buckets: &'b Int32Array,
    verdicts: &'b Int32Array,
    flags: [&'b BooleanArray; 3],
    attributes: Vec<&'b StringArray>,
}

impl<'b> Columns<'b> {
    fn of(rows: &'b RecordBatch) -> Result<Self, ArrowError> {
        let missing =
            |name: &str| ArrowError::SchemaError(format!("kept exposures lack the column `{name}`"));
        let column = |name: &str| rows.column_by_name(name).ok_or_else(|| missing(name));
        let text = |name: &str| column(name)?.as_string_opt::<i32>().ok_or_else(|| missing(name));
        let flag = |name: &str| column(name)?.as_boolean_opt().ok_or_else(|| missing(name));
        let number = |name: &str| column(name)?.as_primitive_opt::<Int32Type>().ok_or_else(|| missing(name));
        let mut attributes = Vec::new();
        while let Ok(values) = text(&format!("attribute_{}", attributes.len())) {
            attributes.push(values);
        }
        let mut texts = BTreeMap::new();
        for name in ["unit", "stood_in", "variant", "epoch"] {
            texts.insert(name, text(name)?);
        }
        Ok(Self {
            ids: column("id")?.as_fixed_size_binary_opt().ok_or_else(|| missing("id"))?,
            moments: column("ts")?.as_primitive_opt::<Int64Type>().ok_or_else(|| missing("ts"))?,
            texts,
            buckets: number("bucket")?,
            verdicts: number("verdict")?,
            flags: [flag("is_bot")?, flag("is_bucket_moved")?, flag("is_of_call")?],
            attributes,
        })
    }

    fn at(&self, row: usize, verdicts: &[Verdict]) -> Option<Judged<'b>> {
        let text = |name: &str| {
            let texts = *self.texts.get(name)?;
            texts.is_valid(row).then(|| Cow::Borrowed(texts.value(row)))
        };
        let [is_bot, is_bucket_moved, is_of_call] = self.flags.map(|flags| flags.value(row));
        let attribute = |values: &&StringArray| values.is_valid(row).then(|| values.value(row).to_owned());
        let bucket = self.buckets.is_valid(row).then(|| self.buckets.value(row));
        Some(Judged {
            id: Uuid::from_slice(self.ids.value(row)).ok()?,
            ts_us: self.moments.value(row),
            unit: text("unit")?,
            stood_in: text("stood_in"),
            variant: text("variant")?,
            epoch: text("epoch")?.into_owned(),
            bucket: bucket.and_then(|bucket| u32::try_from(bucket).ok()),
            verdict: *verdicts.get(usize::try_from(self.verdicts.value(row)).ok()?)?,
            ruleset: None,
            attributes: self.attributes.iter().map(attribute).collect(),
            is_bot,
            is_bucket_moved,
            is_of_call,
        })
    }
}
