//! Results within the values of attributes.

use super::{lifts, number};
use crate::{
    report::{
        chart::Forest,
        document::{Block, Fold, Tone},
        words,
    },
    results::{Dimension, Results, Slice},
};
use edgewise_stats::trust::SampleRatio;

pub(super) fn lead() -> String {
    "Slices inform and never decide: of many of them some differ by chance alone.".to_owned()
}

pub(super) fn blocks(results: &Results) -> Vec<Block> {
    results.dimensions.iter().map(|dimension| Block::Fold(fold(results, dimension))).collect()
}

fn fold(results: &Results, dimension: &Dimension) -> Fold {
    let slices = number::thousands(dimension.slices.len() as u64);
    Fold {
        title: format!("By {}", dimension.attribute),
        marks: vec![(Tone::Neutral, format!("{slices} values"))],
        is_open: false,
        blocks: dimension.slices.iter().map(|slice| Block::Fold(of_slice(results, slice))).collect(),
    }
}

fn of_slice(results: &Results, slice: &Slice) -> Fold {
    let rows = slice.metrics.iter().flat_map(|metric| {
        metric.comparisons.iter().map(|comparison| lifts::row(results, metric, comparison))
    });
    let rows: Vec<_> = rows.collect();
    let mut marks = vec![(Tone::Neutral, format!("{} units", number::thousands(slice.units)))];
    if let SampleRatio::Tested { p, .. } = &slice.sample_ratio
        && *p < crate::balance::INVALID_BELOW
    {
        marks.push((Tone::Bad, "sample ratio off".to_owned()));
    }
    let mut blocks = Vec::new();
    if rows.is_empty() {
        blocks.push(Block::Words("Nothing can be estimated for this value.".to_owned()));
    } else {
        blocks.push(Block::Forest(Forest { rows }));
    }
    blocks.push(Block::Words(format!("Sample ratio: {}.", words::sample_ratio(&slice.sample_ratio))));
    Fold { title: slice.value.clone(), marks, is_open: true, blocks }
}
