//! Whether a record under the name that a paper has within a file is that paper, corrected.
//!
//! A name such as `dune2001` or `1` is little evidence. Files in different folders are called `references.bib` alike, and
//! rows are counted anew when a table is sorted. So of two records with one name in files of one name, the later is taken
//! for a new [edition](is_edition) of the earlier only if it keeps enough of it:
//!
//! - the DOI or the arXiv id,
//! - or the abstract, nearly,
//! - or the title, with a word changed perhaps, the first author and the year. If both have abstracts and these differ,
//!   the title has to be the same,
//! - or a long title that few papers have, if only one of the two has an abstract, or none.
//!
//! Nothing else may speak against it: another DOI, another number in the title (`On Tides I`, `On Tides II`). A file that
//! holds one paper and is called like it, as in a folder of notes, is the same note as long as it keeps its title.
//!
//! Records that say too little to be recognised, such as a title of two words, are the [same](is_same_record) under the
//! same name if they agree in all they say.
//!
//! In doubt two papers are kept, as in [`duplicates`](crate::duplicates).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::{Document, MERGED_IDS};
use crate::duplicates::{
    abstracts_are_near, first_author_differs, first_author_is_same, is_distinctive, names_agree, names_differ,
    same_text, titles_agree, words_of,
};
use crate::family_names::FAMILY_NAMES;
use crate::normalise::normalise;

