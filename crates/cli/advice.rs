//! Advice: what a user can do about an error, by the error's type and variant.
//!
//! Errors of the libraries state facts: what was found, where, and what was expected. Only the command line knows which
//! command or flag helps.

use std::error::Error;

use semsearch_corpus::ReadError;
use semsearch_embed::{
    DEFAULT_MODEL, DeviceError, DistillError, FetchError, FolderError, LoadError, ModelError, NetworkError,
};
use semsearch_engine::align::AlignmentError;
use semsearch_engine::exchange::{ExportError, ImportError, VectorFileError};
use semsearch_engine::model::ModelMismatch;
use semsearch_engine::repair::RepairError;
use semsearch_engine::settings::Setting;
use semsearch_engine::switch::SwitchError;
use semsearch_engine::{IngestError, SearchError, SessionError};
use semsearch_eval::retrieval::{self, AskError, WriteError};
use semsearch_index::{OpenError, SaveError};
use semsearch_report::check::Part;
use semsearch_store::{ChangeError, CollectionError, DocumentError, RemoveError};
use semsearch_task::ErrorKind;

use crate::{exit, model_flags, setup};

/// The advice for an error: that of the first cause in its chain with advice, else the advice for its kind.
pub(crate) fn advice(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(about).or_else(|| match exit::kind(error) {
        ErrorKind::Missing => Some("make an index with `semsearch embed INPUT...`".to_owned()),
        ErrorKind::Damaged => Some(DAMAGED.to_owned()),
        _ => None,
    })
}

/// The advice for a damaged index.
const DAMAGED: &str = "`semsearch verify` says what is damaged, `semsearch repair` saves what can be saved";

/// The advice for an index with vectors of two models, left by an unfinished switch.
const UNFINISHED_SWITCH: &str = "finish changing the model with `semsearch model switch`";

/// The advice of the first function that has some; each function knows the errors of one type.
macro_rules! first_of {
    ($cause:expr, $($about:path),+ $(,)?) => {
        None$(.or_else(|| $cause.downcast_ref().and_then($about)))+
    };
}

