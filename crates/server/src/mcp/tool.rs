//! What a tool is, and what it answers.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use crate::live::Newest;
use crate::problem::Problem;

/// Something that an agent can ask for.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What it is for, for the model that chooses among tools.
    pub(crate) description: &'static str,
    /// The JSON schema of its arguments.
    pub(crate) input: fn() -> Value,
    /// The JSON schema of its answer.
    pub(crate) output: fn() -> Value,
    /// Its answer, on a thread that may take its time.
    pub(crate) answer: fn(&Newest, &Arguments) -> Result<Told, Problem>,
}

impl Tool {
    /// The tool as clients see it in a list.
    pub(crate) fn described(&self) -> Value {
        json!({
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": (self.input)(),
            "outputSchema": (self.output)(),
            "annotations": {"readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": false},
        })
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Told {
    /// For a model to read.
    pub(crate) text: String,
    /// The same for programs, as JSON.
    pub(crate) structured: String,
}

/// How a call ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Told(Told),
    /// What was wrong, and what to do about it.
    Failed(String),
}

impl Outcome {
    /// The result of the call as JSON, with the fields of its era.
    pub(crate) fn result(self, mut fields: Map<String, Value>) -> String {
        let (text, structured) = match self {
            Outcome::Told(Told { text, structured }) => (text, Some(structured)),
            Outcome::Failed(text) => (text, None),
        };
        fields.insert("content".to_owned(), json!([{"type": "text", "text": text}]));
        fields.insert("isError".to_owned(), structured.is_none().into());
        let mut result = Value::Object(fields).to_string();
        if let Some(structured) = structured {
            // Written out and not put together from values, in which a number of 32 bits grows digits.
            result.pop();
            result.push_str(",\"structuredContent\":");
            result.push_str(&structured);
            result.push('}');
        }
        result
    }
}
