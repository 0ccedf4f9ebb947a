//! What exports in JSON call the fields of a paper.
//!
//! | field         | names, the first in the row wins                                                                      |
//! |---------------|-------------------------------------------------------------------------------------------------------|
//! | id            | `id`, `_id`, `paper_id`, `arxiv_id`, `entry_id` (arXiv's library), `bibcode` (ADS), `cord_uid`, `pmid`, `pmcid`; |
//! |               | `citation-key`, `itemKey`, `key`, good in one file                                                     |
//! | title         | `title`, `titles` (INSPIRE, DataCite), `display_name`, `document_title`, `article_title`, `paper_title`,  |
//! |               | `mainTitle` (OpenAIRE), `headline` (schema.org), `title_display` (PLOS); `name` beside `@type`         |
//! | abstract      | `abstract`, `text`, `summary`, `abstractText` (Europe PMC), `abstractNote` (Zotero), `abstracts`,        |
//! |               | `paperAbstract`, `descriptions` (DataCite), `description`                                              |
//! | authors       | `authors_parsed` (arXiv), `authors`, `author`, `creators`, `creator`, `authorList`, `authorString` (Europe PMC), `authorships`, |
//! |               | `authFullName_s` (HAL), `author_display` (PLOS), `z_authors` (Unpaywall)                                                      |
//! | authors_count | `authors_count`, `n_authors`                                                                          |
//! | organization  | `organization`, `organisation`, `affiliation`                                                         |
//! | date          | `date`, `versions` (arXiv), `issued` (CSL), `published`, `published_date`, `publication_date`, `publishedAt`, |
//! |               | `date_published`, `first_publication_date`, `earliest_date`, `preprint_date`, `pubdate`, `publish_time`, |
//! |               | `pdate` (OpenReview), `producedDate_s`, `publicationDate_s` (HAL), `release_date`, `dates` (DataCite), `submitted`, `submitted_date`, `created`, `cdate`, `update_date`, `updated` |
//! | year          | `year`, `publication_year`, `pub_year`, `published_year`, `year_published` (Lens)                      |
//! | venue         | `venue`, `journal`, `journal-ref`, `container-title`, `publicationTitle`, `journalTitle`, `journal_name`, `booktitle`, |
//! |               | `publicationVenue`, `source_title`, `pub` (ADS), `publication_info` (INSPIRE), `journalInfo` (Europe PMC),              |
//! |               | `proceedings`, `proceeding`, `conference`, `proceedingsTitle`, `journalTitle_s`, `journals` (CORE), `container` (OpenAIRE), |
//! |               | `isPartOf` (schema.org); `source` that is an object (Lens)                                             |
//! | doi           | `doi`, `dois`, `article_doi`, `doiId_s` (HAL), `external_ids` (Lens), `pids` (OpenAIRE), `identifier`, `sameAs` |
//! | arxiv         | `arxiv`, `arxiv_eprints` (INSPIRE)                                                                    |
//! | url           | `url`, `link`, `landing_page_url`, `url_abs`, `paper_url`, `pdf_url`, `sourceFulltextUrls` (CORE), `source_urls`, `uri_s` |
//! | keywords      | `keywords`, `categories`, `tags`, `keyword`, `subjects`, `subject`, `keywordList`, `author_keywords`, `ai_keywords`, |
//! |               | `fieldsOfStudy`, `category`, `topics`, `concepts`                                                      |
//! | comments      | `comments`, `numComments`                                                                             |
//!
//! Names are compared without case and without `_`, `-`, `.` and spaces: `publicationDate` is `publication_date`. Only `_id`
//! differs from `id` by more than its spelling.

use std::sync::LazyLock;

/// A field of a document, by the names that it has in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Id,
    Title,
    Abstract,
    Authors,
    AuthorsCount,
    Organization,
    Date,
    Year,
    Venue,
    Doi,
    Arxiv,
    Url,
    Keywords,
    Comments,
}