fn about(cause: &(dyn Error + 'static)) -> Option<String> {
    first_of!(
        cause,
        session,
        search,
        mismatch,
        ingest,
        switch,
        alignment,
        export,
        import,
        vectors,
        repair,
        collection,
        change,
        removal,
        document,
        opening,
        saving,
        device,
        load,
        model,
        fetch,
        folder,
        network,
        distill,
        read,
        judged,
        asking,
        written,
        unreachable,
    )
}

fn collection(error: &CollectionError) -> Option<String> {
    Some(match error {
        CollectionError::Missing { path } if setup::is_default_index(path) => {
            "make one with `semsearch embed INPUT...`, or name one that is elsewhere with --index DIR or SEMSEARCH_INDEX".to_owned()
        }
        CollectionError::Missing { path } => {
            format!("make one with `semsearch embed INPUT... --index {}`", path.display())
        }
        CollectionError::Schema { .. } => {
            "`semsearch repair` rewrites an older index, a newer one needs a newer program".to_owned()
        }
        CollectionError::NotACollection { .. } => "choose another folder with --index".to_owned(),
        CollectionError::Busy { .. } => "wait for it to finish; with --wait, the command does so itself".to_owned(),
        CollectionError::Incomplete { .. } => UNFINISHED_SWITCH.to_owned(),
        CollectionError::Index(inner) => return opening(inner),
        CollectionError::Documents(inner) => return document(inner),
        _ => return None,
    })
}

fn change(error: &ChangeError) -> Option<String> {
    match error {
        ChangeError::Collection(inner) => collection(inner),
        ChangeError::Save(inner) => saving(inner),
        ChangeError::NoVectors { .. } => Some(UNFINISHED_SWITCH.to_owned()),
        ChangeError::Stopped => Some("nothing was changed".to_owned()),
        _ => None,
    }
}

fn removal(error: &RemoveError) -> Option<String> {
    match error {
        RemoveError::Change(inner) => change(inner),
        _ => None,
    }
}

fn document(error: &DocumentError) -> Option<String> {
    match error {
        DocumentError::Version { .. } => {
            Some("read it with the program that wrote it, or build the index again with `semsearch embed`".to_owned())
        }
        _ => None,
    }
}

fn opening(error: &OpenError) -> Option<String> {
    match error {
        OpenError::Version { .. } | OpenError::Machine { .. } => {
            Some("build the index again with `semsearch embed` on this machine".to_owned())
        }
        OpenError::Io { .. } => Some("the index may be fine: check permissions and the disk".to_owned()),
        _ => None,
    }
}

fn saving(error: &SaveError) -> Option<String> {
    match error {
        SaveError::Machine => Some("build the index on a 64-bit little-endian machine".to_owned()),
        _ => None,
    }
}

fn session(error: &SessionError) -> Option<String> {
    match error {
        SessionError::Recorded { source: inner, .. } => match &**inner {
            ModelError::NoFolder { .. } => Some("if it was moved, name its folder with --model DIR".to_owned()),
            other => model(other),
        },
        SessionError::Model(inner) => model(inner),
        SessionError::Load(inner) => load(inner),
        SessionError::Search(inner) => search(inner),
        SessionError::Collection(inner) => collection(inner),
        _ => None,
    }
}

fn search(error: &SearchError) -> Option<String> {
    match error {
        SearchError::EmptyQuery => Some("ask in a few plain words".to_owned()),
        SearchError::NoWords { .. } => Some("add them with `semsearch vacuum`, which needs no model".to_owned()),
        SearchError::NoPaper { .. } => {
            Some("`semsearch ask` finds papers by words and shows their ids, `semsearch list` lists them".to_owned())
        }
        SearchError::SeveralPapers { .. } => Some("type more of the id".to_owned()),
        SearchError::SeveralOfKey { .. } => Some("type the id of one of them".to_owned()),
        SearchError::DemandsOfAny => {
            Some("choose papers with --author, --year or --where, or ask for --all".to_owned())
        }
        SearchError::FeedbackWithoutVectors => Some("leave --mode lexical out".to_owned()),
        SearchError::Words(_) => Some("`semsearch repair` makes them again, which needs no model".to_owned()),
        SearchError::Model(inner) => mismatch(inner),
        SearchError::TooWeak { query, .. } => {
            Some(format!("ask without --model until `semsearch model switch {query}` is done"))
        }
        SearchError::Alignment(inner) => alignment(inner),
        SearchError::Collection(inner) => collection(inner),
        SearchError::Document(inner) => document(inner),
        _ => None,
    }
}

fn mismatch(error: &ModelMismatch) -> Option<String> {
    if error.is_only_precision() {
        return Some(format!(
            "go on in the index's own precision, without --precision, or change it with `semsearch model switch {} \
             --precision {}`",
            error.query.name, error.query.settings.precision
        ));
    }
    if !error.is_same_model {
        return Some(format!(
            "go on with the index's own model, without --model, or change it with `semsearch model switch {}`",
            error.query.name
        ));
    }
    let (ours, theirs) = error.differences();
    let flags = |settings: &[Setting], of: fn(&Setting) -> String, between: &str| {
        settings.iter().map(of).collect::<Vec<_>>().join(between)
    };
    Some(format!(
        "leave out {} to go on as the index was made, or change it with `semsearch model switch {} {}`",
        flags(&ours, |setting| model_flags::flag(setting).to_owned(), " and "),
        model_flags::quoted(&error.index.reference),
        flags(&theirs, model_flags::with_value, " "),
    ))
}

fn ingest(error: &IngestError) -> Option<String> {
    match error {
        IngestError::Model(inner) => mismatch(inner),
        IngestError::Read(ReadError::Record { .. } | ReadError::Row { .. }) => {
            Some("correct the record, or leave such records out with --skip-bad".to_owned())
        }
        IngestError::Read(inner) => read(inner),
        IngestError::Collection(inner) => collection(inner),
        IngestError::Change(inner) => change(inner),
        IngestError::Save(inner) => saving(inner),
        IngestError::Stopped { kept } if *kept > 0 => {
            Some("what was embedded so far is kept: the same command goes on from there".to_owned())
        }
        _ => None,
    }
}

/// What can be read, in a few words.
const FORMATS: &str = "semsearch reads JSON, BibTeX, RIS, CSV, XML, Parquet, Excel, SQLite and other exports of libraries and \
                       databases, also zipped; docs/reading.md lists them";

fn read(error: &ReadError) -> Option<String> {
    Some(match error {
        // Every query and every judgement counts, so none can be left out.
        ReadError::Record { .. } | ReadError::Row { .. } => "correct the line".to_owned(),
        ReadError::Lost { .. } => "correct the file".to_owned(),
        ReadError::UnknownFormat { .. } => FORMATS.to_owned(),
        ReadError::Scratch { .. } => "check that the disk is not full".to_owned(),
        ReadError::TooMany { .. } => "embed them in several runs".to_owned(),
        ReadError::Damaged { .. } => "fetch the file again".to_owned(),
        ReadError::JsonArray { path } => format!("convert it with `jq -c '.[]' {} > records.jsonl`", path.display()),
        ReadError::NoText { .. } => {
            "rename the fields that hold them to `title` and `abstract`; `semsearch inspect FILE` shows what is read"
                .to_owned()
        }
        ReadError::NotInFolder { .. } | ReadError::NothingInFolder { .. } => "name the files instead".to_owned(),
        ReadError::NotBuilt { feature, .. } => {
            format!("build semsearch with the feature `{feature}`, or convert the file to JSON lines")
        }
        _ => return None,
    })
}

fn judged(error: &retrieval::ReadError) -> Option<String> {
    Some(match error {
        retrieval::ReadError::Line { .. } => "correct the line".to_owned(),
        retrieval::ReadError::Damaged { .. } => "fetch the file again".to_owned(),
        retrieval::ReadError::NotInFolder { .. } => {
            "name another split with --split, or a folder in the form of BEIR".to_owned()
        }
        retrieval::ReadError::Strangers { .. } => {
            "take queries and judgements of one set, whose ids are the same".to_owned()
        }
        _ => return None,
    })
}

fn asking(error: &AskError) -> Option<String> {
    match error {
        AskError::Search { source, .. } => search(source),
        AskError::Stopped => Some("nothing was written".to_owned()),
        _ => None,
    }
}

fn written(error: &WriteError) -> Option<String> {
    match error {
        WriteError::Column { .. } => Some("leave --write-run out: such ids fit into no TREC run".to_owned()),
        _ => None,
    }
}

fn switch(error: &SwitchError) -> Option<String> {
    Some(match error {
        SwitchError::Running { .. } => "wait for it, which --wait does, or stop it and go on later".to_owned(),
        SwitchError::Another { pending, all } => format!(
            "finish it with `{}`, or drop its vectors with `semsearch model switch --forget`",
            model_flags::switch_command(pending, all)
        ),
        SwitchError::Several { models, active } => {
            let all = || models.iter().chain([&**active]);
            let command = |model| format!("`{} --commit`", model_flags::switch_command(model, all()));
            format!("say which one: {}", models.iter().map(command).collect::<Vec<_>>().join(" or "))
        }
        SwitchError::NoOther { previous: None } => "`semsearch model switch NAME` embeds with one".to_owned(),
        SwitchError::NoOther { previous: Some(_) } => "`semsearch model switch --rollback` goes back to it; \
                                                       `semsearch model switch NAME` embeds with another"
            .to_owned(),
        SwitchError::NoPrevious { .. } => "`semsearch model switch NAME` embeds with another".to_owned(),
        SwitchError::Incomplete { model, .. } => format!("finish with `semsearch model switch {model}`"),
        SwitchError::Stopped { .. } => "the same command goes on from there".to_owned(),
        SwitchError::Ingest(inner) => return ingest(inner),
        SwitchError::Collection(inner) => return collection(inner),
        SwitchError::Change(inner) => return change(inner),
        SwitchError::Alignment(inner) => return alignment(inner),
        _ => return None,
    })
}

fn alignment(error: &AlignmentError) -> Option<String> {
    match error {
        AlignmentError::TooWeak { .. } => Some("ask the old model".to_owned()),
        _ => None,
    }
}

fn export(error: &ExportError) -> Option<String> {
    match error {
        ExportError::Exists { .. } => Some("--overwrite replaces it; or give another name".to_owned()),
        ExportError::NotAnExport { .. } => Some("give another name".to_owned()),
        ExportError::NoFolder { .. } => Some("make the folder first, or give another name".to_owned()),
        ExportError::TooLarge { .. } => Some("choose --format npy, or fewer papers".to_owned()),
        ExportError::Collection(inner) => collection(inner),
        _ => None,
    }
}

fn import(error: &ImportError) -> Option<String> {
    match error {
        ImportError::Rows { .. } => Some("give as many papers as rows, in the same order".to_owned()),
        ImportError::OtherModel { .. } => {
            Some("vectors of two models cannot be compared; import them into an index of their own".to_owned())
        }
        ImportError::Change(inner) => change(inner),
        ImportError::File(inner) => vectors(inner),
        ImportError::NotNormalised { .. } => Some("--normalise scales vectors to length 1".to_owned()),
        _ => None,
    }
}

fn vectors(error: &VectorFileError) -> Option<String> {
    match error {
        VectorFileError::Table(_) => {
            Some("a table that `semsearch export --format parquet` writes has them".to_owned())
        }
        _ => None,
    }
}

fn repair(error: &RepairError) -> Option<String> {
    match error {
        RepairError::Unreadable(_) => {
            Some("check permissions and the disk; what cannot be read is not taken for damaged".to_owned())
        }
        RepairError::OtherModel { .. } => Some("name the model that made the index with --model".to_owned()),
        RepairError::OtherDimension { .. } | RepairError::Hopeless { .. } => {
            Some("rebuild the index from its sources with `semsearch embed --replace`".to_owned())
        }
        RepairError::Ingest(inner) => ingest(inner),
        RepairError::Collection(inner) => collection(inner),
        RepairError::Change(inner) => change(inner),
        _ => None,
    }
}

fn device(error: &DeviceError) -> Option<String> {
    match error {
        DeviceError::NotBuilt => {
            Some("use --device cpu, or build semsearch with `cargo build --release --features cuda`".to_owned())
        }
        DeviceError::Unavailable { .. } => Some("use --device cpu".to_owned()),
        _ => None,
    }
}

fn load(error: &LoadError) -> Option<String> {
    match error {
        LoadError::Damaged { model, .. } => Some(format!(
            "`semsearch model pull {model}` fetches a known model again; a model of your own has to be copied again"
        )),
        LoadError::Precision { .. } => Some(
            "leave --precision out; papers of an index in int8 need --device cpu, or --replace --precision f32"
                .to_owned(),
        ),
        LoadError::Device(inner) => device(inner),
        _ => None,
    }
}

fn model(error: &ModelError) -> Option<String> {
    Some(match error {
        ModelError::Unknown { .. } => {
            "`semsearch model list` shows the models there are, and `semsearch model add DIR` \
                                       adds a sentence-transformers folder of your own"
                .to_owned()
        }
        ModelError::NoFolder { .. } => "`semsearch model list` shows the models that have a name".to_owned(),
        ModelError::Offline { name } => format!(
            "run `semsearch model pull {name}` once with a network, or bring its folder with `semsearch model add DIR`"
        ),
        ModelError::NotFetchable { fetchable, .. } => format!(
            "{} can be fetched; `semsearch model add DIR` adds a sentence-transformers folder of your own",
            fetchable.join(", ")
        ),
        ModelError::NotInStore { .. } => {
            "`semsearch model list` shows where models are; only those in the model directory are removed".to_owned()
        }
        ModelError::NameTaken { .. } => {
            "choose a name with --name; `semsearch model list` shows the names that are taken".to_owned()
        }
        ModelError::BadName { .. } => "choose a name with --name".to_owned(),
        ModelError::NoSource { name, folder } => format!(
            "if it is damaged, delete {} and run `semsearch model add DIR --name {name}` again",
            folder.display()
        ),
        ModelError::Copy(_) => "try again".to_owned(),
        ModelError::Fetch(inner) => return fetch(inner),
        ModelError::Folder(inner) => return folder(inner),
        _ => return None,
    })
}

fn fetch(error: &FetchError) -> Option<String> {
    let FetchError::Failed { name, .. } = error else { return None };
    let mut advice =
        "with a network, try again; without one, bring its folder from another machine with `semsearch model \
                      add DIR`"
            .to_owned();
    if name == DEFAULT_MODEL {
        advice.push_str("; `scripts/fetch_model` of the source tree gets it from a Python package");
    }
    Some(advice)
}

fn folder(error: &FolderError) -> Option<String> {
    match error {
        FolderError::MissingFile { file, .. } if file == "modules.json" => {
            Some("save the model with sentence-transformers, which writes this file".to_owned())
        }
        FolderError::MissingFile { .. } => Some("the model is incomplete; fetch or copy it again".to_owned()),
        FolderError::Pickle { .. } => {
            Some("save the model again with `model.save(DIR, safe_serialization=True)`".to_owned())
        }
        _ => None,
    }
}

fn network(error: &NetworkError) -> Option<String> {
    match error {
        NetworkError::NotSafetensors { .. } => Some("fetch or copy the model again".to_owned()),
        _ => None,
    }
}

fn distill(error: &DistillError) -> Option<String> {
    match error {
        DistillError::Static { .. } => Some("distil a transformer".to_owned()),
        DistillError::Ragged { .. } => Some("ask for a multiple of 4, or for int8".to_owned()),
        _ => None,
    }
}

fn unreachable(error: &ureq::Error) -> Option<String> {
    let is_nobody = match error {
        ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => true,
        ureq::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        _ => false,
    };
    is_nobody.then(|| "start one with `semsearch serve`, which says its address".to_owned())
}

/// The advice for a part of an index that is damaged, or that could not be read.
pub(crate) fn remedy(part: Part, is_damaged: bool) -> String {
    if !is_damaged {
        return "check permissions and the disk, and try again".to_owned();
    }
    match part {
        Part::Documents => {
            "`semsearch repair` puts back single bits, takes lost papers from elsewhere in the index, and names those that it \
             cannot save"
        }
        Part::Fields | Part::Words => "`semsearch repair` makes them anew from the papers",
        Part::Removed => "`semsearch repair` finds out, as far as that can be known, which papers were removed",
        Part::Vectors | Part::Tokens => "`semsearch repair` embeds these papers again",
        Part::Graph => "`semsearch repair` builds it anew from the vectors",
        Part::Searches => "delete this file and save the searches again with `semsearch searches add`",
        // The pointer and the manifest.
        _ => "`semsearch repair` goes back to the newest generation that is whole",
    }
    .to_owned()
}
