//! Queries in the form of BEIR: a JSON object a line, with `_id` and `text`.
//!
//! Other fields, such as `metadata`, are left alone. An id may be a number. A text may be empty; a search answers such
//! a query as it likes, and the measures count it as any other.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value};

use super::error::{Mismatch, ReadError, snippet};
use super::lines;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Unique within its file.
    pub id: String,
    /// The question itself.
    pub text: String,
}

/// Reads the queries of a file, plain or `.gz`, in its order. A query that is there twice, word by word, counts once.
///
/// # Errors
/// [`ReadError`], also where one id stands for two texts.
pub fn read_queries(path: &Path) -> Result<Vec<Query>, ReadError> {
    gather(path, |each| lines::in_file(path, each))
}

/// Reads queries as [`read_queries`] does, from bytes that come from elsewhere; `name` is how messages call them.
///
/// # Errors
/// [`ReadError`].
pub fn read_queries_from(name: &Path, reader: impl Read) -> Result<Vec<Query>, ReadError> {
    gather(name, |each| lines::in_reader(name, reader, each))
}

/// What [`gather`] hands lines to.
type Each<'a> = &'a mut dyn FnMut(u64, &str) -> Result<(), Mismatch>;

fn gather(path: &Path, read: impl FnOnce(Each<'_>) -> Result<(), ReadError>) -> Result<Vec<Query>, ReadError> {
    let mut queries: Vec<Query> = Vec::new();
    // Of each id, where its query is and in which line it stood.
    let mut seen: HashMap<String, (usize, u64)> = HashMap::new();
    read(&mut |number, line| {
        let query = query(line)?;
        match seen.get(&query.id) {
            Some(&(index, _)) if queries[index].text == query.text => {}
            Some(&(_, first)) => {
                let found = format!("{} with another text than in line {first}", snippet(&query.id));
                return Err(Mismatch::new("an id of its own for every query", found));
            }
            None => {
                seen.insert(query.id.clone(), (queries.len(), number));
                queries.push(query);
            }
        }
        Ok(())
    })?;
    if queries.is_empty() { Err(ReadError::Empty { path: path.to_owned(), expected: "query" }) } else { Ok(queries) }
}

/// Reads the query in a JSON line that stands at `place` of something called `name`. Without an id, its number is its id.
///
/// # Errors
/// [`ReadError::Line`].
pub fn query_of_line(name: &Path, place: u64, line: &str, number: u64) -> Result<Query, ReadError> {
    parse(line, Some(number)).map_err(|mismatch| mismatch.at(name, place))
}

fn query(line: &str) -> Result<Query, Mismatch> {
    parse(line, None)
}

/// The query in a JSON line. `number` is its id if it has none.
fn parse(line: &str, number: Option<u64>) -> Result<Query, Mismatch> {
    let fields: Map<String, Value> = serde_json::from_str(line).map_err(|error| {
        Mismatch::new("a JSON object with `_id` and `text`", format!("{} ({error})", snippet(line)))
    })?;
    let id = match first_of(&fields, ["_id", "id"]) {
        Some(Value::String(id)) if !id.is_empty() => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        None if number.is_some() => number.map(|number| number.to_string()).unwrap_or_default(),
        other => return Err(Mismatch::new("a text or a number in `_id`", described(other))),
    };
    match first_of(&fields, ["text", "query"]) {
        Some(Value::String(text)) => Ok(Query { id, text: text.trim().to_owned() }),
        other => Err(Mismatch::new("a text in `text`", described(other))),
    }
}

fn first_of<'a>(fields: &'a Map<String, Value>, names: [&str; 2]) -> Option<&'a Value> {
    names.iter().filter_map(|&name| fields.get(name)).find(|value| !value.is_null())
}

fn described(value: Option<&Value>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| snippet(&value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queries(content: &str) -> Result<Vec<(String, String)>, String> {
        let read =
            read_queries_from(Path::new("queries.jsonl"), content.as_bytes()).map_err(|error| error.to_string())?;
        Ok(read.into_iter().map(|query| (query.id, query.text)).collect())
    }

    #[test]
    fn ids_and_texts_are_read_and_the_rest_is_left_alone() {
        let content = "{\"_id\": \"q 1\", \"text\": \" why tides? \", \"metadata\": {\"n\": [1]}}\n\n\
                       {\"_id\": 2, \"text\": \"\"}\n{\"_id\": \"q 1\", \"text\": \"why tides?\"}\n";
        assert_eq!(queries(content).unwrap(), [("q 1".into(), "why tides?".into()), ("2".into(), String::new())]);
    }

    #[test]
    fn malformed_queries_are_named_by_line() {
        let error = |second: &str| queries(&format!("{{\"_id\": \"1\", \"text\": \"a\"}}\n{second}")).unwrap_err();
        let twice = error("{\"_id\": \"1\", \"text\": \"b\"}");
        assert_eq!(
            twice,
            "queries.jsonl, line 2: expected an id of its own for every query, found `1` with another text than in line 1"
        );
        assert!(error("{\"text\": \"b\"}").ends_with("line 2: expected a text or a number in `_id`, found none"));
        assert!(error("{\"_id\": \"2\", \"text\": 7}").ends_with("line 2: expected a text in `text`, found `7`"));
        assert!(error("1\twhy tides?").contains("line 2: expected a JSON object with `_id` and `text`, found `1⇥why"));
        assert_eq!(queries("\n").unwrap_err(), "queries.jsonl: expected at least one query, found none");
    }
}
