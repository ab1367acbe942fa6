//! What somebody who misspelt a name probably meant.

/// The candidate that is so near to the name that a slip of the fingers explains it.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (name.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| {
            (strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase()), candidate)
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Help for a name that is none of the candidates: the one that was meant, or all there are.
pub fn advice<'a>(name: &str, what: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let candidates: Vec<_> = candidates.into_iter().collect();
    match nearest(name, candidates.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if candidates.is_empty() => format!("there is no {what} yet"),
        None => format!("{what}: {}", list(candidates)),
    }
}

/// `a`, `b` and `c`, shortened where there are very many.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 20;
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => "none".into(),
        Some((only, [])) => only.clone(),
        Some(_) if names.len() > MOST => {
            format!("{} and {} more", names[..MOST].join(", "), names.len() - MOST)
        }
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let fields = ["weight", "ratio", "control"];
        assert_eq!(nearest("wieght", fields), Some("weight"));
        assert_eq!(nearest("Control", fields), Some("control"));
        assert_eq!(nearest("traffic", fields), None);
    }

    #[test]
    fn advice_names_one_or_all() {
        assert_eq!(advice("ratoi", "fields", ["ratio", "weight"]), "did you mean `ratio`?");
        assert_eq!(advice("xyz", "metrics", ["ratio", "weight"]), "metrics: `ratio` and `weight`");
        assert_eq!(advice("xyz", "metric", []), "there is no metric yet");
    }
}
