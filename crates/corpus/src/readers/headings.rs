//! What databases and reference managers call the columns of their tables.
//!
//! | field    | headings in any case, the first in the row wins                                                     |
//! |----------|-----------------------------------------------------------------------------------------------------|
//! | id       | `Lens ID`; `Publication ID` (Dimensions); `cord_uid` (CORD-19); `EID` (Scopus); `PMID` beside       |
//! |          | `Journal/Book` (PubMed); `Key` beside `Item Type` (Zotero)                                          |
//! | title    | `Title`, `Document Title` (IEEE Xplore), `Article Title`, `display_name` (OpenAlex)                 |
//! | abstract | `Abstract`, `Abstract Note` (Zotero)                                                                |
//! | authors  | `Author full names` (Scopus), `Authors`, `Author`, `Author/s` (Lens),                               |
//! |          | `authorships.author.display_name` (OpenAlex)                                                        |
//! | date     | `Date`, `Publication date`, `publication_date`, `Date Published`, `publish_time` (CORD-19)          |
//! | year     | `Year`, `Publication Year`, `PubYear` (Dimensions), `publication_year`                              |
//! | venue    | `Venue`, `Journal`, `Source title`, `Publication Title`, `Journal/Book`,                            |
//! |          | `primary_location.source.display_name`; `Source` beside `GSRank` (Publish or Perish)                |
//! | url      | `URL`, `Link`, `ArticleURL`, `PDF Link`, `Source URLs`, `External URL`, `Dimensions URL`,           |
//! |          | `primary_location.landing_page_url`, `FullTextURL`, `entry_id` (arXiv)                              |
//! | keywords | `Keywords`, `Author Keywords`, `Manual Tags`, `keywords.display_name`                               |
//!
//! A heading in exactly the spelling of JSON lines comes before all of these. Where the cell of the first column is empty, the
//! next one counts.

/// Our names, and the headings that mean them.
const MEANINGS: [(&str, &[&str]); 9] = [
    ("id", &["lens id", "publication id", "cord_uid", "eid", "pmid", "key"]),
    ("title", &["title", "document title", "article title", "display_name"]),
    ("abstract", &["abstract", "abstract note"]),
    ("authors", &["author full names", "authors", "author", "author/s", "authorships.author.display_name"]),
    ("date", &["date", "publication date", "publication_date", "date published", "publish_time"]),
    ("year", &["year", "publication year", "pubyear", "publication_year"]),
    (
        "venue",
        &[
            "venue",
            "journal",
            "source title",
            "publication title",
            "journal/book",
            "primary_location.source.display_name",
            "source",
        ],
    ),
    (
        "url",
        &[
            "url",
            "link",
            "articleurl",
            "pdf link",
            "source urls",
            "external url",
            "dimensions url",
            "primary_location.landing_page_url",
            "fulltexturl",
            "entry_id",
        ],
    ),
    ("keywords", &["keywords", "author keywords", "manual tags", "keywords.display_name"]),
];

/// Headings that mean something only beside another one.
const BESIDE: [(&str, &str); 3] = [("pmid", "journal/book"), ("key", "item type"), ("source", "gsrank")];

/// The heading that only PubMed's table has. Its titles end with a full stop, and its names with initials.
pub(super) const OF_PUBMED: &str = "journal/book";

/// A column that some export is known to call so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    /// The name that JSON lines have for it.
    pub(super) name: &'static str,
    /// Of columns of one name, a row's value is in the one of the lowest rank that is not empty.
    pub(super) rank: usize,
}

/// The meaning of each column; `None` for those that no export is known to have.
pub(super) fn meanings(headings: &[&str]) -> Vec<Option<Meaning>> {
    let lower: Vec<String> = headings.iter().map(|heading| heading.to_lowercase()).collect();
    let has = |name: &str| lower.iter().any(|heading| heading == name);
    let meaning = |(heading, lower): (&&str, &String)| {
        MEANINGS.iter().find_map(|(name, names)| {
            if heading == name {
                return Some(Meaning { name, rank: 0 });
            }
            let place = names.iter().position(|known| known == lower)?;
            let is_meant = BESIDE.iter().all(|(known, beside)| lower != known || has(beside));
            is_meant.then_some(Meaning { name, rank: place + 1 })
        })
    };
    headings.iter().zip(&lower).map(meaning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(headings: &[&str], name: &str) -> Option<usize> {
        let ranks = meanings(headings).into_iter().enumerate().filter_map(|(at, meaning)| Some((meaning?, at)));
        ranks.filter(|(meaning, _)| meaning.name == name).min_by_key(|(meaning, _)| meaning.rank).map(|(_, at)| at)
    }

    #[test]
    fn the_best_heading_means_a_field() {
        let scopus = ["Authors", "Author full names", "Title", "Source title", "Link", "Source", "EID"];
        let places = ["authors", "title", "venue", "url", "id", "doi"].map(|name| best(&scopus, name));
        assert_eq!(places, [Some(1), Some(2), Some(3), Some(4), Some(6), None]);
        assert_eq!(best(&["Author full names", "authors"], "authors"), Some(1));
        assert_eq!(best(&["Source", "GSRank"], "venue"), Some(0));
        assert_eq!(meanings(&["Key", "PMID", "Source", "name"]), [None; 4]);
    }
}
