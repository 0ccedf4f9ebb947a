//! OpenAI's embeddings, from the collection's own model.
//!
//! `input` is a text, a list of texts, a list of tokens, or a list of such lists; texts are encoded as passages with the model's
//! prompt, unless `kind` says `query`. Tokens are those of this model, special ones included. Numbers come as a list, or in base64 as
//! little-endian 32-bit floats, which OpenAI's own client asks for.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use semsearch_embed::{Batch, EncodeError, Encoder, TextKind};
use semsearch_vector::{Matrix, normalise};
use serde_json::{Map, Value, json};

use crate::api::{bytes, json_response, parsed};
use crate::limits;
use crate::problem::Problem;
use crate::state::State;

/// The fields of a request. `user` says nothing to us.
const FIELDS: [&str; 6] = ["model", "input", "dimensions", "encoding_format", "user", "kind"];

/// Lists of tokens that are encoded at once.
const AT_ONCE: usize = 32;

/// What is to be encoded.
enum Input {
    Texts(Vec<String>),
    Tokens(Vec<Vec<u32>>),
}

/// `POST /v1/embeddings`.
pub(crate) async fn embeddings(state: Arc<State>, body: Bytes) -> Result<Response<Body>, Problem> {
    let Value::Object(fields) = parsed(&body)? else {
        return Err(Problem::bad("body", "expected a JSON object with `model` and `input`"));
    };
    if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(Problem::bad(unknown, format!("`{unknown}` is no field here; there are {}", FIELDS.join(", "))));
    }
    let encoder = state.newest().await?.searcher.encoder().clone();
    let model = encoder.model().name.to_string();
    match fields.get("model") {
        Some(Value::String(asked)) if *asked == model => {}
        Some(Value::String(_)) => {
            return Err(Problem {
                parameter: Some("model".to_owned()),
                ..Problem::new(StatusCode::NOT_FOUND, format!("the model here is `{model}`"))
            });
        }
        _ => return Err(Problem::bad("model", format!("expected a field `model`; the model here is `{model}`"))),
    }
    let input = input(fields.get("input"))?;
    let kind = match fields.get("kind").and_then(Value::as_str) {
        None if fields.get("kind").is_none_or(Value::is_null) => TextKind::Passage,
        Some("passage") => TextKind::Passage,
        Some("query") => TextKind::Query,
        _ => return Err(Problem::bad("kind", "expected `kind` to be query or passage")),
    };
    let dimension = dimensions(&fields, encoder.dimension())?;
    let is_base64 = match fields.get("encoding_format") {
        None | Some(Value::Null) => false,
        Some(Value::String(format)) if format == "float" => false,
        Some(Value::String(format)) if format == "base64" => true,
        _ => return Err(Problem::bad("encoding_format", "expected `encoding_format` to be float or base64")),
    };
    let (vectors, tokens) = state.work.run(move || encoded(&*encoder, &input, kind, dimension)).await??;
    let data: Vec<Value> = vectors
        .iter()
        .enumerate()
        .map(|(index, row)| json!({"object": "embedding", "index": index, "embedding": written(row, is_base64)}))
        .collect();
    let usage = json!({"prompt_tokens": tokens, "total_tokens": tokens});
    bytes(&json!({"object": "list", "data": data, "model": model, "usage": usage})).map(json_response)
}

/// `GET /v1/models`.
pub(crate) async fn models(state: Arc<State>) -> Result<Response<Body>, Problem> {
    let newest = state.newest().await?;
    let model = &newest.searcher.encoder().model().name;
    let model = json!({"id": &**model, "object": "model", "created": 0, "owned_by": "semsearch"});
    bytes(&json!({"object": "list", "data": [model]})).map(json_response)
}

