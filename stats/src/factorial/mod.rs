//! Factorial: several factors in one experiment, their main effects and interactions.
