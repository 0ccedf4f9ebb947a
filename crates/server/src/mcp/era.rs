//! The two ways in which clients speak, and how a request tells which one it is of.
//!
//! Up to revision 2025-11-25 a client opens with `initialize`, in which both sides agree on a revision. From 2026-07-28 on there is
//! no opening: every request carries its revision and what the client can do in `_meta`, and `server/discover` says what the server can.
//! So the era is that of a request, and not of a connection: a client that tries one way and then the other is answered both times.

use serde_json::{Map, Value, json};

use super::message::{Fault, Request};

/// The revision in which requests carry their revision.
pub(crate) const ENVELOPE: &str = "2026-07-28";
/// The revisions that begin with `initialize`, the newest last.
pub(crate) const HANDSHAKE: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
/// The last revisions with batches.
const WITH_BATCHES: [&str; 2] = ["2024-11-05", "2025-03-26"];

const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES_KEY: &str = "io.modelcontextprotocol/clientCapabilities";
const SERVER_KEY: &str = "io.modelcontextprotocol/serverInfo";

/// How a request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Era {
    /// As agreed in `initialize`.
    Handshake,
    /// By itself.
    Envelope,
}

impl Era {
    /// The era of a request.
    pub(crate) fn of(request: &Request) -> Result<Self, Fault> {
        let Some(version) = version(&request.params) else {
            return match request.method.as_str() {
                "server/discover" => Err(Fault::params(format!("expected `_meta` with `{VERSION_KEY}`"))),
                _ => Ok(Era::Handshake),
            };
        };
        let has_capabilities = request.params["_meta"].get(CAPABILITIES_KEY).is_some_and(Value::is_object);
        match version.as_str() {
            None => Err(Fault::params(format!("expected `{VERSION_KEY}` to be a text"))),
            Some(_) if !has_capabilities => Err(Fault::params(format!("expected `_meta` with `{CAPABILITIES_KEY}`"))),
            Some(ENVELOPE) => Ok(Era::Envelope),
            Some(other) => Err(unsupported(other)),
        }
    }

    /// What every result of the era has beside what it is about.
    pub(crate) fn fields(self) -> Map<String, Value> {
        let mut fields = Map::new();
        if self == Era::Envelope {
            fields.insert("resultType".to_owned(), "complete".into());
            fields.insert("_meta".to_owned(), json!({SERVER_KEY: server_info()}));
        }
        fields
    }

    /// What results have that are the same for as long as the program runs.
    pub(crate) fn lasting_fields(self) -> Map<String, Value> {
        let mut fields = self.fields();
        if self == Era::Envelope {
            fields.insert("ttlMs".to_owned(), 3_600_000.into());
            // Behind a token there may be a proxy that serves others.
            fields.insert("cacheScope".to_owned(), "private".into());
        }
        fields
    }
}

/// The revision that a request carries.
pub(crate) fn version(params: &Map<String, Value>) -> Option<&Value> {
    params.get("_meta")?.get(VERSION_KEY)
}

/// The revision that `initialize` agrees on: the one offered, or the newest one that begins so. A client that offers 2026-07-28 there
/// is answered with 2025-11-25, since clients refuse the newer one as an answer.
pub(crate) fn agreed(offered: &str) -> &'static str {
    let [.., newest] = HANDSHAKE;
    HANDSHAKE.into_iter().find(|known| *known == offered).unwrap_or(newest)
}

/// Whether a revision has batches.
pub(crate) fn has_batches(version: &str) -> bool {
    WITH_BATCHES.contains(&version)
}

/// The fault of a revision that is not spoken here.
pub(crate) fn unsupported(version: &str) -> Fault {
    let data = json!({"supported": all_versions(), "requested": version});
    Fault { data: Some(data), ..Fault::new(Fault::VERSION, "this revision of the protocol is not spoken here") }
}

/// All revisions, the newest first.
pub(crate) fn all_versions() -> Vec<&'static str> {
    std::iter::once(ENVELOPE).chain(HANDSHAKE.into_iter().rev()).collect()
}

/// What this program is called.
pub(crate) fn server_info() -> Value {
    json!({"name": "semsearch", "title": "semsearch: papers by what they say", "version": env!("CARGO_PKG_VERSION")})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn era(method: &str, meta: Value) -> Result<Era, i64> {
        let params = if meta.is_null() { json!({}) } else { json!({"_meta": meta}) };
        let params = params.as_object().unwrap().clone();
        Era::of(&Request { id: 1.into(), method: method.to_owned(), params }).map_err(|fault| fault.code)
    }

    #[test]
    fn a_request_says_of_which_era_it_is() {
        let full = |version: Value| json!({VERSION_KEY: version, CAPABILITIES_KEY: {}});
        assert_eq!(era("tools/list", Value::Null), Ok(Era::Handshake));
        assert_eq!(era("tools/call", json!({"progressToken": 7})), Ok(Era::Handshake));
        assert_eq!(era("tools/list", full(json!("2026-07-28"))), Ok(Era::Envelope));
        assert_eq!(era("server/discover", Value::Null), Err(-32602));
        assert_eq!(era("tools/list", json!({VERSION_KEY: "2026-07-28"})), Err(-32602));
        assert_eq!(era("tools/list", full(json!(7))), Err(-32602));
        for version in ["2025-11-25", "2099-01-01", ""] {
            assert_eq!(era("server/discover", full(json!(version))), Err(-32022), "{version}");
        }
    }

    #[test]
    fn initialize_agrees_on_a_revision_that_begins_so() {
        for version in HANDSHAKE {
            assert_eq!(agreed(version), version);
        }
        for version in ["2026-07-28", "2099-01-01", "zzz", ""] {
            assert_eq!(agreed(version), "2025-11-25", "{version}");
        }
    }
}