/// Whether `after`, which has the name of `before` in a file of the same name, is the same paper with corrections.
pub(crate) fn is_edition(before: &Document, after: &Document) -> bool {
    if names_differ(before, after) || numbers(&before.title) != numbers(&after.title) {
        return false;
    }
    let title = normalise(&before.title);
    let same_title = !title.is_empty() && title == normalise(&after.title);
    if names_agree(before, after) || abstracts_are_near(before, after) || (same_title && is_note(after)) {
        return true;
    }
    let both_are_told = ![before, after].iter().any(|paper| normalise(&paper.r#abstract).is_empty());
    let years_differ = before.year.zip(after.year).is_some_and(|(year, other)| year != other);
    if same_title && !both_are_told && is_distinctive(&before.title) {
        return first_author_is_same(before, after) || !(first_author_differs(before, after) || years_differ);
    }
    let similar_title = same_title || (!title.is_empty() && !both_are_told && titles_agree(before, after));
    similar_title
        && first_author_is_same(before, after)
        && before.year.is_some()
        && before.year == after.year
        && !venue_differs(before, after)
}

/// Whether two records of one name are the same in what little they say.
pub(crate) fn is_same_record(one: &Document, other: &Document) -> bool {
    same_text(one, other)
        && !names_differ(one, other)
        && !first_author_differs(one, other)
        && !venue_differs(one, other)
        && one.year.zip(other.year).is_none_or(|(year, other)| year == other)
        && one.extra.iter().all(|(field, value)| {
            [MERGED_IDS, FAMILY_NAMES].contains(&field.as_str())
                || other.extra.get(field).is_none_or(|other| is_alike(value, other))
        })
}

fn venue_differs(one: &Document, other: &Document) -> bool {
    one.venue.as_ref().zip(other.venue.as_ref()).is_some_and(|(one, other)| normalise(one) != normalise(other))
}

/// Whether two values agree, apart from spelling.
fn is_alike(one: &Value, other: &Value) -> bool {
    one == other || one.as_str().zip(other.as_str()).is_some_and(|(one, other)| normalise(one) == normalise(other))
}

/// Whether the file of a record holds nothing else and is called like it.
fn is_note(document: &Document) -> bool {
    document.source.first().is_some_and(|place| {
        let name = place.file.rsplit_once('.').map_or("", |(name, _)| name);
        place.key.as_ref().is_some_and(|key| name.strip_suffix(key.as_str()).is_some_and(|rest| rest.ends_with('/')))
    })
}

/// The numbers in a title, Roman ones included, and how often each occurs.
fn numbers(title: &str) -> BTreeMap<String, usize> {
    const ROMAN: [&str; 12] = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"];
    let mut numbers = BTreeMap::new();
    for word in words_of(title) {
        if word.contains(|c: char| c.is_ascii_digit()) || ROMAN.contains(&word.as_str()) {
            *numbers.entry(word).or_insert(0) += 1;
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Source;

    const TIDES: &str = "The sea rises and falls twice a day because the moon pulls at its near side.";
    const WINDS: &str = "Winds blow from high pressure to low, bent by the turning of the earth.";

    fn paper(title: &str, summary: &str) -> Document {
        Document::new("dune2001", title, summary)
    }

    fn of_dune(title: &str, summary: &str) -> Document {
        paper(title, summary).with_authors(vec!["Dune, Ada".to_owned()]).with_year(Some(2001))
    }

    #[test]
    fn what_keeps_its_abstract_its_doi_or_its_title_is_an_edition() {
        assert!(is_edition(&paper("On Tides", TIDES), &paper("Of the Sea", TIDES)));
        let named = |title: &str| paper(title, "").with_doi(Some("10.1000/7".to_owned()));
        assert!(is_edition(&named("On Tides"), &named("Of the Sea")));
        assert!(is_edition(&of_dune("Tides in the North", ""), &of_dune("Tides of the North", "")));
        assert!(is_edition(&of_dune("Tides in the North", ""), &of_dune("Tides in the North", TIDES)));
        assert!(is_edition(&of_dune("On Tides", WINDS), &of_dune("On Tides", TIDES)));
    }

    #[test]
    fn another_paper_under_the_same_name_is_none() {
        assert!(!is_edition(&paper("On Tides", TIDES), &paper("On Winds", WINDS)));
        assert!(!is_edition(&paper("Editorial", TIDES), &paper("Editorial", WINDS)));
        assert!(!is_edition(&paper("Editorial", ""), &paper("Editorial", WINDS)));
        assert!(!is_edition(&of_dune("On Tides", TIDES), &of_dune("On Winds", WINDS)));
        assert!(!is_edition(&paper("", ""), &paper("", "")));
        let doi = |doi: &str| paper("On Tides", TIDES).with_doi(Some(doi.to_owned()));
        assert!(!is_edition(&doi("10.1000/7"), &doi("10.1000/8")));
    }

    #[test]
    fn the_second_part_of_a_paper_is_none() {
        assert!(!is_edition(&of_dune("On Tides I", TIDES), &of_dune("On Tides II", TIDES)));
        assert!(!is_edition(&of_dune("On Tides", TIDES), &of_dune("On Tides, part 2", TIDES)));
    }

    #[test]
    fn a_note_is_the_same_as_long_as_it_keeps_its_title() {
        let note = |title: &str, summary: &str| {
            let place = Source { file: "notes/a/tides.md".into(), line: 1, rank: None, key: Some("a/tides".into()) };
            paper(title, summary).with_source(vec![place])
        };
        assert!(is_edition(&note("On Tides", TIDES), &note("On Tides", WINDS)));
        assert!(!is_edition(&note("On Tides", TIDES), &note("On Winds", WINDS)));
    }

    #[test]
    fn short_records_are_the_same_if_all_they_say_agrees() {
        assert!(is_same_record(&paper("Preface", ""), &of_dune("preface", "")));
        assert!(!is_same_record(&of_dune("Preface", ""), &of_dune("Preface", "").with_year(Some(2002))));
        assert!(!is_same_record(&of_dune("Preface", ""), &of_dune("Preface", TIDES)));
        let on_page = |page: &str| {
            let mut paper = paper("Preface", "");
            paper.extra.insert("pages".to_owned(), Value::from(page));
            paper
        };
        assert!(is_same_record(&on_page("1–2"), &on_page("1-2")));
        assert!(!is_same_record(&on_page("1"), &on_page("2")));
    }
}
