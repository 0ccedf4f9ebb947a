//! The schemas in `docs/schemas` are those of the types.

use std::collections::BTreeMap;
use std::path::Path;

use semsearch_report::{file_stem, schemas};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schemas");

#[test]
fn the_stored_schemas_are_those_of_the_types() {
    let wanted: BTreeMap<String, String> = schemas()
        .into_iter()
        .map(|(stem, schema)| (format!("{stem}.json"), serde_json::to_string_pretty(&schema).unwrap() + "\n"))
        .collect();
    if std::env::var_os("SEMSEARCH_WRITE_SCHEMAS").is_some() {
        for (file, text) in &wanted {
            std::fs::write(Path::new(FOLDER).join(file), text).unwrap();
        }
    }
    let stored: BTreeMap<String, String> = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap()))
        .collect();
    assert_eq!(stored.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
    for (file, text) in &wanted {
        assert!(stored[file] == *text, "docs/schemas/{file} is not the schema of its type; see the docs of the crate");
    }
}

#[test]
fn a_schema_lies_under_the_name_that_its_document_carries() {
    for (stem, schema) in schemas() {
        let name = &schema.as_value()["properties"]["schema"];
        if stem == "encode" {
            assert!(name.is_null(), "a line of `encode` has no name");
            continue;
        }
        // One value, listed as a constant or as a choice of one.
        let name = name.pointer("/oneOf/0/const").or_else(|| name.get("const")).or_else(|| name.pointer("/enum/0"));
        let name = name.and_then(|name| name.as_str()).unwrap_or_else(|| panic!("{stem}: {:?}", schema.as_value()));
        assert_eq!(file_stem(name), stem);
    }
}
