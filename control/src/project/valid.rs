//! What single values may be. A message says what is wrong and, after a semicolon, the way out.

use super::wire::VariantFile;

/// Letters, digits and `_ - . :`, so that an id needs no quoting anywhere: file names, URLs, shells, lock.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "garde fixes the signature")]
pub(super) fn identifier(id: &str, (): &()) -> garde::Result {
    const LONGEST: usize = 128;
    let fits =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.' | ':');
    match id.chars().find(|character| !fits(*character)) {
        _ if id.is_empty() => refuse("is empty; write a name of letters, digits and `_`, `-`, `.`, `:`"),
        _ if id.len() > LONGEST => refuse(format!("is too long; write at most {LONGEST} characters")),
        Some(character) => {
            refuse(format!("contains {character:?}; letters, digits and `_`, `-`, `.`, `:` are allowed"))
        }
        None => Ok(()),
    }
}

/// The kind in front keeps the salts of experiments and flags apart.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "garde fixes the signature")]
pub(super) fn is_salt(salt: &str, (): &()) -> garde::Result {
    const LONGEST: usize = 256;
    match salt.strip_prefix("experiment:") {
        Some(rest) if !rest.is_empty() && salt.len() <= LONGEST => Ok(()),
        Some(_) => refuse(format!(
            "is too short or too long; write something after `experiment:`, {LONGEST} bytes in all"
        )),
        None => refuse(format!("does not begin with `experiment:`; write `experiment:{salt}`")),
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "garde fixes the signature")]
pub(super) fn is_seed(seed: &str, (): &()) -> garde::Result {
    let hexadecimal = |digit: char| digit.is_ascii_digit() || ('a'..='f').contains(&digit);
    if seed.len() == 16 && seed.chars().all(hexadecimal) {
        Ok(())
    } else {
        refuse(
            "is not 16 lower-case hexadecimal digits; `openssl rand -hex 8` makes some, and quotes keep them text",
        )
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "garde fixes the signature")]
pub(super) fn error_rate(alpha: &f64, (): &()) -> garde::Result {
    if *alpha > 0.0 && *alpha < 1.0 {
        Ok(())
    } else {
        refuse("is not between 0 and 1; write a rate such as `0.05`")
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "garde fixes the signature")]
pub(super) fn counted_from_one(number: &u32, (): &()) -> garde::Result {
    match number {
        0 => refuse("is 0; runs are counted from 1"),
        _ => Ok(()),
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "garde fixes the signature")]
pub(super) fn event_name(name: &str, (): &()) -> garde::Result {
    const LONGEST: usize = 256;
    match name.len() {
        1..=LONGEST => Ok(()),
        _ => refuse(format!(
            "has {} bytes; write a name of 1 to {LONGEST} bytes, as the events have it",
            name.len()
        )),
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "garde fixes the signature")]
pub(super) fn not_empty(units: &[String], (): &()) -> garde::Result {
    match units {
        [] => refuse("is empty; name at least one unit type, such as `user`"),
        _ => Ok(()),
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "garde fixes the signature")]
pub(super) fn comparable(variants: &[VariantFile], (): &()) -> garde::Result {
    match variants {
        [] | [_] => refuse(
            "has fewer than two members; write the control and at least one variant to compare with it",
        ),
        _ => Ok(()),
    }
}

/// Like [`comparable`], for variants that factors may stand in for.
#[allow(clippy::trivially_copy_pass_by_ref, clippy::ref_option, reason = "garde fixes the signature")]
pub(super) fn comparable_if_given(variants: &Option<Vec<VariantFile>>, (): &()) -> garde::Result {
    variants.as_ref().map_or(Ok(()), |variants| comparable(variants, &()))
}

fn refuse(message: impl AsRef<str>) -> garde::Result {
    Err(garde::Error::new(message.as_ref()))
}
