//! The files that the page uses: part of the program, so that nothing has to be found.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use crate::problem::Problem;

const SCRIPT: &str = include_str!("../../assets/app.js");
const STYLE: &str = include_str!("../../assets/style.css");
const ICON: &str = include_str!("../../assets/icon.svg");

/// A file that pages use.
pub(crate) fn asset(name: &str) -> Result<Response<Body>, Problem> {
    let (kind, text) = match name {
        "app.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "style.css" => ("text/css; charset=utf-8", STYLE),
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
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{sum:016x}")
}
