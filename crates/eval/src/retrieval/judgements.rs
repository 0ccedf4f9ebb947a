//! Relevance judgements ("qrels"): which document answers which query, and how well.
//!
//! Two forms are read, told apart by the first line:
//!
//! | form | columns |
//! | --- | --- |
//! | BEIR | `query-id`, `corpus-id`, `score`, with one tab between; the first line may be a header |
//! | TREC | `query-id`, a column that is ignored, `document-id`, `grade`, with white space or tabs between |
//!
//! What files of either form really have is allowed for: a header or none, columns between quotes (Python's `csv` writes
//! ids with a quote in them so), a fourth column of BEIR's (then it is the second that is ignored), grades written `1.0`,
//! a pair that is judged twice. Where the two judgements differ, trec_eval refuses a TREC file, and so do we; BEIR's own
//! loader takes the last one, and so do we in its form, and count the pair among [`Judgements::contradicted`].

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use super::error::{Mismatch, ReadError, snippet};
use super::lines;

/// The grades that documents have for queries.
///
/// A document is relevant from grade 1 on, and a higher grade is better. Negative grades are kept as they are read, and
/// count as 0 when a run is evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgements {
    /// In the order in which queries came first.
    queries: Vec<(String, HashMap<String, i32>)>,
    index: HashMap<String, usize>,
    contradicted: usize,
}

impl Judgements {
    /// Reads the judgements of a file, plain or `.gz`.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read(path: &Path) -> Result<Judgements, ReadError> {
        let mut reader = Reader::default();
        lines::in_file(path, |_, line| reader.line(line))?;
        reader.finish(path)
    }

    /// Reads judgements from bytes that come from elsewhere; `name` is how messages call them.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn from_reader(name: &Path, reader: impl Read) -> Result<Judgements, ReadError> {
        let mut judgements = Reader::default();
        lines::in_reader(name, reader, |_, line| judgements.line(line))?;
        judgements.finish(name)
    }

    /// Judges a pair, and returns the grade it had before.
    pub fn insert(&mut self, query: &str, document: &str, grade: i32) -> Option<i32> {
        let index = match self.index.get(query) {
            Some(&index) => index,
            None => {
                self.index.insert(query.to_owned(), self.queries.len());
                self.queries.push((query.to_owned(), HashMap::new()));
                self.queries.len() - 1
            }
        };
        self.queries[index].1.insert(document.to_owned(), grade)
    }

    /// The judged documents of a query with their grades, or `None` where the query is not judged.
    #[must_use]
    pub fn of(&self, query: &str) -> Option<&HashMap<String, i32>> {
        self.index.get(query).map(|&index| &self.queries[index].1)
    }

    /// The judged queries with their documents and grades, in the order in which the queries came first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &HashMap<String, i32>)> {
        self.queries.iter().map(|(query, grades)| (query.as_str(), grades))
    }

    /// The number of judged queries.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.queries.len()
    }

    /// The number of judged pairs.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.queries.iter().map(|(_, grades)| grades.len()).sum()
    }

    /// How often a file in BEIR's form gave a pair another grade than before; the last one holds.
    #[must_use]
    pub fn contradicted(&self) -> usize {
        self.contradicted
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Beir,
    Trec,
}

/// Takes the lines of one file.
#[derive(Default)]
struct Reader {
    judgements: Judgements,
    form: Option<Form>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), Mismatch> {
        let is_first = self.form.is_none();
        let form = match self.form {
            Some(form) => form,
            None => *self.form.insert(form_of(line)?),
        };
        let [query, document, grade] = columns(line, form)?;
        let Some(grade) = grade_of(&grade) else {
            // A header is a first line whose last column is a word.
            return if is_first && number_of(&grade).is_none() {
                Ok(())
            } else {
                Err(Mismatch::new("a whole number as the grade, in the last column", snippet(line)))
            };
        };
        match self.judgements.insert(&query, &document, grade) {
            Some(before) if before != grade && form == Form::Trec => {
                let found = format!("{grade} after {before} in {}", snippet(line));
                Err(Mismatch::new("one grade for each query and document", found))
            }
            Some(before) => {
                self.judgements.contradicted += usize::from(before != grade);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn finish(self, path: &Path) -> Result<Judgements, ReadError> {
        if self.judgements.queries.is_empty() {
            return Err(ReadError::Empty { path: path.to_owned(), expected: "judgement" });
        }
        Ok(self.judgements)
    }
}

fn form_of(line: &str) -> Result<Form, Mismatch> {
    match (line.split('\t').count(), line.split_whitespace().count()) {
        (3, _) => Ok(Form::Beir),
        // Of four columns under a header, only the header says that they are BEIR's.
        (4, _) if line.split('\t').next_back().is_some_and(|last| number_of(last).is_none()) => Ok(Form::Beir),
        (_, 4) => Ok(Form::Trec),
        _ => Err(Mismatch::new(
            "query id, document id and score with tabs between, or query id, 0, document id and grade",
            snippet(line),
        )),
    }
}

/// The query, the document and the grade of a line.
fn columns(line: &str, form: Form) -> Result<[Cow<'_, str>; 3], Mismatch> {
    let (columns, expected): (Vec<Cow<'_, str>>, _) = match form {
        Form::Beir => (line.split('\t').map(unquoted).collect(), "query id, document id and score, with tabs between"),
        Form::Trec => (line.split_whitespace().map(Cow::Borrowed).collect(), "query id, 0, document id and grade"),
    };
    let wrong = || Mismatch::new(expected, snippet(line));
    let [query, .., document, grade] = columns.as_slice() else { return Err(wrong()) };
    let fits = columns.len() == 4 || (columns.len() == 3 && form == Form::Beir);
    if !fits || query.is_empty() || document.is_empty() {
        return Err(wrong());
    }
    Ok([query.clone(), document.clone(), grade.clone()])
}

/// A column as Python's `csv` reads it: one that begins with a quote ends with it, and a quote inside is doubled.
fn unquoted(column: &str) -> Cow<'_, str> {
    match column.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inside) => Cow::Owned(inside.replace("\"\"", "\"")),
        None => Cow::Borrowed(column),
    }
}

