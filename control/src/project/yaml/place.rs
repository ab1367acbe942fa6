//! Where something stands, found by the way that leads to it.

use super::tree::{Content, Node};
use std::ops::Range;

/// A node of a tree, or the nearest one above it that is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'t> {
    node: &'t Node,
    name: Option<&'t Range<usize>>,
}

impl<'t> Place<'t> {
    /// The whole tree.
    pub(crate) fn root(node: &'t Node) -> Self {
        Self { node, name: None }
    }

    /// The value of a key.
    pub(crate) fn key(self, key: &str) -> Self {
        let Content::Map(entries) = &self.node.content else { return self };
        let entry = entries.iter().find(|entry| entry.key == key);
        entry.map_or(self, |entry| Self { node: &entry.value, name: Some(&entry.key_span) })
    }

    /// Whether there is such a key.
    pub(crate) fn has(self, key: &str) -> bool {
        matches!(&self.node.content, Content::Map(entries) if entries.iter().any(|entry| entry.key == key))
    }

    /// An item of a list, from 0.
    pub(crate) fn item(self, index: usize) -> Self {
        let Content::List(items) = &self.node.content else { return self };
        items.get(index).map_or(self, |node| Self { node, name: self.name })
    }

    /// The text that a key has for its value.
    pub(crate) fn text_of(self, key: &str) -> Option<&'t str> {
        let Content::Map(entries) = &self.node.content else { return None };
        match &entries.iter().find(|entry| entry.key == key)?.value.content {
            Content::String(text) | Content::Number(_, text) => Some(text),
            _ => None,
        }
    }

    /// The place that a path like `variants[1].id` leads to.
    pub(crate) fn path(self, path: &str) -> Self {
        path.split(['.', '[']).filter(|step| !step.is_empty()).fold(self, |place, step| {
            match step.strip_suffix(']').and_then(|index| index.parse().ok()) {
                Some(index) => place.item(index),
                None => place.key(step),
            }
        })
    }

    /// The value's place; that of its key if the value is empty.
    pub(crate) fn span(self) -> Range<usize> {
        match self.name {
            Some(name) if self.node.span.is_empty() => name.clone(),
            _ => self.node.span.clone(),
        }
    }

    /// The key's place; the value's if it has no key.
    pub(crate) fn name(self) -> Range<usize> {
        self.name.unwrap_or(&self.node.span).clone()
    }

    /// The place of a part of this text value, `part` being counted in the value's bytes. Quotes, escapes and line
    /// breaks are stepped over; the whole value where that does not work out.
    pub(crate) fn part(self, text: &str, part: Range<usize>) -> Range<usize> {
        let whole = self.span();
        let (Content::String(value), Some(written)) = (&self.node.content, text.get(whole.clone())) else {
            return whole;
        };
        let mut places = Vec::with_capacity(value.len() + 1);
        let mut rest = written.char_indices();
        for wanted in value.trim_end().chars() {
            let same =
                |(_, found): &(usize, char)| *found == wanted || (wanted == ' ' && found.is_whitespace());
            let Some((at, _)) = rest.by_ref().find(same) else { return whole };
            places.extend((0..wanted.len_utf8()).map(|byte| at + byte));
        }
        let end_of_text = places.last().map_or(0, |last| last + 1);
        let start = places.get(part.start).copied().unwrap_or(end_of_text);
        let end =
            part.end.checked_sub(1).and_then(|last| places.get(last)).map_or(end_of_text, |last| last + 1);
        whole.start + start..whole.start + end.max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn parts_of_text_are_found_however_it_is_written() {
        let written = [
            "e: country == é && plan\n",
            "e: 'country == é && plan'\n",
            "e: \"country == é && plan\"\n",
            "e: >\n  country == é\n  && plan\n",
        ];
        for text in written {
            let tree = parse(text).0.unwrap();
            let place = Place::root(&tree).key("e");
            assert_eq!(&text[place.part(text, 0..7)], "country", "{text}");
            assert_eq!(&text[place.part(text, 11..13)], "é", "{text}");
            assert_eq!(&text[place.part(text, 17..21)], "plan", "{text}");
        }
    }

    #[test]
    fn quotes_inside_quotes_do_not_shift_the_place() {
        let text = r#"e: "plan == \"pro\" && x""#;
        let tree = parse(text).0.unwrap();
        let place = Place::root(&tree).key("e");
        assert_eq!(&text[place.part(text, 17..18)], "x");
    }

    #[test]
    fn a_way_that_ends_early_leads_to_where_it_ends() {
        let text = "a: {b: [1, 2]}";
        let tree = parse(text).0.unwrap();
        let root = Place::root(&tree);
        assert_eq!(&text[root.path("a.b[1]").span()], "2");
        assert_eq!(&text[root.path("a.c").span()], "b: [1");
        assert_eq!(&text[root.path("a.b").name()], "b");
    }
}
