//! Sharpen: the same answer from fewer units.
