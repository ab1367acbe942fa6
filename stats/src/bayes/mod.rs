//! Bayes: how probable is it that the treatment is better, and what is lost if it is not?
