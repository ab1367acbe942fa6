//! What stands in which column.

use crate::rows::ImportError;
use std::{path::Path, str::FromStr};

/// Field of an event to the column of a file, such as `ts=time,units.user=user_id,name=event,value=amount`.
///
/// Fields are `id`, `type`, `ts`, `units.<type>`, `name`, `value`, `properties.<name>`, `experiment` and `variant`.
///
/// ```
/// use edgewise_analysis::import::Mapping;
///
/// assert!("ts=time,units.user=user_id,variant=arm".parse::<Mapping>().is_ok());
/// let error = "ts=time,user=user_id".parse::<Mapping>().unwrap_err();
/// assert!(error.to_string().contains("`user` is no field of an event"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    columns: Vec<(Field, String)>,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Id,
    Type,
    Ts,
    Unit(String),
    Name,
    Value,
    Property(String),
    Experiment,
    Variant,
}

impl Mapping {
    /// The columns, in the order in which [`position`](Self::position) counts them.
    pub(super) fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(|(_, column)| column.as_str()).collect()
    }

    /// The fields with their columns.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&Field, &str)> {
        self.columns.iter().map(|(field, column)| (field, column.as_str()))
    }

    /// Where the field is among the columns, and what its column is called.
    pub(crate) fn position(&self, field: &Field) -> Option<(usize, &str)> {
        let position = self.columns.iter().position(|(mapped, _)| mapped == field)?;
        self.columns.get(position).map(|(_, column)| (position, column.as_str()))
    }

    /// The properties that have a column.
    pub fn properties(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter_map(|(field, _)| match field {
            Field::Property(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Checks that the mapping has what every event needs; answers the unit type.
    pub(crate) fn check<'u>(&self, file: &Path, unit: &'u str) -> Result<&'u str, ImportError> {
        let needs = |field: &str| {
            ImportError::BadMapping(format!("{}: add `{field}=<column>` to --columns", file.display()))
        };
        if self.position(&Field::Ts).is_none() {
            return Err(needs("ts"));
        }
        if self.position(&Field::Unit(unit.to_owned())).is_none() {
            return Err(needs(&format!("units.{unit}")));
        }
        if self.position(&Field::Name).is_none() && self.position(&Field::Variant).is_none() {
            return Err(needs("name"));
        }
        Ok(unit)
    }
}

impl FromStr for Mapping {
    type Err = ImportError;

    fn from_str(text: &str) -> Result<Self, ImportError> {
        let mut columns: Vec<(Field, String)> = Vec::new();
        for pair in text.split(',') {
            let Some((field, column)) =
                pair.split_once('=').map(|(field, column)| (field.trim(), column.trim()))
            else {
                return Err(ImportError::BadMapping(format!("`{pair}` is not of the form field=column")));
            };
            let parsed = Field::parse(field).ok_or_else(|| {
                ImportError::BadMapping(format!(
                    "`{field}` is no field of an event; there are id, type, ts, units.<type>, name, value, properties.<name>, experiment, variant"
                ))
            })?;
            if columns.iter().any(|(known, _)| *known == parsed) {
                return Err(ImportError::BadMapping(format!("`{field}` is mapped twice")));
            }
            columns.push((parsed, column.to_owned()));
        }
        Ok(Self { columns })
    }
}

impl Field {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "id" => Self::Id,
            "type" => Self::Type,
            "ts" => Self::Ts,
            "name" => Self::Name,
            "value" => Self::Value,
            "experiment" => Self::Experiment,
            "variant" => Self::Variant,
            _ => match text.split_once('.')? {
                ("units", unit) if !unit.is_empty() => Self::Unit(unit.to_owned()),
                ("properties", name) if !name.is_empty() => Self::Property(name.to_owned()),
                _ => return None,
            },
        })
    }
}
