//! The order in which papers are shown, where it is not that of their scores.

use std::cmp::{Ordering, Reverse};

use semsearch_corpus::{Date, Document};

/// The order in which papers are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// The newest first, those without a date last.
    Date,
    /// The newest year first, those without a year last.
    Year,
    /// By title, whatever case.
    Title,
    /// By id.
    Id,
}

impl Order {
    /// The name on the command line and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Order::Date => "date",
            Order::Year => "year",
            Order::Title => "title",
            Order::Id => "id",
        }
    }

    /// What a paper is sorted by.
    #[must_use]
    pub fn key(self, document: &Document) -> OrderKey {
        let year = document.date.map(|date| date.year()).or(document.year);
        OrderKey(match self {
            Order::Date => {
                Key::Date(Reverse(document.date.or_else(|| year.and_then(|year| Date::new(year, None, None).ok()))))
            }
            Order::Year => Key::Year(Reverse(year)),
            Order::Title => Key::Text(document.title.trim().to_lowercase()),
            Order::Id => Key::Text(document.id.clone()),
        })
    }

    /// Which of two papers comes first.
    #[must_use]
    pub fn compare(self, one: &Document, other: &Document) -> Ordering {
        self.key(one).cmp(&self.key(other))
    }
}

/// What a paper is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderKey(Key);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Date(Reverse<Option<Date>>),
    Year(Reverse<Option<i32>>),
    Text(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_comes_last() {
        let paper = |id: &str, title: &str, date: Option<&str>, year: Option<i32>| {
            let date = date.map(|date| date.parse().unwrap());
            Document::new(id, title, "").with_date(date).with_year(year)
        };
        let papers = [
            paper("a", "beta", None, None),
            paper("b", "Alpha", Some("2021-05"), Some(2021)),
            paper("c", "gamma", Some("2021-05-02"), Some(2021)),
            paper("d", "delta", None, Some(2023)),
        ];
        let sorted = |order: Order| {
            let mut sorted: Vec<&Document> = papers.iter().collect();
            sorted.sort_by(|one, other| order.compare(one, other));
            sorted.into_iter().map(|paper| paper.id.as_str()).collect::<String>()
        };
        assert_eq!([Order::Date, Order::Year, Order::Title, Order::Id].map(sorted), ["dcba", "dbca", "badc", "abcd"]);
    }
}
