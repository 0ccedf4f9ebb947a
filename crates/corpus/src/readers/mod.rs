//! One reader per format, each a stream of documents.
//!
//! | format               | reader             | memory                                           |
//! |----------------------|--------------------|--------------------------------------------------|
//! | JSON lines or a list | `jsonl`            | one record                                       |
//! | BEIR folder          | `beir`             | finds the file in the folder; then as JSON lines |
//! | Daily Papers page    | `daily_papers`     | one file: a page's year shows only at its end    |
//! | arXiv metadata       | `arxiv`            | one record                                       |
//! | Semantic Scholar     | `semantic_scholar` | one record                                       |
//! | OpenAlex             | `openalex`         | one record                                       |
//! | CSL-JSON             | `csl`              | one item                                         |
//! | CSV, TSV             | `delimited`        | one record                                       |
//! | OAI-PMH XML          | `oai`              | one record                                       |
//! | ACL Anthology XML    | `acl`              | one paper                                        |
//! | PubMed XML           | `pubmed`           | one citation                                     |
//! | BibTeX, BibLaTeX     | `bibtex`           | one entry, and entries that wait for their parent |
//! | RIS                  | `ris`              | one record                                       |
//! | NBIB of PubMed       | `nbib`             | one record                                       |
//! | Web of Science       | `web_of_science`   | one record                                       |
//! | Parquet              | `parquet`          | a page of each column that is read               |
//! | folder of text files | `text_folder`      | one file                                         |
//!
//! JSON formats share `opening`, which distinguishes them, and `items`, which cuts records out of lines, lists and the
//! answers of web services. Formats of tagged lines share `tagged`, which divides a file into records of fields. XML
//! formats share `xml`, which walks a file and bounds what it may do.
//!
//! The features `bibtex`, `parquet` and `xml` add the readers of these formats.

#[cfg(feature = "xml")]
pub(crate) mod acl;
pub(crate) mod arxiv;
pub(crate) mod beir;
#[cfg(feature = "bibtex")]
pub(crate) mod bibtex;
pub(crate) mod calendar;
pub(crate) mod csl;
pub(crate) mod daily_papers;
pub(crate) mod delimited;
pub(crate) mod entities;
pub(crate) mod fields;
pub(crate) mod front_matter;
pub(crate) mod headings;
pub(crate) mod items;
pub(crate) mod joined;
pub(crate) mod json;
pub(crate) mod jsonl;
#[cfg_attr(not(feature = "bibtex"), allow(dead_code, reason = "others read LaTeX in names only"))]
pub(crate) mod latex;
pub(crate) mod markup;
pub(crate) mod missing;
pub(crate) mod nbib;
#[cfg(feature = "xml")]
pub(crate) mod oai;
pub(crate) mod openalex;
pub(crate) mod opening;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
pub(crate) mod people;
#[cfg(feature = "xml")]
pub(crate) mod pubmed;
pub(crate) mod ris;
pub(crate) mod semantic_scholar;
pub(crate) mod tagged;
pub(crate) mod text_folder;
pub(crate) mod web_of_science;
#[cfg(feature = "xml")]
pub(crate) mod xml;
