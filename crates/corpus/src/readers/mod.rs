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
//! | EndNote XML          | `endnote`          | one reference                                    |
//! | Atom, RSS            | `feed`             | one entry                                        |
//! | JATS XML             | `jats`             | one article without its text                     |
//! | DBLP XML             | `dblp`             | one publication                                  |
//! | DataCite XML         | `datacite`         | one resource                                     |
//! | MODS XML             | `mods`             | one record                                       |
//! | MARC XML             | `marc`             | one record                                       |
//! | Zotero RDF           | `zotero_rdf`       | one item, and items that wait for their journal  |
//! | BibTeX, BibLaTeX     | `bibtex`           | one entry, and entries that wait for their parent |
//! | CSL-YAML             | `csl_yaml`         | one item                                         |
//! | Hayagriva            | `hayagriva`        | one entry                                        |
//! | RIS                  | `ris`              | one record                                       |
//! | refer                | `refer`            | one record                                       |
//! | NBIB of PubMed       | `nbib`             | one record                                       |
//! | Web of Science       | `web_of_science`   | one record                                       |
//! | Parquet              | `parquet`          | a page of each column that is read               |
//! | Arrow                | `arrow`            | a batch of rows                                  |
//! | SQLite               | `sqlite`           | one row                                          |
//! | Excel                | `excel`            | the texts of the workbook, and a few rows        |
//! | folder of text files | `text_folder`      | one file                                         |
//!
//! JSON formats share `opening`, which distinguishes them, and `items`, which cuts records out of lines, lists and the
//! answers of web services. Formats of tagged lines share `tagged`, which divides a file into records of fields. XML
//! formats share `xml`, which walks a file and bounds what it may do. The two formats of YAML share `yaml`, which cuts a file
//! into records.
//!
//! The features `bibtex`, `parquet` and `xml` add the readers of these formats.

#[cfg(feature = "xml")]
pub(crate) mod acl;
mod annotated;
#[cfg(feature = "arrow")]
pub(crate) mod arrow;
pub(crate) mod arxiv;
pub(crate) mod beir;
#[cfg(feature = "bibtex")]
pub(crate) mod bibtex;
pub(crate) mod calendar;
pub(crate) mod cells;
pub(crate) mod columnar;
pub(crate) mod csl;
pub(crate) mod csl_yaml;
pub(crate) mod daily_papers;
#[cfg(feature = "xml")]
pub(crate) mod datacite;
#[cfg(feature = "xml")]
pub(crate) mod dblp;
pub(crate) mod delimited;
#[cfg(feature = "xml")]
pub(crate) mod dublin_core;
#[cfg(feature = "xml")]
pub(crate) mod endnote;
#[cfg_attr(not(feature = "xml"), allow(dead_code, reason = "called by the readers of XML"))]
pub(crate) mod entities;
#[cfg(feature = "excel")]
pub(crate) mod excel;
#[cfg(feature = "xml")]
pub(crate) mod feed;
pub(crate) mod field_names;
pub(crate) mod fields;
pub(crate) mod front_matter;
pub(crate) mod hayagriva;
pub(crate) mod headings;
pub(crate) mod items;
#[cfg(feature = "xml")]
pub(crate) mod jats;
pub(crate) mod joined;
pub(crate) mod json;
pub(crate) mod jsonl;
#[cfg(feature = "xml")]
pub(crate) mod kept;
#[cfg_attr(not(feature = "bibtex"), allow(dead_code, reason = "others read LaTeX in names only"))]
pub(crate) mod latex;
#[cfg(feature = "xml")]
pub(crate) mod marc;
pub(crate) mod markup;
pub(crate) mod missing;
#[cfg(feature = "xml")]
pub(crate) mod mods;
pub(crate) mod nbib;
#[cfg(feature = "xml")]
pub(crate) mod oai;
pub(crate) mod openalex;
pub(crate) mod opening;
pub(crate) mod origins;
mod paper_ids;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
pub(crate) mod people;
#[cfg(feature = "xml")]
pub(crate) mod pubmed;
pub(crate) mod refer;
pub(crate) mod ris;
pub(crate) mod semantic_scholar;
pub(crate) mod sqlite;
pub(crate) mod table;
pub(crate) mod tagged;
pub(crate) mod text_folder;
pub(crate) mod values;
pub(crate) mod web_of_science;
pub(crate) mod wrapped;
#[cfg(feature = "xml")]
pub(crate) mod xml;
pub(crate) mod yaml;
#[cfg(feature = "xml")]
pub(crate) mod zotero_rdf;
