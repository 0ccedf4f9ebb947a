//! What databases and reference managers call the columns of their tables.
//!
//! | field    | headings in any case, the first in the row wins                                                     |
//! |----------|-----------------------------------------------------------------------------------------------------|
//! | id       | `Lens ID`; `Publication ID` (Dimensions); `cord_uid` (CORD-19); `EID` (Scopus); `PMID` beside       |
//! |          | `Journal/Book` (PubMed); `Key` beside `Item Type` (Zotero)                                          |
//! | title    | `Title`, `Document Title` (IEEE Xplore), `Article Title`, `display_name` (OpenAlex),                |
//! |          | `Item Title` (SpringerLink)                                                                         |
//! | abstract | `Abstract`, `Abstract Note` (Zotero)                                                                |
//! | authors  | `Author full names` (Scopus), `Authors`, `Author`, `Author/s` (Lens),                               |
//! |          | `authorships.author.display_name` (OpenAlex)                                                        |
//! | date     | `Date`, `Publication date`, `publication_date`, `Date Published`, `publish_time` (CORD-19)          |
//! | year     | `Year`, `Publication Year`, `PubYear` (Dimensions), `publication_year`                              |
//! | venue    | `Venue`, `Journal`, `Source title`, `Publication Title`, `Journal/Book`,                            |
//! |          | `primary_location.source.display_name`; `Source` beside `GSRank` (Publish or Perish)                |
//! | url      | `URL`, `Link`, `ArticleURL`, `PDF Link`, `Source URLs`, `External URL`, `Dimensions URL`,           |
//! |          | `primary_location.landing_page_url`, `FullTextURL`, `entry_id` (arXiv)                              |
//! | doi      | `DOI`, `Item DOI` (SpringerLink)                                                                    |
//! | keywords | `Keywords`, `Author Keywords`, `Manual Tags`, `keywords.display_name`                               |
//!
//! Last come the tags of Web of Science, `TI`, `AU` and so on, which bibliometrix gives its columns; `Name` beside an abstract, authors
//! or a DOI (Airtable, Notion); `Publication` (Google Scholar) and `Secondary Title` (EndNote), which are venues.
//!
//! A heading in exactly the spelling of JSON lines comes before all of these. Where the cell of the first column is empty, the
//! next one counts.

/// Our names, and the headings that mean them.
const MEANINGS: [(&str, &[&str]); 10] = [
    ("id", &["lens id", "publication id", "cord_uid", "eid", "pmid", "key"]),
    ("title", &["title", "document title", "article title", "display_name", "item title", "ti", "name"]),
    ("abstract", &["abstract", "abstract note", "ab"]),
    ("authors", &["author full names", "authors", "author", "author/s", "authorships.author.display_name", "af", "au"]),
    ("date", &["date", "publication date", "publication_date", "date published", "publish_time"]),
    ("year", &["year", "publication year", "pubyear", "publication_year", "py"]),
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
            "secondary title",
            "publication",
            "so",
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
            "urls",
        ],
    ),
    ("doi", &["doi", "item doi", "di"]),
    ("keywords", &["keywords", "author keywords", "manual tags", "keywords.display_name", "de", "id"]),
];

/// Headings that mean something only beside another one.
const BESIDE: [(&str, &[&str]); 15] = [
    ("pmid", &["journal/book"]),
    ("key", &["item type"]),
    ("source", &["gsrank"]),
    // Airtable and Notion call the first column so.
    ("name", &["abstract", "authors", "author", "doi"]),
    ("publication", &["authors"]),
    ("secondary title", &["reference type"]),
    // bibliometrix writes Web of Science's tags.
    ("ti", &["au"]),
    ("ab", &["ti"]),
    ("af", &["ti"]),
    ("au", &["ti"]),
    ("py", &["ti"]),
    ("so", &["ti"]),
    ("di", &["ti"]),
    ("de", &["ti"]),
    // Keywords Plus.
    ("id", &["ti"]),
];

/// Who wrote a table, where its cells have a spelling of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    /// Titles end with a full stop, and names with initials.
    PubMed,
    /// Nothing stands between two authors: `Ada DuneCarl Wave`.
    SpringerLink,
    Other,
}

impl Writer {
    pub(super) fn of(headings: &[&str]) -> Writer {
        let has = |name: &str| headings.iter().any(|heading| heading.eq_ignore_ascii_case(name));
        match () {
            () if has("journal/book") => Writer::PubMed,
            () if has("item title") => Writer::SpringerLink,
            () => Writer::Other,
        }
    }
}

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
            let is_meant =
                BESIDE.iter().all(|(known, beside)| lower != known || beside.iter().any(|beside| has(beside)));
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
        let of_tags = ["AU", "AF", "TI", "SO", "DE", "AB", "PY", "DI"];
        let places =
            ["authors", "title", "venue", "keywords", "abstract", "year", "doi"].map(|name| best(&of_tags, name));
        assert_eq!(places, [1, 2, 3, 4, 5, 6, 7].map(Some));
        assert_eq!(best(&["Name", "Title", "Authors"], "title"), Some(1));
        assert_eq!(best(&["Name", "Abstract"], "title"), Some(0));
        let springer = ["Item Title", "Publication Title", "Item DOI", "Authors"];
        assert_eq!(["title", "venue", "doi", "authors"].map(|name| best(&springer, name)), [0, 1, 2, 3].map(Some));
        assert_eq!(best(&["Author full names", "authors"], "authors"), Some(1));
        assert_eq!(best(&["Source", "GSRank"], "venue"), Some(0));
        assert_eq!(meanings(&["Key", "PMID", "Source", "name"]), [None; 4]);
    }
}
