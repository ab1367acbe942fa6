//! Resample: seeded bootstrap and permutation.
