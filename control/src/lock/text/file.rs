//! The file's form: the types that its YAML is read into, every key and range with its line.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_saphyr::Spanned;
use std::{fmt, marker::PhantomData};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) version: Spanned<u32>,
    #[serde(default)]
    pub(super) seeds: Block<Spanned<String>>,
    #[serde(default)]
    pub(super) holdouts: Block<FileHoldout>,
    #[serde(default)]
    pub(super) layers: Block<FileLayer>,
    #[serde(default)]
    pub(super) experiments: Block<FileEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileHoldout {
    pub(super) salt: String,
    pub(super) unit: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileLayer {
    pub(super) salt: String,
    pub(super) unit: String,
    #[serde(default)]
    pub(super) experiments: Block<Ranges>,
    #[serde(default)]
    pub(super) domains: Block<Ranges>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileEntry {
    pub(super) salt: String,
    pub(super) unit: Option<String>,
    pub(super) source: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) holdouts: Vec<String>,
    pub(super) floor: Option<Spanned<u32>>,
    #[serde(default)]
    pub(super) fixed: Block<Ranges>,
    pub(super) weights: Option<Block<u32>>,
    pub(super) buckets: Option<Block<Ranges>>,
    pub(super) factors: Option<Block<Block<Ranges>>>,
    #[serde(default)]
    pub(super) scopes: Block<FileDraw>,
}

/// The part of an entry that a scope has its own of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileDraw {
    pub(super) floor: Option<Spanned<u32>>,
    #[serde(default)]
    pub(super) fixed: Block<Ranges>,
    pub(super) weights: Option<Block<u32>>,
    pub(super) buckets: Option<Block<Ranges>>,
    pub(super) factors: Option<Block<Block<Ranges>>>,
}

pub(super) type Ranges = Vec<Spanned<String>>;

/// The members of a mapping, in the order of the text.
pub(super) struct Block<V>(pub(super) Vec<(Spanned<String>, V)>);

impl<V> Default for Block<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Block<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Members<V> {
    type Value = Block<V>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a mapping")
    }

    fn visit_unit<E>(self) -> Result<Block<V>, E> {
        Ok(Block::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Block<V>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Block(members))
    }
}
