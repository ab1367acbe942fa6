//! A digest of results: of the bits of every number in them.

use std::fmt;

use serde::{
    Serialize,
    ser::{
        self, Impossible, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant, Serializer,
    },
};

/// FNV-1a of 64 bits. Source: Fowler, Noll, Vo & Eastlake, "The FNV Non-Cryptographic Hash Algorithm",
/// draft-eastlake-fnv-17, sections 2 and 5.
///
/// Takes in the bits of every number, flags, codes and what is absent, in the order of serialisation; neither the names of
/// fields and variants nor texts for people, so that rewording changes no digest.
#[derive(Clone, Copy)]
pub(crate) struct Digest(u64);

const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// Fields with texts for people.
const TEXTS: [&str; 2] = ["because", "message"];

impl Digest {
    pub(crate) fn new() -> Self {
        Self(OFFSET_BASIS)
    }

    pub(crate) fn get(self) -> u64 {
        self.0
    }

    /// Takes in a result.
    pub(crate) fn fold(&mut self, result: &(impl Serialize + ?Sized)) -> Result<(), Unserialisable> {
        result.serialize(self)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }

    fn word(&mut self, word: u64) {
        self.bytes(&word.to_le_bytes());
    }
}

/// A result that refuses to be serialised.
#[derive(Debug)]
pub(crate) struct Unserialisable(String);

impl fmt::Display for Unserialisable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Unserialisable {}

impl ser::Error for Unserialisable {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Takes in `$kind` as a 64-bit word.
macro_rules! word {
    ($($method:ident: $kind:ty),*) => {
        $(fn $method(self, value: $kind) -> Result<(), Unserialisable> {
            self.word(value.into());
            Ok(())
        })*
    };
}

impl Serializer for &mut Digest {
    type Ok = ();
    type Error = Unserialisable;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Impossible<(), Unserialisable>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    word!(serialize_bool: bool, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_char: char);

    fn serialize_i8(self, value: i8) -> Result<(), Unserialisable> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Unserialisable> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Unserialisable> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Unserialisable> {
        self.word(value.cast_unsigned());
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Unserialisable> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Unserialisable> {
        // Which of the many NaNs it is, neither WebAssembly nor Rust promises.
        self.word(if value.is_nan() { f64::NAN } else { value }.to_bits());
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Unserialisable> {
        self.serialize_bytes(value.as_bytes())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Unserialisable> {
        self.word(value.len() as u64);
        self.bytes(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Unserialisable> {
        self.bytes(b"-");
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unserialisable> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unserialisable> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unserialisable> {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, at: u32, _: &'static str) -> Result<(), Unserialisable> {
        self.serialize_u32(at)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unserialisable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        at: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unserialisable> {
        self.word(at.into());
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Unserialisable> {
        self.bytes(b"[");
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Unserialisable> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Unserialisable> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        at: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Unserialisable> {
        self.word(at.into());
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Unserialisable> {
        Err(ser::Error::custom("a map may have another order on another run"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Unserialisable> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        at: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Unserialisable> {
        self.word(at.into());
        Ok(self)
    }
}

/// Takes in what has parts, part by part.
macro_rules! parts {
    ($($kind:ident: $method:ident),*) => {
        $(impl $kind for &mut Digest {
            type Ok = ();
            type Error = Unserialisable;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unserialisable> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Unserialisable> {
                self.bytes(b"]");
                Ok(())
            }
        })*
    };
}

/// Takes in what has named parts.
macro_rules! named {
    ($($kind:ident),*) => {
        $(impl $kind for &mut Digest {
            type Ok = ();
            type Error = Unserialisable;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unserialisable> {
                if TEXTS.contains(&name) { Ok(()) } else { value.serialize(&mut **self) }
            }

            fn end(self) -> Result<(), Unserialisable> {
                Ok(())
            }
        })*
    };
}

parts!(SerializeSeq: serialize_element, SerializeTuple: serialize_element, SerializeTupleStruct: serialize_field, SerializeTupleVariant: serialize_field);
named!(SerializeStruct, SerializeStructVariant);
