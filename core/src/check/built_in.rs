//! What a smaller build leaves out, refused by name.

use crate::{
    Missing, RulesetError,
    condition::code,
    format::Section,
    sections::{CONDITIONS, EXPERIMENTS, Sections, u8_at},
};

/// Refuses a ruleset with anything that this build does not read.
#[cold]
pub(super) fn check(sections: Sections<'_>) -> Result<(), RulesetError> {
    for index in 0..sections.count(Section::Experiments) {
        let record = sections.record(EXPERIMENTS, index);
        let (strategy, sticky) = (u8_at(record, 71), u8_at(record, 73));
        without_extensions(strategy == 0, Missing::Strategies)?;
        without_extensions(sticky == 0, Missing::Sticky)?;
    }
    without_extensions(sections.count(Section::Extensions) == 0, Missing::Extensions)?;
    if cfg!(feature = "operators") {
        return Ok(());
    }
    for index in 0..sections.count(Section::Conditions) {
        let missing = match u8_at(sections.record(CONDITIONS, index), 0) {
            code::MATCHES => Missing::Patterns,
            code::SEMVER => Missing::Versions,
            code::TIMESTAMP => Missing::Timestamps,
            code::NETWORK => Missing::Networks,
            code::HOLDS => Missing::Lists,
            _ => continue,
        };
        return Err(RulesetError::NotBuiltIn { missing });
    }
    Ok(())
}

fn without_extensions(holds: bool, missing: Missing) -> Result<(), RulesetError> {
    if cfg!(feature = "extensions") || holds { Ok(()) } else { Err(RulesetError::NotBuiltIn { missing }) }
}
