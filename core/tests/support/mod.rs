//! What the tests of this crate share: contexts from JSON, as a host makes them.

#![allow(dead_code, reason = "each test uses a part of it")]

pub(crate) mod context;
