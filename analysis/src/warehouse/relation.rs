//! A table or view of a warehouse, by its name.

use crate::sql::identifier;
use std::{fmt, str::FromStr};

/// A table or view, such as `exposures` or `shop.exposures`.
///
/// ```
/// use edgewise_analysis::warehouse::Relation;
///
/// let relation: Relation = "shop.Events 2026".parse()?;
/// assert_eq!(relation.to_string(), r#""shop"."Events 2026""#);
/// assert!("shop.".parse::<Relation>().is_err());
/// # Ok::<(), edgewise_analysis::warehouse::RelationError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    parts: Vec<String>,
}

/// A text names no table or view.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no table: write table, schema.table or catalog.schema.table, without quotes, backslashes and control characters"
)]
pub struct RelationError(String);

/// Catalog, schema and table.
const MOST_PARTS: usize = 3;

impl FromStr for Relation {
    type Err = RelationError;

    fn from_str(text: &str) -> Result<Self, RelationError> {
        let parts: Vec<String> = text.split('.').map(|part| part.trim().to_owned()).collect();
        let is_one = parts.len() <= MOST_PARTS && parts.iter().all(|part| identifier(part).is_ok());
        if is_one { Ok(Self { parts }) } else { Err(RelationError(text.to_owned())) }
    }
}

/// As SQL reads it.
impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            match identifier(part) {
                Ok(part) => f.write_str(&part.quoted())?,
                Err(_) => return Err(fmt::Error),
            }
        }
        Ok(())
    }
}
