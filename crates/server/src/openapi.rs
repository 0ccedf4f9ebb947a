//! The API as OpenAPI 3.1 describes it, from the same types and tables that answer. `/mcp` is left out: its own protocol describes what goes
//! over it, and OpenAPI could only say that it is an object.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use semsearch_report::{ask, facets, map, paper, similar};
use serde_json::{Map, Value, json};

use crate::api::{FACETS, SIMILAR, bytes, json_response};
use crate::limits;
use crate::parameters::{FILTERS, FLAGS, SEARCH, SEVERAL};
use crate::problem::Problem;
use crate::state::State;

/// `GET /openapi.json`.
pub(crate) async fn document(state: Arc<State>) -> Result<Response<Body>, Problem> {
    let newest = state.newest().await?;
    let key = "openapi";
    if let Some(written) = state.cache.get(newest.number, key) {
        return Ok(json_response(written));
    }
    let encoder = newest.searcher.encoder();
    let written = bytes(&described(encoder.dimension(), encoder.vocabulary()))?;
    state.cache.put(newest.number, key.to_owned(), written.clone());
    Ok(json_response(written))
}

/// The whole description, for a model with vectors of `dimension` numbers and a vocabulary of so many tokens.
fn described(dimension: usize, vocabulary: Option<usize>) -> Value {
    let last_token = vocabulary.map_or(u32::MAX as usize, |tokens| tokens.saturating_sub(1));
    let tokens =
        json!({"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0, "maximum": last_token}});
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let answer = schema::<ask::Answer>(&mut generator);
    let counted = schema::<facets::Facets>(&mut generator);
    let shown = schema::<paper::PaperLine>(&mut generator);
    let alike = schema::<similar::Similar>(&mut generator);
    let drawn = schema::<map::Map>(&mut generator);
    let mut schemas: Map<String, Value> = generator.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem());
    schemas.insert("OpenAiError".to_owned(), openai_error());
    let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 1024},
        "description": "The id of a paper. A slash in it is written %2F."});
    let question = json!({"anyOf": [text_with_a_word(), {"type": "object", "required": ["q"], "additionalProperties": false,
        "properties": question_fields()}]});
    let list_of = |items: Value| json!({"type": "object", "required": ["answers"], "properties": {"answers": {"type": "array", "items": items}}});
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "semsearch",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Papers that answer a question, from a collection on this machine.",
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "paths": {
            "/api/search": {
                "get": operation("search", "The papers that answer a question", &[&SEARCH, &FILTERS], None, answer.clone()),
                "post": with_body(
                    operation("searchAll", "The answers to many questions, in their order", &[], None, list_of(answer)),
                    &json!({"type": "object", "required": ["queries"], "additionalProperties": false, "properties": {"queries":
                        {"type": "array", "minItems": 1, "maxItems": limits::QUESTIONS, "items": question}}}),
                ),
            },
            "/api/papers": {
                "post": with_missing(with_body(
                    operation("papers", "Many papers, as JSON or as a list for a reference manager", &[], None, json!({
                        "type": "object", "required": ["papers"], "properties": {"papers": {"type": "array", "items": shown.clone()}}})),
                    &json!({"type": "object", "required": ["ids"], "additionalProperties": false, "properties": {
                        "ids": {"type": "array", "minItems": 1, "maxItems": limits::HITS, "items": {"type": "string"}},
                        "format": {"enum": ["json", "bibtex", "ris", "csl"]}}}),
                )),
            },
            "/api/papers/{id}": {
                "get": operation("paper", "A paper", &[], Some(&id), shown),
            },
            "/api/papers/{id}/similar": {
                "get": operation("similarPapers", "The papers most similar to a paper", &[&SIMILAR, &FILTERS], Some(&id), alike),
            },
            "/api/facets": {
                "get": operation("facets", "How many papers have which value of a field", &[&FACETS, &FILTERS], None, counted),
            },
            "/api/map": {
                "get": with_making(operation("map", "The places of all papers in a plane, with named regions", &[], None, drawn)),
            },
            "/v1/embeddings": {
                "post": as_openai(with_body(
                    operation("embeddings", "Vectors of texts", &[], None, embeddings()),
                    &json!({"type": "object", "required": ["model", "input"], "additionalProperties": false, "properties": {
                        "model": {"type": "string"},
                        "input": {"anyOf": [
                            text_with_a_word(),
                            {"type": "array", "minItems": 1, "maxItems": limits::TEXTS, "items": text_with_a_word()},
                            tokens,
                            {"type": "array", "minItems": 1, "maxItems": limits::TEXTS, "items": tokens},
                        ]},
                        "dimensions": {"type": ["integer", "null"], "minimum": 1, "maximum": dimension},
                        "encoding_format": {"enum": ["float", "base64", null]},
                        "kind": {"enum": ["query", "passage", null]},
                        "user": {"type": ["string", "null"]},
                    }}),
                )),
            },
            "/v1/models": {"get": as_openai(operation("models", "The model of the collection", &[], None, json!({"type": "object"})))},
            "/healthz": {"get": operation("health", "Whether the server is there", &[], None, json!({"type": "object"}))},
            "/readyz": {"get": operation("ready", "Whether it can answer", &[], None, json!({"type": "object"}))},
        },
        "components": {"schemas": schemas},
    })
}

fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn operation(id: &str, summary: &str, names: &[&[&str]], path: Option<&Value>, answer: Value) -> Value {
    let named = names.iter().flat_map(|names| names.iter()).map(|name| parameter(name, id));
    let parameters: Vec<Value> = path.cloned().into_iter().chain(named).collect();
    let problem = |what: &str| json!({"description": what, "content": {"application/problem+json": {"schema": reference("Problem")}}});
    let mut responses = json!({
        "200": {"description": "The answer", "content": {"application/json": {"schema": answer}}},
        "400": problem("The request cannot be right"),
        "401": problem("The token is missing"),
        "403": problem("The host or the origin is not this server's"),
        "500": problem("The collection or the model fails"),
        "503": problem("Too many requests wait"),
    });
    if path.is_some() || id == "search" || id == "searchAll" {
        responses["404"] = problem("No such paper");
    }
    if !names.is_empty() || path.is_some() {
        responses["431"] = json!({"description": "The address or the headers are too long"});
    }
    json!({"operationId": id, "summary": summary, "parameters": parameters, "responses": responses})
}

fn with_body(mut operation: Value, schema: &Value) -> Value {
    operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
    operation["responses"]["413"] = json!({"description": "The body is too large", "content": {"application/problem+json": {"schema": reference("Problem")}}});
    operation
}

/// An operation that can ask for papers that are not there, and can write them as plain text.
fn with_missing(mut operation: Value) -> Value {
    operation["responses"]["200"]["content"]["text/plain"] = json!({"schema": {"type": "string"}});
    operation["responses"]["404"] = json!({"description": "Papers that are not there, all of them named in `missing`",
        "content": {"application/problem+json": {"schema": reference("Problem")}}});
    operation
}

/// An operation whose answer takes a while to make.
fn with_making(mut operation: Value) -> Value {
    let making = json!({"type": "object", "required": ["status", "share"], "properties": {
        "status": {"const": "making"}, "share": {"type": "number", "minimum": 0, "maximum": 1}}});
    operation["responses"]["202"] =
        json!({"description": "It is being made", "content": {"application/json": {"schema": making}}});
    operation["responses"]["304"] = json!({"description": "It is what the client has"});
    operation
}

/// An operation whose failures have OpenAI's form.
fn as_openai(mut operation: Value) -> Value {
    let codes = ["400", "401", "403", "404", "413", "500", "503"];
    for code in codes {
        operation["responses"][code] = json!({"description": "The request fails", "content": {"application/json": {"schema": reference("OpenAiError")}}});
    }
    operation
}

/// A parameter of an address.
fn parameter(name: &str, operation: &str) -> Value {
    let (schema, what) = described_parameter(name);
    let is_required = name == "by" || (name == "q" && operation == "search");
    json!({"name": name, "in": "query", "required": is_required, "description": what, "schema": schema})
}

/// The parameters of a search as fields of JSON.
fn question_fields() -> Value {
    let fields = SEARCH.iter().chain(&FILTERS).map(|name| {
        let (schema, what) = described_parameter(name);
        let schema = match *name {
            "q" => json!({"anyOf": [schema["items"], schema]}),
            _ if SEVERAL.contains(name) => json!({"anyOf": [schema["items"], schema, {"type": "null"}]}),
            _ if FLAGS.contains(name) => json!({"type": ["boolean", "null"]}),
            "since" | "until" | "year" => {
                json!({"anyOf": [schema, {"type": "integer", "minimum": 0, "maximum": 9999}, {"type": "null"}]})
            }
            _ => json!({"anyOf": [schema, {"type": "null"}]}),
        };
        let mut described = schema;
        described["description"] = what.into();
        ((*name).to_owned(), described)
    });
    Value::Object(fields.collect())
}

/// A text that is not all spaces.
fn text_with_a_word() -> Value {
    json!({"type": "string", "minLength": 1, "pattern": r"\S"})
}

