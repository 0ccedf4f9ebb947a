//! Arbitrary bytes for everything that reads a file.
//!
//! A target is a function that takes bytes. It must not panic, hang, or allocate more memory than the bytes justify.
//!
//! | file         | holds                                                                    |
//! |--------------|--------------------------------------------------------------------------|
//! | `corpora`    | readers of papers, queries and judgements; identities                    |
//! | `index`      | the file of an index                                                     |
//! | `collection` | files of a collection, and filters                                       |
//! | `rows`       | files of a collection that have something for each row                   |
//! | `whole`      | a small collection, made, asked, verified and repaired                   |
//! | `damage`     | that collection with something else in its files                         |
//! | `version_1`  | a collection of the first version                                        |
//! | `switch`     | a change of the model that is not done                                   |
//! | `exchange`   | records of exports                                                       |
//! | `model`      | manifests, folders, tokenisers, tables and images of models              |
//! | `mend`       | makes checksums hold again, so that there is something behind them to try |
//! | `sections`   | several files as one input                                               |
//! | `stub`       | a model that costs nothing                                               |
//! | `seeds`      | where each target begins                                                 |
//! | `scratch`    | files for readers that take a path                                       |
//!
//! `scripts/fuzz` runs the targets under libFuzzer, guided by coverage. `cargo test` runs each target over its seeds and a
//! thousand mutations of them, on any toolchain. A program of `fuzz_targets/` that was built without libFuzzer reads the files it is
//! given, which is how a finding is looked at in a debugger.

pub mod collection;
pub mod corpora;
pub mod damage;
pub mod exchange;
pub mod index;
pub mod mend;
pub mod model;
pub mod rows;
pub mod scratch;
pub mod sections;
pub mod seeds;
#[cfg(test)]
mod short;
pub mod stub;
pub mod switch;
pub mod version_1;
pub mod whole;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Once;

/// Reads bytes; tells whether they are worth keeping as something to mutate further.
pub type Read = fn(&[u8]) -> bool;

