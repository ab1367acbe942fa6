mod oracle;

use super::*;
use edgewise_core::pattern::{MATCH, MAX_BYTES, NO_MATCH, check};
use oracle::nodes;
use proptest::prelude::*;
use regex_automata::{Input, dfa::Automaton};

/// A pattern's table as a ruleset holds it.
fn table(pattern: &str) -> Vec<u8> {
    let words = build(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    words.into_iter().flat_map(u16::to_le_bytes).collect()
}

fn found(table: &[u8], text: &str) -> bool {
    assert!(check(table));
    edgewise_core::pattern::matches(table, text.as_bytes())
}

#[test]
fn patterns_are_found_anywhere() {
    let table_of_cases: [(&str, &[&str], &[&str]); 45] = [
        ("", &["", "a", "日"], &[]),
        ("foo", &["foo", "a foo", "food", "fofoo"], &["", "fo", "fo o", "FOO"]),
        (r"a\.b", &["a.b"], &["axb"]),
        ("^foo", &["foo", "food"], &["a foo", "\nfoo"]),
        ("foo$", &["foo", "a foo"], &["food", "foo\n"]),
        ("^foo$", &["foo"], &["", "food", "a foo", "foo\n"]),
        (r"\Afoo\z", &["foo"], &["food", "a foo"]),
        ("^$", &[""], &["a", "\n"]),
        ("^", &["", "a"], &[]),
        ("$", &["", "a"], &[]),
        ("$a", &[], &["", "a"]),
        ("(?m)^foo$", &["foo", "a\nfoo", "foo\nb"], &["a foo", "food"]),
        ("(?mR)^foo$", &["a\r\nfoo\r\nb"], &["a\rfood"]),
        ("cat|dog", &["cat", "hotdog"], &["cow", "ca", "do"]),
        ("^(cat|dog)s?$", &["cat", "dogs"], &["cats and dogs"]),
        ("^(|a)$", &["", "a"], &["b"]),
        ("[^a]", &["b", "é", "\n"], &["", "a", "aa"]),
        ("^[a-c]+$", &["abc"], &["", "abd"]),
        ("[a&&b]", &[], &["a", "b", ""]),
        ("^a{2,3}$", &["aa", "aaa"], &["a", "aaaa"]),
        ("a{0}", &["", "b"], &[]),
        ("^.$", &["a", "é", "日", "😀"], &["", "ab", "\n"]),
        ("(?s)^.$", &["\n", "日"], &[""]),
        ("(?-u:^[ -~]$)", &["a", "~"], &["é", "\t"]),
        ("(?i)straße", &["STRAßE", "Straße"], &["STRASSE"]),
        ("(?i)k", &["k", "K", "\u{212A}"], &["c"]),
        ("(?i-u)k", &["k", "K"], &["\u{212A}"]),
        ("a(?i)b|c", &["aB", "C"], &["AB"]),
        (r"^\d+$", &["42", "४२"], &["", "4 2"]),
        (r"^[0-9]+$", &["42"], &["४२"]),
        (r"^\w$", &["a", "é", "日", "_"], &["-", " "]),
        (r"^(?-u:\w)+$", &["a_9"], &["é", "-"]),
        (r"\s", &["a b", "\u{3000}"], &["ab"]),
        (r"^\p{Greek}+$", &["λόγος"], &["logos"]),
        (r"(?-u:\b)foo(?-u:\b)", &["foo", "a foo.", "日foo"], &["food", "_foo", "foo1"]),
        (r"(?-u)\bfoo\b", &["foo", "-foo-"], &["food"]),
        (r"(?-u:\b{start})o", &["a o"], &["foo"]),
        (r"o(?-u:\b)", &["foo", "o o"], &["of", "o_"]),
        (r"(?-u:\B)", &["", "aa", "é", "aé日a"], &["a", "aéa", "a日b"]),
        (r"[a&&b]|(?-u:\B)", &["aa"], &["aéa"]),
        (r"a(?-u:\B)", &["aa"], &["a", "aé"]),
        (r"(?-u:\b{start-half}\b{end-half})", &["", "- "], &["aéa"]),
        ("(?x) f o o # bar", &["foo"], &["f o o"]),
        (r"^[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}$", &["ann@example.org"], &["ann@example", "@x.org"]),
        ("日本", &["日本語"], &["日曜", "本日"]),
    ];
    for (pattern, matching, other) in table_of_cases {
        let table = table(pattern);
        for text in matching {
            assert!(found(&table, text), "{pattern} does not match {text:?}");
        }
        for text in other {
            assert!(!found(&table, text), "{pattern} matches {text:?}");
        }
    }
}

#[test]
fn a_table_depends_on_what_matches_alone() {
    let same = [
        ("foo", "(?:foo)+"),
        ("foo", "f(o)o.*?"),
        ("[ab]c", "(a|b)c"),
        ("^a*$", "^(a|aa)*$"),
        (r"^\w", r"^\w+"),
        ("^[abc]$", "(?-u)^[cba]$"),
        ("", "a*|b"),
        ("[a&&b]", "$a"),
    ];
    for (pattern, other) in same {
        assert_eq!(build(pattern), build(other), "{pattern} and {other}");
    }
}

/// Counted by hand: a row for each beginning of the pattern that can still become a match, and columns for the bytes
/// that make a difference, all others, and the end of the text.
#[test]
fn a_table_is_no_larger_than_it_has_to_be() {
    let sizes = [
        ("", 2, 0, MATCH),
        ("[a&&b]", 2, 0, NO_MATCH),
        ("a", 3, 1, 0),
        ("foo", 4, 3, 0),
        ("foo$", 4, 4, 0),
        ("^foo$", 4, 4, 0),
        ("[ab]{3}", 3, 3, 0),
        (r"(?-u:\b)a", 4, 2, 0),
    ];
    for (pattern, columns, rows, start) in sizes {
        let table = build(pattern).unwrap();
        assert_eq!(table[..3], [columns, rows, start], "{pattern}");
        assert_eq!(table.len(), 131 + usize::from(columns) * usize::from(rows), "{pattern}");
    }
}

#[test]
fn what_is_no_pattern_is_an_error_at_its_place() {
    let cases = [
        ("a(b", "(", "unclosed group"),
        ("a)b", ")", "unopened group"),
        ("é[a", "[", "unclosed character class"),
        ("x[z-a]", "z-a", "invalid character class range, the start must be <= the end"),
        ("é|*", "*", "repetition operator missing expression"),
        ("a{2,1}", "{2,1}", "invalid repetition count range, the start must be <= the end"),
        (r"\p{Nope}", r"\p{Nope}", "Unicode property not found"),
        (r"a\y", r"\y", "unrecognized escape sequence"),
        (r"(a)\1", r"\1", "backreferences are not supported"),
        ("(?=a)", "(?=", "look-around, including look-ahead and look-behind, is not supported"),
        ("(?q)", "q", "unrecognized flag"),
        ("é(?", "(", "unclosed group"),
        ("a{", "{", "unclosed counted repetition"),
        (r"a\", r"\", "incomplete escape sequence, reached end of pattern prematurely"),
        (r"é(?-u:\xFF)", r"\xFF", "pattern can match invalid UTF-8"),
    ];
    for (pattern, place, expected) in cases {
        let error = build(pattern).unwrap_err();
        assert_eq!(&pattern[error.span().unwrap()], place, "{pattern}");
        let PatternError::Syntax { message, .. } = error else { panic!("{pattern}: {error}") };
        assert_eq!(message, expected, "{pattern}");
    }
}

#[test]
fn the_first_boundary_of_unicode_words_is_pointed_at() {
    let cases = [
        (r"\bfoo\b", 0..2),
        (r"é\B", 2..4),
        (r"(?-u:\b)foo\b", 11..13),
        (r"(?-u)\b(?u:\b)", 11..13),
        (r"(?-u)(a(?u)|\b)\b", 12..14),
        (r"(?-u:(?u)a)\b", 11..13),
        (r"x\b{start}", 1..10),
        (r"\<", 0..2),
    ];
    for (pattern, span) in cases {
        assert_eq!(build(pattern), Err(PatternError::UnicodeWordBoundary { span }), "{pattern}");
    }
    for pattern in [r"(?-u)\b", r"(?-u:a(b)\b)", r"((?-u)a|\b)", r"[\x08]", r"\\b"] {
        assert!(build(pattern).is_ok(), "{pattern}");
    }
}

#[test]
fn limits_hold_on_both_sides() {
    assert!(build(&"a".repeat(MAX_PATTERN_BYTES)).is_ok());
    assert_eq!(build(&"a".repeat(1025)), Err(PatternError::TooLong { given: 1025 }));

    // Three columns: the letter, all other bytes, the end. 131 words stand before the rows.
    assert_eq!(build("^a{10879}").unwrap().len() * 2, MAX_BYTES);
    assert_eq!(build("^a{10880}"), Err(PatternError::TableTooLarge { given: MAX_BYTES + 6 }));

    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(build(&nested(64)).is_ok());
    assert_eq!(build(&nested(65)).unwrap_err().span(), Some(64..67));
}

#[test]
fn hostile_patterns_end_in_errors() {
    let too_complex = [
        "(a{1,1000}){1,1000}".to_owned(),
        "(((((a{9}){9}){9}){9}){9}){9}".to_owned(),
        "(a|b)*a(a|b){30}".to_owned(),
        "a.{20}b".to_owned(),
        "a{4294967295}".to_owned(),
        "([a&&b]){4000000000}".to_owned(),
        r"\w{50}".to_owned(),
        r"\pL".repeat(300),
        r"[\w--\d]".repeat(128),
        r"(?i:\PL)*".repeat(100),
        "a{0,1000}".repeat(100),
    ];
    for pattern in too_complex {
        assert_eq!(build(&pattern), Err(PatternError::TooComplex), "{pattern}");
    }
    for pattern in [r"^\w+@\w+\.\w+$", r"^\pL{2,5}$", "^a{20000}", "^[^a]{1,900}x"] {
        let error = build(pattern).unwrap_err();
        assert!(
            matches!(error, PatternError::TableTooLarge { given } if given > MAX_BYTES),
            "{pattern}: {error}"
        );
    }
    // Looks hostile and is not: nothing is repeated.
    assert_eq!(build("(?:(?:(?:^){1000}){1000}){1000}"), build("^"));
}

#[test]
fn an_error_says_what_is_allowed_and_what_to_do() {
    let cases = [
        (PatternError::TooLong { given: 2000 }, "the pattern has 2000 bytes; at most 1024 are allowed"),
        (
            PatternError::TableTooLarge { given: 70_000 },
            "the pattern's table has 70000 bytes; at most 65536 are allowed",
        ),
        (
            PatternError::TooComplex,
            "the pattern's automaton outgrows the 1048576 bytes that are allowed while it is built",
        ),
    ];
    for (error, message) in cases {
        assert_eq!(error.to_string(), message);
        assert_eq!(error.span(), None);
    }
    let word = build(r"\bfoo").unwrap_err();
    assert!(word.help().contains(r"(?-u:\b)"));
    assert!(build(r"^\w+@\w+$").unwrap_err().help().contains(r"(?-u:\w)"));
    // What is advised works.
    assert!(build(r"^(?-u:\w)+@[A-Za-z0-9_]+(?-u:\b)$").is_ok());
}

/// The library's own search.
fn found_by_library(pattern: &str, text: &str) -> bool {
    let automaton = dense::DFA::new(pattern).unwrap();
    automaton.try_search_fwd(&Input::new(text)).unwrap().is_some()
}

fn texts() -> impl Strategy<Value = String> {
    let letters =
        ["a", "b", "c", "A", "k", "K", "\u{212A}", "1", "_", ".", " ", "\n", "\r", "é", "É", "ß", "日", "😀"];
    prop::collection::vec(prop::sample::select(letters.to_vec()), 0..10).prop_map(|letters| letters.concat())
}

/// Patterns out of everything that the syntax has and that can be told.
fn patterns() -> impl Strategy<Value = String> {
    let leaves = [
        "a",
        "b",
        "ab",
        "é",
        "日",
        "K",
        r"\.",
        ".",
        "[ab]",
        "[^a]",
        "[^é\n]",
        "[a-k]",
        r"\d",
        r"\s",
        r"\S",
        r"(?-u:\w)",
        "(?i:k)",
        "(?i:É)",
        "(?s:.)",
        "^",
        "$",
        "(?m:^)",
        "(?m:$)",
        "(?mR:^)",
        "(?mR:$)",
        r"\A",
        r"\z",
        r"(?-u:\b)",
        r"(?-u:\b{start})",
        r"(?-u:\b{end})",
        r"(?-u:\B)",
        r"(?-u:\b{start-half})",
        r"(?-u:\b{end-half})",
        "(?-u:[ -~])",
        "[[:alpha:]]",
        r"[\d&&[1-5]]",
        "",
        "[a&&b]",
        "(?i)",
        "(?s)",
    ];
    prop::sample::select(leaves.to_vec()).prop_map(str::to_owned).prop_recursive(4, 24, 4, |inner| {
        let ends = ["*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}", "{0}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|parts| parts.concat()),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|parts| format!("({})", parts.join("|"))),
            (inner, prop::sample::select(ends.to_vec())).prop_map(|(inner, end)| format!("(?:{inner}){end}")),
        ]
    })
}

proptest! {
    #[test]
    fn a_table_finds_what_the_library_finds(pattern in patterns(), texts in prop::collection::vec(texts(), 8)) {
        let table = table(&pattern);
        for text in texts {
            prop_assert_eq!(found(&table, &text), found_by_library(&pattern, &text), "{} in {:?}", pattern, text);
        }
    }

    #[test]
    fn a_table_finds_what_the_definition_says(node in nodes(), texts in prop::collection::vec(texts(), 8)) {
        let table = table(&node.to_string());
        for text in texts {
            prop_assert_eq!(found(&table, &text), node.is_found_in(&text), "{} in {:?}", node, text);
        }
    }

    #[test]
    fn any_pattern_ends_in_a_table_or_an_error(pattern in r"[ab19é^$.|?*+(){},\\\[\]bBwdpLu:i&<-]{0,40}") {
        match build(&pattern) {
            Ok(words) => {
                let table: Vec<u8> = words.into_iter().flat_map(u16::to_le_bytes).collect();
                prop_assert!(check(&table));
            }
            Err(error) => {
                prop_assert!(error.span().is_none_or(|span| pattern.get(span).is_some_and(|place| !place.is_empty())));
            }
        }
    }
}
