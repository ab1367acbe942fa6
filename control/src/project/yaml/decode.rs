//! From a tree to a type by serde, going on after a mismatch so that all of them are found.

use super::tree::{Content, Entry, Node};
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use std::{fmt, ops::Range};

/// Something in the tree that the type has no place for, or the other way round.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mismatch {
    /// What does not match.
    pub(crate) kind: MismatchKind,
    /// Where it stands.
    pub(crate) span: Range<usize>,
}

/// How tree and type differ.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum MismatchKind {
    /// A key that means nothing here.
    UnknownField { field: String, expected: &'static [&'static str] },
    /// A key that must be here.
    MissingField(&'static str),
    /// A word that is none of the possible ones.
    UnknownWord { word: String, expected: &'static [&'static str] },
    /// A value of another type.
    WrongType { found: String, expected: String },
    /// Anything else.
    Other(String),
}

/// Reads the type from the tree, and everything that does not match. There is a value if nothing but unknown fields
/// had to go.
pub(crate) fn decode<T: DeserializeOwned>(tree: &mut Node) -> (Option<T>, Vec<Mismatch>) {
    let mut mismatches: Vec<Mismatch> = Vec::new();
    loop {
        let Stop { kind, span, mut path } = match T::deserialize(&*tree) {
            Ok(value) => {
                let harmless =
                    |mismatch: &Mismatch| matches!(mismatch.kind, MismatchKind::UnknownField { .. });
                let complete = mismatches.iter().all(harmless);
                return (complete.then_some(value), mismatches);
            }
            Err(stop) => stop,
        };
        path.reverse();
        let Some(node) = tree.at_mut(&path) else { return (None, mismatches) };
        let span = span.unwrap_or_else(|| node.span.clone());
        match node.mend(&kind) {
            Mended::First => mismatches.push(Mismatch { kind, span }),
            Mended::Again => {}
            Mended::Not => return (None, mismatches),
        }
        if tree.content == Content::Broken {
            return (None, mismatches);
        }
    }
}

/// Whether a node was changed so that the next reading gets past a mismatch.
enum Mended {
    /// It was, and the mismatch is a new one.
    First,
    /// It was, but the mismatch only follows from one that was reported.
    Again,
    /// Nothing could be changed.
    Not,
}

impl Node {
    fn at_mut(&mut self, path: &[usize]) -> Option<&mut Node> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        match &mut self.content {
            Content::List(items) => items.get_mut(*first)?.at_mut(rest),
            Content::Map(entries) => entries.get_mut(*first)?.value.at_mut(rest),
            _ => None,
        }
    }

    /// Breaks the node off, or says that its missing field is missing.
    fn mend(&mut self, kind: &MismatchKind) -> Mended {
        let (MismatchKind::MissingField(field), Content::Map(entries)) = (kind, &mut self.content) else {
            if matches!(self.content, Content::Broken | Content::Missing) {
                return Mended::Not;
            }
            self.content = Content::Broken;
            return Mended::First;
        };
        if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *field) {
            let before = std::mem::replace(&mut entry.value.content, Content::Missing);
            return if before == Content::Missing { Mended::Not } else { Mended::Again };
        }
        let span = self.span.start..self.span.start;
        let value = Node { span: span.clone(), content: Content::Missing };
        entries.push(Entry { key: (*field).to_owned(), key_span: span, value });
        Mended::First
    }
}

/// Why serde stopped. The path grows from the innermost value outwards.
#[derive(Debug)]
pub(crate) struct Stop {
    kind: MismatchKind,
    span: Option<Range<usize>>,
    path: Vec<usize>,
}

impl Stop {
    fn new(kind: MismatchKind) -> Self {
        Self { kind, span: None, path: Vec::new() }
    }

    fn within(mut self, index: usize, span: &Range<usize>) -> Self {
        self.span.get_or_insert_with(|| span.clone());
        self.path.push(index);
        self
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.kind)
    }
}

impl std::error::Error for Stop {}

impl de::Error for Stop {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(MismatchKind::Other(message.to_string()))
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(MismatchKind::WrongType { found: what_is(found), expected: wanted(&expected.to_string()) })
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(word: &str, expected: &'static [&'static str]) -> Self {
        Self::new(MismatchKind::UnknownWord { word: word.to_owned(), expected })
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(MismatchKind::UnknownField { field: field.to_owned(), expected })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(MismatchKind::MissingField(field))
    }
}

/// What stands there, in the words of somebody who writes YAML.
fn what_is(found: de::Unexpected<'_>) -> String {
    match found {
        de::Unexpected::Unit | de::Unexpected::Option => "nothing".into(),
        de::Unexpected::Bool(value) => format!("the boolean {value}"),
        de::Unexpected::Unsigned(value) => format!("the number {value}"),
        de::Unexpected::Signed(value) => format!("the number {value}"),
        de::Unexpected::Float(value) => format!("the number {value}"),
        de::Unexpected::Str(value) => format!("the text {value:?}"),
        de::Unexpected::Seq => "a list".into(),
        de::Unexpected::Map => "a mapping".into(),
        other => other.to_string(),
    }
}

