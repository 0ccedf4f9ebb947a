//! A collection for agents: tools in the Model Context Protocol, over standard input and output or over HTTP.
//!
//! ```text
//! a line ── stdio ──┐
//!                   ├── dispatch ── tools ── the same answers as the API
//! a body ── http ───┘      │
//!                     message, era
//! ```
//!
//! The protocol is code of our own: docs/decisions/0022-agents.md says why. Answers are the documents of `semsearch-report`, with
//! a text beside them that is short enough to be read by a model.
//!
//! | module | contents |
//! | --- | --- |
//! | `message`, `era` | JSON-RPC; revisions of the protocol and what each wants |
//! | `dispatch` | from a message to its answer |
//! | `stdio`, `http` | how messages come |
//! | `tools` | the tools, one a file |
//! | `tool`, `arguments`, `schemas` | what a tool is; what it is given, checked by the schema that clients see |
//! | `documents` | what tools answer, as JSON |
//! | `listing`, `paging`, `cursor` | pages of hits that lose none and repeat none |
//! | `tokens`, `layout`, `wording` | papers as text, within a number of tokens |

mod arguments;
mod cursor;
mod dispatch;
mod documents;
mod era;
pub(crate) mod http;
mod layout;
mod listing;
mod message;
mod paging;
mod schemas;
pub(crate) mod stdio;
mod tokens;
mod tool;
mod tools;
mod wording;
