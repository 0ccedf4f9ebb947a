//! Models that are part of the program: there on a machine that never had a network, and never written to its disk.
//!
//! Their files lie in `models/NAME/` and are compiled in. Nothing compares them with their SHA-256 again when they are
//! used; a test does, once a build.

/// A model inside the program.
#[derive(Debug)]
struct BuiltIn {
    name: &'static str,
    files: &'static [(&'static str, &'static [u8])],
}

static MODELS: &[BuiltIn] = &[BuiltIn {
    name: "static",
    files: &[
        ("config.json", include_bytes!("../../../../models/static/config.json")),
        ("tokenizer.json", include_bytes!("../../../../models/static/tokenizer.json")),
        ("model.safetensors", include_bytes!("../../../../models/static/model.safetensors")),
    ],
}];

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
