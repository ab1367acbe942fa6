//! Adapt: which variant should the next unit get?