/// What should stand there, in the same words.
fn wanted(expected: &str) -> String {
    match expected {
        "a string" => "text".into(),
        "a sequence" => "a list".into(),
        "a map" => "a mapping (key: value)".into(),
        "a boolean" => "`true` or `false`".into(),
        "f64" => "a number".into(),
        "u32" | "u64" => "a whole number from 0 on".into(),
        other if other.starts_with("struct ") => "a mapping (key: value)".into(),
        other if other.starts_with("enum ") => "a word".into(),
        other => other.into(),
    }
}

impl<'de> Deserializer<'de> for &Node {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match &self.content {
            Content::Null | Content::Broken | Content::Missing => visitor.visit_unit(),
            Content::Bool(value) => visitor.visit_bool(*value),
            Content::Number(number, _) => match (number.as_u64(), number.as_i64()) {
                (Some(value), _) => visitor.visit_u64(value),
                (_, Some(value)) => visitor.visit_i64(value),
                _ => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Content::String(value) => visitor.visit_str(value),
            Content::List(items) => visitor.visit_seq(Items { items, next: 0 }),
            Content::Map(entries) => visitor.visit_map(Entries { entries, next: 0 }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.content {
            Content::Null | Content::Missing => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    /// Text is text however it looks: `id: 007` is the id `007`.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match &self.content {
            Content::Number(_, written) => visitor.visit_str(written),
            Content::Bool(value) => visitor.visit_str(if *value { "true" } else { "false" }),
            Content::Missing => visitor.visit_str(""),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_str(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        match &self.content {
            Content::Missing => {
                visitor.visit_enum(words.first().copied().unwrap_or_default().into_deserializer())
            }
            Content::String(word) => visitor.visit_enum(word.as_str().into_deserializer()),
            Content::Bool(value) => {
                visitor.visit_enum(if *value { "true" } else { "false" }.into_deserializer())
            }
            Content::Number(_, written) => visitor.visit_enum(written.as_str().into_deserializer()),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.content {
            Content::Missing => visitor.visit_seq(Items { items: &[], next: 0 }),
            _ => self.deserialize_any(visitor),
        }
    }

    /// Only a mapping: derived types would take a list for their fields in order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        match &self.content {
            Content::List(_) => Err(de::Error::invalid_type(de::Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple
        tuple_struct map identifier ignored_any
    }
}

struct Items<'t> {
    items: &'t [Node],
    next: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Stop;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Stop> {
        while let Some(item) = self.items.get(self.next) {
            let index = self.next;
            self.next += 1;
            if item.content != Content::Broken {
                return seed.deserialize(item).map(Some).map_err(|stop| stop.within(index, &item.span));
            }
        }
        Ok(None)
    }
}

struct Entries<'t> {
    entries: &'t [Entry],
    next: usize,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stop> {
        while let Some(entry) = self.entries.get(self.next) {
            let index = self.next;
            self.next += 1;
            if entry.value.content != Content::Broken {
                let key = entry.key.as_str().into_deserializer();
                return seed
                    .deserialize(key)
                    .map(Some)
                    .map_err(|stop: Stop| stop.within(index, &entry.key_span));
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        let index = self.next.saturating_sub(1);
        let Some(entry) = self.entries.get(index) else {
            return Err(Stop::new(MismatchKind::Other("a value was asked for before its key".into())));
        };
        let span = if entry.value.span.is_empty() { &entry.key_span } else { &entry.value.span };
        seed.deserialize(&entry.value).map_err(|stop| stop.within(index, span))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only what goes wrong is looked at")]
    struct House {
        name: String,
        floors: u32,
        #[serde(default)]
        rooms: Vec<Room>,
        lift: Option<bool>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only what goes wrong is looked at")]
    struct Room {
        id: String,
        kind: Kind,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Kitchen,
        Hall,
    }

    fn mismatches(text: &str) -> Vec<String> {
        let mut tree = parse(text).0.unwrap();
        let (_, mismatches) = decode::<House>(&mut tree);
        mismatches
            .iter()
            .map(|mismatch| format!("{} {:?}", &text[mismatch.span.clone()], mismatch.kind))
            .collect()
    }

    #[test]
    fn all_mismatches_are_found_in_one_reading() {
        let text = "name: [x]\nfloor: 3\nrooms:\n  - {id: a, kind: kitchn}\n  - {kind: hall}\nlift: maybe\n";
        assert_eq!(
            mismatches(text),
            [
                r#"x WrongType { found: "a list", expected: "text" }"#,
                r#"floor UnknownField { field: "floor", expected: ["name", "floors", "rooms", "lift"] }"#,
                r#"kitchn UnknownWord { word: "kitchn", expected: ["kitchen", "hall"] }"#,
                r#"kind: hall MissingField("id")"#,
                r#"maybe WrongType { found: "the text \"maybe\"", expected: "`true` or `false`" }"#,
                r#"name: [x MissingField("floors")"#,
            ]
        );
    }

    #[test]
    fn an_unknown_field_leaves_a_value_and_text_stays_as_written() {
        let mut tree = parse("name: 1.10\nfloors: 2\nfloor: 3\n").0.unwrap();
        let (house, mismatches) = decode::<House>(&mut tree);
        assert_eq!(house.unwrap().name, "1.10");
        assert_eq!(mismatches.len(), 1);
    }
}
