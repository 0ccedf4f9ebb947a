//! Prints the papers of inputs as a reader yields them, each as JSON with the fields that say something.
//!
//! ```text
//! cargo run -p semsearch-corpus --example papers -- FILE...
//! ```

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use std::path::PathBuf;

use serde_json::Value;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args_os().skip(1).map(PathBuf::from) {
        let documents = semsearch_corpus::open(&path)?;
        println!("{}: {}", path.display(), documents.format());
        for document in documents {
            let mut fields = serde_json::to_value(document?)?;
            if let Value::Object(fields) = &mut fields {
                fields.retain(|_, value| match value {
                    Value::Null => false,
                    Value::String(text) => !text.is_empty(),
                    Value::Array(list) => !list.is_empty(),
                    Value::Object(object) => !object.is_empty(),
                    _ => true,
                });
            }
            println!("{fields}");
        }
    }
    Ok(())
}
