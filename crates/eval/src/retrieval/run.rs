//! What a search answered: for each query, documents with their scores. Read and written in the form of TREC.
//!
//! A line is `query Q0 document rank score tag`, with white space between. The order of a ranking follows from its scores
//! and ids alone ([`Hit::compare`]); ranks are written, and not read. The tag may be missing.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Write};
use std::path::Path;

use semsearch_task::ErrorKind;

use super::error::{Mismatch, ReadError, snippet};
use super::lines;

/// A document that was found, and its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The document's id.
    pub document: String,
    /// Higher is better.
    pub score: f64,
}

impl Hit {
    /// A hit.
    pub fn new(document: impl Into<String>, score: f64) -> Hit {
        Hit { document: document.into(), score }
    }

    /// The order of trec_eval: by score, compared as 32-bit floats, then by id, the larger one first.
    #[must_use]
    pub fn compare(&self, other: &Hit) -> Ordering {
        // As floats: in `total_cmp`, 0 and -0 would be no tie.
        let by_score = (other.score as f32).partial_cmp(&(self.score as f32));
        by_score.unwrap_or(Ordering::Equal).then_with(|| other.document.cmp(&self.document))
    }
}

/// Rankings, one for each query that was asked.
///
/// A query that was asked and found nothing has an empty ranking, and is not the same as a query that was not asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// In the order in which queries came first; the hits in the order of [`Hit::compare`].
    queries: Vec<(String, Vec<Hit>)>,
    index: HashMap<String, usize>,
}

/// Why a ranking is not taken into a run.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The query has a ranking already.
    #[error("expected one ranking for each query, found a second one for `{query}`")]
    RankedTwice {
        /// The query.
        query: String,
    },
    /// A document is in the ranking twice.
    #[error("expected every document once for query `{query}`, found `{document}` twice")]
    FoundTwice {
        /// The query.
        query: String,
        /// The document.
        document: String,
    },
    /// A score is not a number.
    #[error("expected a number as the score of `{document}` for query `{query}`, found NaN")]
    NotANumber {
        /// The query.
        query: String,
        /// The document.
        document: String,
    },
}

impl RunError {
    /// What the error is about: always [`ErrorKind::Usage`].
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }
}

/// Why a run could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// An id or the tag cannot be a column of a TREC run.
    #[error("expected {what} without white space, as a column of a TREC run, found `{found}`")]
    Column {
        /// `a query id`, `a document id` or `a tag`.
        what: &'static str,
        /// What was found.
        found: String,
    },
    /// The operating system failed.
    #[error("cannot write the run")]
    Io(#[from] io::Error),
}

impl WriteError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            WriteError::Column { .. } => ErrorKind::Usage,
            WriteError::Io(_) => ErrorKind::Io,
        }
    }
}

impl Run {
    /// Reads the run of a file, plain or `.gz`.
    ///
    /// # Errors
    /// [`ReadError`], also where a document is found twice for one query, as trec_eval has it.
    pub fn read(path: &Path) -> Result<Run, ReadError> {
        let mut reader = Reader::default();
        lines::in_file(path, |_, line| reader.line(line))?;
        reader.finish(path)
    }

