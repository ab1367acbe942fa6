//! What an engine was asked and answered, as text that loses no digit.

use datafusion::arrow::{
    array::{
        Array as _, ArrayRef, AsArray as _, Decimal128Array, Int64Array, RecordBatch, StringArray,
        TimestampMicrosecondArray,
    },
    compute::{cast, concat_batches},
    datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema, TimeUnit, TimestampMicrosecondType},
    error::ArrowError,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, sync::Arc};

/// One question to the engine and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The question: the portable SQL, which any engine answers alike.
    pub sql: String,
    /// The answer, column by column.
    pub columns: Columns,
}

/// The columns of an answer, all of the same length.
pub type Columns = Vec<Column>;

/// One column of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub holds: Holds,
    /// The values, row by row; null where there is none.
    pub values: Vec<Option<String>>,
}

/// What the values of a column are, and how they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Any text, as it is.
    Text,
    /// Whole numbers of at most 64 bits.
    Integer,
    /// Numbers with exactly so many decimal places and at most 38 digits.
    Decimal(u8),
    /// Moments in microseconds, RFC 3339 in UTC.
    Moment,
}

/// The most decimal places that 38 digits have.
const MOST_PLACES: u8 = 38;
/// Digits of an exact sum.
const DIGITS: u32 = 38;

/// The columns of what an engine answered.
///
/// # Errors
/// Where a column holds floating-point numbers, or something else that is no exact answer.
pub(super) fn columns(batches: &[RecordBatch]) -> Result<Columns, ArrowError> {
    let Some(first) = batches.first() else { return Ok(Columns::new()) };
    let rows = concat_batches(&first.schema(), batches)?;
    let fields = rows.schema();
    let pairs = fields.fields().iter().zip(rows.columns());
    pairs.map(|(field, column)| Column::of(field.name(), column)).collect()
}

/// The batch that an engine would have answered; none where there are no columns.
///
/// # Errors
/// Where a value is not written as its column's kind is.
pub(super) fn batch(columns: &[Column]) -> Result<Option<RecordBatch>, ArrowError> {
    if columns.is_empty() {
        return Ok(None);
    }
    let arrays = columns.iter().map(Column::array).collect::<Result<Vec<_>, _>>()?;
    let fields = columns.iter().zip(&arrays);
    let fields: Vec<Field> =
        fields.map(|(column, array)| Field::new(&column.name, array.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map(Some)
}

impl Column {
    fn of(name: &str, column: &ArrayRef) -> Result<Self, ArrowError> {
        let holds = Holds::of(column.data_type()).ok_or_else(|| {
            ArrowError::SchemaError(format!(
                "{name} is of type {}, which is no exact answer",
                column.data_type()
            ))
        })?;
        let wanted = cast(column, &holds.data_type())?;
        let values = match holds {
            Holds::Text => wanted.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect(),
            Holds::Integer => texts(wanted.as_primitive::<Int64Type>().iter()),
            Holds::Decimal(places) => {
                let numbers = wanted.as_primitive::<Decimal128Type>().iter();
                numbers.map(|number| number.map(|number| decimal_text(number, places))).collect()
            }
            Holds::Moment => {
                let moments = wanted.as_primitive::<TimestampMicrosecondType>().iter();
                texts(moments.map(|moment| moment.and_then(|us| Timestamp::from_microsecond(us).ok())))
            }
        };
        Ok(Self { name: name.to_owned(), holds, values })
    }

    fn array(&self) -> Result<ArrayRef, ArrowError> {
        let Self { holds, values, .. } = self;
        Ok(match holds {
            Holds::Text => Arc::new(StringArray::from_iter(values)),
            Holds::Integer => Arc::new(Int64Array::from(self.read(|text| text.parse().ok())?)),
            Holds::Decimal(places) => {
                let numbers = self.read(|text| decimal_of(text, *places))?;
                let places = places.cast_signed();
                Arc::new(Decimal128Array::from(numbers).with_precision_and_scale(38, places)?)
            }
            Holds::Moment => {
                let moment = |text: &str| text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond);
                Arc::new(TimestampMicrosecondArray::from(self.read(moment)?).with_timezone("UTC"))
            }
        })
    }

    fn read<T>(&self, value: impl Fn(&str) -> Option<T>) -> Result<Vec<Option<T>>, ArrowError> {
        let read = |text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => value(text).map(Some).ok_or_else(|| {
                ArrowError::ParseError(format!(
                    "the column {} holds {text:?}, which is no {}",
                    self.name, self.holds
                ))
            }),
        };
        self.values.iter().map(read).collect()
    }
}

