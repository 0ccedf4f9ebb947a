//! The tools, and how they are called.

mod collection_stats;
mod count_papers;
mod get_paper;
mod search_papers;
mod similar_papers;

use std::sync::{Arc, OnceLock};

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::arguments::Arguments;
use super::tool::Outcome;
pub(crate) use super::tool::Tool;
use crate::problem::Problem;
use crate::state::State;

static TOOLS: [Tool; 5] =
    [search_papers::TOOL, get_paper::TOOL, similar_papers::TOOL, count_papers::TOOL, collection_stats::TOOL];

/// The tool of this name.
pub(crate) fn named(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name)
}

/// The names of all tools.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TOOLS.iter().map(|tool| tool.name)
}

/// All tools as clients see them.
pub(crate) fn list() -> &'static Value {
    static LIST: OnceLock<Value> = OnceLock::new();
    LIST.get_or_init(|| TOOLS.iter().map(Tool::described).collect())
}

/// Calls a tool. What goes wrong is told to the model, which can do something about it.
pub(crate) async fn call(tool: &'static Tool, arguments: Map<String, Value>, state: &Arc<State>) -> Outcome {
    let arguments = match Arguments::checked(&(tool.input)(), arguments) {
        Ok(arguments) => arguments,
        Err(told) => return Outcome::Failed(told),
    };
    let answer = async {
        let newest = state.newest().await?;
        state.work.run(move || (tool.answer)(&newest, &arguments)).await?
    };
    match answer.await {
        Ok(told) => Outcome::Told(told),
        Err(problem) => Outcome::Failed(told(problem)),
    }
}

/// What went wrong, and what to do about it.
fn told(problem: Problem) -> String {
    let advice = match problem.status {
        StatusCode::NOT_FOUND => "; search_papers gives the ids of papers",
        StatusCode::INTERNAL_SERVER_ERROR => {
            "; this is no fault of the arguments: tell the user that the collection or its model has to be checked"
        }
        _ => "",
    };
    problem.detail + advice
}