    /// Reads a run from bytes that come from elsewhere; `name` is how messages call them.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn from_reader(name: &Path, reader: impl Read) -> Result<Run, ReadError> {
        let mut run = Reader::default();
        lines::in_reader(name, reader, |_, line| run.line(line))?;
        run.finish(name)
    }

    /// Takes the hits of a query, in any order.
    ///
    /// # Errors
    /// [`RunError`]. The run is then as before.
    pub fn insert(&mut self, query: impl Into<String>, mut hits: Vec<Hit>) -> Result<(), RunError> {
        let query = query.into();
        if self.index.contains_key(&query) {
            return Err(RunError::RankedTwice { query });
        }
        if let Some(hit) = hits.iter().find(|hit| hit.score.is_nan()) {
            return Err(RunError::NotANumber { query, document: hit.document.clone() });
        }
        let mut documents = HashSet::with_capacity(hits.len());
        if let Some(hit) = hits.iter().find(|hit| !documents.insert(&hit.document)) {
            return Err(RunError::FoundTwice { query, document: hit.document.clone() });
        }
        hits.sort_by(Hit::compare);
        self.index.insert(query.clone(), self.queries.len());
        self.queries.push((query, hits));
        Ok(())
    }

    /// The hits of a query, best first, or `None` where it was not asked.
    #[must_use]
    pub fn of(&self, query: &str) -> Option<&[Hit]> {
        self.index.get(query).map(|&index| self.queries[index].1.as_slice())
    }

    /// The queries that were asked with their hits, best first, in the order in which the queries came first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &[Hit])> {
        self.queries.iter().map(|(query, hits)| (query.as_str(), hits.as_slice()))
    }

    /// The number of queries that were asked.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.queries.len()
    }

    /// Writes the run in the form of TREC, ranks from 1, with `tag` as the last column.
    ///
    /// Read again, it is the same run, but for queries with no hit: the form has no line for them.
    ///
    /// # Errors
    /// [`WriteError::Column`] before anything is written, [`WriteError::Io`] at any time.
    pub fn write(&self, mut out: impl Write, tag: &str) -> Result<(), WriteError> {
        column("a tag", tag)?;
        for (query, hits) in self.iter().filter(|(_, hits)| !hits.is_empty()) {
            column("a query id", query)?;
            hits.iter().try_for_each(|hit| column("a document id", &hit.document))?;
        }
        for (query, hits) in self.iter() {
            for (rank, Hit { document, score }) in (1..).zip(hits) {
                writeln!(out, "{query} Q0 {document} {rank} {score} {tag}")?;
            }
        }
        out.flush()?;
        Ok(())
    }
}

fn column(what: &'static str, text: &str) -> Result<(), WriteError> {
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(WriteError::Column { what, found: text.to_owned() });
    }
    Ok(())
}

