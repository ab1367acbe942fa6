//! What a smaller build leaves out, refused by name.

use crate::{
    Missing,
    condition::code,
    format::Section,
    sections::{CONDITIONS, EXPERIMENTS, Sections, u8_at},
};

/// Refuses a ruleset with anything that this build does not read.
#[cold]
pub(super) fn check(sections: Sections<'_>) -> Result<(), Missing> {
    for record in sections.all(EXPERIMENTS) {
        without_extensions(u8_at(record, 71) == 0, Missing::Strategies)?;
        without_extensions(u8_at(record, 73) == 0, Missing::Sticky)?;
    }
    without_extensions(sections.count(Section::Extensions) == 0, Missing::Extensions)?;
    if cfg!(feature = "operators") {
        return Ok(());
    }
    for record in sections.all(CONDITIONS) {
        let missing = match u8_at(record, 0) {
            code::MATCHES => Missing::Patterns,
            code::SEMVER => Missing::Versions,
            code::TIMESTAMP => Missing::Timestamps,
            code::NETWORK => Missing::Networks,
            code::HOLDS => Missing::Lists,
            _ => continue,
        };
        return Err(missing);
    }
    Ok(())
}

fn without_extensions(holds: bool, missing: Missing) -> Result<(), Missing> {
    if cfg!(feature = "extensions") || holds { Ok(()) } else { Err(missing) }
}