fn input(value: Option<&Value>) -> Result<Input, Problem> {
    let wrong = || {
        Problem::bad(
            "input",
            "expected `input` to be a text, a list of texts, a list of tokens, or a list of lists of tokens",
        )
    };
    let input = match value {
        Some(Value::String(text)) => Input::Texts(vec![text.clone()]),
        Some(Value::Array(items)) => {
            if items.len() > limits::TEXTS && !items.iter().all(Value::is_number) {
                return Err(Problem::bad(
                    "input",
                    format!("expected at most {} texts, found {}", limits::TEXTS, items.len()),
                ));
            }
            match items.first() {
                Some(Value::String(_)) => Input::Texts(
                    items
                        .iter()
                        .map(|item| item.as_str().map(str::to_owned))
                        .collect::<Option<_>>()
                        .ok_or_else(wrong)?,
                ),
                Some(Value::Number(_)) => Input::Tokens(vec![tokens(items).ok_or_else(wrong)?]),
                Some(Value::Array(_)) => {
                    let lists = items.iter().map(|item| tokens(item.as_array()?));
                    Input::Tokens(lists.collect::<Option<_>>().ok_or_else(wrong)?)
                }
                _ => return Err(wrong()),
            }
        }
        _ => return Err(wrong()),
    };
    let is_empty = match &input {
        Input::Texts(texts) => texts.iter().any(|text| text.trim().is_empty()),
        Input::Tokens(lists) => lists.iter().any(Vec::is_empty),
    };
    match is_empty {
        true => Err(Problem::bad("input", "expected every text of `input` to have a word")),
        false => Ok(input),
    }
}

fn tokens(items: &[Value]) -> Option<Vec<u32>> {
    let last = f64::from(u32::MAX);
    items.iter().map(|item| whole(item).filter(|token| *token <= last).map(|token| token as u32)).collect()
}

/// A number of JSON that is whole and not below 0; 8.0 is one as well.
fn whole(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0)
}

fn dimensions(fields: &Map<String, Value>, most: usize) -> Result<usize, Problem> {
    match fields.get("dimensions") {
        None | Some(Value::Null) => Ok(most),
        Some(value) => {
            let asked = whole(value).filter(|asked| (1.0..=most as f64).contains(asked)).map(|asked| asked as usize);
            asked.ok_or_else(|| {
                Problem::bad("dimensions", format!("expected `dimensions` to be a whole number from 1 to {most}"))
            })
        }
    }
}

/// The vectors of texts, cut to `dimension` numbers and of length 1 where the model's are, and the number of tokens.
fn encoded(encoder: &dyn Encoder, input: &Input, kind: TextKind, dimension: usize) -> Result<(Matrix, usize), Problem> {
    let failed = |error: EncodeError| Problem::from(semsearch_engine::SearchError::from(error));
    let (vectors, tokens) = match input {
        Input::Texts(texts) => {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let encoded = encoder.encode(&texts, kind).map_err(failed)?;
            (encoded.vectors, encoded.tokens.iter().sum())
        }
        Input::Tokens(lists) => {
            let limit = encoder.model().max_seq_length;
            if let Some(long) = lists.iter().find(|list| list.len() > limit) {
                return Err(Problem::bad("input", format!("expected at most {limit} tokens, found {}", long.len())));
            }
            let is_token = |token: &u32| encoder.vocabulary().is_none_or(|vocabulary| (*token as usize) < vocabulary);
            if let Some(other) = lists.iter().flatten().find(|token| !is_token(token)) {
                return Err(Problem::bad("input", format!("{other} is no token of this model")));
            }
            let mut vectors = Matrix::with_capacity(lists.len(), encoder.dimension());
            for some in lists.chunks(AT_ONCE) {
                let mut batch = Batch::default();
                some.iter().for_each(|list| batch.push(list));
                vectors
                    .append(&encoder.encode_batch(&batch).map_err(|error| Problem::bad("input", error.to_string()))?);
            }
            (vectors, lists.iter().map(Vec::len).sum())
        }
    };
    if dimension == vectors.dim() {
        return Ok((vectors, tokens));
    }
    let mut cut = Matrix::with_capacity(vectors.rows(), dimension);
    for row in vectors.iter() {
        let mut row = row[..dimension].to_vec();
        if encoder.model().normalised {
            normalise(&mut row);
        }
        cut.push(&row);
    }
    Ok((cut, tokens))
}

fn written(row: &[f32], is_base64: bool) -> Value {
    match is_base64 {
        true => STANDARD.encode(row.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>()).into(),
        false => row.into(),
    }
}
