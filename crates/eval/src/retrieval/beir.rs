//! A folder in the form of BEIR: documents, queries and judgements of one set.
//!
//! | holds | is called, each also with `.gz` |
//! | --- | --- |
//! | documents | `corpus.jsonl`; may be missing, since some sets are queries over the documents of another |
//! | queries | `queries.jsonl`, of all splits together, or `SPLIT.queries.jsonl` |
//! | judgements | `qrels/SPLIT.tsv` or `SPLIT.qrels.tsv`; `qrels.tsv` where there is one split |
//!
//! Where no split is named it is `qrels.tsv`, then `test`, then the only one there is in `qrels/`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::error::ReadError;
use super::judgements::Judgements;
use super::queries::{Query, read_queries};

/// The split that is meant where none is named.
const TEST: &str = "test";

/// Queries and judgements of a BEIR folder, and where its documents are.
#[derive(Clone, Debug)]
pub struct BeirFolder {
    /// The file of the documents, which this crate does not read; `None` where the folder has none.
    pub corpus: Option<PathBuf>,
    /// The queries that are judged, in the order of their file. Files of BEIR have more: those of all splits.
    pub queries: Vec<Query>,
    /// The judgements.
    pub judgements: Judgements,
    /// Judged queries whose text the folder lacks, in the order of the judgements. They cannot be asked; over all
    /// judged queries they count as 0.
    pub without_text: Vec<String>,
    /// The file of the queries.
    pub queries_file: PathBuf,
    /// The file of the judgements.
    pub judgements_file: PathBuf,
}

impl BeirFolder {
    /// Reads the queries and the judgements of `split`.
    ///
    /// # Errors
    /// [`ReadError`], also where no judged query is among the queries.
    pub fn read(folder: &Path, split: Option<&str>) -> Result<BeirFolder, ReadError> {
        if !folder.exists() {
            return Err(ReadError::NotFound { path: folder.to_owned() });
        }
        let judgements_file = match (find(folder, &judgement_names(split)), split) {
            (Some(file), _) => file,
            (None, None) => only_split(folder)?,
            (None, Some(_)) => return Err(no_judgements(folder, split)),
        };
        let names = query_names(split);
        let queries_file = find(folder, &names).ok_or_else(|| ReadError::NotInFolder {
            path: folder.to_owned(),
            expected: either(&names),
            found: "no such file".to_owned(),
        })?;
        let judgements = Judgements::read(&judgements_file)?;
        let all = read_queries(&queries_file)?;
        let (queries, without_text) = judged(&queries_file, all, &judgements)?;
        let corpus = find(folder, &["corpus.jsonl".to_owned()]);
        Ok(BeirFolder { corpus, queries, judgements, without_text, queries_file, judgements_file })
    }
}

fn judgement_names(split: Option<&str>) -> Vec<String> {
    let split_or_test = split.unwrap_or(TEST);
    let of_split = [format!("qrels/{split_or_test}.tsv"), format!("{split_or_test}.qrels.tsv")];
    let of_all = "qrels.tsv".to_owned();
    match split {
        None => [of_all].into_iter().chain(of_split).collect(),
        // A folder with one file of judgements means the test split by it.
        Some(TEST) => of_split.into_iter().chain([of_all]).collect(),
        Some(_) => of_split.into(),
    }
}

fn query_names(split: Option<&str>) -> Vec<String> {
    let of_all = "queries.jsonl".to_owned();
    match split {
        None => vec![of_all, format!("{TEST}.queries.jsonl")],
        Some(split) => vec![format!("{split}.queries.jsonl"), of_all],
    }
}

fn find(folder: &Path, names: &[String]) -> Option<PathBuf> {
    let both = names.iter().flat_map(|name| [name.clone(), format!("{name}.gz")]);
    both.map(|name| folder.join(name)).find(|path| path.is_file())
}

/// The judgements of a folder that has only one split, and another one than `test`.
fn only_split(folder: &Path) -> Result<PathBuf, ReadError> {
    match splits(folder).as_slice() {
        [only] => find(folder, &judgement_names(Some(only))).ok_or_else(|| no_judgements(folder, None)),
        _ => Err(no_judgements(folder, None)),
    }
}

fn no_judgements(folder: &Path, split: Option<&str>) -> ReadError {
    let found = match splits(folder).as_slice() {
        [] => "no judgements".to_owned(),
        splits => format!("judgements of {}", splits.join(", ")),
    };
    ReadError::NotInFolder { path: folder.to_owned(), expected: either(&judgement_names(split)), found }
}

/// The splits with judgements in `qrels/` and beside it, in the order of their names.
fn splits(folder: &Path) -> Vec<String> {
    let mut splits: Vec<String> = names_in(&folder.join("qrels"))
        .filter_map(|name| Some(without_gz(&name).strip_suffix(".tsv")?.to_owned()))
        .chain(names_in(folder).filter_map(|name| Some(without_gz(&name).strip_suffix(".qrels.tsv")?.to_owned())))
        .collect();
    splits.sort_unstable();
    splits.dedup();
    splits
}

fn names_in(folder: &Path) -> impl Iterator<Item = String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok())
}

fn without_gz(name: &str) -> &str {
    name.strip_suffix(".gz").unwrap_or(name)
}

