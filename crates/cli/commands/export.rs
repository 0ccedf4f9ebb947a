//! `semsearch export`: writes papers and vectors for other programs.

use std::path::Path;

use semsearch_corpus::{Document, ListForm, ListWriter};
use semsearch_engine::exchange::{Existing, ExportError, export, export_documents, export_to_stream};
use semsearch_engine::{Request, SearchOptions};
use semsearch_report::change::Exported;
use semsearch_store::{Collection, CollectionError};

use crate::args::{Export, ExportArg};
use crate::exit::{Exit, UsageError};
use crate::output::{self, StdoutError, count};
use crate::{near, setup};

/// How many papers answer a question if nothing is said.
const ANSWERS: usize = 10;

pub(crate) fn run(args: &Export, offline: bool) -> anyhow::Result<Exit> {
    let path = setup::index_path(&args.index)?;
    let format = format(args)?;
    let is_stream = args.target() == Path::new("-");
    if is_stream && args.json {
        return Err(UsageError(
            "--to - writes papers to standard output, and so does --json its report; name a file".to_owned(),
        )
        .into());
    }
    let found = match &args.ask {
        None => None,
        Some(question) => {
            let form = list_form(format, "--ask")?;
            Some((hits(args, question, &path, offline)?, form))
        }
    };
    let existing = if args.overwrite.overwrite { Existing::Replace } else { Existing::Refuse };
    let exported = match (&found, is_stream) {
        (Some((documents, form)), false) => export_documents(documents, *form, args.target(), existing)?,
        (Some((documents, form)), true) => {
            print_documents(documents, *form).map_err(StdoutError::new)?;
            return Ok(exit(documents.len() as u64));
        }
        (None, false) => {
            let (collection, filter) = (Collection::open(&path)?, args.filters.filter()?);
            near::tell_if_none_passes(&collection, &filter)?;
            export(&collection, &filter, limit(args), format.into(), args.target(), existing)?
        }
        (None, true) => {
            let form = list_form(format, "standard output")?;
            let (collection, filter) = (Collection::open(&path)?, args.filters.filter()?);
            near::tell_if_none_passes(&collection, &filter)?;
            let written = export_to_stream(&collection, &filter, limit(args), form, output::stream());
            return Ok(exit(written.map_err(closed_stream)?));
        }
    };
    let summary = Exported::new(&exported, &path);
    if args.json {
        output::print_json(&summary)?;
    } else {
        let papers = count(summary.documents, "paper");
        output::print(&match summary.files.is_empty() {
            true => format!("{papers}, so no file was made\n"),
            false => format!("{papers} in {}\n", summary.files.join(", ")),
        })?;
    }
    Ok(exit(exported.documents))
}

/// The most papers without a question; `None` for all.
fn limit(args: &Export) -> Option<usize> {
    args.k.filter(|&k| k < usize::MAX)
}

fn exit(documents: u64) -> Exit {
    if documents > 0 { Exit::Success } else { Exit::NoHit }
}

/// The format asked for, or else the one that the name of the file ends in.
fn format(args: &Export) -> Result<ExportArg, UsageError> {
    args.format.or_else(|| ExportArg::of(args.target())).ok_or_else(|| {
        UsageError(match args.target() == Path::new("-") {
            true => format!("standard output has no name that tells a format: expected --format {LISTS}"),
            false => format!(
                "`{}` does not tell the format: expected --format, or a name that ends in .bib, .ris, .csv, .jsonl, \
                 .json (CSL) or .parquet; to write papers by their ids, type `semsearch show ID... --bibtex`",
                args.target().display()
            ),
        })
    })
}

/// The formats of lists of papers.
const LISTS: &str = "bibtex, ris, csl, csv or jsonl";

/// The form of a list of papers, which `what` needs.
fn list_form(format: ExportArg, what: &str) -> Result<ListForm, UsageError> {
    let form = format.list();
    form.ok_or_else(|| UsageError(format!("{what} takes a list of papers: expected --format {LISTS}")))
}

/// The papers that answer a question, best first.
fn hits(args: &Export, question: &str, index: &Path, offline: bool) -> anyhow::Result<Vec<Document>> {
    if question.trim().is_empty() {
        return Err(UsageError("the query is empty; ask in a few plain words".to_owned()).into());
    }
    let options = SearchOptions::default().with_k(args.k.unwrap_or(ANSWERS)).with_filter(args.filters.filter()?);
    let session = setup::session(Collection::open(index)?, args.model.as_deref(), &args.run, offline)?;
    let pool = setup::pool(&args.run)?;
    let answer = pool.install(|| session.searcher().answer(&Request::new(question), &options))?;
    if answer.hits.is_empty() {
        near::nothing(session.collection(), &options.filter, None)?.into_iter().for_each(output::say);
    }
    Ok(answer.hits.into_iter().map(|hit| hit.document).collect())
}

fn print_documents(documents: &[Document], form: ListForm) -> std::io::Result<()> {
    let mut list = ListWriter::begin(output::stream(), form)?;
    documents.iter().try_for_each(|document| list.push(document))?;
    list.finish().map(drop)
}

/// Standard output may be closed, which is no failure of the index.
fn closed_stream(error: ExportError) -> anyhow::Error {
    match error {
        ExportError::Collection(CollectionError::Io { path, source, .. }) if path == Path::new("-") => {
            StdoutError::new(source).into()
        }
        other => other.into(),
    }
}
