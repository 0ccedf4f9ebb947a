//! The formats that can be read.

use serde::{Deserialize, Serialize};

/// The formats that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// A results page of the Daily Papers search, copied from a browser as text.
    DailyPapers,
    /// One JSON object per line.
    Jsonl,
    /// A folder laid out as in the BEIR collection.
    Beir,
    /// One JSON list of objects.
    JsonList,
    /// arXiv's metadata snapshot.
    Arxiv,
    /// Papers of Semantic Scholar, from its data sets or its web service.
    SemanticScholar,
    /// Works of OpenAlex, from its snapshot or its web service.
    #[serde(rename = "openalex")]
    OpenAlex,
    /// Items of a reference manager as CSL-JSON.
    CslJson,
    /// A table as text: CSV, TSV or with another delimiter.
    #[serde(rename = "csv")]
    Delimited,
    /// A Parquet file.
    Parquet,
    /// A folder of Markdown or text files.
    TextFolder,
    /// Records of arXiv or another library as OAI-PMH gives them.
    OaiPmh,
    /// XML of the ACL Anthology.
    AclAnthology,
    /// XML of PubMed.
    Pubmed,
    /// BibTeX or BibLaTeX.
    Bibtex,
    /// RIS, which databases and reference managers exchange.
    Ris,
    /// MEDLINE's tagged lines, which PubMed saves as `.nbib`.
    Nbib,
    /// An export of Web of Science, as plain text or tab-delimited.
    WebOfScience,
    /// References of EndNote as XML.
    #[serde(rename = "endnote-xml")]
    EndNoteXml,
    /// EndNote's tagged lines, saved as `.enw`.
    Refer,
    /// An Atom or RSS feed, such as an answer of arXiv's search.
    Feed,
    /// JATS, the XML of journal articles.
    Jats,
    /// XML of DBLP.
    Dblp,
    /// DataCite's metadata as XML.
    #[serde(rename = "datacite")]
    DataCite,
    /// MODS.
    Mods,
    /// MARC as XML.
    Marc,
    /// Zotero's RDF.
    ZoteroRdf,
    /// Items of a reference manager as CSL-YAML, which pandoc reads.
    CslYaml,
    /// The YAML of Typst's bibliographies.
    Hayagriva,
    /// Arrow, as a file or a stream.
    Arrow,
    /// A data base of `SQLite`.
    Sqlite,
    /// A workbook of Excel.
    Excel,
    /// A folder of files of several formats.
    Folder,
    /// A ZIP archive of files of any formats.
    Zip,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Format::DailyPapers => "Daily Papers page",
            Format::Jsonl => "JSON lines",
            Format::Beir => "BEIR folder",
            Format::JsonList => "JSON list",
            Format::Arxiv => "arXiv metadata",
            Format::SemanticScholar => "Semantic Scholar",
            Format::OpenAlex => "OpenAlex",
            Format::CslJson => "CSL-JSON",
            Format::Delimited => "CSV",
            Format::Parquet => "Parquet",
            Format::TextFolder => "folder of text files",
            Format::OaiPmh => "OAI-PMH XML",
            Format::AclAnthology => "ACL Anthology XML",
            Format::Pubmed => "PubMed XML",
            Format::Bibtex => "BibTeX",
            Format::Ris => "RIS",
            Format::Nbib => "PubMed NBIB",
            Format::WebOfScience => "Web of Science",
            Format::EndNoteXml => "EndNote XML",
            Format::Refer => "refer",
            Format::Feed => "Atom or RSS feed",
            Format::Jats => "JATS XML",
            Format::Dblp => "DBLP XML",
            Format::DataCite => "DataCite XML",
            Format::Mods => "MODS XML",
            Format::Marc => "MARC XML",
            Format::ZoteroRdf => "Zotero RDF",
            Format::CslYaml => "CSL-YAML",
            Format::Hayagriva => "Hayagriva",
            Format::Arrow => "Arrow",
            Format::Sqlite => "SQLite",
            Format::Excel => "Excel",
            Format::Folder => "folder",
            Format::Zip => "ZIP archive",
        })
    }
}
