//! Numerical methods: deterministic, bounded in their work, the same on every platform.

pub(crate) mod logit;
pub(crate) mod quadrature;
pub(crate) mod root;
