//! Plan: how many units, for how long, to see which effect?