/// What a parameter may be, and what it is.
fn described_parameter(name: &str) -> (Value, &'static str) {
    let whole = |least: usize, most: usize| json!({"type": "integer", "minimum": least, "maximum": most});
    let text = || json!({"type": "string", "minLength": 1});
    let texts = || json!({"type": "array", "items": text()});
    let share = || json!({"type": "number", "minimum": 0, "maximum": 1});
    // In an address the name alone is enough.
    let truth = || json!({"anyOf": [{"type": "boolean"}, {"const": ""}]});
    let date = || json!({"type": "string", "pattern": r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|1[0-9]|2[0-8]))?)?$"});
    match name {
        "q" => (
            json!({"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1, "maxLength": limits::QUESTION, "pattern": r"\S"}}),
            "The question, in a few plain words; several, if a paper is to answer all of them, or any",
        ),
        "combine" => (
            json!({"enum": ["all", "any"]}),
            "Whether a paper is to answer all of several questions, as by default, or any",
        ),
        "prose" => (
            truth(),
            "The question is a text for readers: signs in it bind nothing, and a long one is asked in passages",
        ),
        "k" => (whole(1, limits::HITS), "The number of papers, 10 by default; with `offset` at most 1000"),
        "offset" => (whole(0, limits::HITS), "Papers to skip"),
        "mode" => (
            json!({"enum": ["hybrid", "dense", "lexical", "exact"]}),
            "What ranks: vectors and words, vectors, words, or vectors and words with every paper compared",
        ),
        "weight" => (share(), "The weight of words beside meaning"),
        "rrf" => (truth(), "Rank by places in both lists instead of by scores; not with `weight`"),
        "graph" => (truth(), "Search the graph, even where comparing with every paper is faster; not with `exact`"),
        "rerank" => (truth(), "Score the candidates of the graph again in full precision"),
        "ef" => (whole(1, limits::EF), "The beam width of the graph search"),
        "recency" => (
            json!({"type": "string", "pattern": "^[1-9][0-9]{0,3}(\\.[0-9]+)?[dwmyDWMY]$"}),
            "Prefer new papers: a score halves with every such time of age, such as 90d, 8w, 18m or 2y",
        ),
        "sort" => {
            (json!({"enum": ["score", "date", "year", "title"]}), "What the papers that were found are sorted by")
        }
        "no_correct" => (truth(), "Leave words as they are typed, even if no paper holds them"),
        "as_typed" => (truth(), "Search for the question as typed, without corrections, acronyms and long forms"),
        "exact" => (truth(), "Compare with every paper"),
        "explain" => (truth(), "Say why each paper was found"),
        "like" => (texts(), "Papers that answers are to be near to"),
        "unlike" => (texts(), "Papers that answers are to be far from"),
        "diverse" => (share(), "How much papers are to differ"),
        "min_score" => {
            (json!({"type": "number", "minimum": -1e6, "maximum": 1e6}), "Only papers with this score or more")
        }
        "since" => (date(), "Only papers of this date or later: YYYY, YYYY-MM or YYYY-MM-DD"),
        "until" => (date(), "Only papers of this date or earlier"),
        "year" => (
            json!({"type": "string", "pattern": r"^[0-9]{1,9}(\.\.)?$|^\.\.[0-9]{1,9}$|^[0-9]{1,9}\.\.[0-9]{1,9}$"}),
            "Only papers of this year, or of a range such as 2019..2022",
        ),
        "venue" => (texts(), "Only papers whose venue contains this"),
        "category" => (texts(), "Only papers of this category or keyword"),
        "org" => (texts(), "Only papers whose organization contains this"),
        "author" => (texts(), "Only papers with an author whose name contains this"),
        "source" => (texts(), "Only papers from this source: a file, or a folder with all its files"),
        "where" => (text(), "Only papers for which this holds, such as: year >= 2020 and not venue = \"arXiv\""),
        "by" => (json!({"enum": ["year", "venue", "category", "org", "author", "source"]}), "The field"),
        "top" => (
            json!({"type": "integer", "minimum": 1, "maximum": u32::MAX}),
            "How many papers nearest to the question are counted, 100 by default",
        ),
        "limit" => (whole(1, limits::HITS), "The most values, 20 by default"),
        _ => (text(), ""),
    }
}

fn problem() -> Value {
    json!({"type": "object", "required": ["type", "title", "status", "detail"], "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
        "parameter": {"type": "string"}, "missing": {"type": "array", "items": {"type": "string"}}}})
}

fn openai_error() -> Value {
    json!({"type": "object", "required": ["error"], "properties": {"error": {"type": "object", "required": ["message", "type"],
        "properties": {"message": {"type": "string"}, "type": {"type": "string"}, "param": {"type": ["string", "null"]},
            "code": {"type": ["string", "null"]}}}}})
}

fn embeddings() -> Value {
    json!({"type": "object", "required": ["object", "data", "model", "usage"], "properties": {
        "object": {"const": "list"}, "model": {"type": "string"},
        "data": {"type": "array", "items": {"type": "object", "required": ["object", "index", "embedding"], "properties": {
            "object": {"const": "embedding"}, "index": {"type": "integer"},
            "embedding": {"anyOf": [{"type": "array", "items": {"type": "number"}}, {"type": "string"}]}}}},
        "usage": {"type": "object", "properties": {"prompt_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"}}}}})
}
