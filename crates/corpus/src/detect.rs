//! Which format a file is in, told from its content.
//!
//! The first byte that is not white space decides between JSON (`{`, `[`) and text. What is JSON is told apart by the
//! fields of its first record, XML by its first element, BibTeX by its first entry, RIS, NBIB and Web of Science by their
//! first tags; a table has known names in its first line, a captured page opens with a known banner, Parquet with a known
//! mark. Everything else is refused, and the refusal names what the content looks like, because "unknown format" does not
//! help a user who passed a PDF by mistake.

use crate::error::snippet;
use crate::format::Format;
use crate::input::HEAD_BYTES;
use crate::readers::opening::{Arrangement, Opening};
#[cfg(feature = "xml")]
use crate::readers::xml;
use crate::readers::{
    arxiv, csl, daily_papers, delimited, nbib, openalex, refer, ris, semantic_scholar, web_of_science, yaml,
};

/// The content of a file, by its beginning.
#[derive(Debug, PartialEq)]
pub(crate) enum Content {
    Known(Format),
    Nothing,
    /// A description that fits behind "found".
    Binary(&'static str),
    /// A description that fits behind "found".
    OtherText(String),
}

/// Tells the format from the first bytes of the decompressed data.
pub(crate) fn detect(head: &[u8]) -> Content {
    if let Some(content) = of_bytes(head) {
        return content;
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match text {
        [] if head.len() < HEAD_BYTES => Content::Nothing,
        [] => Content::OtherText(format!("nothing but white space in the first {HEAD_BYTES} bytes")),
        [b'{', ..] => Content::Known(json_kind(head)),
        // Only text can hold the banner. The page reader names all other faults by line.
        _ if daily_papers::has_banner(&String::from_utf8_lossy(text)) => Content::Known(Format::DailyPapers),
        [b'[', inside @ ..] if is_list_of_objects(inside) => Content::Known(json_kind(head)),
        [b'[', inside @ ..] if inside.trim_ascii_start().starts_with(b"[") => Content::OtherText(
            "a JSON list of lists, which do not name their fields; write objects, as `to_json(orient=\"records\")` does".to_owned(),
        ),
        [b'<', ..] => xml_kind(head).unwrap_or_else(|| text_kind(text)),
        [b'@' | b'%', ..] if begins_with_bibtex(&String::from_utf8_lossy(text)) => Content::Known(Format::Bibtex),
        _ => tagged_kind(text).map_or_else(|| table_or_text(text), Content::Known),
    }
}

/// The format of tagged lines.
fn tagged_kind(text: &[u8]) -> Option<Format> {
    type Knows = fn(&str) -> bool;
    const KINDS: [(Knows, Format); 4] = [
        (nbib::knows, Format::Nbib),
        (web_of_science::knows, Format::WebOfScience),
        (ris::knows, Format::Ris),
        (refer::knows, Format::Refer),
    ];
    let text = String::from_utf8_lossy(text);
    KINDS.iter().find(|(knows, _)| knows(&text)).map(|(_, format)| *format)
}

fn table_or_text(text: &[u8]) -> Content {
    if let Some(format) = yaml::format_of(&String::from_utf8_lossy(text)) {
        return Content::Known(format);
    }
    match text {
        _ if delimited::layout_of(text).is_some() => Content::Known(Format::Delimited),
        _ if has_bibtex_behind_text(&String::from_utf8_lossy(text)) => Content::Known(Format::Bibtex),
        _ if delimited::is_nameless(text) => {
            let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
            Content::OtherText(format!(
                "a table without names such as `title,abstract,authors,year` in its first line, which is {}; name the columns there",
                snippet(&String::from_utf8_lossy(line))
            ))
        }
        _ => text_kind(text),
    }
}

/// The format of JSON. JSON without the marks of another format has our own field names.
fn json_kind(head: &[u8]) -> Format {
    let Some(opening) = Opening::of(head) else {
        return if head.trim_ascii_start().starts_with(b"{") { Format::Jsonl } else { Format::JsonList };
    };
    type Knows = fn(&Opening<'_>) -> bool;
    const KINDS: [(Knows, Format); 4] = [
        (arxiv::knows, Format::Arxiv),
        (openalex::knows, Format::OpenAlex),
        (semantic_scholar::knows, Format::SemanticScholar),
        (csl::knows, Format::CslJson),
    ];
    let known = KINDS.iter().find(|(knows, _)| knows(&opening)).map(|(_, format)| *format);
    known.unwrap_or(if opening.arrangement == Arrangement::List { Format::JsonList } else { Format::Jsonl })
}

/// The kind of an XML file, from its first element.
#[cfg(feature = "xml")]
fn xml_kind(head: &[u8]) -> Option<Content> {
    let root = xml::root(head)?;
    let has_id = root.element.attribute("id").is_some();
    let format = xml_format(root.element.name(), has_id, &String::from_utf8_lossy(head))?;
    Some(match root.encoding {
        Ok(_) => Content::Known(format),
        Err(name) => Content::OtherText(format!(
            "XML in the encoding {}; turn it into UTF-8 with `iconv` and correct its first line",
            snippet(&name)
        )),
    })
}

/// The kind of an XML file, from its first tag. Only names the format that this build does not read.
#[cfg(not(feature = "xml"))]
fn xml_kind(head: &[u8]) -> Option<Content> {
    let text = String::from_utf8_lossy(head);
    let tag = text.split('<').find(|tag| tag.starts_with(char::is_alphabetic))?;
    let name = tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next()?;
    let name = name.rsplit(':').next().unwrap_or(name);
    xml_format(name, tag.contains(" id="), &text).map(Content::Known)
}

/// The format of XML by the name of its first element, whether that has an `id`, and what else is in its beginning: library
/// catalogues, the ACL and EndNote have the same names for the element around their records.
fn xml_format(name: &str, has_id: bool, head: &str) -> Option<Format> {
    let has = |part: &str| head.contains(part);
    let is_marc = || has("<datafield") || has(":datafield") || has("MARC21/slim") || has("xmlns/marcxchange");
    let is_harvest = || has("<header") && has("<metadata");
    match name {
        "OAI-PMH" | "ListRecords" | "GetRecord" => Some(Format::OaiPmh),
        "record" | "records" | "Records" if is_harvest() => Some(Format::OaiPmh),
        "collection" | "volume" if has_id => Some(Format::AclAnthology),
        "PubmedArticleSet" | "PubmedBookArticleSet" | "PubmedArticle" | "PubmedBookArticle" => Some(Format::Pubmed),
        "xml" | "records" if has("<record>") && !is_marc() => Some(Format::EndNoteXml),
        "collection" | "record" | "records" | "searchRetrieveResponse" if is_marc() => Some(Format::Marc),
        "feed" | "rss" => Some(Format::Feed),
        "RDF" if has("zotero.org/namespaces/export") || has("purl.org/net/biblio") => Some(Format::ZoteroRdf),
        "RDF" if has("purl.org/rss/1.0") => Some(Format::Feed),
        "dblp" | "dblpperson" => Some(Format::Dblp),
        "pmc-articleset" => Some(Format::Jats),
        "article" | "articles" if has("<article-meta") || has("<front") => Some(Format::Jats),
        "oai_datacite" => Some(Format::DataCite),
        "resource" | "resources" if has("datacite") => Some(Format::DataCite),
        "mods" | "modsCollection" => Some(Format::Mods),
        "searchRetrieveResponse" if has("<mods") || has(":mods") => Some(Format::Mods),
        _ => None,
    }
}

/// Whether a text begins with a BibTeX entry, or with comments that an entry follows.
fn begins_with_bibtex(head: &str) -> bool {
    let head = head.trim_start();
    let is_entry = |line: &str| {
        let Some(rest) = line.trim_start().strip_prefix('@') else { return false };
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        letters > 0 && rest[letters..].trim_start().starts_with(['{', '('])
    };
    match head.chars().next() {
        // The bracket may stand on the next line.
        Some('@') => is_entry(head),
        Some('%') => head.split(['\n', '\r']).any(is_entry),
        _ => false,
    }
}

/// The most lines in front of the first entry.
const MOST_FRONT: usize = 32;

/// Kinds of entries, by which a file that begins with other text is known. Other texts have lines such as `@media {` too.
const KINDS: [&str; 25] = [
    "article",
    "book",
    "booklet",
    "collection",
    "comment",
    "conference",
    "dataset",
    "electronic",
    "inbook",
    "incollection",
    "inproceedings",
    "manual",
    "mastersthesis",
    "misc",
    "online",
    "patent",
    "phdthesis",
    "preamble",
    "proceedings",
    "report",
    "software",
    "string",
    "techreport",
    "thesis",
    "unpublished",
];

/// Whether BibTeX entries stand behind a few lines of other text, which BibTeX takes for a comment. Scopus and JabRef 2
/// write such lines. Markdown may hold an entry too, as an example.
fn has_bibtex_behind_text(head: &str) -> bool {
    let is_entry = |line: &str| {
        let Some(rest) = line.trim_start().strip_prefix('@') else { return false };
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let kind = rest[..letters].to_ascii_lowercase();
        KINDS.contains(&kind.as_str()) && rest[letters..].trim_start().starts_with(['{', '('])
    };
    let lines = head.split(['\n', '\r']).filter(|line| !line.is_empty());
    let mut front = lines.take(MOST_FRONT).take_while(|line| !line.trim_start().starts_with(['#', '`', '~']));
    front.any(is_entry)
}

/// Files that are recognised by their first bytes.
const SIGNATURES: [(&[u8], &str); 12] = [
    (b"%PDF", "a PDF; extract titles and abstracts first"),
    (b"FEA1", "Feather in its first version; write it again with a newer program, or as Parquet"),
    (b"\xd0\xcf\x11\xe0", "an office document in the form of before 2007; save it as .xlsx or as CSV"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"\x04\x22\x4d\x18", "data compressed with LZ4; unpack it first"),
    (b"\x89HDF", "an HDF5 file; write the table as Parquet or as CSV"),
    (b"RDX", "data of R; write the table with `write.csv`"),
    (b"\x80\x02", PICKLE),
    (b"\x80\x03", PICKLE),
    (b"\x80\x04", PICKLE),
    (b"\x80\x05", PICKLE),
];
const PICKLE: &str = "a Python pickle, which can run code when read and is never opened; export Parquet or CSV";

/// Office documents that are no tables, by a part of theirs.
const OFFICE: [(&[u8], &str); 5] = [
    (b"word/", "a Word document; a list of papers is read as .xlsx, CSV, RIS or BibTeX"),
    (b"ppt/", "a presentation"),
    (b"mimetypeapplication/epub", "an e-book"),
    (b"mimetypeapplication/vnd.oasis", "an OpenDocument file; save the table as .xlsx or as CSV"),
    (b".npy", "arrays of NumPy; write titles and abstracts as JSON lines or CSV"),
];

/// The format of data that is not text, or what it is instead.
fn of_bytes(head: &[u8]) -> Option<Content> {
    let known = match head {
        [b'P', b'A', b'R', b'1', ..] => Format::Parquet,
        [b'A', b'R', b'R', b'O', b'W', b'1', 0, 0, ..] => Format::Arrow,
        [0xff, 0xff, 0xff, 0xff, ..] if is_arrow_stream(head) => Format::Arrow,
        [b'S', b'Q', b'L', b'i', b't', b'e', b' ', b'f', b'o', b'r', b'm', b'a', b't', b' ', b'3', 0, ..] => {
            Format::Sqlite
        }
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => {
            let has = |part: &[u8]| head.windows(part.len()).any(|window| window == part);
            let first = head.get(30..).unwrap_or_default();
            let is_office =
                [&b"[Content_Types]"[..], b"_rels/", b"docProps/", b"xl/"].iter().any(|name| first.starts_with(name));
            if is_office && has(b"xl/") {
                return Some(Content::Known(Format::Excel));
            }
            return Some(match OFFICE.iter().find(|(part, _)| has(part)) {
                Some((_, found)) => Content::Binary(found),
                None => Content::Known(Format::Zip),
            });
        }
        _ => return binary_kind(head).map(Content::Binary),
    };
    Some(Content::Known(known))
}

/// Whether data is a stream of Arrow's messages, by the mark of the first one and its length.
fn is_arrow_stream(head: &[u8]) -> bool {
    let length = head.get(4..).and_then(|rest| rest.first_chunk::<4>()).map(|length| u32::from_le_bytes(*length));
    length.is_some_and(|length| (8..1 << 24).contains(&length) && length.is_multiple_of(8))
}

fn binary_kind(head: &[u8]) -> Option<&'static str> {
    let by_signature = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)).map(|(_, kind)| *kind);
    let is_tar = head.get(257..262) == Some(b"ustar".as_slice());
    by_signature.or(is_tar.then_some("a tar archive; unpack it first")).or((!is_text(head)).then_some("binary data"))
}

