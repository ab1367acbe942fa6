//! A column of texts, in whichever of Arrow's types it came.

use datafusion::arrow::{
    array::{Array as _, ArrayRef, AsArray as _, LargeStringArray, StringArray, StringViewArray, make_view},
    buffer::NullBuffer,
    datatypes::DataType,
};

/// A column of texts.
pub(super) enum Texts<'a> {
    Small(&'a StringArray),
    Large(&'a LargeStringArray),
    View(&'a StringViewArray),
    Dictionary {
        keys: Vec<usize>,
        nulls: Option<NullBuffer>,
        values: Box<Texts<'a>>,
    },
    /// Nothing but nulls.
    Nothing,
}

impl<'a> Texts<'a> {
    /// The column; none of another type.
    pub(super) fn of(column: &'a ArrayRef) -> Option<Self> {
        match column.data_type() {
            DataType::Utf8 => column.as_string_opt().map(Self::Small),
            DataType::LargeUtf8 => column.as_string_opt().map(Self::Large),
            DataType::Utf8View => column.as_string_view_opt().map(Self::View),
            DataType::Null => Some(Self::Nothing),
            DataType::Dictionary(..) => {
                let dictionary = column.as_any_dictionary_opt()?;
                if dictionary.values().is_empty() {
                    return Some(Self::Nothing);
                }
                let values = Box::new(Self::of(dictionary.values())?);
                let nulls = dictionary.keys().nulls().cloned();
                Some(Self::Dictionary { keys: dictionary.normalized_keys(), nulls, values })
            }
            _ => None,
        }
    }

    /// A row's text.
    pub(super) fn get(&self, row: usize) -> Option<&str> {
        match self {
            Self::Small(texts) => (!texts.is_null(row)).then(|| texts.value(row)),
            Self::Large(texts) => (!texts.is_null(row)).then(|| texts.value(row)),
            Self::View(texts) => (!texts.is_null(row)).then(|| texts.value(row)),
            Self::Dictionary { keys, nulls, values } => {
                let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
                if is_null { None } else { values.get(keys[row]) }
            }
            Self::Nothing => None,
        }
    }

    /// What `of` makes of each row's place among the known texts; of a dictionary, of each of its texts once.
    pub(super) fn places<T: Copy>(
        &self,
        rows: usize,
        known: &[&str],
        of: impl Fn(Option<usize>) -> T,
    ) -> Vec<T> {
        let place =
            |text: Option<&str>| of(text.and_then(|text| known.iter().position(|known| *known == text)));
        match self {
            Self::Dictionary { keys, nulls, values } => {
                let absent = of(None);
                let most = keys.iter().max().map_or(0, |most| most + 1);
                let by_key: Vec<T> = (0..most).map(|key| place(values.get(key))).collect();
                let at = |(row, key): (usize, &usize)| {
                    let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
                    if is_null { absent } else { by_key[*key] }
                };
                keys.iter().enumerate().map(at).collect()
            }
            Self::View(texts) if texts.null_count() == 0 => {
                // A short text is in its view, whole: one comparison of two integers.
                let short =
                    |text: &&str| (text.len() <= MOST_IN_VIEW).then(|| make_view(text.as_bytes(), 0, 0));
                let views: Vec<Option<u128>> = known.iter().map(short).collect();
                let at = |(row, view): (usize, &u128)| match views
                    .iter()
                    .position(|known| *known == Some(*view))
                {
                    None if length(*view) > MOST_IN_VIEW => place(Some(texts.value(row))),
                    found => of(found),
                };
                texts.views().iter().enumerate().map(at).collect()
            }
            _ => (0..rows).map(|row| place(self.get(row))).collect(),
        }
    }
}

/// The bytes that a view has room for, by Arrow's columnar format.
const MOST_IN_VIEW: usize = 12;

/// The length of a view's text, by Arrow's columnar format its lowest 32 bits.
fn length(view: u128) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "the bits that are wanted")]
    let length = view as u32;
    length as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::compute::cast;
    use std::sync::Arc;

    #[test]
    fn all_types_of_text_read_alike() {
        let texts = [Some("a"), None, Some("longer than twelve bytes"), Some(""), Some("a")];
        let plain: ArrayRef = Arc::new(texts.into_iter().collect::<StringArray>());
        let dictionary = |values| DataType::Dictionary(Box::new(DataType::Int32), Box::new(values));
        for data_type in [
            DataType::Utf8,
            DataType::LargeUtf8,
            DataType::Utf8View,
            dictionary(DataType::Utf8),
            dictionary(DataType::LargeUtf8),
        ] {
            let column = cast(&plain, &data_type).unwrap();
            let column = Texts::of(&column).unwrap();
            let read: Vec<Option<&str>> = (0..texts.len()).map(|row| column.get(row)).collect();
            assert_eq!(read, texts, "{data_type}");
            let known = ["longer than twelve bytes", "", "a", "b"];
            let places = column.places(texts.len(), &known, |place| place);
            assert_eq!(places, [Some(2), None, Some(0), Some(1), Some(2)], "{data_type}");
        }
        let all: ArrayRef = Arc::new(StringViewArray::from(vec!["a", "longer than twelve bytes", "c", ""]));
        let column = Texts::of(&all).unwrap();
        let places =
            column
                .places(4, &["longer than twelve byte", "longer than twelve bytes", "", "a"], |place| place);
        assert_eq!(places, [Some(3), Some(1), None, Some(2)]);
        let numbers: ArrayRef = Arc::new(datafusion::arrow::array::Int32Array::from(vec![1]));
        assert!(Texts::of(&numbers).is_none());
    }
}