/// Takes the lines of one file.
#[derive(Default)]
struct Reader {
    queries: Vec<(String, Vec<Hit>)>,
    /// Of each query, where its hits are, and which documents they are.
    index: HashMap<String, (usize, HashSet<String>)>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), Mismatch> {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let ([query, _, document, _, score] | [query, _, document, _, score, _]) = columns[..] else {
            return Err(Mismatch::new("query id, Q0, document id, rank, score and tag", snippet(line)));
        };
        let Some(score) = score.parse().ok().filter(|score: &f64| !score.is_nan()) else {
            return Err(Mismatch::new("a number as the score, in the fifth column", snippet(line)));
        };
        if !self.index.contains_key(query) {
            self.index.insert(query.to_owned(), (self.queries.len(), HashSet::new()));
            self.queries.push((query.to_owned(), Vec::new()));
        }
        let (index, documents) = self.index.get_mut(query).expect("it was put there");
        if !documents.insert(document.to_owned()) {
            let found = format!("{} again", snippet(document));
            return Err(Mismatch::new(format!("every document once for query {}", snippet(query)), found));
        }
        self.queries[*index].1.push(Hit::new(document, score));
        Ok(())
    }

    fn finish(self, path: &Path) -> Result<Run, ReadError> {
        if self.queries.is_empty() {
            return Err(ReadError::Empty { path: path.to_owned(), expected: "hit" });
        }
        let mut run = Run::default();
        for (query, hits) in self.queries {
            run.insert(query, hits).expect("`line` refuses all that `insert` refuses");
        }
        Ok(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Result<Run, String> {
        Run::from_reader(Path::new("run.trec"), content.as_bytes()).map_err(|error| error.to_string())
    }

    fn ids<'a>(run: &'a Run, query: &str) -> Vec<&'a str> {
        run.of(query).unwrap().iter().map(|hit| hit.document.as_str()).collect()
    }

    #[test]
    fn scores_that_32_bits_cannot_tell_apart_are_ties_and_the_larger_id_comes_first() {
        let run = read("q Q0 b 1 0.70000001 x\nq Q0 a 2 0.7 x\nq Q0 c 3 0.7 x\nq Q0 10 4 0.7 x\nq Q0 9 5 0.7000001 x");
        assert_eq!(ids(&run.unwrap(), "q"), ["9", "c", "b", "a", "10"]);
        let zeros = read("q Q0 a 1 0 x\nq Q0 b 2 -0.0 x\nq Q0 c 3 -1e-3 x\nq Q0 d 4 1E2 x").unwrap();
        assert_eq!(ids(&zeros, "q"), ["d", "b", "a", "c"]);
    }

    #[test]
    fn ranks_and_tags_count_for_nothing() {
        let run = read("p Q0 a 7 1 tag\nq\t0\tb\t1\t2\n p Q0 c 1 0.5 tag").unwrap();
        assert_eq!((ids(&run, "p"), ids(&run, "q"), run.queries()), (vec!["a", "c"], vec!["b"], 2));
        assert_eq!(run.of("r"), None);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut run = Run::default();
        run.insert("q2", vec![Hit::new("é", 1.0 / 3.0), Hit::new("d", 1e300), Hit::new("c", 0.70000001)]).unwrap();
        run.insert("q1", vec![Hit::new("z", -0.0), Hit::new("y", f64::NEG_INFINITY)]).unwrap();
        let mut written = Vec::new();
        run.write(&mut written, "semsearch").unwrap();
        assert!(written.starts_with(b"q2 Q0 d 1 1"), "{}", String::from_utf8_lossy(&written));
        assert_eq!(Run::from_reader(Path::new("x"), written.as_slice()).unwrap(), run);
    }

    #[test]
    fn what_cannot_be_a_column_is_not_written() {
        let mut run = Run::default();
        run.insert("q", vec![Hit::new("a b", 1.0)]).unwrap();
        let mut written = Vec::new();
        let error = run.write(&mut written, "tag").unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected a document id without white space, as a column of a TREC run, found `a b`"
        );
        assert_eq!((error.kind(), written.len()), (ErrorKind::Usage, 0));
        assert!(Run::default().write(&mut written, "").is_err());
    }

    #[test]
    fn rankings_that_no_evaluation_could_order_are_refused() {
        let mut run = Run::default();
        run.insert("q", Vec::new()).unwrap();
        assert_eq!(run.of("q"), Some(&[][..]));
        assert_eq!(run.insert("q", Vec::new()), Err(RunError::RankedTwice { query: "q".into() }));
        let twice = run.insert("r", vec![Hit::new("d", 1.0), Hit::new("d", 2.0)]).unwrap_err();
        assert_eq!(twice.to_string(), "expected every document once for query `r`, found `d` twice");
        assert!(matches!(run.insert("r", vec![Hit::new("d", f64::NAN)]), Err(RunError::NotANumber { .. })));
        assert_eq!(run.queries(), 1);
    }

    #[test]
    fn malformed_hits_are_named_by_line() {
        let error = |second: &str| read(&format!("q Q0 a 1 0.5 x\n{second}")).unwrap_err();
        assert_eq!(
            error("q Q0 b 2"),
            "run.trec, line 2: expected query id, Q0, document id, rank, score and tag, found `q Q0 b 2`"
        );
        assert!(error("q Q0 b 2 high x").contains("line 2: expected a number as the score, in the fifth column"));
        assert!(error("q Q0 b 2 nan x").contains("line 2: expected a number as the score"));
        assert!(
            error("q Q0 a 2 0.4 x").ends_with("line 2: expected every document once for query `q`, found `a` again")
        );
        assert_eq!(read("\n").unwrap_err(), "run.trec: expected at least one hit, found none");
    }
}
