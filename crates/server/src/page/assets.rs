//! The files that the page uses: part of the program, so that nothing has to be found.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use crate::problem::Problem;

/// What a map that stands alone has in it as well.
pub(super) const STYLE: &str = include_str!("../../assets/style.css");
pub(super) const MAP_SCRIPT: &str = include_str!("../../assets/map.js");
pub(super) const MAP_STYLE: &str = include_str!("../../assets/map.css");

/// A file, with where it lies below `/assets/`.
type File = (&'static str, &'static [u8]);

/// Files of this project.
const OWN: [File; 5] = [
    ("app.js", include_bytes!("../../assets/app.js")),
    ("style.css", STYLE.as_bytes()),
    ("map.js", MAP_SCRIPT.as_bytes()),
    ("map.css", MAP_STYLE.as_bytes()),
    ("icon.svg", include_bytes!("../../assets/icon.svg")),
];

macro_rules! katex {
    ($($name:literal),* $(,)?) => {
        [$((concat!("katex/", $name), include_bytes!(concat!("../../assets/katex/", $name)))),*]
    };
}

/// KaTeX, which sets formulas (`scripts/vendor_katex`). A page asks for it only if there is a formula in it.
const KATEX: [File; 22] = katex![
    "katex.min.js",
    "katex.min.css",
    "fonts/KaTeX_AMS-Regular.woff2",
    "fonts/KaTeX_Caligraphic-Bold.woff2",
    "fonts/KaTeX_Caligraphic-Regular.woff2",
    "fonts/KaTeX_Fraktur-Bold.woff2",
    "fonts/KaTeX_Fraktur-Regular.woff2",
    "fonts/KaTeX_Main-Bold.woff2",
    "fonts/KaTeX_Main-BoldItalic.woff2",
    "fonts/KaTeX_Main-Italic.woff2",
    "fonts/KaTeX_Main-Regular.woff2",
    "fonts/KaTeX_Math-BoldItalic.woff2",
    "fonts/KaTeX_Math-Italic.woff2",
    "fonts/KaTeX_SansSerif-Bold.woff2",
    "fonts/KaTeX_SansSerif-Italic.woff2",
    "fonts/KaTeX_SansSerif-Regular.woff2",
    "fonts/KaTeX_Script-Regular.woff2",
    "fonts/KaTeX_Size1-Regular.woff2",
    "fonts/KaTeX_Size2-Regular.woff2",
    "fonts/KaTeX_Size3-Regular.woff2",
    "fonts/KaTeX_Size4-Regular.woff2",
    "fonts/KaTeX_Typewriter-Regular.woff2",
];

/// A file that pages use: `/assets/VERSION/NAME`.
pub(crate) fn asset(path: &str) -> Result<Response<Body>, Problem> {
    let no_file = || Problem::new(StatusCode::NOT_FOUND, "no such file");
    let (asked, name) = path.split_once('/').ok_or_else(no_file)?;
    let (_, bytes) = OWN.iter().chain(&KATEX).find(|(known, _)| *known == name).ok_or_else(no_file)?;
    let kind = match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "font/woff2",
    };
    let mut response = Response::new(Body::from(*bytes));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // A page of another version of the program may still be open: it must not keep this file as its own.
    let keep = if asked == version() { "max-age=31536000, immutable" } else { "no-store" };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    Ok(response)
}

/// Where a file of this version of the page is.
pub(super) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", version())
}

/// What changes when a file of the page does.
fn version() -> &'static str {
    static VERSION: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in OWN.iter().chain(&KATEX).flat_map(|(_, bytes)| *bytes) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        format!("{hash:016x}")
    });
    &VERSION
}