fn either(names: &[String]) -> String {
    format!("{} (or .gz)", names.join(" or "))
}

/// Those of the queries that are judged, and the ids of the judged ones that are not there.
fn judged(file: &Path, all: Vec<Query>, judgements: &Judgements) -> Result<(Vec<Query>, Vec<String>), ReadError> {
    let ids: HashSet<&str> = all.iter().map(|query| query.id.as_str()).collect();
    let without_text: Vec<String> =
        judgements.iter().map(|(query, _)| query).filter(|query| !ids.contains(query)).map(str::to_owned).collect();
    if let (true, Some(query)) = (without_text.len() == judgements.queries(), all.first()) {
        return Err(ReadError::Strangers {
            path: file.to_owned(),
            judged: without_text[0].clone(),
            queries: all.len(),
            query: query.id.clone(),
        });
    }
    let queries = all.into_iter().filter(|query| judgements.of(&query.id).is_some()).collect();
    Ok((queries, without_text))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const QUERIES: &str = "{\"_id\": \"1\", \"text\": \"one\"}\n{\"_id\": \"2\", \"text\": \"two\"}\n";

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    /// The name of the file of judgements that is read, and the queries.
    fn read(folder: &tempfile::TempDir, split: Option<&str>) -> Result<(String, Vec<String>), String> {
        let read = BeirFolder::read(folder.path(), split)
            .map_err(|error| error.to_string().replace(&folder.path().display().to_string(), "DIR"))?;
        let name = read.judgements_file.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned();
        Ok((name, read.queries.into_iter().map(|query| query.id).collect()))
    }

    #[test]
    fn the_split_that_is_named_is_read_and_only_its_queries_are_asked() {
        let (one, two) = ("query-id\tcorpus-id\tscore\n1\td\t1\n", "query-id\tcorpus-id\tscore\n2\td\t1\n");
        let beir = folder(&[("queries.jsonl", QUERIES), ("qrels/test.tsv", one), ("qrels/dev.tsv", two)]);
        let ids = |id: &str| vec![id.to_owned()];
        assert_eq!(read(&beir, None).unwrap(), ("qrels/test.tsv".into(), ids("1")));
        assert_eq!(read(&beir, Some("dev")).unwrap(), ("qrels/dev.tsv".into(), ids("2")));
        assert_eq!(
            read(&beir, Some("train")).unwrap_err(),
            "DIR: expected qrels/train.tsv or train.qrels.tsv (or .gz) in the folder, found judgements of dev, test"
        );
        let train = "{\"_id\": \"2\", \"text\": \"two\"}";
        let flat = folder(&[
            ("queries.jsonl.gz", QUERIES),
            ("qrels.tsv", one),
            ("train.queries.jsonl", train),
            ("train.qrels.tsv", two),
        ]);
        assert_eq!(read(&flat, None).unwrap(), ("qrels.tsv".into(), ids("1")), "a name ending in .gz may be plain");
        assert_eq!(read(&flat, Some("test")).unwrap(), ("qrels.tsv".into(), ids("1")));
        assert_eq!(read(&flat, Some("train")).unwrap(), ("train.qrels.tsv".into(), ids("2")));
    }

    #[test]
    fn the_only_split_needs_no_name() {
        let dev = folder(&[("queries.jsonl", QUERIES), ("qrels/dev.tsv", "1\td\t1"), ("corpus.jsonl.gz", "")]);
        assert_eq!(read(&dev, None).unwrap().0, "qrels/dev.tsv");
        assert_eq!(BeirFolder::read(dev.path(), None).unwrap().corpus, Some(dev.path().join("corpus.jsonl.gz")));
        let both = folder(&[("queries.jsonl", QUERIES), ("qrels/dev.tsv", "1\td\t1"), ("qrels/train.tsv", "2\td\t1")]);
        let error = read(&both, None).unwrap_err();
        assert!(error.ends_with("test.qrels.tsv (or .gz) in the folder, found judgements of dev, train"), "{error}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let queries_only = folder(&[("queries.jsonl", QUERIES)]);
        assert!(read(&queries_only, None).unwrap_err().ends_with("in the folder, found no judgements"));
        let judgements_only = folder(&[("qrels.tsv", "1\td\t1")]);
        assert_eq!(
            read(&judgements_only, None).unwrap_err(),
            "DIR: expected queries.jsonl or test.queries.jsonl (or .gz) in the folder, found no such file"
        );
        let missing = BeirFolder::read(&judgements_only.path().join("set"), None).unwrap_err();
        assert!(matches!(missing, ReadError::NotFound { .. }), "{missing:?}");
    }

    #[test]
    fn judged_queries_without_a_text_are_told_and_all_of_them_are_an_error() {
        let some = folder(&[("queries.jsonl", QUERIES), ("qrels.tsv", "9\td\t1\n2\td\t1")]);
        assert_eq!(read(&some, None).unwrap().1, ["2"]);
        assert_eq!(BeirFolder::read(some.path(), None).unwrap().without_text, ["9"]);
        let none = folder(&[("queries.jsonl", QUERIES), ("qrels.tsv", "q1\td\t1")]);
        assert_eq!(
            read(&none, None).unwrap_err(),
            "DIR/queries.jsonl: expected the ids of judged queries, such as `q1`, found none of them among 2 queries, \
             such as `1`"
        );
    }
}
