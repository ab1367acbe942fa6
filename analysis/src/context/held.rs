//! Values of attributes, some of which take bytes of their own.

use edgewise_core::Value;

/// The value of an attribute: borrowed, or made for the ruleset.
#[derive(Clone, Debug)]
pub(super) enum Held<'a> {
    /// As the source has it.
    As(Value<'a>),
    /// The bytes of a [`Value::List`].
    List(Vec<u8>),
}

impl Held<'_> {
    /// A list of strings; with anything else among them ([`None`]) nothing that a condition can look into.
    pub(super) fn list<'i>(items: impl Iterator<Item = Option<&'i str>>) -> Self {
        let mut bytes = Vec::new();
        for item in items {
            let Some(item) = item else { return Self::As(Value::Other) };
            let Ok(length) = u32::try_from(item.len()) else { return Self::As(Value::Other) };
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(item.as_bytes());
        }
        Self::List(bytes)
    }

    /// What a condition sees.
    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Self::As(value) => *value,
            Self::List(bytes) => Value::List(bytes),
        }
    }
}
