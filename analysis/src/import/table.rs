//! The columns that imported rows are read into.

use crate::{
    decimal::Decimal,
    property::{PropertyColumn, PropertyKind},
};
use datafusion::arrow::{
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    error::ArrowError,
};
use std::{collections::BTreeSet, sync::Arc};

/// A column of the table of events, or of that of exposures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// The event's id; where there is none, its place, so that every row is an event of its own.
    Id,
    Type,
    Ts,
    ReceivedAt,
    Name,
    Unit,
    Value,
    /// The property at an index, as a number or as the text that spells it.
    Property(usize, PropertyKind),
    /// Of exposures: the variant.
    Variant,
    /// Of exposures: a number that no other row of the files has.
    Place,
}

/// The layout of the table of events: the columns of [`log::schema`](crate::log::schema) that the SQL asks for, and two
/// for each property.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) unit: String,
    /// The properties that have columns, in their order.
    pub(super) properties: BTreeSet<String>,
}

impl Table {
    pub(super) fn schema(&self) -> SchemaRef {
        let fields = self.columns().into_iter().map(|(name, column)| {
            let is_nullable = !matches!(column, Column::Id | Column::Type | Column::Ts | Column::ReceivedAt);
            Field::new(name, column.data_type(DataType::Utf8), is_nullable)
        });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// The columns of these names.
    pub(super) fn named(&self, names: &[&str]) -> Result<Vec<Column>, ArrowError> {
        let columns = self.columns();
        let find = |name: &&str| {
            let column = columns.iter().find(|(known, _)| known == name).map(|(_, column)| column.clone());
            column.ok_or_else(|| ArrowError::SchemaError(format!("imported events have no column `{name}`")))
        };
        names.iter().map(find).collect()
    }

    fn columns(&self) -> Vec<(String, Column)> {
        let mut columns = vec![
            ("id".to_owned(), Column::Id),
            ("type".to_owned(), Column::Type),
            ("ts".to_owned(), Column::Ts),
            // Nobody told when these events arrived: they are in since they happened.
            ("received_at".to_owned(), Column::ReceivedAt),
            ("name".to_owned(), Column::Name),
            (format!("unit_{}", self.unit), Column::Unit),
            ("value".to_owned(), Column::Value),
        ];
        for kind in [PropertyKind::Number, PropertyKind::Text] {
            let of_kind = self.properties.iter().enumerate().map(|(index, property)| {
                let name = PropertyColumn { property: property.clone(), kind }.name();
                (name, Column::Property(index, kind))
            });
            columns.extend(of_kind);
        }
        columns
    }
}

impl Column {
    /// The column's type, where texts are of this one.
    pub(super) fn data_type(&self, text: DataType) -> DataType {
        match self {
            Self::Ts | Self::ReceivedAt => moment_type(),
            Self::Value | Self::Property(_, PropertyKind::Number) => value_type(),
            Self::Place => DataType::UInt64,
            Self::Id
            | Self::Type
            | Self::Name
            | Self::Unit
            | Self::Variant
            | Self::Property(_, PropertyKind::Text) => text,
        }
    }
}

pub(super) fn moment_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

pub(super) fn value_type() -> DataType {
    DataType::Decimal128(Decimal::PRECISION, Decimal::SCALE.cast_signed())
}
