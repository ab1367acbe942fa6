//! Written by `vectors/make.py` from the group `golden ruleset` of `vectors/assign.json`: do not edit.

use super::Case;
use edgewise_core::{Unit, Value};

pub(super) const CASES: &[Case] = &[
    // context 0 at the start
    Case {
        now: 1767571200000,
        user: Unit::new(b"u_1"),
        device: Unit::new(b"d_1"),
        attributes: &[("country", Value::String(b"IN")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"en-IN")), ("age", Value::Number(18.0))],
        experiments: &[
            ("rag_timing", Some("parallel"), "assigned", Some(495817)),
            ("checkout", Some("control"), "assigned", Some(44455)),
            ("holdout_like", None, "unallocated", Some(72644)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"parallel\""), ("rag.depth", "1"), ("banner", "true")],
    },
    // context 1 at the start
    Case {
        now: 1767571200000,
        user: Unit::new(b"u_2"),
        device: Unit::new(b"d_2"),
        attributes: &[("country", Value::String(b"IN")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"hi-IN")), ("beta", Value::Bool(true))],
        experiments: &[
            ("rag_timing", Some("control"), "assigned", Some(313248)),
            ("checkout", Some("treatment"), "assigned", Some(594640)),
            ("holdout_like", None, "unallocated", Some(75296)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"beta\""), ("rag.depth", "1"), ("banner", "false")],
    },
    // context 2 at the start
    Case {
        now: 1767571200000,
        user: Unit::new(b"u_3"),
        device: Unit::new(b"d_3"),
        attributes: &[("country", Value::String(b"US")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"en-US")), ("age", Value::Number(17.5))],
        experiments: &[
            ("rag_timing", Some("parallel"), "assigned", Some(479491)),
            ("checkout", None, "not_targeted", None),
            ("holdout_like", None, "unallocated", Some(678971)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"parallel\""), ("rag.depth", "2"), ("banner", "false")],
    },
    // context 3 at the start
    Case {
        now: 1767571200000,
        user: Unit::new(b"u_4"),
        device: Unit::new(b"d_4"),
        attributes: &[("country", Value::String(b"US")), ("app.plan", Value::String(b"pro")), ("age", Value::Number(65.0)), ("beta", Value::Bool(false))],
        experiments: &[
            ("rag_timing", Some("adaptive"), "assigned", Some(990407)),
            ("checkout", None, "not_in_ramp", None),
            ("holdout_like", None, "unallocated", Some(373471)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"adaptive\""), ("rag.depth", "7"), ("banner", "true")],
    },
    // context 4 at the start
    Case {
        now: 1767571200000,
        user: Unit::new(b"u_5"),
        device: Unit::new(b"d_5"),
        attributes: &[("country", Value::String(b"DE")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"de")), ("age", Value::Number(21.0))],
        experiments: &[
            ("rag_timing", None, "not_targeted", None),
            ("checkout", None, "not_in_ramp", None),
            ("holdout_like", None, "unallocated", Some(805099)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"off\""), ("rag.depth", "1"), ("banner", "true")],
    },
    // context 5 at the start
    Case {
        now: 1767571200000,
        user: Unit::new(b"u_6"),
        device: Unit::new(b"d_6"),
        attributes: &[("country", Value::String(b"IN")), ("app.plan", Value::String(b"free")), ("locale", Value::Other), ("age", Value::String(b"21"))],
        experiments: &[
            ("rag_timing", None, "not_targeted", None),
            ("checkout", None, "targeting_unknown", None),
            ("holdout_like", None, "unallocated", Some(808203)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"off\""), ("rag.depth", "2"), ("banner", "false")],
    },
    // context 6 at the start
    Case {
        now: 1767571200000,
        user: Unit::new(b"u_7"),
        device: Unit::new(b"d_7"),
        attributes: &[("country", Value::String(b"IN"))],
        experiments: &[
            ("rag_timing", None, "targeting_unknown", None),
            ("checkout", None, "targeting_unknown", None),
            ("holdout_like", None, "unallocated", Some(179412)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"off\""), ("rag.depth", "1"), ("banner", "false")],
    },
    // context 7 at the start
    Case {
        now: 1767571200000,
        user: Unit::new(b"\xe7\x94\xa8\xe6\x88\xb7"),
        device: Unit::new(b"caf\xc3\xa9"),
        attributes: &[("country", Value::String(b"IN")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"zh"))],
        experiments: &[
            ("rag_timing", Some("parallel"), "assigned", Some(607069)),
            ("checkout", None, "not_in_ramp", None),
            ("holdout_like", None, "unallocated", Some(281055)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"parallel\""), ("rag.depth", "2"), ("banner", "false")],
    },
    // context 8 at the start
    Case {
        now: 1767571200000,
        user: Unit::new(b"cafe\xcc\x81"),
        device: Unit::Missing,
        attributes: &[("country", Value::String(b"US")), ("app.plan", Value::String(b"pro"))],
        experiments: &[
            ("rag_timing", Some("control"), "assigned", Some(190698)),
            ("checkout", None, "missing_unit", None),
            ("holdout_like", None, "unallocated", Some(231112)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"off\""), ("rag.depth", "2"), ("banner", "false")],
    },
    // context 9 at the start
    Case {
        now: 1767571200000,
        user: Unit::new(&[b'x'; 1024]),
        device: Unit::new(&[b'x'; 1025]),
        attributes: &[("country", Value::String(b"US")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"fr"))],
        experiments: &[
            ("rag_timing", Some("adaptive"), "assigned", Some(857184)),
            ("checkout", None, "invalid_unit", None),
            ("holdout_like", None, "unallocated", Some(307515)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"adaptive\""), ("rag.depth", "7"), ("banner", "false")],
    },
    // context 10 at the start
    Case {
        now: 1767571200000,
        user: Unit::new(b""),
        device: Unit::new(b"7"),
        attributes: &[("country", Value::String(b"US")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"fr"))],
        experiments: &[
            ("rag_timing", None, "invalid_unit", None),
            ("checkout", Some("control"), "assigned", Some(175044)),
            ("holdout_like", None, "invalid_unit", None),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"off\""), ("rag.depth", "1"), ("banner", "false")],
    },
    // context 11 at the start
    Case {
        now: 1767571200000,
        user: Unit::Missing,
        device: Unit::Missing,
        attributes: &[],
        experiments: &[
            ("rag_timing", None, "missing_unit", None),
            ("checkout", None, "missing_unit", None),
            ("holdout_like", None, "missing_unit", None),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"off\""), ("rag.depth", "1"), ("banner", "false")],
    },
    // context 0 a day later
    Case {
        now: 1767657600000,
        user: Unit::new(b"u_1"),
        device: Unit::new(b"d_1"),
        attributes: &[("country", Value::String(b"IN")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"en-IN")), ("age", Value::Number(18.0))],
        experiments: &[
            ("rag_timing", Some("parallel"), "assigned", Some(495817)),
            ("checkout", Some("control"), "assigned", Some(44455)),
            ("holdout_like", None, "unallocated", Some(72644)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"parallel\""), ("rag.depth", "1"), ("banner", "true")],
    },
    // context 1 a day later
    Case {
        now: 1767657600000,
        user: Unit::new(b"u_2"),
        device: Unit::new(b"d_2"),
        attributes: &[("country", Value::String(b"IN")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"hi-IN")), ("beta", Value::Bool(true))],
        experiments: &[
            ("rag_timing", Some("control"), "assigned", Some(313248)),
            ("checkout", Some("treatment"), "assigned", Some(594640)),
            ("holdout_like", None, "unallocated", Some(75296)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"beta\""), ("rag.depth", "1"), ("banner", "false")],
    },
    // context 4 a day later
    Case {
        now: 1767657600000,
        user: Unit::new(b"u_5"),
        device: Unit::new(b"d_5"),
        attributes: &[("country", Value::String(b"DE")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"de")), ("age", Value::Number(21.0))],
        experiments: &[
            ("rag_timing", None, "not_targeted", None),
            ("checkout", Some("control"), "assigned", Some(133076)),
            ("holdout_like", None, "unallocated", Some(805099)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"off\""), ("rag.depth", "1"), ("banner", "true")],
    },
    // context 10 a day later
    Case {
        now: 1767657600000,
        user: Unit::new(b""),
        device: Unit::new(b"7"),
        attributes: &[("country", Value::String(b"US")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"fr"))],
        experiments: &[
            ("rag_timing", None, "invalid_unit", None),
            ("checkout", Some("control"), "assigned", Some(175044)),
            ("holdout_like", None, "invalid_unit", None),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"off\""), ("rag.depth", "1"), ("banner", "false")],
    },
    // context 0 before
    Case {
        now: 1767571199999,
        user: Unit::new(b"u_1"),
        device: Unit::new(b"d_1"),
        attributes: &[("country", Value::String(b"IN")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"en-IN")), ("age", Value::Number(18.0))],
        experiments: &[
            ("rag_timing", Some("parallel"), "assigned", Some(495817)),
            ("checkout", None, "not_started", None),
            ("holdout_like", None, "unallocated", Some(72644)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"parallel\""), ("rag.depth", "1"), ("banner", "true")],
    },
    // context 1 before
    Case {
        now: 1767571199999,
        user: Unit::new(b"u_2"),
        device: Unit::new(b"d_2"),
        attributes: &[("country", Value::String(b"IN")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"hi-IN")), ("beta", Value::Bool(true))],
        experiments: &[
            ("rag_timing", Some("control"), "assigned", Some(313248)),
            ("checkout", None, "not_started", None),
            ("holdout_like", None, "unallocated", Some(75296)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"beta\""), ("rag.depth", "1"), ("banner", "false")],
    },
    // context 4 before
    Case {
        now: 1767571199999,
        user: Unit::new(b"u_5"),
        device: Unit::new(b"d_5"),
        attributes: &[("country", Value::String(b"DE")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"de")), ("age", Value::Number(21.0))],
        experiments: &[
            ("rag_timing", None, "not_targeted", None),
            ("checkout", None, "not_started", None),
            ("holdout_like", None, "unallocated", Some(805099)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"off\""), ("rag.depth", "1"), ("banner", "true")],
    },
    // context 10 before
    Case {
        now: 1767571199999,
        user: Unit::new(b""),
        device: Unit::new(b"7"),
        attributes: &[("country", Value::String(b"US")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"fr"))],
        experiments: &[
            ("rag_timing", None, "invalid_unit", None),
            ("checkout", None, "not_started", None),
            ("holdout_like", None, "invalid_unit", None),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"off\""), ("rag.depth", "1"), ("banner", "false")],
    },
    // context 0 at the end
    Case {
        now: 1767931200000,
        user: Unit::new(b"u_1"),
        device: Unit::new(b"d_1"),
        attributes: &[("country", Value::String(b"IN")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"en-IN")), ("age", Value::Number(18.0))],
        experiments: &[
            ("rag_timing", Some("parallel"), "assigned", Some(495817)),
            ("checkout", None, "ended", None),
            ("holdout_like", None, "unallocated", Some(72644)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"parallel\""), ("rag.depth", "1"), ("banner", "true")],
    },
    // context 1 at the end
    Case {
        now: 1767931200000,
        user: Unit::new(b"u_2"),
        device: Unit::new(b"d_2"),
        attributes: &[("country", Value::String(b"IN")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"hi-IN")), ("beta", Value::Bool(true))],
        experiments: &[
            ("rag_timing", Some("control"), "assigned", Some(313248)),
            ("checkout", None, "ended", None),
            ("holdout_like", None, "unallocated", Some(75296)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"beta\""), ("rag.depth", "1"), ("banner", "false")],
    },
    // context 4 at the end
    Case {
        now: 1767931200000,
        user: Unit::new(b"u_5"),
        device: Unit::new(b"d_5"),
        attributes: &[("country", Value::String(b"DE")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"de")), ("age", Value::Number(21.0))],
        experiments: &[
            ("rag_timing", None, "not_targeted", None),
            ("checkout", None, "ended", None),
            ("holdout_like", None, "unallocated", Some(805099)),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"off\""), ("rag.depth", "1"), ("banner", "true")],
    },
    // context 10 at the end
    Case {
        now: 1767931200000,
        user: Unit::new(b""),
        device: Unit::new(b"7"),
        attributes: &[("country", Value::String(b"US")), ("app.plan", Value::String(b"pro")), ("locale", Value::String(b"fr"))],
        experiments: &[
            ("rag_timing", None, "invalid_unit", None),
            ("checkout", None, "ended", None),
            ("holdout_like", None, "invalid_unit", None),
            ("stopped", None, "paused", None),
        ],
        flags: &[("rag.strategy", "\"off\""), ("rag.depth", "1"), ("banner", "false")],
    },
];
