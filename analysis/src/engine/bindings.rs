//! Names that stand for a `select` over relations that an engine already has.

use std::{collections::BTreeMap, sync::Mutex, sync::PoisonError};

/// The first word of every text of [`sql`](crate::sql) that reads through names.
const WITH: &str = "with ";

/// Name to `select`, put before a query as common table expressions: what a server without views of our own can read.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    selects: Mutex<BTreeMap<String, String>>,
}

impl Bindings {
    /// Makes `name` stand for `select`.
    pub(super) fn bind(&self, name: &str, select: &str) {
        self.locked(|selects| selects.insert(name.to_owned(), select.to_owned()));
    }

    /// Forgets the name: it is a table now.
    pub(super) fn unbind(&self, name: &str) {
        self.locked(|selects| selects.remove(name));
    }

    /// The query with the names that it reads before it, and before those the names that they read. No name reads
    /// itself, by way of others neither.
    pub(super) fn resolve(&self, sql: &str) -> String {
        let selects = self.locked(|selects| selects.clone());
        let mut needed: Vec<&String> = Vec::new();
        let mut open: Vec<&String> = selects.keys().filter(|name| reads(sql, name)).collect();
        while let Some(name) = open.pop() {
            // What is needed by something that is in already has to stand before it: move it to the front.
            needed.retain(|known| *known != name);
            needed.insert(0, name);
            let text = selects.get(name).map_or("", String::as_str);
            open.extend(selects.keys().filter(|other| *other != name && reads(text, other)));
        }
        if needed.is_empty() {
            return sql.to_owned();
        }
        let bound: Vec<String> = needed
            .iter()
            .filter_map(|name| selects.get(*name).map(|select| format!("{name} as (\n{select}\n)")))
            .collect();
        let bound = bound.join(",\n");
        match sql.strip_prefix(WITH) {
            Some(rest) => format!("{WITH}{bound},\n{rest}"),
            None => format!("{WITH}{bound}\n{sql}"),
        }
    }

    fn locked<T>(&self, change: impl FnOnce(&mut BTreeMap<String, String>) -> T) -> T {
        change(&mut self.selects.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether a text reads from a name: it stands there as a whole word.
fn reads(sql: &str, name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    sql.match_indices(name).any(|(start, _)| {
        let before = start.checked_sub(1).and_then(|index| sql.as_bytes().get(index));
        let after = sql.as_bytes().get(start + name.len());
        !before.is_some_and(|byte| word(*byte)) && !after.is_some_and(|byte| word(*byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_before_who_reads_them() {
        let bindings = Bindings::default();
        bindings.bind("events", "select * from raw_events");
        bindings.bind("assignments", "select unit from exposures");
        bindings.bind("exposures", "select * from seen");
        let sql = bindings.resolve("with exposed as (select unit from assignments)\nselect 1 from exposed");
        let place = |text: &str| sql.find(text).unwrap_or(usize::MAX);
        assert!(sql.starts_with("with exposures as ("), "{sql}");
        assert!(place("assignments as (") < place("exposed as ("), "{sql}");
        assert!(!sql.contains("raw_events"), "what is not read is not there: {sql}");
    }

    #[test]
    fn a_query_without_names_is_left_alone() {
        let bindings = Bindings::default();
        bindings.bind("events", "select * from raw_events");
        assert_eq!(bindings.resolve("select 1 from other_events"), "select 1 from other_events");
        assert_eq!(
            bindings.resolve("select max(e.ts) from events e"),
            "with events as (\nselect * from raw_events\n)\nselect max(e.ts) from events e"
        );
    }

    #[test]
    fn a_table_takes_the_name_back() {
        let bindings = Bindings::default();
        bindings.bind("events", "select 1");
        bindings.unbind("events");
        assert_eq!(bindings.resolve("select 1 from events"), "select 1 from events");
    }
}
