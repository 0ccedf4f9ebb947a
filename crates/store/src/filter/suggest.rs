//! What a name that does not exist was probably meant to be.

use crate::columns::Field;

/// Names that other programs use, and ours.
const OTHER_NAMES: [(&str, &str); 14] = [
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
];

/// The field that was probably meant.
pub(super) fn field_like(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    if let Some((_, ours)) = OTHER_NAMES.iter().find(|(other, _)| *other == name) {
        return Some(ours);
    }
    let nearest = Field::ALL.into_iter().map(|field| (distance(&name, field.name()), field.name())).min()?;
    // A third of the letters may be wrong: `yaer` is `year`, and `x` is nothing.
    (nearest.0 * 3 <= nearest.1.len().max(4) + 2).then_some(nearest.1)
}

/// How many letters have to be put in, taken out, replaced, or swapped with the next.
fn distance(one: &str, other: &str) -> usize {
    // No name of ours is near to one that long.
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().take(32).collect(), other.chars().collect());
    let mut rows = [const { Vec::new() }; 3];
    rows[1] = (0..=other.len()).collect::<Vec<usize>>();
    for i in 1..=one.len() {
        rows[2] = vec![i];
        for j in 1..=other.len() {
            let differ = usize::from(one[i - 1] != other[j - 1]);
            let mut least = (rows[1][j] + 1).min(rows[2][j - 1] + 1).min(rows[1][j - 1] + differ);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                least = least.min(rows[0][j - 2] + 1);
            }
            rows[2].push(least);
        }
        rows.rotate_left(1);
    }
    rows[1].last().copied().unwrap_or(0)
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
        ] {
            assert_eq!(field_like(typed), Some(meant), "{typed}");
        }
    }

    #[test]
    fn a_name_like_none_of_ours_gets_no_suggestion() {
        for typed in ["x", "title", "abstract", "score", "", "something long that is no field at all"] {
            assert_eq!(field_like(typed), None, "{typed}");
        }
    }

    #[test]
    fn distance_counts_a_swap_once() {
        for (one, other, expected) in [("yaer", "year", 1), ("", "org", 3), ("org", "org", 0), ("ogr", "date", 4)] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }
}
