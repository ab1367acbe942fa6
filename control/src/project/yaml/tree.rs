//! YAML text as a tree in which every value knows where it stands.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Error, Location, Spanned};
use std::{collections::BTreeSet, fmt, ops::Range};

/// A value and its place, in bytes of the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// The scalar itself; of a list its first item, of a mapping its first entry.
    pub(crate) span: Range<usize>,
    /// What stands there.
    pub(crate) content: Content,
}

/// What a [`Node`] holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// Nothing, or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number and how it was written: `33.30` is not the same text as `33.3`.
    Number(serde_json::Number, String),
    /// Text.
    String(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the text.
    Map(Vec<Entry>),
    /// Something that has been reported already and is read as if it were not there.
    Broken,
    /// Something that is missing, and has been reported: it is read as any value that the type accepts.
    Missing,
}

/// One key of a mapping and its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) value: Node,
}

/// What makes a text no YAML, or a YAML that says a thing twice.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SyntaxProblem {
    /// The text cannot be read any further than `at`.
    Unreadable { message: String, at: Range<usize> },
    /// The mapping had this key before.
    DuplicateKey { key: String, first: Range<usize>, again: Range<usize> },
}

/// How often a text is read again to find its next duplicate key.
const MOST_DUPLICATES: usize = 50;

/// Reads a text, keeping the first of duplicate keys. No tree: the text cannot be read.
pub(crate) fn parse(text: &str) -> (Option<Node>, Vec<SyntaxProblem>) {
    let mut readable = text.to_owned();
    let mut renamed = BTreeSet::new();
    let mut attempt = 0;
    loop {
        match read(&readable) {
            Ok(raw) => {
                let mut problems = Vec::new();
                let tree = raw.into_node(text, &renamed, &mut problems);
                return (Some(tree), problems);
            }
            Err(error) => match duplicate_key(&error, text) {
                Some(key) if attempt < MOST_DUPLICATES => {
                    readable.replace_range(key.clone(), &stand_in(attempt, key.len()));
                    renamed.insert(key.start);
                    attempt += 1;
                }
                _ => return (None, vec![unreadable(&error, text)]),
            },
        }
    }
}

fn read(text: &str) -> Result<Spanned<Raw>, Error> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        duplicate_keys: DuplicateKeyPolicy::Error,
    };
    serde_saphyr::from_str_with_options(text, options)
}

/// Where a key stands that its mapping had before.
fn duplicate_key(error: &Error, text: &str) -> Option<Range<usize>> {
    let Error::DuplicateMappingKey { location, .. } = error.without_snippet() else { return None };
    let span = bytes(*location)?;
    (!span.is_empty() && text.get(span.clone()).is_some()).then_some(span)
}

/// A name as long as the duplicate key's, so that no place moves, and unlike any key that anybody writes.
fn stand_in(number: usize, length: usize) -> String {
    let letters = b"qzjxkvwy";
    let mut rest = number;
    let letter = |_| {
        let letter = letters[rest % letters.len()];
        rest /= letters.len();
        char::from(letter)
    };
    (0..length).map(letter).collect()
}

fn unreadable(error: &Error, text: &str) -> SyntaxProblem {
    let location = error.location();
    let at = location.and_then(bytes).filter(|span| text.get(span.clone()).is_some());
    let at = at.unwrap_or_else(|| location.map_or(0..0, |location| character(text, location)));
    let message = error.without_snippet().to_string();
    // The place is shown anyway, and the reader's own settings are nobody's who writes YAML.
    let message =
        [" at line ", "; use ", " by the configured policy"].iter().fold(message, |message, end| {
            message.find(end).map_or_else(|| message.clone(), |end| message[..end].to_owned())
        });
    SyntaxProblem::Unreadable { message, at }
}

fn bytes(location: Location) -> Option<Range<usize>> {
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let length = usize::try_from(span.byte_len()?).ok()?;
    Some(start..start.checked_add(length)?)
}

/// The one character at a line and column, both counted from 1.
fn character(text: &str, location: Location) -> Range<usize> {
    let line = usize::try_from(location.line().saturating_sub(1)).unwrap_or(usize::MAX);
    let column = usize::try_from(location.column().saturating_sub(1)).unwrap_or(usize::MAX);
    let start_of_line: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = &text[start_of_line..];
    let start = start_of_line + rest.chars().take(column).map(char::len_utf8).sum::<usize>();
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    start..start + length
}

