//! Made-up papers for tests: paper N is always the same one.

use serde_json::{Value, json};

/// Topics of papers; a title and an abstract name one each, so that papers are near each other in several ways.
pub const TOPICS: [&str; 6] =
    ["graph search", "image model", "language data", "neural network training", "speech", "protein folding"];

/// The year of the papers whose number is a multiple of 20. Others follow year by year.
pub const FIRST_YEAR: i32 = 2000;

/// Paper `number` as a JSON object with `id`, `title`, `abstract` and `year`.
#[must_use]
pub fn paper(number: usize) -> Value {
    json!({
        "id": format!("paper-{number}"),
        "title": format!("{} part {number}", TOPICS[number % TOPICS.len()]),
        "abstract": format!("We study {} with method {}.", TOPICS[(number * 5 + 1) % TOPICS.len()], number * 37 % 101),
        "year": FIRST_YEAR + (number % 20) as i32,
    })
}

/// Papers as the text of a JSON Lines file.
#[must_use]
pub fn lines(numbers: impl IntoIterator<Item = usize>) -> String {
    numbers.into_iter().map(|number| format!("{}\n", paper(number))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_papers_have_the_same_text() {
        let mut texts: Vec<String> = (0..600).map(|number| paper(number)["title"].to_string()).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), 600);
        assert_eq!(lines(3..5).lines().count(), 2);
    }
}
