//! What `export` writes is what the collection holds, bit for bit and in its order.

use std::path::{Path, PathBuf};

use semsearch_corpus::{Document, ListForm, ParquetVectors, ReadError, ReadOptions, read_corpus};
use semsearch_engine::exchange::{
    Existing, ExportError, ExportFormat, ExportRecord, VectorFile, VectorForm, export, record_in,
};
use semsearch_engine::{IngestOptions, ingest};
use semsearch_store::{Collection, Filter, NumberField, Selection, remove};
use semsearch_task::NoProgress;

use crate::common::{papers, toy_model};

struct Built {
    folder: tempfile::TempDir,
    root: PathBuf,
}

impl Built {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Two segments, one paper of each removed.
fn build() -> Built {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    let encoder = toy_model();
    ingest(&papers(0..20), &encoder, &root, &IngestOptions::new("toy"), &NoProgress).unwrap();
    ingest(&papers(20..25), &encoder, &root, &IngestOptions::new("toy"), &NoProgress).unwrap();
    remove(&root, &Selection::Ids(vec!["paper-3".to_owned(), "paper-21".to_owned()]), &NoProgress).unwrap();
    Built { folder, root }
}

fn lines(path: &Path) -> Vec<serde_json::Value> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn vectors_and_documents_are_those_of_the_collection_in_its_order() {
    let built = build();
    let collection = Collection::open(&built.root).unwrap();
    for (form, name) in [(VectorForm::Npy, "vectors.npy"), (VectorForm::Fbin, "vectors.fbin")] {
        let to = built.path(name);
        let exported =
            export(&collection, &Filter::default(), None, ExportFormat::Vectors(form), &to, Existing::Refuse).unwrap();
        assert_eq!((exported.documents, exported.files.len()), (23, 3));
        let documents = lines(&to.join("documents.jsonl"));
        let mut file = VectorFile::open(&to.join(name)).unwrap();
        assert_eq!((file.rows(), file.dim(), documents.len()), (23, 32, 23));
        for (row, line) in collection.doc_ids().zip(&documents) {
            assert_eq!(line["id"], collection.document(row).unwrap().id.as_str());
            let (segment, row) = collection.locate(row).unwrap();
            let mut vector = vec![0.0; 32];
            file.read(&mut vector).unwrap();
            assert_eq!(vector, segment.vectors()[0].index().vectors().row(row).unwrap().into_owned());
        }
        let record: ExportRecord = serde_json::from_slice(&std::fs::read(to.join("export.json")).unwrap()).unwrap();
        assert_eq!((record.rows, record.dimension, &record.model), (23, 32, collection.model()));
    }
}

/// The numbers of a column, in the order of its rows.
fn numbers(file: &Path, column: &str) -> Vec<f32> {
    use parquet::column::reader::ColumnReader;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    let reader = SerializedFileReader::new(std::fs::File::open(file).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let at = schema.columns().iter().position(|own| own.path().string() == column).unwrap();
    let mut numbers = Vec::new();
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).unwrap();
        let ColumnReader::FloatColumnReader(mut values) = group.get_column_reader(at).unwrap() else { panic!() };
        let (mut defined, mut repeated) = (Vec::new(), Vec::new());
        values.read_records(usize::MAX, Some(&mut defined), Some(&mut repeated), &mut numbers).unwrap();
    }
    numbers
}