/// A target: its name, its function, and its seeds.
pub struct Target {
    /// The name of the program in `fuzz_targets/`.
    pub name: &'static str,
    /// Reads an input.
    pub read: Read,
    /// Small well-formed inputs.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

macro_rules! targets {
    ($($name:ident: $read:path, $seeds:expr;)*) => {
        /// One function a target, so that a program links only the readers of its own target.
        pub mod targets {
            use super::*;
            $(
                #[doc = concat!("The target `", stringify!($name), "`.")]
                #[must_use]
                pub fn $name() -> Target {
                    Target { name: stringify!($name), read: $read, seeds: || $seeds }
                }
            )*
        }

        /// Every target.
        #[must_use]
        pub fn every() -> Vec<Target> {
            vec![$(targets::$name()),*]
        }
    };
}

targets! {
    acl: corpora::acl, seeds::fixtures(&["acl.xml"]);
    any: corpora::any, seeds::every_corpus();
    arrow: corpora::arrow, seeds::fixtures(&["../imports/lists/lz4.feather", "../imports/lists/polars.arrow", "../imports/lists/written/arrow_stream.arrows"]);
    arxiv: corpora::arxiv, seeds::fixtures(&["formats/arxiv.jsonl"]);
    bibtex: corpora::bibtex, seeds::bibtex();
    checkpoint: collection::checkpoint, seeds::checkpoint();
    collection_v1: version_1::collection_v1, seeds::collection_v1();
    csl: corpora::csl, seeds::fixtures(&["formats/zotero.json"]);
    csl_yaml: corpora::csl_yaml, seeds::lists(&["better_bibtex.yaml"]);
    csv: corpora::csv, seeds::csv();
    daily_papers: corpora::daily_papers, seeds::fixtures(&["with_metadata.txt", "without_metadata.txt"]);
    damaged: damage::damaged, seeds::damaged();
    datacite: corpora::datacite, seeds::lists(&["datacite_file.xml"]);
    dblp: corpora::dblp, seeds::lists(&["dblp.xml", "dblp_person.xml"]);
    documents: collection::documents, seeds::documents();
    endnote: corpora::endnote, seeds::lists(&["endnote_desktop.xml"]);
    excel: corpora::excel, seeds::fixtures(&["../imports/lists/pandas.xlsx", "../imports/lists/workbook.xlsx"]);
    export_record: exchange::export_record, seeds::export_record();
    feed: corpora::feed, seeds::lists(&["arxiv_api.xml", "arxiv_announced.xml", "arxiv_rdf.xml"]);
    fields: collection::fields, seeds::fields();
    filter: collection::filter, seeds::filter();
    gzip: corpora::gzip, seeds::gzip();
    hayagriva: corpora::hayagriva, seeds::lists(&["typst.yml"]);
    identity: corpora::identity, seeds::identity();
    image: model::image, seeds::image();
    index: index::index, seeds::index();
    jats: corpora::jats, seeds::lists(&["pmc_set.xml"]);
    jsonl: corpora::jsonl, seeds::jsonl();
    manifest: collection::manifest, seeds::manifest();
    marc: corpora::marc, seeds::lists(&["marc_library.xml"]);
    model_folder: model::folder, seeds::model_folder();
    model_manifest: model::manifest, seeds::model_manifest();
    mods: corpora::mods, seeds::lists(&["mods_library.xml"]);
    nbib: corpora::nbib, seeds::fixtures(&["formats/pubmed.nbib"]);
    oai: corpora::oai, seeds::oai();
    openalex: corpora::openalex, seeds::fixtures(&["formats/openalex.jsonl", "formats/openalex_page.json"]);
    packed_tokeniser: model::packed_tokeniser, seeds::packed_tokeniser();
    parquet: corpora::parquet, seeds::parquet();
    pointer: collection::pointer, seeds::pointer();
    pubmed: corpora::pubmed, seeds::fixtures(&["pubmed.xml"]);
    qrels: corpora::qrels, seeds::qrels();
    queries: corpora::queries, seeds::queries();
    refer: corpora::refer, seeds::lists(&["scholar.enw"]);
    removed: rows::removed, seeds::removed();
    ris: corpora::ris, seeds::fixtures(&["formats/zotero.ris", "formats/ovid.ris", "formats/cochrane.ris"]);
    semantic_scholar: corpora::semantic_scholar,
        seeds::fixtures(&["formats/semantic_scholar.jsonl", "formats/semantic_scholar_page.json"]);
    sqlite: corpora::sqlite, seeds::fixtures(&["../imports/lists/papers.sqlite"]);
    static_table: model::static_table, seeds::static_table();
    switch: switch::switch, seeds::switch();
    text_file: corpora::text_file, seeds::text_file();
    tokeniser: model::tokeniser, seeds::tokeniser();
    tokens: rows::tokens, seeds::tokens();
    vector_file: collection::vector_file, seeds::vector_file();
    web_of_science: corpora::web_of_science,
        seeds::fixtures(&["formats/wos_plain.txt", "formats/wos_tab.txt", "formats/wos_tab_utf16.txt"]);
    weights: model::weights, seeds::weights();
    zotero_rdf: corpora::zotero_rdf, seeds::lists(&["zotero_library.rdf"]);
    zip: corpora::zip, seeds::fixtures(&["../imports/lists/written/pandas_csv_zip.csv.zip"]);
    zstd: corpora::zstd, seeds::zstd();
}

/// The program of a target: libFuzzer's under `cargo fuzz`, and otherwise one that reads files.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(
            init: $crate::write_seeds(&$crate::targets::$name()),
            |bytes: &[u8]| -> libfuzzer_sys::Corpus {
                match ($crate::targets::$name().read)(bytes) {
                    true => libfuzzer_sys::Corpus::Keep,
                    false => libfuzzer_sys::Corpus::Reject,
                }
            }
        );

        #[cfg(not(fuzzing))]
        fn main() -> std::process::ExitCode {
            $crate::replay(&$crate::targets::$name())
        }
    };
}

/// Writes the seeds of a target into the folder that `FUZZ_SEEDS` names, if it does: libFuzzer begins with files.
///
/// # Panics
/// If they cannot be written.
pub fn write_seeds(target: &Target) {
    let Some(folder) = std::env::var_os("FUZZ_SEEDS").map(PathBuf::from) else { return };
    for (number, seed) in (target.seeds)().iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number}")), seed).expect("there is room for seeds");
    }
}

/// Reads the files that the program was given.
#[must_use]
pub fn replay(target: &Target) -> ExitCode {
    for path in std::env::args_os().skip(1) {
        match std::fs::read(&path) {
            Ok(bytes) => drop((target.read)(&bytes)),
            Err(error) => {
                eprintln!("cannot read {}: {error}", path.display());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// Lets panics that the program itself catches pass: the `tokenizers` and `parquet` crates panic on some files, which are
/// then refused. libFuzzer would end at the first panic. An uncaught panic still ends it.
pub fn let_caught_panics_pass() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|panic| eprintln!("{panic}"))));
}

/// Longer than any message should be, whatever it quotes.
const LONGEST_MESSAGE: usize = 4096;

/// Makes sure that an error can be told, with all that caused it.
///
/// # Panics
/// If that is too long to be read.
pub fn tell(error: &dyn Error) {
    let mut next = Some(error);
    while let Some(error) = next {
        let message = error.to_string();
        assert!(!message.is_empty(), "a message that says nothing");
        assert!(message.len() <= LONGEST_MESSAGE, "a message of {} bytes: {message:.400}", message.len());
        next = error.source();
    }
}
