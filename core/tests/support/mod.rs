//! What the tests of this crate share: contexts from JSON, as a host makes them.

pub(crate) mod context;
