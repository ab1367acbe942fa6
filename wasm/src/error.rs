//! Why a ruleset was refused, as words: `js/error.ts` makes the text.

use edgewise_core::RulesetError;

/// The code and its details.
pub(crate) const WORDS: usize = 4;

/// The code, from 1 in the order of `js/error.ts`, and up to three details.
pub(crate) fn words(refusal: RulesetError) -> [i32; WORDS] {
    let [code, first, second, third] = match refusal {
        RulesetError::NotARuleset => [1, 0, 0, 0],
        RulesetError::Truncated { given, needed } => [2, given, needed, 0],
        RulesetError::TrailingBytes { given, declared } => [3, given, declared, 0],
        RulesetError::TooLarge { given } => [4, given, 0, 0],
        RulesetError::Version { found } => [5, usize::from(found), 0, 0],
        RulesetError::DigestMismatch { .. } => [6, 0, 0, 0],
        RulesetError::Directory { entry } => [7, entry, 0, 0],
        // Records are looked at in the full build only.
        #[cfg(feature = "all-rules")]
        RulesetError::Record { section, index, defect } => [8, section as usize, index, defect as usize],
        RulesetError::NotBuiltIn { missing } => [9, missing as usize, 0, 0],
        _ => [10, 0, 0, 0],
    };
    [code, first, second, third].map(|detail| i32::try_from(detail).unwrap_or(i32::MAX))
}
