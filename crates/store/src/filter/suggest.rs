//! Suggests a field for an unknown name.

use strsim::osa_distance;

use crate::columns::Field;

/// Names that other programs use, each with the field of the same meaning.
const OTHER_NAMES: [(&str, &str); 17] = [
    ("keyword", "category"),
    ("keywords", "category"),
    ("categories", "category"),
    ("subject", "category"),
    ("tag", "category"),
    ("tags", "category"),
    ("organization", "org"),
    ("organisation", "org"),
    ("affiliation", "org"),
    ("conference", "venue"),
    ("journal", "venue"),
    ("published", "date"),
    ("file", "source"),
    ("authors_count", "authors"),
    ("summary", "abstract"),
    ("text", "abstract"),
    ("name", "title"),
];

/// The field that was probably meant, if a field has a similar name.
pub(super) fn field_like(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    if let Some((_, ours)) = OTHER_NAMES.iter().find(|(other, _)| *other == name) {
        return Some(ours);
    }
    // Longer than the name of any field.
    let name: String = name.chars().take(32).collect();
    let nearest = Field::ALL.into_iter().map(|field| (osa_distance(&name, field.name()), field.name())).min()?;
    // A third of the letters may be wrong: `yaer` suggests `year`, `x` suggests nothing.
    // Nothing is left of a name of two letters if both are wrong.
    (nearest.0 * 3 <= nearest.1.len().max(4) + 2 && nearest.0 < nearest.1.len()).then_some(nearest.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_forgiven() {
        for (typed, meant) in [
            ("yaer", "year"),
            ("yera", "year"),
            ("Venu", "venue"),
            ("catgory", "category"),
            ("autor", "author"),
            ("keywords", "category"),
            ("dat", "date"),
            ("titel", "title"),
            ("abstrct", "abstract"),
            ("DIO", "doi"),
            ("summary", "abstract"),
        ] {
            assert_eq!(field_like(typed), Some(meant), "{typed}");
        }
    }

    #[test]
    fn a_name_like_none_of_ours_gets_no_suggestion() {
        for typed in ["x", "citations", "score", "", "something long that is no field at all"] {
            assert_eq!(field_like(typed), None, "{typed}");
        }
    }
}
