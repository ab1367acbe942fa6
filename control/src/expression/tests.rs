use super::{Condition, ExpressionError, ExpressionProblem, Known};
use edgewise_core::document::{ListOperator, Literal, Operator, TextComparison, TextOperator};
use proptest::prelude::*;

/// A condition in one line, to be compared with what a table says.
fn line(condition: &Condition) -> String {
    let join = |parts: &[Condition], sign: &str| parts.iter().map(line).collect::<Vec<_>>().join(sign);
    match condition {
        Condition::Constant(value) => value.to_string(),
        Condition::And(parts) => format!("and({})", join(parts, ", ")),
        Condition::Or(parts) => format!("or({})", join(parts, ", ")),
        Condition::Not(inner) => format!("not({})", line(inner)),
        Condition::Present(path) => format!("present {path:?}"),
        Condition::Compare(test) => {
            format!("{:?} {} {}", test.attribute, sign(test.operator), literal(&test.value))
        }
        Condition::In(test) => {
            let values: Vec<_> = test.values.iter().map(literal).collect();
            format!("{:?} in {}", test.attribute, values.join(" "))
        }
        Condition::Text(test) => {
            let operator = match test.operator {
                TextOperator::StartsWith => "starts",
                TextOperator::EndsWith => "ends",
                TextOperator::Contains => "contains",
            };
            format!("{:?} {operator} {:?}", test.attribute, test.value)
        }
        Condition::Segment(id) => format!("segment {id}"),
        Condition::Matches(test) => {
            assert!(!test.table.is_empty());
            format!("{:?} matches {:?}", test.attribute, test.pattern)
        }
        Condition::Semver(test) => typed(test, "version"),
        Condition::Timestamp(test) => typed(test, "instant"),
        Condition::Network(test) => format!("{:?} within {:?}", test.attribute, test.networks),
        Condition::Holds(test) => {
            let operator = if test.operator == ListOperator::All { "all" } else { "any" };
            format!("{:?} holds {operator} {:?}", test.attribute, test.values)
        }
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Eq => "==",
        Operator::Ne => "!=",
        Operator::Lt => "<",
        Operator::Le => "<=",
        Operator::Gt => ">",
        Operator::Ge => ">=",
    }
}

fn typed(test: &TextComparison, kind: &str) -> String {
    format!("{:?} {} {kind} {}", test.attribute, sign(test.operator), test.value)
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::Number(value) => value.to_string(),
        Literal::String(value) => format!("{value:?}"),
    }
}

/// Reads an expression where two unit types and two segments are known.
fn lower(source: &str) -> Result<Condition, Vec<ExpressionError>> {
    let known = Known {
        units: &["user".into(), "device".into()],
        segments: &["internal".into(), "beta testers".into()],
    };
    super::lower(source, &known)
}