/// The tree as the YAML reader hands it over.
enum Raw {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    String(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

trait IntoNode {
    fn into_node(self, text: &str, renamed: &BTreeSet<usize>, problems: &mut Vec<SyntaxProblem>) -> Node;
}

impl IntoNode for Spanned<Raw> {
    fn into_node(self, text: &str, renamed: &BTreeSet<usize>, problems: &mut Vec<SyntaxProblem>) -> Node {
        let span = bytes(self.referenced).filter(|span| text.get(span.clone()).is_some()).unwrap_or(0..0);
        let content = match self.value {
            Raw::Null => Content::Null,
            Raw::Bool(value) => Content::Bool(value),
            Raw::Number(value) => {
                let written = bytes(self.defined).and_then(|span| text.get(span)).map(str::trim);
                let written = written.map_or_else(|| value.to_string(), str::to_owned);
                Content::Number(value, written)
            }
            Raw::String(value) => Content::String(value),
            Raw::List(items) => {
                Content::List(items.into_iter().map(|item| item.into_node(text, renamed, problems)).collect())
            }
            Raw::Map(entries) => Content::Map(map(entries, text, renamed, problems)),
        };
        let span = match &content {
            Content::List(items) => items.first().map_or(span, |item| item.span.clone()),
            Content::Map(entries) => entries
                .first()
                .map_or(span, |entry| entry.key_span.start..entry.value.span.end.max(entry.key_span.end)),
            Content::String(_) => trimmed(text, span),
            _ => span,
        };
        Node { span, content }
    }
}

fn map(
    raw: Vec<(Spanned<String>, Spanned<Raw>)>,
    text: &str,
    renamed: &BTreeSet<usize>,
    problems: &mut Vec<SyntaxProblem>,
) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (key, value) in raw {
        let key_span = bytes(key.referenced).unwrap_or(0..0);
        let value = value.into_node(text, renamed, problems);
        if !renamed.contains(&key_span.start) {
            entries.push(Entry { key: key.value, key_span, value });
            continue;
        }
        let written = unquoted(&text[key_span.clone()]).to_owned();
        let first = entries.iter().find(|entry| entry.key == written);
        let first = first.map_or(key_span.clone(), |entry| entry.key_span.clone());
        problems.push(SyntaxProblem::DuplicateKey { key: written, first, again: key_span });
    }
    entries
}

fn unquoted(key: &str) -> &str {
    key.trim_matches(['"', '\''])
}

/// Block scalars reach to the next line; an underline should not.
fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let written = text[span.clone()].trim_end();
    span.start..span.start + written.len()
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Raw, E> {
        let number = serde_json::Number::from_f64(value);
        number.map(Raw::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'a>(node: &'a Node, key: &str) -> &'a Node {
        let Content::Map(entries) = &node.content else { panic!("no mapping: {node:?}") };
        &entries.iter().find(|entry| entry.key == key).unwrap().value
    }

    #[test]
    fn every_scalar_knows_its_place() {
        let text = "# é\nid: rag\nweight: 33.30\nquoted: 'it''s'\nlist: [1, é]\n";
        let (tree, problems) = parse(text);
        assert_eq!(problems, []);
        let tree = tree.unwrap();
        assert_eq!(&text[entry(&tree, "id").span.clone()], "rag");
        assert_eq!(&text[entry(&tree, "quoted").span.clone()], "'it''s'");
        let Content::Number(_, written) = &entry(&tree, "weight").content else { panic!("no number") };
        assert_eq!(written, "33.30");
        let Content::List(items) = &entry(&tree, "list").content else { panic!("no list") };
        assert_eq!(&text[items[1].span.clone()], "é");
    }

    #[test]
    fn every_duplicate_key_is_found_and_the_first_kept() {
        let text = "a: 1\nbb: 2\na: 3\nbb: 4\nc: {d: 1, d: 2}\na: 5\n";
        let (tree, problems) = parse(text);
        let tree = tree.unwrap();
        assert_eq!(entry(&tree, "a").span, 3..4);
        let keys: Vec<_> = problems
            .iter()
            .map(|problem| match problem {
                SyntaxProblem::DuplicateKey { key, first, again } => (key.as_str(), first.start, again.start),
                SyntaxProblem::Unreadable { .. } => panic!("{problem:?}"),
            })
            .collect();
        assert_eq!(keys, [("a", 0, 11), ("bb", 5, 16), ("d", 26, 32), ("a", 0, 38)]);
    }

    #[test]
    fn unreadable_text_says_where() {
        let (tree, problems) = parse("# é\nf: é\nb: c: d");
        assert_eq!(tree, None);
        let [SyntaxProblem::Unreadable { message, at }] = &problems[..] else { panic!("{problems:?}") };
        assert_eq!(message, "mapping values are not allowed in this context");
        assert_eq!(*at, 15..16);
    }
}
