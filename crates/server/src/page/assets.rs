//! The files that the page uses: part of the program, so that nothing has to be found.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use crate::problem::Problem;

const SCRIPT: &str = include_str!("../../assets/app.js");
pub(super) const STYLE: &str = include_str!("../../assets/style.css");
pub(super) const MAP_SCRIPT: &str = include_str!("../../assets/map.js");
pub(super) const MAP_STYLE: &str = include_str!("../../assets/map.css");
const ICON: &str = include_str!("../../assets/icon.svg");

/// A file that pages use.
pub(crate) fn asset(name: &str) -> Result<Response<Body>, Problem> {
    let (kind, text) = match name {
        "app.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "style.css" => ("text/css; charset=utf-8", STYLE),
        "map.js" => ("text/javascript; charset=utf-8", MAP_SCRIPT),
        "map.css" => ("text/css; charset=utf-8", MAP_STYLE),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return Err(Problem::new(StatusCode::NOT_FOUND, "no such file")),
    };
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // The address of a file has its version in it.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=31536000, immutable"));
    Ok(response)
}

/// What changes when a file of the page does.
pub(super) fn version() -> String {
    let sum = SCRIPT
        .bytes()
        .chain(STYLE.bytes())
        .chain(MAP_SCRIPT.bytes())
        .chain(MAP_STYLE.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{sum:016x}")
}
