//! Why an event is refused.

use super::MAX_EVENT_BYTES;

/// The longest piece of what was given that a message repeats, in characters.
const QUOTED: usize = 60;

/// Why an event is refused: the field, what was given, what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The text is not JSON, or not JSON that can be read as text (a lone surrogate in a name).
    #[error("the event is not valid JSON: {reason}")]
    Malformed {
        /// What the JSON reader says, with line and column.
        reason: String,
    },
    /// The event is JSON, but no object.
    #[error("the event is {given}; an event is a JSON object")]
    NotAnObject {
        /// The JSON type that was given, with its article.
        given: &'static str,
    },
    /// The event is longer than [`MAX_EVENT_BYTES`].
    #[error("the event has {bytes} bytes; an event has at most {MAX_EVENT_BYTES}: send less in `properties`")]
    TooLarge {
        /// Its length, in bytes of JSON.
        bytes: usize,
    },
    /// A field that this type of event needs is not there.
    #[error("`{field}` is missing: it must be {expected}")]
    MissingField {
        /// The field's path.
        field: String,
        /// What it must be.
        expected: String,
    },
    /// A field has another JSON type than it must have.
    #[error("`{field}` is {given}; it must be {expected}")]
    WrongType {
        /// The field's path.
        field: String,
        /// The JSON type that was given, with its article.
        given: &'static str,
        /// What it must be.
        expected: String,
    },
    /// A field has the right JSON type and a value that is not allowed.
    #[error("`{field}` is `{given}`; it must be {allowed}")]
    BadValue {
        /// The field's path.
        field: String,
        /// What was given, cut where it is long.
        given: String,
        /// What is allowed.
        allowed: String,
    },
    /// A field stands there twice, so that it is unclear which one counts.
    #[error("`{field}` is given twice; give it once")]
    DuplicateField {
        /// The field's path.
        field: String,
    },
}

impl EventError {
    /// A stable name of what is wrong, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed_json",
            Self::NotAnObject { .. } => "not_an_object",
            Self::TooLarge { .. } => "too_large",
            Self::MissingField { .. } => "missing_field",
            Self::WrongType { .. } => "wrong_type",
            Self::BadValue { .. } => "bad_value",
            Self::DuplicateField { .. } => "duplicate_field",
        }
    }

    /// The path of the field at fault, if it is one field's fault.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::MissingField { field, .. }
            | Self::WrongType { field, .. }
            | Self::BadValue { field, .. }
            | Self::DuplicateField { field } => Some(field),
            Self::Malformed { .. } | Self::NotAnObject { .. } | Self::TooLarge { .. } => None,
        }
    }

    pub(super) fn malformed(error: &serde_json::Error) -> Self {
        Self::Malformed { reason: error.to_string() }
    }

    pub(super) fn bad_value(field: &str, given: String, allowed: &str) -> Self {
        Self::BadValue { field: field.to_owned(), given: cut(given), allowed: allowed.to_owned() }
    }
}

/// The text, or its beginning where it is long.
fn cut(text: String) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