/// The names in lower case and without what does not count, of each field the first one first.
const NAMES: [(Field, &[&str]); 14] = [
    (
        Field::Id,
        &[
            "id",
            "_id",
            "paperid",
            "arxivid",
            "entryid",
            "bibcode",
            "corduid",
            "pmid",
            "pmcid",
            "citationkey",
            "itemkey",
            "key",
        ],
    ),
    (
        Field::Title,
        &[
            "title",
            "titles",
            "displayname",
            "documenttitle",
            "articletitle",
            "papertitle",
            "maintitle",
            "headline",
            "titledisplay",
        ],
    ),
    (
        Field::Abstract,
        &[
            "abstract",
            "text",
            "summary",
            "abstracttext",
            "abstractnote",
            "abstracts",
            "paperabstract",
            "descriptions",
            "description",
        ],
    ),
    (
        Field::Authors,
        &[
            "authorsparsed",
            "authors",
            "author",
            "creators",
            "creator",
            "authorlist",
            "authorstring",
            "authorships",
            "authfullnames",
            "authordisplay",
            "zauthors",
        ],
    ),
    (Field::AuthorsCount, &["authorscount", "nauthors"]),
    (Field::Organization, &["organization", "organisation", "affiliation"]),
    (
        Field::Date,
        &[
            "date",
            "versions",
            "issued",
            "published",
            "publisheddate",
            "publicationdate",
            "publishedat",
            "datepublished",
            "firstpublicationdate",
            "earliestdate",
            "preprintdate",
            "pubdate",
            "publishtime",
            "pdate",
            "produceddates",
            "publicationdates",
            "releasedate",
            "dates",
            "submitted",
            "submitteddate",
            "created",
            "cdate",
            "updatedate",
            "updated",
        ],
    ),
    (Field::Year, &["year", "publicationyear", "pubyear", "publishedyear", "yearpublished"]),
    (
        Field::Venue,
        &[
            "venue",
            "journal",
            "journalref",
            "containertitle",
            "publicationtitle",
            "journaltitle",
            "journalname",
            "booktitle",
            "publicationvenue",
            "sourcetitle",
            "pub",
            "publicationinfo",
            "journalinfo",
            "proceedings",
            "proceeding",
            "conference",
            "proceedingstitle",
            "journaltitles",
            "journals",
            "container",
            "ispartof",
            "source",
        ],
    ),
    (Field::Doi, &["doi", "dois", "articledoi", "doiids", "externalids", "pids", "identifier", "sameas"]),
    (Field::Arxiv, &["arxiv", "arxiveprints"]),
    (
        Field::Url,
        &["url", "link", "landingpageurl", "urlabs", "paperurl", "pdfurl", "sourcefulltexturls", "sourceurls", "uris"],
    ),
    (
        Field::Keywords,
        &[
            "keywords",
            "categories",
            "tags",
            "keyword",
            "subjects",
            "subject",
            "keywordlist",
            "authorkeywords",
            "aikeywords",
            "fieldsofstudy",
            "category",
            "topics",
            "concepts",
        ],
    ),
    (Field::Comments, &["comments", "numcomments"]),
];

/// The longest of the names above.
const LONGEST: usize = 20;

/// The field that a name means, and its place among the names of that field.
pub(crate) fn meaning(name: &str) -> Option<(Field, usize)> {
    let mut bare = [0; LONGEST];
    let mut length = 0;
    for (at, &byte) in name.as_bytes().iter().enumerate() {
        if matches!(byte, b'-' | b'.' | b' ') || (byte == b'_' && at > 0) {
            continue;
        }
        *bare.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    let bare = &bare[..length];
    let of_length = BY_LENGTH.get(length)?;
    of_length.iter().find(|(known, ..)| *known == bare).map(|(_, field, place)| (*field, *place))
}

/// A name, the field that it means, and its place among the names of that field.
type Name = (&'static [u8], Field, usize);

/// The names by their lengths. Every field of every record is looked up.
static BY_LENGTH: LazyLock<Vec<Vec<Name>>> = LazyLock::new(|| {
    let mut by_length = vec![Vec::new(); LONGEST + 1];
    for (field, names) in NAMES {
        for (place, name) in names.iter().enumerate() {
            if let Some(of_length) = by_length.get_mut(name.len()) {
                of_length.push((name.as_bytes(), field, place));
            }
        }
    }
    by_length
});

/// Whether a name is one of the title or of the abstract.
pub(super) fn is_text(name: &str) -> bool {
    matches!(meaning(name), Some((Field::Title | Field::Abstract, _)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_their_letters() {
        for name in ["publication_date", "publicationDate", "Publication Date", "PUBLICATION-DATE"] {
            assert_eq!(meaning(name), Some((Field::Date, 5)), "{name}");
        }
        assert_eq!(
            (meaning("id"), meaning("_id"), meaning("ID")),
            (Some((Field::Id, 0)), Some((Field::Id, 1)), Some((Field::Id, 0)))
        );
        for name in ["", "_", "name", "publication_date_of_the_first_version", "titel", "_title"] {
            assert_eq!(meaning(name), None, "{name}");
        }
    }

    #[test]
    fn no_name_is_longer_than_the_longest_and_none_means_two_fields() {
        let all: Vec<&str> = NAMES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        assert_eq!(all.iter().map(|name| name.len()).max(), Some(LONGEST));
        let distinct: std::collections::BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
