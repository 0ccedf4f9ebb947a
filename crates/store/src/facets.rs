//! Facets: the number of documents of a set for each value of a field, such as year, venue or category.
//!
//! Counts are exact and need only the columns. Counts of several segments are added up by the folded form of a value,
//! which is shown in the spelling of most of its documents.

use std::collections::HashMap;

use semsearch_index::RowSet;

use crate::columns::{Columns, ColumnsError, Field, NumberField, TextField};

/// The field that documents are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FacetField {
    /// The year of publication.
    Year,
    /// The values of a field of texts. A document with several values counts once for each.
    Text(TextField),
}

impl FacetField {
    /// The name of the field in filters.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.field().name()
    }

    fn field(self) -> Field {
        match self {
            FacetField::Year => Field::Number(NumberField::Year),
            FacetField::Text(field) => Field::Text(field),
        }
    }
}

/// Counts over the documents of one segment or several.
#[derive(Clone, Debug)]
pub struct Facets {
    by: FacetField,
    papers: u64,
    without: u64,
    values: HashMap<String, Counted>,
}

/// A value, by its folded form.
#[derive(Clone, Debug, Default)]
struct Counted {
    papers: u64,
    spellings: Vec<(String, u64)>,
}

impl Facets {
    /// No documents yet.
    #[must_use]
    pub fn new(by: FacetField) -> Self {
        Facets { by, papers: 0, without: 0, values: HashMap::new() }
    }

