//! What regular expressions mean, by definition: the places where a match that begins here can end.

use proptest::prelude::*;
use std::{collections::BTreeSet, fmt};

/// A regular expression, written out by its `Display`.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Character(Class),
    Look(Look),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    /// At least so often, and at most.
    Repeated(Box<Node>, usize, Option<usize>),
}

/// How it is written, and which characters it takes.
type Class = (&'static str, fn(char) -> bool);

/// How it is written, and whether it holds between what stands before and behind.
type Look = (&'static str, fn(Option<char>, Option<char>) -> bool);

const CLASSES: [Class; 9] = [
    ("a", |c| c == 'a'),
    ("é", |c| c == 'é'),
    ("日", |c| c == '日'),
    (".", |c| c != '\n'),
    ("[^a]", |c| c != 'a'),
    ("[a-c]", |c| ('a'..='c').contains(&c)),
    ("(?i:k)", |c| matches!(c, 'k' | 'K' | '\u{212A}')),
    ("(?i:É)", |c| matches!(c, 'é' | 'É')),
    (r"(?-u:\w)", is_word),
];

const LOOKS: [Look; 8] = [
    ("^", |before, _| before.is_none()),
    ("$", |_, behind| behind.is_none()),
    ("(?m:^)", |before, _| matches!(before, None | Some('\n'))),
    ("(?m:$)", |_, behind| matches!(behind, None | Some('\n'))),
    (r"(?-u:\b)", |before, behind| before.is_some_and(is_word) != behind.is_some_and(is_word)),
    (r"(?-u:\B)", |before, behind| before.is_some_and(is_word) == behind.is_some_and(is_word)),
    (r"(?-u:\b{start-half})", |before, _| !before.is_some_and(is_word)),
    (r"(?-u:\b{end-half})", |_, behind| !behind.is_some_and(is_word)),
];

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

impl Node {
    pub(super) fn is_found_in(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        (0..=text.len()).any(|start| !self.ends(&text, start).is_empty())
    }

    fn ends(&self, text: &[char], start: usize) -> BTreeSet<usize> {
        match self {
            Self::Character((_, takes)) => text
                .get(start)
                .filter(|character| takes(**character))
                .map(|_| start + 1)
                .into_iter()
                .collect(),
            Self::Look((_, holds)) => {
                let before = start.checked_sub(1).map(|before| text[before]);
                Some(start).filter(|_| holds(before, text.get(start).copied())).into_iter().collect()
            }
            Self::Sequence(nodes) => {
                nodes.iter().fold(BTreeSet::from([start]), |starts, node| node.ends_of_all(text, &starts))
            }
            Self::Either(nodes) => nodes.iter().flat_map(|node| node.ends(text, start)).collect(),
            Self::Repeated(node, least, most) => {
                // More repetitions than characters reach nothing new.
                let most = most.unwrap_or(least + text.len());
                let mut reached = BTreeSet::from([start]);
                let mut ends = BTreeSet::new();
                for times in 0..=most {
                    if times >= *least {
                        ends.extend(&reached);
                    }
                    reached = node.ends_of_all(text, &reached);
                }
                ends
            }
        }
    }

    fn ends_of_all(&self, text: &[char], starts: &BTreeSet<usize>) -> BTreeSet<usize> {
        starts.iter().flat_map(|start| self.ends(text, *start)).collect()
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character((written, _)) | Self::Look((written, _)) => f.write_str(written),
            Self::Sequence(nodes) => nodes.iter().try_for_each(|node| node.fmt(f)),
            Self::Either(nodes) => {
                let nodes: Vec<String> = nodes.iter().map(ToString::to_string).collect();
                write!(f, "({})", nodes.join("|"))
            }
            Self::Repeated(node, least, Some(most)) => write!(f, "(?:{node}){{{least},{most}}}"),
            Self::Repeated(node, least, None) => write!(f, "(?:{node}){{{least},}}"),
        }
    }
}

pub(super) fn nodes() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        4 => prop::sample::select(&CLASSES[..]).prop_map(Node::Character),
        1 => prop::sample::select(&LOOKS[..]).prop_map(Node::Look),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let most = prop::option::of(0_usize..2);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Node::Sequence),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Node::Either),
            (inner, 0_usize..3, most).prop_map(|(node, least, more)| Node::Repeated(
                node.into(),
                least,
                more.map(|more| least + more)
            )),
        ]
    })
}
