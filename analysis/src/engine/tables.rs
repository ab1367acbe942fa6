//! The tables of an engine that works in this process.

use super::datafusion::Limits;
use crate::scan::Table;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Tables by their names, as they were registered: to be read by the engine, or by this process without it.
pub struct Tables {
    limits: Limits,
    by_name: Mutex<BTreeMap<String, Held>>,
}

struct Held {
    table: Arc<dyn Table>,
    /// Whether the engine knows it.
    is_made: bool,
}

impl Tables {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, by_name: Mutex::default() }
    }

    /// How much of the machine may be taken to read them.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The table of this name.
    pub fn get(&self, name: &str) -> Option<Arc<dyn Table>> {
        self.locked(|tables| tables.get(name).map(|held| Arc::clone(&held.table)))
    }

    pub(super) fn hold(&self, name: &str, table: Arc<dyn Table>) {
        self.locked(|tables| tables.insert(name.to_owned(), Held { table, is_made: false }));
    }

    /// Forgets the name: it stands for something else.
    pub(super) fn forget(&self, name: &str) {
        self.locked(|tables| tables.remove(name));
    }

    /// The tables that a query may read and the engine does not know yet. A name in a text or in a longer name makes one
    /// too many, which does no harm.
    pub(super) fn missing(&self, sql: &str) -> Vec<(String, Arc<dyn Table>)> {
        self.locked(|tables| {
            let missing = tables.iter().filter(|(name, held)| !held.is_made && sql.contains(name.as_str()));
            missing.map(|(name, held)| (name.clone(), Arc::clone(&held.table))).collect()
        })
    }

    /// The engine knows it now.
    pub(super) fn made(&self, name: &str, table: &Arc<dyn Table>) {
        self.locked(|tables| {
            // Another one of this name may have come in the meantime.
            if let Some(held) = tables.get_mut(name).filter(|held| Arc::ptr_eq(&held.table, table)) {
                held.is_made = true;
            }
        });
    }

    fn locked<T>(&self, use_them: impl FnOnce(&mut BTreeMap<String, Held>) -> T) -> T {
        use_them(&mut self.by_name.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