fn number_of(column: &str) -> Option<f64> {
    column.trim().parse().ok()
}

/// A grade, which some writers give a decimal point.
fn grade_of(column: &str) -> Option<i32> {
    let column = column.trim();
    column.parse().ok().or_else(|| {
        let number = number_of(column)?;
        let fits = number.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
        fits.then_some(number as i32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Result<Judgements, String> {
        Judgements::from_reader(Path::new("qrels.tsv"), content.as_bytes()).map_err(|error| error.to_string())
    }

    fn pairs(judgements: &Judgements) -> Vec<(&str, &str, i32)> {
        let mut pairs: Vec<_> = judgements
            .iter()
            .flat_map(|(query, grades)| grades.iter().map(move |(document, &grade)| (query, document.as_str(), grade)))
            .collect();
        pairs.sort_unstable();
        pairs
    }

    #[test]
    fn both_forms_and_their_kin_are_the_same_judgements() {
        for content in [
            "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t-1\n",
            "q1\td1\t2\nq1\td2\t-1",
            "\u{feff}query-id\tcorpus-id\tscore\r\nq1\td1\t2\r\n\r\nq1\td2\t-1\r\n",
            "\"query-id\"\t\"corpus-id\"\t\"score\"\n\"q1\"\t\"d1\"\t\"2\"\nq1\td2\t-1.0",
            "query-id\titer\tcorpus-id\tscore\nq1\tQ0\td1\t2\nq1\t0\td2\t-1",
            "q1 0 d1 2\nq1 0 d2 -1\n",
            "  q1\t0\td1\t2\nq1   Q0\td2 -1 \nq1 0 d1 2",
        ] {
            let judgements = read(content).unwrap();
            assert_eq!(pairs(&judgements), [("q1", "d1", 2), ("q1", "d2", -1)], "{content}");
            assert_eq!((judgements.queries(), judgements.pairs(), judgements.contradicted()), (1, 2, 0));
        }
    }

    #[test]
    fn ids_of_beir_may_hold_blanks_and_quotes() {
        let judgements =
            read("query-id\tcorpus-id\tscore\nq 1\t\"<db:\"\"Heroes\"\">\"\t1\nq 1\tsaid \"so\"\t1").unwrap();
        assert_eq!(pairs(&judgements), [("q 1", "<db:\"Heroes\">", 1), ("q 1", "said \"so\"", 1)]);
    }

    #[test]
    fn a_pair_judged_twice_is_what_the_owner_of_the_form_takes_it_for() {
        let beir = read("q\td\t1\nq\td\t2\nq\td\t2").unwrap();
        assert_eq!((pairs(&beir), beir.contradicted()), (vec![("q", "d", 2)], 1));
        assert_eq!(
            read("q 0 d 1\nq 0 d 2").unwrap_err(),
            "qrels.tsv, line 2: expected one grade for each query and document, found 2 after 1 in `q 0 d 2`"
        );
    }

    #[test]
    fn queries_keep_the_order_in_which_they_came_first() {
        let judgements = read("b\td\t1\na\td\t1\nb\te\t0").unwrap();
        assert_eq!(judgements.iter().map(|(query, _)| query).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(judgements.of("b").unwrap().len(), 2);
        assert_eq!(judgements.of("c"), None);
    }

    #[test]
    fn malformed_judgements_are_named_by_line() {
        let error = |rest: &str| read(&format!("query-id\tcorpus-id\tscore\nq\td\t1\n{rest}")).unwrap_err();
        let expected = "qrels.tsv, line 3: expected query id, document id and score, with tabs between, found ";
        assert_eq!(error("q 0 d 1"), format!("{expected}`q 0 d 1`"));
        assert_eq!(error("q\t\t1"), format!("{expected}`q⇥⇥1`"));
        assert!(
            error("q\td\t2.5").ends_with("expected a whole number as the grade, in the last column, found `q⇥d⇥2.5`")
        );
        assert!(error("q\td\thigh").contains("line 3: expected a whole number"));
        assert!(read("q\td\t2.5").unwrap_err().contains("line 1: expected a whole number"), "a number is no header");
        assert!(read("q 0 d 1\nq 0 d").unwrap_err().contains("line 2: expected query id, 0, document id and grade"));
        assert!(read("why tides?").unwrap_err().contains("line 1: expected query id, document id and score with tabs"));
        assert_eq!(
            read("query-id\tcorpus-id\tscore\n").unwrap_err(),
            "qrels.tsv: expected at least one judgement, found none"
        );
    }
}
