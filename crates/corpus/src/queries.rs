//! Queries, and which documents answer them.
//!
//! Queries come as BEIR's `queries.jsonl` (`_id` and `text`) or as plain text, one a line; the first character tells
//! which. Judgements ("qrels") come as tab-separated `query-id`, `corpus-id`, `score` under a header line. All files may
//! be compressed, and `-` is standard input. In a BEIR folder, the file is found by its usual name.
//!
//! Every line counts in a measurement, so no malformed line is skipped: the first one ends reading.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::detect::{Content, detect};
use crate::error::{Mismatch, ReadError, snippet};
use crate::format::Format;
use crate::input::Input;
use crate::lines::{Lines, utf8};
use crate::readers::{beir, jsonl};

/// A query of a measurement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Unique within its file; the number of its line where the file gives none.
    pub id: String,
    /// The text of the query.
    pub text: String,
}

/// How well a document answers a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgment {
    /// The query's id.
    pub query: String,
    /// The document's id.
    pub document: String,
    /// Above 0 means relevant, and more is better.
    pub score: i32,
}

/// Reads queries from a file, standard input (`-`) or a BEIR folder.
///
/// # Errors
///
/// When the file cannot be read or holds no query, at a malformed line, or when two queries share an id.
pub fn read_queries(path: &Path) -> Result<Vec<Query>, ReadError> {
    let path = file_of(path, &["queries.jsonl", "queries.jsonl.gz", "queries.jsonl.zst"])?;
    let input = Input::open(&path)?;
    let parse = match detect(input.head()) {
        Content::Known(Format::Jsonl) => json_query,
        Content::Known(Format::JsonList | Format::CslJson) => return Err(ReadError::JsonArray { path }),
        Content::Known(Format::Parquet) => return Err(Mismatch::new("text", "a Parquet file").at(&path, 1)),
        Content::Binary(found) => return Err(Mismatch::new("text", found).at(&path, 1)),
        _ => plain_query,
    };

    let mut first_lines: HashMap<String, u64> = HashMap::new();
    each_line(input.into_lines(), "query", |number, line| {
        let query = parse(number, line)?;
        match first_lines.insert(query.id.clone(), number) {
            Some(first) => Err(Mismatch::new(
                "an id of its own for every query",
                format!("{} as in line {first}", snippet(&query.id)),
            )),
            None => Ok(Some(query)),
        }
    })
}

/// Reads relevance judgements from a file, standard input (`-`) or a BEIR folder.
///
/// # Errors
///
/// When the file cannot be read or holds no judgement, at a malformed line, or when a pair is judged twice.
pub fn read_qrels(path: &Path) -> Result<Vec<Judgment>, ReadError> {
    let path = file_of(path, &["qrels.tsv", "qrels.tsv.gz", "qrels/test.tsv", "qrels/test.tsv.gz"])?;
    let mut first_lines: HashMap<(String, String), u64> = HashMap::new();
    let mut header_may_come = true;
    each_line(Input::open(&path)?.into_lines(), "judgement", |number, line| {
        if std::mem::take(&mut header_may_come) && is_header(line) {
            return Ok(None);
        }
        let judgment = judgment(line)?;
        let pair = (judgment.query.clone(), judgment.document.clone());
        match first_lines.insert(pair, number) {
            Some(first) => Err(Mismatch::new("one judgement for each pair", format!("the pair of line {first} again"))),
            None => Ok(Some(judgment)),
        }
    })
}

fn file_of(path: &Path, names: &[&str]) -> Result<PathBuf, ReadError> {
    if path.is_dir() { beir::file_in(path, names) } else { Ok(path.to_owned()) }
}

/// Parses every line that is not blank. `None` stands for a line without an item, such as a header.
fn each_line<T>(
    mut lines: Lines,
    item: &'static str,
    mut parse: impl FnMut(u64, &str) -> Result<Option<T>, Mismatch>,
) -> Result<Vec<T>, ReadError> {
    let path = lines.path().to_owned();
    let mut items = Vec::new();
    while let Some(line) = lines.next() {
        let (number, bytes) = line?;
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let parsed = utf8(bytes).and_then(|line| parse(number, line));
        items.extend(parsed.map_err(|mismatch| mismatch.at(&path, number))?);
    }
    if items.is_empty() { Err(ReadError::Empty { path, expected: item }) } else { Ok(items) }
}

fn plain_query(number: u64, line: &str) -> Result<Query, Mismatch> {
    Ok(Query { id: number.to_string(), text: line.trim().to_owned() })
}