#[test]
fn a_table_holds_documents_and_vectors_and_is_read_back() {
    use parquet::file::reader::{FileReader, SerializedFileReader};

    let folder = tempfile::tempdir().unwrap();
    let (root, table) = (folder.path().join("index"), folder.path().join("papers.parquet"));
    let mut corpus = papers(0..4_200);
    let text = |text: &str| Some(text.to_owned());
    let mut full = Document::new("full \u{1F30A}", "On Tides", "The sea moves.")
        .with_authors(vec!["Ada".to_owned(), "Émilie du Châtelet; Marquise".to_owned()])
        .with_authors_count(Some(7))
        .with_organization(text("Royal"))
        .with_date(Some("1898-05".parse().unwrap()))
        .with_year(Some(1898))
        .with_venue(text("Nature"))
        .with_doi(text("10.1000/7"))
        .with_arxiv(text("2101.00001"))
        .with_url(text("https://example.org/tides"))
        .with_keywords(vec!["tides".to_owned()])
        .with_comments(Some(0));
    full.extra = serde_json::from_str(r#"{"pages": "1--9", "scores": [1, {"of": null}]}"#).unwrap();
    corpus.documents[1] = full;
    corpus.documents[2].title = String::new();
    let encoder = toy_model();
    ingest(&corpus, &encoder, &root, &IngestOptions::new("toy"), &NoProgress).unwrap();
    remove(&root, &Selection::Ids(vec!["paper-3".to_owned()]), &NoProgress).unwrap();
    let collection = Collection::open(&root).unwrap();
    let exported =
        export(&collection, &Filter::default(), None, ExportFormat::Parquet, &table, Existing::Refuse).unwrap();
    assert_eq!((exported.documents, exported.files), (4_199, vec![table.clone()]));

    let read =
        read_corpus(std::slice::from_ref(&table), &ReadOptions::default(), &semsearch_task::NoProgress, &mut |_| {})
            .unwrap();
    assert_eq!(read.documents.len(), 4_199);
    let expected = corpus.documents.into_iter().filter(|document| document.id != "paper-3");
    for (mut found, expected) in read.documents.into_iter().zip(expected) {
        found.source.clear();
        assert_eq!(found, expected);
    }
    let mut expected = Vec::new();
    for row in collection.doc_ids() {
        let (segment, row) = collection.locate(row).unwrap();
        expected.extend_from_slice(&segment.vectors()[0].index().vectors().row(row).unwrap());
    }
    assert_eq!(numbers(&table, "vector.list.element"), expected);
    let reader = SerializedFileReader::new(std::fs::File::open(&table).unwrap()).unwrap();
    let metadata = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let record: ExportRecord = serde_json::from_str(metadata[0].value.as_ref().unwrap()).unwrap();
    assert_eq!((record.rows, record.dimension, &record.model), (4_199, 32, collection.model()));
}

#[test]
fn a_filter_chooses_what_is_exported() {
    let built = build();
    let collection = Collection::open(&built.root).unwrap();
    let filter = Filter::numbers(NumberField::Year, Some(2003), Some(2004));
    export(
        &collection,
        &filter,
        None,
        ExportFormat::List(ListForm::Jsonl),
        &built.path("some.jsonl"),
        Existing::Refuse,
    )
    .unwrap();
    let ids: Vec<_> = lines(&built.path("some.jsonl")).into_iter().map(|line| line["id"].clone()).collect();
    assert_eq!(ids, ["paper-4", "paper-23", "paper-24"]);
    export(&collection, &filter, None, ExportFormat::Beir, &built.path("beir"), Existing::Refuse).unwrap();
    let first = &lines(&built.path("beir/corpus.jsonl"))[0];
    assert_eq!(
        (&first["_id"], &first["title"], &first["metadata"]["year"]),
        (&"paper-4".into(), &"speech part 4".into(), &2004.into())
    );
}

#[test]
fn nothing_is_overwritten_and_a_failed_export_leaves_nothing_behind() {
    use semsearch_disk::fault::{Failure, Plan};

    let built = build();
    let collection = Collection::open(&built.root).unwrap();
    let to = built.path("taken");
    std::fs::write(&to, "mine").unwrap();
    for format in [
        ExportFormat::List(ListForm::Jsonl),
        ExportFormat::Beir,
        ExportFormat::Parquet,
        ExportFormat::Vectors(VectorForm::Npy),
    ] {
        let refused = export(&collection, &Filter::default(), None, format, &to, Existing::Refuse).unwrap_err();
        assert!(matches!(refused, ExportError::Exists { .. }), "{refused}");
        // Nothing goes but an export of the same form.
        let form = format == ExportFormat::List(ListForm::Jsonl) || format == ExportFormat::Parquet;
        if !form {
            let refused = export(&collection, &Filter::default(), None, format, &to, Existing::Replace).unwrap_err();
            assert!(matches!(refused, ExportError::NotAnExport { .. }), "{refused}");
        }
        for nth in 1..6 {
            let _armed = Plan::nth(nth, Failure::Errno(28)).below(built.folder.path()).sticky().arm();
            let _ = export(&collection, &Filter::default(), None, format, &built.path("new"), Existing::Refuse);
        }
        let mut names: Vec<_> =
            std::fs::read_dir(built.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["index", "taken"]);
    }
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "mine");
}