/// Whether data is text: it has no zero bytes, or, since some programs leave a few behind, few of them and nothing else that
/// text does not have.
fn is_text(head: &[u8]) -> bool {
    let zeros = head.iter().filter(|&&byte| byte == 0).count();
    let is_control = |byte: u8| (1..b' ').contains(&byte) && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0b | 0x0c);
    zeros == 0 || (zeros * 20 <= head.len() && !head.iter().any(|&byte| is_control(byte)))
}

/// Whether a JSON list goes on behind a bracket, rather than a sentence or a section of a settings file.
fn is_list_of_objects(inside: &[u8]) -> bool {
    // Web services write `null` for a paper that they do not have.
    let inside = inside.trim_ascii_start();
    matches!(inside, [b'{' | b']', ..])
        || inside.strip_prefix(b"null").is_some_and(|behind| behind.trim_ascii_start().starts_with(b","))
}

fn text_kind(text: &[u8]) -> Content {
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = line.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    if line.is_empty() {
        return Content::Binary("text that is not UTF-8, or binary data");
    }
    let kind = match text[0] {
        b'<' => "HTML or XML",
        b'@' => "what looks like BibTeX",
        b'"' => "a JSON string, or a table without a title or an abstract in its first line,",
        _ => "text",
    };
    Content::OtherText(format!("{kind} beginning with {}", snippet(line)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_visible_character_decides() {
        assert_eq!(detect(b"\n\n  {\"id\": 1}"), Content::Known(Format::Jsonl));
        assert_eq!(detect(b"\xef\xbb\xbf{}"), Content::Known(Format::Jsonl));
        assert_eq!(detect(b" [\n{}]"), Content::Known(Format::JsonList));
        assert_eq!(detect(b" \n\t"), Content::Nothing);
        assert_eq!(detect(b""), Content::Nothing);
    }

    #[test]
    fn a_banner_makes_a_page() {
        let page = b"new\n\nSubscribe\n\nbyAK and the research community\n\nMay 3\n\nA Title\n";
        assert_eq!(detect(page), Content::Known(Format::DailyPapers));
    }

    #[test]
    fn the_fields_of_the_first_record_tell_whose_json_it_is() {
        for (head, format) in [
            (r#"{"id":"0704.1","title":"T","abstract":"A","categories":"cs.LG","versions":[],"x":"#, Format::Arxiv),
            (r#"{"id": "0704.1", "title": "T", "abstract": "A", "categories": "cs.LG"}"#, Format::Jsonl),
            (r#"{"corpusid": 1, "externalids": {}, "title": "T"}"#, Format::SemanticScholar),
            (r#"{"total": 2, "data": [{"paperId": "a", "title": "T"}]}"#, Format::SemanticScholar),
            (r#"[{"paperId": "a", "title": "T"}]"#, Format::SemanticScholar),
            (r#"{"id": "https://openalex.org/W1", "title": "T"}"#, Format::OpenAlex),
            (r#"{"meta": {"count": 1}, "results": [{"id": "https://openalex.org/W1"#, Format::OpenAlex),
            (r#"[{"id": "a", "type": "book", "author": []}]"#, Format::CslJson),
            (r#"[{"id": "a", "text": "book"}]"#, Format::JsonList),
            ("[]", Format::JsonList),
        ] {
            assert_eq!(detect(head.as_bytes()), Content::Known(format), "{head}");
        }
        assert_eq!(detect(b"PAR1\x15\0"), Content::Known(Format::Parquet));
    }

    #[cfg(feature = "xml")]
    #[test]
    fn xml_is_known_by_its_first_element() {
        for (head, format) in [
            ("<?xml version='1.0'?>\n<!-- <PubmedArticle/> --><o:OAI-PMH xmlns:o='x'>", Format::OaiPmh),
            ("<collection id='2020.acl'>\n<volume", Format::AclAnthology),
            ("<!DOCTYPE PubmedArticleSet PUBLIC \"x\" \"y\"><PubmedArticleSet>", Format::Pubmed),
            ("\u{feff}<?xml version='1.0' encoding='latin1'?><PubmedArticle>", Format::Pubmed),
            ("<record xmlns='http://www.openarchives.org/OAI/2.0/'><header/><metadata/>", Format::OaiPmh),
            ("<volume id='1'><meta/>", Format::AclAnthology),
            ("<xml><records><record><ref-type>17", Format::EndNoteXml),
            ("<records>\n<record><titles/>", Format::EndNoteXml),
            ("<feed xmlns='http://www.w3.org/2005/Atom'>", Format::Feed),
            ("<rss version='2.0'>", Format::Feed),
            ("<rdf:RDF xmlns='http://purl.org/rss/1.0/'>", Format::Feed),
            ("<rdf:RDF xmlns:bib='http://purl.org/net/biblio#'>", Format::ZoteroRdf),
            ("<!DOCTYPE article><article><front>", Format::Jats),
            ("<pmc-articleset><article>", Format::Jats),
            ("<!DOCTYPE dblp SYSTEM 'dblp.dtd'>\n<dblp>", Format::Dblp),
            ("<resource xmlns='http://datacite.org/schema/kernel-4'>", Format::DataCite),
            ("<mods:modsCollection xmlns:mods='x'>", Format::Mods),
            ("<collection xmlns='http://www.loc.gov/MARC21/slim'><record/>", Format::Marc),
            ("<record><leader/><datafield tag='245'>", Format::Marc),
        ] {
            assert_eq!(detect(head.as_bytes()), Content::Known(format), "{head}");
        }
        assert_eq!(detect(b"% made by hand\n\n@Article{x,"), Content::Known(Format::Bibtex));
    }

    #[test]
    fn what_cannot_be_read_is_described() {
        for (head, part) in [
            (&b"%PDF-1.7"[..], "PDF"),
            (b"\x80\x04\x95", "pickle"),
            (b"PK\x03\x04....word/document.xml", "Word"),
            (b"abc\0def", "binary"),
            (b"<html>", "HTML or XML beginning with `<html>`"),
            (b"id,name\n", "text beginning with `id,name`"),
            (b"<collection><record/></collection>", "HTML or XML beginning with `<collection>"),
            #[cfg(feature = "xml")]
            (b"<?xml version='1.0' encoding='koi8-r'?><OAI-PMH/>", "XML in the encoding `koi8-r`; turn it into UTF-8"),
            (b"@article of mine", "BibTeX"),
            (b"[section]\n", "text beginning with `[section]`"),
            (b"\xe9\xe8\xe7", "not UTF-8"),
        ] {
            let found = match detect(head) {
                Content::Binary(found) => found.to_owned(),
                Content::OtherText(found) => found,
                content => panic!("{part}: {content:?}"),
            };
            assert!(found.contains(part), "{found}");
        }
    }

    #[test]
    fn bibtex_begins_with_entries_or_comments() {
        for head in [
            "@article{a,",
            " \n@Book (b,",
            "% Encoding: UTF-8\n\n@misc{c",
            "% UTF-8\r@misc{c",
            "@string{a = 1}",
            "@misc\n{",
        ] {
            assert!(begins_with_bibtex(head), "{head}");
        }
        for head in ["@home", "% only a comment", "text\n@misc{a", "a@b{", "", "@ {"] {
            assert!(!begins_with_bibtex(head), "{head}");
        }
    }

    #[test]
    fn text_may_stand_in_front_of_bibtex() {
        for head in ["Scopus\nEXPORT DATE: 13 January 2017\n\n@ARTICLE{a,", "JabRef 2.\nEncoding: UTF8\n @comment{x"] {
            assert_eq!(detect(head.as_bytes()), Content::Known(Format::Bibtex), "{head}");
        }
        for head in ["# Title\n\n@article{a,", "How to cite\n```\n@misc{a,", "body {}\n@media {", "a\n@book of mine"] {
            assert!(matches!(detect(head.as_bytes()), Content::OtherText(_)), "{head}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = detect(&bytes);
        }
    }
}