#[test]
fn the_subset_is_lowered() {
    let table = [
        (r#"country == "IN""#, r#"["country"] == "IN""#),
        (r"country != 'IN'", r#"["country"] != "IN""#),
        ("age < 18", r#"["age"] < 18"#),
        ("age <= 18u", r#"["age"] <= 18"#),
        ("age > -1.5", r#"["age"] > -1.5"#),
        ("age >= 1e3", r#"["age"] >= 1000"#),
        ("18 < age", r#"["age"] > 18"#),
        ("18 <= age", r#"["age"] >= 18"#),
        ("18 > age", r#"["age"] < 18"#),
        ("18 >= age", r#"["age"] <= 18"#),
        (r#""é" == name"#, r#"["name"] == "é""#),
        (r#"version >= "2.4""#, r#"["version"] >= "2.4""#),
        ("is_new == false", r#"["is_new"] == false"#),
        ("true != is_new", r#"["is_new"] != true"#),
        ("is_new", r#"["is_new"] == true"#),
        ("!is_new", r#"not(["is_new"] == true)"#),
        ("!(!is_new)", r#"not(not(["is_new"] == true))"#),
        ("app.is_beta", r#"["app", "is_beta"] == true"#),
        ("app.build.number == 7", r#"["app", "build", "number"] == 7"#),
        (r#"attr("any name") == 1"#, r#"["any name"] == 1"#),
        (r#"attr("any name")"#, r#"["any name"] == true"#),
        (r#"attr("a b").c == 1"#, r#"["a b", "c"] == 1"#),
        (r#"attr("a.b").startsWith("x")"#, r#"["a.b"] starts "x""#),
        (r#"country in ["IN", "US"]"#, r#"["country"] in "IN" "US""#),
        ("age in [1, 2.5]", r#"["age"] in 1 2.5"#),
        (r#"mail.endsWith("@x.org")"#, r#"["mail"] ends "@x.org""#),
        (r#"app.name.contains("'")"#, r#"["app", "name"] contains "'""#),
        ("present(country)", r#"present ["country"]"#),
        ("present(app.version)", r#"present ["app", "version"]"#),
        (r#"present(attr("a b"))"#, r#"present ["a b"]"#),
        ("has(app.version)", r#"present ["app", "version"]"#),
        ("true", "true"),
        ("!false", "not(false)"),
        ("a && b && c", r#"and(["a"] == true, ["b"] == true, ["c"] == true)"#),
        ("a || b || c", r#"or(["a"] == true, ["b"] == true, ["c"] == true)"#),
        ("a || b && c", r#"or(["a"] == true, and(["b"] == true, ["c"] == true))"#),
        ("(a || b) && c", r#"and(or(["a"] == true, ["b"] == true), ["c"] == true)"#),
        (r#"user == "u_1""#, r#"["user"] == "u_1""#),
        (r#"user in ["u_1", "u_2"]"#, r#"["user"] in "u_1" "u_2""#),
        (r#"attr("device").startsWith("ios-")"#, r#"["device"] starts "ios-""#),
        ("present(device)", r#"present ["device"]"#),
        (
            r#"segment("internal") || !segment("beta testers")"#,
            "or(segment internal, not(segment beta testers))",
        ),
        (r#"mail.matches("^[a-z]+@")"#, r#"["mail"] matches "^[a-z]+@""#),
        (r#"matches(mail, r"\d")"#, r#"["mail"] matches "\\d""#),
        (r#"app.version >= semver("2.4.0")"#, r#"["app", "version"] >= version 2.4.0"#),
        (r#"semver("2.4") < app.version"#, r#"["app", "version"] > version 2.4"#),
        (r#"now >= timestamp("2026-01-01T00:00:00Z")"#, "[] >= instant 2026-01-01T00:00:00Z"),
        (r#"timestamp("2026-01-01T00:00:00Z") > now"#, "[] < instant 2026-01-01T00:00:00Z"),
        (
            r#"born != timestamp("2008-02-29T12:00:00+05:30")"#,
            r#"["born"] != instant 2008-02-29T12:00:00+05:30"#,
        ),
        (r#"attr("now") == 1"#, r#"["now"] == 1"#),
        (r#"ip.inNetwork("10.0.0.0/8")"#, r#"["ip"] within ["10.0.0.0/8"]"#),
        (
            r#"inNetwork(net.ip, ["10.0.0.0/8", "2001:db8::/32"])"#,
            r#"["net", "ip"] within ["10.0.0.0/8", "2001:db8::/32"]"#,
        ),
        (r#""beta" in tags"#, r#"["tags"] holds any ["beta"]"#),
        (r#"tags.hasAny(["a", "b"])"#, r#"["tags"] holds any ["a", "b"]"#),
        (r#"hasAll(user_tags, ["a"])"#, r#"["user_tags"] holds all ["a"]"#),
        (" \n a\n && b ", r#"and(["a"] == true, ["b"] == true)"#),
    ];
    for (source, expected) in table {
        match lower(source) {
            Ok(condition) => assert_eq!(line(&condition), expected, "{source}"),
            Err(errors) => panic!("{source}: {errors:?}"),
        }
    }
}

#[test]
fn what_lies_outside_is_an_error_at_its_place() {
    let table = [
        ("", "", "the expression is empty"),
        ("country == ", "=", "the expression ends too early"),
        ("country = 'IN'", "=", "`=` has no meaning here"),
        ("a and b", "and", "`and` has no meaning here"),
        ("é == 1", "é", "`é` has no meaning here"),
        ("a == 'x", "'x", "`'x` has no meaning here"),
        ("user == 1", "user", "`user` is a unit type: its id is text and nothing else"),
        ("user in [1, 2]", "user", "`user` is a unit type: its id is text and nothing else"),
        ("!device", "device", "`device` is a unit type: its id is text and nothing else"),
        ("a && user.plan == 'x'", "user", "`user` is a unit type: its id is text and nothing else"),
        ("has(user.plan)", "user", "`user` is a unit type: its id is text and nothing else"),
        ("'x' in user", "user", "`user` is a unit type: its id is text and nothing else"),
        (r#"attr("user") > 1"#, r#"attr("user")"#, "`user` is a unit type: its id is text and nothing else"),
        ("now", "now", "`now` is the time of the question, and no attribute"),
        ("now > 5", "now", "`now` is the time of the question, and no attribute"),
        ("now.year == 5", "now", "`now` is the time of the question, and no attribute"),
        ("now > semver('1')", "now", "`now` is the time of the question, and no attribute"),
        ("segment('intrenal')", "'intrenal'", "there is no segment `intrenal`"),
        ("segment(a)", "segment(a)", "`segment` needs one string, the segment's id"),
        ("a.segment('internal')", "a.segment('internal')", "`segment` needs one string, the segment's id"),
        ("v > semver('2.x')", "'2.x'", "`2.x` is no version"),
        ("v > semver(2)", "semver(2)", "`semver` needs one string"),
        ("semver('2.0.0')", "semver('2.0.0')", "this is a version and no condition"),
        (
            "semver('2.0.0') > semver('1.0.0')",
            "semver('2.0.0') > semver('1.0.0')",
            "this compares nothing of the context",
        ),
        ("now > timestamp('tomorrow')", "'tomorrow'", "`tomorrow` is no point in time"),
        (
            "now > timestamp('2026-02-30T00:00:00Z')",
            "'2026-02-30T00:00:00Z'",
            "`2026-02-30T00:00:00Z` is no point in time",
        ),
        (
            "timestamp('2026-01-01T00:00:00Z')",
            "timestamp('2026-01-01T00:00:00Z')",
            "this is a point in time and no condition",
        ),
        ("ip.inNetwork('10.1.2.3/8')", "'10.1.2.3/8'", "`10.1.2.3/8` is no network"),
        ("ip.inNetwork(['10.0.0.0/8', 'all'])", "'all'", "`all` is no network"),
        ("ip.inNetwork([])", "[]", "the list is empty, so that this is never true"),
        ("ip.inNetwork(1)", "1", "`inNetwork` needs a list of strings"),
        (
            "inNetwork('10.0.0.0/8')",
            "inNetwork('10.0.0.0/8')",
            "`inNetwork` needs an attribute and one string or a list of strings",
        ),
        ("tags.hasAny('a')", "'a'", "`hasAny` needs a list of strings"),
        ("tags.hasAll([1])", "[1]", "`hasAll` needs a list of strings"),
        ("tags.hasAll([])", "[]", "the list is empty, so that this is never true"),
        ("1 in tags", "1", "a list attribute holds text, and this is none"),
        ("a.matches('x(')", "(", "this is no regular expression: unclosed group"),
        ("a.matches(b)", "b", "`matches` needs an attribute and one string"),
        (r"a.matches(r'\bx')", r"\b", "word boundaries between Unicode letters cannot be told byte by byte"),
        ("1 == 2", "1 == 2", "this compares nothing of the context"),
        ("a == b", "a == b", "two attributes cannot be compared with each other"),
        ("a == null", "null", "an attribute is never null: it is there or it is not"),
        ("a < true", "a < true", "booleans have no order"),
        ("5", "5", "this is a literal and no condition"),
        ("['a']", "['a']", "this is a list and no condition"),
        ("a in []", "[]", "the list is empty, so that this is never true"),
        ("a in ['x', 1]", "['x', 1]", "a list holds strings or numbers, not both and nothing else"),
        ("a in [true]", "[true]", "a list holds strings or numbers, not both and nothing else"),
        ("a in b", "a in b", "two attributes cannot be compared with each other"),
        ("a == b'x'", "b'x'", "a literal is needed here"),
        ("a == 9007199254740993", "9007199254740993", "the number 9007199254740993 cannot be held exactly"),
        ("a + 1 == 2", "a + 1", "arithmetic cannot be used here"),
        ("a == 1 + 1", "1 + 1", "arithmetic cannot be used here"),
        ("a ? b : c", "a ? b : c", "the conditional operator cannot be used here"),
        ("a[0] == 1", "a[0", "an index cannot be used here"),
        ("a.exists(x, x == 1)", "(", "a macro over lists cannot be used here"),
        ("{'a': 1}", "{", "a map cannot be used here"),
        ("startswith(a, 'x')", "startswith(a, 'x')", "there is no function `startswith`"),
        ("a.startsWith(b)", "b", "`startsWith` needs one string"),
        ("a.startsWith()", "a.startsWith()", "`startsWith` needs an attribute before it and one string"),
        ("present()", "present()", "`present` needs the name of one attribute"),
        ("present('x')", "'x'", "this compares nothing of the context"),
        ("attr(1) == 1", "attr(1)", "`attr` needs one string, the attribute's name"),
        ("has(a)", "a", "`has` needs an attribute inside another one"),
    ];
    for (source, place, message) in table {
        let errors = lower(source).expect_err(source);
        let [error] = &errors[..] else { panic!("{source}: {errors:?}") };
        assert_eq!(error.kind.to_string(), message, "{source}");
        assert_eq!(&source[error.span.clone()], place, "{source}");
        assert!(!error.kind.help().is_empty());
    }
}

#[test]
fn all_errors_of_an_expression_are_found() {
    let errors = lower("user == 1 && a == b || c in [] && size(d) > 1").unwrap_err();
    let messages: Vec<_> = errors.iter().map(|error| error.kind.to_string()).collect();
    assert_eq!(
        messages,
        [
            "`user` is a unit type: its id is text and nothing else",
            "two attributes cannot be compared with each other",
            "the list is empty, so that this is never true",
            "there is no function `size`",
        ]
    );
}

#[test]
fn depth_and_length_are_bounded() {
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(lower(&nested(32)).is_ok());
    let errors = lower(&nested(5000)).unwrap_err();
    assert_eq!(errors[0].kind, ExpressionProblem::TooDeep(32));
    let long = vec!["a"; 5000].join(" && ");
    assert_eq!(lower(&long).unwrap_err()[0].kind, ExpressionProblem::TooLong(16 << 10));
    let negations = format!("{}a", "!".repeat(5000));
    assert_eq!(lower(&negations).map(|condition| line(&condition)), Ok(r#"["a"] == true"#.into()));
    for operator in ["==", "-", "<"] {
        assert!(lower(&vec!["a"; 3000].join(operator)).is_err());
    }
    assert!(lower(&vec!["a"; 3000].join(".")).is_ok());
}

proptest! {
    /// Whatever is written, there is an answer, and an error's place lies inside the text.
    #[test]
    fn any_text_has_an_answer(source in "[a-c1é'\"\\[\\](){}.,&|!=<>+ -]{0,24}") {
        if let Err(errors) = lower(&source) {
            for error in errors {
                prop_assert!(source.get(error.span).is_some());
            }
        }
    }

    #[test]
    fn words_in_any_order_have_an_answer(
        words in prop::collection::vec(prop::sample::select(vec![
            "a", "user", "in", "[", "]", "\"x\"", "1", "&&", "||", "!", "==", "<", "(", ")", ".", "present(", "has(",
            "attr(", "startsWith(", "now", "semver(", "timestamp(", "segment(", "matches(", "inNetwork(", "hasAny(", ",", "null", "true", "-", "?", ":", "é",
        ]), 0..12)
    ) {
        let source = words.join(" ");
        if let Err(errors) = lower(&source) {
            for error in errors {
                prop_assert!(source.get(error.span).is_some());
            }
        }
    }
}
