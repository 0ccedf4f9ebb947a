//! Models that are part of the program, for machines without a network. They are never written to disk.
//!
//! Their files lie in `models/NAME/` and are compiled in, unless the feature `static-model` is switched off. A test
//! compares them with their SHA-256 once a build; loading does not.

/// A model inside the program.
#[derive(Debug)]
struct BuiltIn {
    name: &'static str,
    files: &'static [(&'static str, &'static [u8])],
}

#[cfg(feature = "static-model")]
static MODELS: &[BuiltIn] = &[BuiltIn {
    name: "static",
    files: &[
        ("config.json", include_bytes!("../../../../models/static/config.json")),
        ("tokenizer.json", include_bytes!("../../../../models/static/tokenizer.json")),
        ("model.safetensors", include_bytes!("../../../../models/static/model.safetensors")),
    ],
}];

#[cfg(not(feature = "static-model"))]
static MODELS: &[BuiltIn] = &[];

/// Models that are part of the program unless their feature is switched off.
const NAMES: [&str; 1] = ["static"];

/// Whether the model of that name would be part of the program if its feature were switched on.
pub(super) fn is_left_out(name: &str) -> bool {
    NAMES.contains(&name) && !holds(name)
}

/// Whether the program holds a model of that name.
pub(super) fn holds(name: &str) -> bool {
    MODELS.iter().any(|model| model.name == name)
}

/// The contents of one file of a model in the program.
pub(super) fn file(model: &str, path: &str) -> Option<&'static [u8]> {
    let model = MODELS.iter().find(|known| known.name == model)?;
    model.files.iter().find(|(own, _)| *own == path).map(|(_, bytes)| *bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::bundled;
    use crate::describe::checksum::sha256_bytes;

    #[test]
    fn the_files_in_the_program_are_those_of_the_manifests() {
        for model in MODELS {
            let manifest = bundled().into_iter().find(|manifest| manifest.name == model.name).unwrap();
            assert_eq!(manifest.files.len(), model.files.len());
            for known in &manifest.files {
                let own = file(model.name, &known.path).unwrap();
                assert_eq!(sha256_bytes(own), known.sha256, "{}/{}", model.name, known.path);
            }
        }
    }
}