fn json_query(_: u64, line: &str) -> Result<Query, Mismatch> {
    let fields = jsonl::object(line)?;
    let id = match first_of(&fields, &["_id", "id"]) {
        Some(Value::String(id)) if !id.trim().is_empty() => id.trim().to_owned(),
        Some(Value::Number(id)) => id.to_string(),
        other => {
            return Err(Mismatch::new("a string or a number in `_id` or `id`", described(other)));
        }
    };
    match first_of(&fields, &["text", "query"]) {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(Query { id, text: text.trim().to_owned() }),
        other => Err(Mismatch::new("a question in `text` or `query`", described(other))),
    }
}

fn first_of<'a>(fields: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    names.iter().filter_map(|&name| fields.get(name)).find(|value| !value.is_null())
}

fn described(value: Option<&Value>) -> String {
    value.map_or_else(|| "neither".to_owned(), |value| snippet(&value.to_string()))
}

/// Whether a line is a header: three columns, the third not a number.
fn is_header(line: &str) -> bool {
    columns(line).is_some_and(|[_, _, score]| score.parse::<f64>().is_err())
}

fn judgment(line: &str) -> Result<Judgment, Mismatch> {
    let wrong = |expected| Mismatch::new(expected, snippet(&line.replace('\t', "⇥")));
    let [query, document, score] =
        columns(line).ok_or_else(|| wrong("query id, document id and score, with tabs between"))?;
    let score = score.parse().map_err(|_| wrong("an integer score in the third column"))?;
    Ok(Judgment { query: query.to_owned(), document: document.to_owned(), score })
}

fn columns(line: &str) -> Option<[&str; 3]> {
    let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
    let columns: [&str; 3] = columns.try_into().ok()?;
    columns.iter().all(|column| !column.is_empty()).then_some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_file<T>(content: &str, read: impl Fn(&Path) -> Result<T, ReadError>) -> Result<T, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, content).unwrap();
        read(&path).map_err(|error| error.to_string())
    }

    fn queries(content: &str) -> Result<Vec<(String, String)>, String> {
        on_file(content, read_queries).map(|queries| queries.into_iter().map(|query| (query.id, query.text)).collect())
    }

    #[test]
    fn plain_lines_are_queries_with_their_line_as_id() {
        let expected = [("1".into(), "why tides?".into()), ("3".into(), "[winds]".into())];
        assert_eq!(queries("why tides?\r\n\n  [winds]").unwrap(), expected);
    }

    #[test]
    fn json_queries_bring_their_ids() {
        let content = r#"{"_id": "q1", "text": "why tides?"}
            {"id": 2, "query": "winds", "metadata": {}}"#;
        assert_eq!(queries(content).unwrap(), [("q1".into(), "why tides?".into()), ("2".into(), "winds".into())]);
    }

    #[test]
    fn malformed_queries_are_named_by_line() {
        let twice = queries("{\"_id\": \"1\", \"text\": \"a\"}\n{\"_id\": \"1\", \"text\": \"b\"}").unwrap_err();
        assert!(twice.contains("line 2: expected an id of its own for every query, found `1` as in line 1"), "{twice}");
        assert!(queries("{\"_id\": \"1\", \"text\": \" \"}").unwrap_err().contains("a question in `text`"));
        assert!(queries("{\"text\": \"a\"}").unwrap_err().contains("found neither"));
        assert!(queries(" \n").unwrap_err().contains("at least one query"));
        assert!(queries("a\0b").unwrap_err().contains("line 1: expected text, found binary data"));
        assert!(queries("[\n{\"_id\": \"1\"}]").unwrap_err().contains("found a JSON list"));
    }

    #[test]
    fn judgements_are_read_with_and_without_a_header() {
        let expected = Judgment { query: "1".into(), document: "d".into(), score: 2 };
        for content in ["query-id\tcorpus-id\tscore\n1\td\t2\n", "1\td\t2", "query-id\tcorpus-id\tscore\r\n1\td\t2\r\n"]
        {
            assert_eq!(on_file(content, read_qrels).unwrap(), std::slice::from_ref(&expected));
        }
    }

    #[test]
    fn malformed_judgements_are_named_by_line() {
        let judgements = |rest: &str| on_file(&format!("query-id\tcorpus-id\tscore\n{rest}"), read_qrels).unwrap_err();
        assert!(judgements("1 d 2").contains("line 2: expected query id, document id and score"));
        assert!(judgements("1\td\t2.5").contains("expected an integer score in the third column, found `1⇥d⇥2.5`"));
        assert!(judgements("1\td\t1\n1\td\t2").contains("line 3: expected one judgement for each pair"));
        assert!(judgements("1\t\t1").contains("with tabs between"));
        assert!(judgements("").contains("at least one judgement"));
    }
}
