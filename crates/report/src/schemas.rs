//! The JSON schemas of all documents.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use crate::{
    ask, bench, change, check, count, doctor, dupes, encode, error, eval, facets, info, inspect, map, model, paper,
    searches, selftest, similar, switch,
};

/// Every document: the name of its file in `docs/schemas`, without `.json`, and its schema.
#[must_use]
pub fn schemas() -> Vec<(String, Schema)> {
    let named = [
        ("semsearch.ask/2", described::<ask::Answer>()),
        ("semsearch.bench/1", described::<bench::Bench>()),
        ("semsearch.count/1", described::<count::Count>()),
        ("semsearch.cpu/1", described::<info::Cpu>()),
        ("semsearch.doctor/1", described::<doctor::Doctor>()),
        ("semsearch.dupes/1", described::<dupes::Dupes>()),
        ("semsearch.dupes-group/1", described::<dupes::GroupLine>()),
        ("semsearch.embed/1", described::<change::Embedded>()),
        ("semsearch.encode", described::<encode::EncodedText>()),
        ("semsearch.error/1", described::<error::Failure>()),
        ("semsearch.eval/1", described::<eval::Eval>()),
        ("semsearch.exported/1", described::<change::Exported>()),
        ("semsearch.facets/1", described::<facets::Facets>()),
        ("semsearch.hit/2", described::<ask::HitLine>()),
        ("semsearch.import/1", described::<change::Imported>()),
        ("semsearch.info/1", described::<info::Info>()),
        ("semsearch.inspect/1", described::<inspect::Inspect>()),
        ("semsearch.list/1", described::<paper::List>()),
        ("semsearch.map/1", described::<map::Map>()),
        ("semsearch.memory/1", described::<info::Memory>()),
        ("semsearch.model/1", described::<model::Model>()),
        ("semsearch.model-changed/1", described::<model::ModelChanged>()),
        ("semsearch.models/1", described::<model::Models>()),
        ("semsearch.new/1", described::<searches::New>()),
        ("semsearch.no-hit/1", described::<ask::NoHit>()),
        ("semsearch.paper/1", described::<paper::PaperLine>()),
        ("semsearch.remove/1", described::<change::Removed>()),
        ("semsearch.repair/1", described::<check::Repaired>()),
        ("semsearch.searches/1", described::<searches::Searches>()),
        ("semsearch.selftest/1", described::<selftest::Selftest>()),
        ("semsearch.similar/1", described::<similar::Similar>()),
        ("semsearch.switch/1", described::<switch::Switched>()),
        ("semsearch.vacuum/1", described::<change::Vacuumed>()),
        ("semsearch.verify/1", described::<check::Verified>()),
    ];
    named.into_iter().map(|(name, schema)| (file_stem(name), schema)).collect()
}

/// The schema of a document as it is written: what is always there is required.
fn described<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// The name of a document's file in `docs/schemas`, without `.json`: `ask-2` for `semsearch.ask/2`.
#[must_use]
pub fn file_stem(name: &str) -> String {
    name.trim_start_matches("semsearch.").replace('/', "-")
}
