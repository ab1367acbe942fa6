//! The type that several JSON values have in common.

use super::quoted;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What was seen at one place of the values. Nothing seen is `unknown`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// The names of the simple types.
    simple: BTreeSet<&'static str>,
    /// What the items of all lists have in common; None: there was no list.
    items: Option<Box<Shape>>,
    objects: Objects,
}

/// The objects among the values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Objects {
    seen: u32,
    /// Each member, and how many of the objects have it.
    members: BTreeMap<String, (Shape, u32)>,
}

impl FromIterator<Value> for Shape {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let mut shape = Self::default();
        values.into_iter().for_each(|value| shape.add(value));
        shape
    }
}

impl Shape {
    fn add(&mut self, value: Value) {
        match value {
            Value::Null => _ = self.simple.insert("null"),
            Value::Bool(_) => _ = self.simple.insert("boolean"),
            Value::Number(_) => _ = self.simple.insert("number"),
            Value::String(_) => _ = self.simple.insert("string"),
            Value::Array(items) => {
                let common = self.items.get_or_insert_default();
                for item in items {
                    common.add(item);
                }
            }
            Value::Object(object) => {
                self.objects.seen += 1;
                for (name, value) in object {
                    let (shape, seen) = self.objects.members.entry(name).or_default();
                    shape.add(value);
                    *seen += 1;
                }
            }
        }
    }

    /// The alternatives, in a fixed order.
    fn alternatives(&self) -> Vec<String> {
        let simple = self.simple.iter().map(|&name| name.to_owned());
        let list = self.items.as_ref().map(|items| format!("ReadonlyArray<{items}>"));
        let object = (self.objects.seen > 0).then(|| self.objects.to_string());
        simple.chain(list).chain(object).collect()
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.alternatives().as_slice() {
            [] => f.write_str("unknown"),
            alternatives => f.write_str(&alternatives.join(" | ")),
        }
    }
}

impl fmt::Display for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.members.is_empty() {
            return f.write_str("Readonly<Record<string, unknown>>");
        }
        let members = self.members.iter().map(|(name, (shape, seen))| {
            let optional = if *seen < self.seen { "?" } else { "" };
            format!("readonly {}{optional}: {shape}", quoted(name))
        });
        write!(f, "{{ {} }}", members.collect::<Vec<_>>().join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shape(values: &[Value]) -> String {
        values.iter().cloned().collect::<Shape>().to_string()
    }

    #[test]
    fn a_shape_takes_every_value_that_it_was_made_of() {
        assert_eq!(shape(&[]), "unknown");
        assert_eq!(shape(&[json!([])]), "ReadonlyArray<unknown>");
        assert_eq!(shape(&[json!({})]), "Readonly<Record<string, unknown>>");
        assert_eq!(shape(&[json!([1, "a"]), json!([null])]), "ReadonlyArray<null | number | string>");
        assert_eq!(
            shape(&[json!({"depth": [1], "a \"b\"": true}), json!({"depth": []})]),
            r#"{ readonly "a \"b\""?: boolean; readonly "depth": ReadonlyArray<number> }"#
        );
    }
}