    /// Counts `rows` of a segment.
    ///
    /// # Errors
    /// [`ColumnsError`] if the column is damaged.
    pub fn add(&mut self, fields: &Columns, rows: &RowSet) -> Result<(), ColumnsError> {
        let mut having = fields.having(self.by.field())?;
        having.intersect(rows);
        self.papers += rows.len() as u64;
        self.without += (rows.len() - having.len()) as u64;
        match self.by {
            FacetField::Year => {
                let mut years: HashMap<i64, u64> = HashMap::new();
                fields.each_number(NumberField::Year, |row, year| {
                    if rows.contains(row) {
                        *years.entry(year).or_default() += 1;
                    }
                })?;
                years.into_iter().for_each(|(year, papers)| self.count(&year.to_string(), papers, || year.to_string()));
            }
            FacetField::Text(field) => {
                let values = fields.texts(field)?;
                for value in 0..values.len() {
                    let papers = values.count(value, rows);
                    if papers > 0 {
                        self.count(values.folded(value), papers, || values.spelling(value));
                    }
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, folded: &str, papers: u64, spelling: impl FnOnce() -> String) {
        let counted = match self.values.get_mut(folded) {
            Some(counted) => counted,
            None => self.values.entry(folded.to_owned()).or_default(),
        };
        counted.papers += papers;
        let spelling = spelling();
        match counted.spellings.iter_mut().find(|(known, _)| *known == spelling) {
            Some((_, count)) => *count += papers,
            None => counted.spellings.push((spelling, papers)),
        }
    }

    /// The number of documents counted.
    #[must_use]
    pub fn papers(&self) -> u64 {
        self.papers
    }

    /// The number of counted documents without a value.
    #[must_use]
    pub fn without(&self) -> u64 {
        self.without
    }

    /// The values and their counts, sorted by falling count, then by name; years from the latest to the earliest.
    #[must_use]
    pub fn counts(self) -> Vec<(String, u64)> {
        let by_year = self.by == FacetField::Year;
        let mut counts: Vec<(String, u64)> = self
            .values
            .into_values()
            .filter_map(|Counted { papers, spellings }| {
                // The most frequent spelling; of equally frequent ones, the first in the alphabet.
                let most = spellings.into_iter().max_by(|(a, n), (b, m)| n.cmp(m).then_with(|| b.cmp(a)));
                most.map(|(spelling, _)| (spelling, papers))
            })
            .collect();
        if by_year {
            counts.sort_unstable_by_key(|(year, _)| std::cmp::Reverse(year.parse::<i64>().unwrap_or(i64::MIN)));
        } else {
            counts.sort_unstable_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
        }
        counts
    }
}

impl Columns {
    /// The number of `rows` with each value, in the order of [`Facets::counts`].
    ///
    /// # Errors
    /// [`ColumnsError`] if the column is damaged.
    pub fn count(&self, rows: &RowSet, by: FacetField) -> Result<Vec<(String, u64)>, ColumnsError> {
        let mut facets = Facets::new(by);
        facets.add(self, rows)?;
        Ok(facets.counts())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;
    use semsearch_corpus::Document;

    use super::*;
    use crate::columns::{ColumnsWriter, fold};

    const CATEGORY: FacetField = FacetField::Text(TextField::Category);

    fn fields(documents: &[Document]) -> Columns {
        let mut writer = ColumnsWriter::new();
        documents.iter().for_each(|document| writer.push(document));
        Columns::decode(writer.finish()).unwrap()
    }

    fn with_keywords(lists: &[&[&str]]) -> Columns {
        let keywords = |list: &&[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        fields(&lists.iter().map(|list| Document::default().with_keywords(keywords(list))).collect::<Vec<_>>())
    }

    fn owned(counts: &[(&str, u64)]) -> Vec<(String, u64)> {
        counts.iter().map(|(value, papers)| ((*value).to_owned(), *papers)).collect()
    }

    #[test]
    fn the_largest_count_comes_first_and_equal_ones_by_name() {
        let fields = with_keywords(&[&["b", "a"], &["c", "b"], &["c"], &[], &["b"]]);
        assert_eq!(fields.count(&RowSet::all(5), CATEGORY).unwrap(), owned(&[("b", 3), ("c", 2), ("a", 1)]));
        let some = RowSet::filled(5, |row| row.0 < 2 || row.0 == 3);
        let mut facets = Facets::new(CATEGORY);
        facets.add(&fields, &some).unwrap();
        assert_eq!((facets.papers(), facets.without()), (3, 1));
        assert_eq!(facets.counts(), owned(&[("b", 2), ("a", 1), ("c", 1)]));
    }

    #[test]
    fn segments_add_up_under_the_more_frequent_spelling() {
        let one = with_keywords(&[&["NLP"], &["NLP"], &["Vision"]]);
        let other = with_keywords(&[&["nlp"], &["nlp"], &["nlp"], &["VISION"]]);
        let mut facets = Facets::new(CATEGORY);
        facets.add(&one, &RowSet::all(3)).unwrap();
        facets.add(&other, &RowSet::all(4)).unwrap();
        assert_eq!(facets.counts(), owned(&[("nlp", 5), ("VISION", 2)]));
    }

    #[test]
    fn years_come_by_year() {
        let of = |year: Option<i32>, date: Option<&str>| {
            Document::default().with_year(year).with_date(date.map(|text| text.parse().unwrap()))
        };
        let fields = fields(&[of(Some(2019), None), of(None, Some("2021-05")), of(Some(2019), None), of(None, None)]);
        assert_eq!(fields.count(&RowSet::all(4), FacetField::Year).unwrap(), owned(&[("2021", 1), ("2019", 2)]));
    }

    proptest! {
        #[test]
        fn counts_are_those_of_the_documents(
            lists in prop::collection::vec(prop::collection::vec("[abAB ]{1,2}", 0..4), 1..60), cut in 0usize..60,
            kept in prop::collection::vec(any::<bool>(), 60),
        ) {
            let document = |list: &Vec<String>| Document::default().with_keywords(list.clone());
            let documents: Vec<Document> = lists.iter().map(document).collect();
            let mut expected: BTreeMap<String, u64> = BTreeMap::new();
            for (document, _) in documents.iter().zip(&kept).filter(|(_, kept)| **kept) {
                let values: BTreeSet<String> = document.keywords.iter().map(|text| fold(text)).collect();
                values.into_iter().filter(|value| !value.is_empty()).for_each(|v| *expected.entry(v).or_default() += 1);
            }
            let cut = cut.min(documents.len());
            let mut facets = Facets::new(CATEGORY);
            for (part, first) in [(&documents[..cut], 0), (&documents[cut..], cut)] {
                facets.add(&fields(part), &RowSet::filled(part.len(), |row| kept[first + row.index()])).unwrap();
            }
            let counts = facets.counts();
            prop_assert!(counts.is_sorted_by(|(a, n), (b, m)| n > m || (n == m && a < b)), "{counts:?}");
            let found: BTreeMap<String, u64> = counts.into_iter().map(|(value, n)| (fold(&value), n)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