impl Holds {
    fn of(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Boolean
            | DataType::Null
            | DataType::Date32 => Self::Text,
            DataType::Dictionary(_, values) => return Self::of(values),
            DataType::Decimal32(_, places)
            | DataType::Decimal64(_, places)
            | DataType::Decimal128(_, places)
            | DataType::Decimal256(_, places) => Self::Decimal(u8::try_from(*places).ok()?),
            DataType::Timestamp(..) => Self::Moment,
            other if other.is_integer() => Self::Integer,
            _ => return None,
        })
    }

    fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Integer => DataType::Int64,
            Self::Decimal(places) => DataType::Decimal128(38, places.cast_signed()),
            Self::Moment => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }
}

impl fmt::Display for Holds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => formatter.write_str("text"),
            Self::Integer => formatter.write_str("integer"),
            Self::Decimal(places) => write!(formatter, "decimal({places})"),
            Self::Moment => formatter.write_str("moment"),
        }
    }
}

impl FromStr for Holds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("{text:?} is none of text, integer, decimal(0) to decimal(38) and moment");
        match text {
            "text" => Ok(Self::Text),
            "integer" => Ok(Self::Integer),
            "moment" => Ok(Self::Moment),
            _ => {
                let places = text.strip_prefix("decimal(").and_then(|rest| rest.strip_suffix(')'));
                let places = places.and_then(|places| places.parse().ok());
                places.filter(|places| *places <= MOST_PLACES).map(Self::Decimal).ok_or_else(unknown)
            }
        }
    }
}

impl Serialize for Holds {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Holds {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

fn texts<T: ToString>(values: impl Iterator<Item = Option<T>>) -> Vec<Option<String>> {
    values.map(|value| value.map(|value| value.to_string())).collect()
}

/// A number of so many places, such as `-12.500000`.
fn decimal_text(number: i128, places: u8) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = usize::from(places) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(places));
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// The number that [`decimal_text`] writes like this; none for any other text.
fn decimal_of(text: &str, places: u8) -> Option<i128> {
    let number: i128 = text.chars().filter(|letter| *letter != '.').collect::<String>().parse().ok()?;
    let fits = number.unsigned_abs() < 10_u128.pow(DIGITS);
    (fits && decimal_text(number, places) == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{Float64Array, UInt64Array};
    use proptest::prelude::*;

    fn round(arrays: Vec<(&str, ArrayRef)>) -> Result<Columns, ArrowError> {
        let answered = columns(&[RecordBatch::try_from_iter_with_nullable(
            arrays.into_iter().map(|(name, array)| (name, array, true)),
        )?])?;
        assert_eq!(columns(&[batch(&answered)?.unwrap()])?, answered);
        Ok(answered)
    }

    #[test]
    fn answers_come_back_as_they_were() {
        let decimals = Decimal128Array::from(vec![Some(-12_500_000), None, Some(1)]);
        let moments = TimestampMicrosecondArray::from(vec![Some(1_767_571_200_000_001), None, Some(0)]);
        let answered = round(vec![
            ("variant_key", Arc::new(StringArray::from(vec![Some("a"), None, Some("")]))),
            ("units", Arc::new(UInt64Array::from(vec![Some(7), None, Some(0)]))),
            ("sum", Arc::new(decimals.with_precision_and_scale(38, 6).unwrap())),
            ("latest", Arc::new(moments.with_timezone("UTC"))),
        ]);
        let answered = answered.unwrap();
        let values = |index: usize| answered[index].values.iter().map(Option::as_deref).collect::<Vec<_>>();
        assert_eq!(values(0), [Some("a"), None, Some("")]);
        assert_eq!(values(1), [Some("7"), None, Some("0")]);
        assert_eq!(values(2), [Some("-12.500000"), None, Some("0.000001")]);
        assert_eq!(values(3)[0], Some("2026-01-05T00:00:00.000001Z"));
        assert_eq!(answered[2].holds.to_string(), "decimal(6)");
    }

    #[test]
    fn a_float_is_no_exact_answer() {
        assert!(round(vec![("mean", Arc::new(Float64Array::from(vec![0.1])))]).is_err());
    }

    #[test]
    fn what_is_written_otherwise_is_refused() {
        for text in [
            "1",
            "1.0",
            "01.000000",
            "+1.000000",
            "-0.000000",
            ".000000",
            "1e3",
            "",
            "1.000000.",
            "1_0.000000",
        ] {
            assert_eq!(decimal_of(text, 6), None, "{text}");
        }
        let long = "9".repeat(39);
        assert_eq!(decimal_of(&long, 0), None);
        for text in ["decimal(39)", "decimal(-1)", "decimal", "float", ""] {
            assert!(text.parse::<Holds>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn decimals_read_back(number in -(10_i128.pow(38) - 1)..10_i128.pow(38), places in 0_u8..=38) {
            prop_assert_eq!(decimal_of(&decimal_text(number, places), places), Some(number));
        }
    }
}
