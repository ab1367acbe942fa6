//! Decide: what follows from the results, and why?