#[test]
fn an_export_is_replaced_if_it_may_be_and_a_folder_of_other_files_is_not() {
    let built = build();
    let collection = Collection::open(&built.root).unwrap();
    let (file, folder) = (built.path("papers.jsonl"), built.path("vectors"));
    std::fs::write(&file, "old").unwrap();
    let filter = Filter::default();
    export(&collection, &filter, None, ExportFormat::List(ListForm::Jsonl), &file, Existing::Replace).unwrap();
    assert_ne!(std::fs::read_to_string(&file).unwrap(), "old");
    let vectors = |form| export(&collection, &filter, None, ExportFormat::Vectors(form), &folder, Existing::Replace);
    vectors(VectorForm::Npy).unwrap();
    vectors(VectorForm::Fbin).unwrap();
    assert!(folder.join("vectors.fbin").exists() && !folder.join("vectors.npy").exists());
    std::fs::write(folder.join("notes.txt"), "mine").unwrap();
    assert!(matches!(vectors(VectorForm::Npy).unwrap_err(), ExportError::NotAnExport { .. }));
    assert!(folder.join("vectors.fbin").exists() && folder.join("notes.txt").exists());
    let names = std::fs::read_dir(built.folder.path()).unwrap().count();
    assert_eq!(names, 3, "the index, the file and the folder");
}

/// The rows of a table, as far as they can be read.
fn rows_of_table(path: &Path) -> Result<Vec<Vec<f32>>, ReadError> {
    let mut table = ParquetVectors::open(path)?;
    let mut rows = Vec::new();
    for _ in 0..table.rows() {
        let mut row = vec![0.0; table.dim()];
        table.read(&mut row)?;
        rows.push(row);
    }
    Ok(rows)
}

#[test]
fn vectors_of_a_table_are_those_of_the_collection() {
    let built = build();
    let collection = Collection::open(&built.root).unwrap();
    let to = built.path("papers.parquet");
    export(&collection, &Filter::default(), None, ExportFormat::Parquet, &to, Existing::Refuse).unwrap();
    let rows = rows_of_table(&to).unwrap();
    assert_eq!(rows.len(), 23);
    for (id, row) in collection.doc_ids().zip(&rows) {
        let (segment, place) = collection.locate(id).unwrap();
        assert_eq!(*row, segment.vectors()[0].index().vectors().row(place).unwrap().into_owned());
    }
    let record = record_in(&to).unwrap().unwrap();
    assert_eq!((record.rows, record.dimension, &record.model), (23, 32, collection.model()));
}

#[test]
fn a_changed_table_of_vectors_is_refused_or_read_and_never_a_panic() {
    let built = build();
    let collection = Collection::open(&built.root).unwrap();
    let (whole, changed) = (built.path("papers.parquet"), built.path("changed.parquet"));
    export(&collection, &Filter::default(), None, ExportFormat::Parquet, &whole, Existing::Refuse).unwrap();
    let whole = std::fs::read(&whole).unwrap();
    let mut refused = 0;
    // Every byte of the description at the end, and some of the pages.
    let description = whole.len().saturating_sub(4000);
    for at in (0..description).step_by(211).chain((description..whole.len()).step_by(7)) {
        for bytes in [with_byte(&whole, at, 0xff), with_byte(&whole, at, 0), whole[..at].to_vec()] {
            std::fs::write(&changed, bytes).unwrap();
            // Rows of another width are rows, too; what they hold is compared with the model's dimension by `import`.
            refused += usize::from(rows_of_table(&changed).is_err());
        }
    }
    assert!(refused > 0);
    let papers = built.path("papers.jsonl");
    std::fs::write(&papers, "{}").unwrap();
    assert!(ParquetVectors::open(&papers).is_err() && ParquetVectors::open(&built.path("nowhere")).is_err());
}

fn with_byte(bytes: &[u8], at: usize, byte: u8) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[at] = byte;
    changed
}
