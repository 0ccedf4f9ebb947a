//! The map as an SVG: papers as dots, names on their regions, the colours below each other at the side.
//!
//! All dots of a colour are one path of lines without length, which round ends make dots. Where the reader's screen is dark,
//! the picture is too.

use std::fmt::Write;

use semsearch_report::map::{Map, Region};

use super::groups::groups;
use crate::args::ColourArg;
use crate::output::thousands;

/// The side of the square that papers lie in.
const SQUARE: f64 = 960.0;
/// The height of the title.
const HEAD: f64 = 56.0;
/// The width of the colours.
const SIDE: f64 = 300.0;
/// The width of a letter, in parts of its height; wider ones make up for narrower ones.
const LETTER: f64 = 0.56;
/// The most letters of a name at the side.
const MOST_LETTERS: usize = 40;

/// The picture.
pub(super) fn picture(map: &Map, title: &str, by: ColourArg) -> String {
    let groups = groups(map, by);
    let height = (HEAD + SQUARE).max(HEAD + 24.0 * groups.len() as f64 + 40.0);
    let frame = Frame::of(map);
    let mut text = String::new();
    // Writing to a text does not fail.
    let mut put = |piece: &str| text.push_str(piece);
    put(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {height:.0}\" role=\"img\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\">\n<title>{}</title>\n",
        SQUARE + SIDE,
        escaped(title)
    ));
    put(&style(&groups.iter().map(|group| group.colours).collect::<Vec<_>>()));
    put("<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n");
    put(&format!("<text x=\"24\" y=\"36\" font-size=\"20\" font-weight=\"600\">{}</text>\n", escaped(title)));
    let width = frame.dot(map.papers.id.len());
    let lit: Option<Vec<bool>> = map.asked.as_ref().map(|asked| {
        let mut lit = vec![false; map.papers.id.len()];
        asked.hits.iter().filter_map(|hit| usize::try_from(*hit).ok()).for_each(|hit| lit[hit] = true);
        lit
    });
    for (number, group) in groups.iter().enumerate() {
        let class = if lit.is_some() { " faint" } else { "" };
        put(&dots(&frame, map, group.papers.iter(), number, class, width));
    }
    if let Some(lit) = &lit {
        for (number, group) in groups.iter().enumerate() {
            let bright = group.papers.iter().filter(|paper| lit[**paper]);
            put(&dots(&frame, map, bright, number, " bright", width.max(4.0) * 1.8));
        }
    }
    put(&labels(&frame, map));
    for (number, group) in groups.iter().enumerate() {
        let y = HEAD + 24.0 * number as f64 + 12.0;
        let mut name: String = group.name.chars().take(MOST_LETTERS).collect();
        if name.len() < group.name.len() {
            name.push('…');
        }
        put(&format!(
            "<path class=\"c{number}\" d=\"M{:.0} {:.0}h0\" stroke-width=\"12\"/><text x=\"{:.0}\" y=\"{:.0}\" font-size=\"13\">{} <tspan class=\"soft\">{}</tspan></text>\n",
            SQUARE + 16.0,
            y,
            SQUARE + 30.0,
            y + 4.5,
            escaped(&name),
            thousands(group.papers.len() as u64)
        ));
    }
    put("</svg>\n");
    text
}

/// Colours for light and for dark screens.
fn style(colours: &[[&str; 2]]) -> String {
    let mut text = String::from(
        "<style>.ground{fill:#fff}text{fill:#16181d}.soft{fill:#565d6b}.halo{stroke:#fff}path{fill:none;stroke-linecap:round}.faint{stroke-opacity:.18}",
    );
    let mut dark = String::from(
        ".ground{fill:#14161c}text{fill:#eef0f4}.soft{fill:#a7aebc}.halo{stroke:#14161c}.faint{stroke-opacity:.25}",
    );
    for (number, [on_white, on_black]) in colours.iter().enumerate() {
        _ = write!(text, ".c{number}{{stroke:{on_white}}}");
        _ = write!(dark, ".c{number}{{stroke:{on_black}}}");
    }
    format!("{text}@media (prefers-color-scheme:dark){{{dark}}}</style>\n")
}

/// Papers as dots.
fn dots<'p>(
    frame: &Frame,
    map: &Map,
    papers: impl Iterator<Item = &'p usize>,
    colour: usize,
    class: &str,
    width: f64,
) -> String {
    let mut path = String::new();
    for &paper in papers {
        let (x, y) = frame.place(map.papers.x[paper], map.papers.y[paper]);
        _ = write!(path, "M{x:.1} {y:.1}h0");
    }
    if path.is_empty() {
        return path;
    }
    format!("<path class=\"c{colour}{class}\" stroke-width=\"{width:.1}\" d=\"{path}\"/>\n")
}

/// The names of coarse regions, each at its densest place. Of two that would overlap, the larger region has one.
fn labels(frame: &Frame, map: &Map) -> String {
    let mut regions: Vec<&Region> = map
        .regions
        .iter()
        .filter(|region| region.parent.is_none() && region.papers > 0 && !region.terms.is_empty())
        .collect();
    regions.sort_by_key(|region| std::cmp::Reverse(region.papers));
    let (mut text, mut taken): (String, Vec<[f64; 4]>) = (String::new(), Vec::new());
    for region in regions {
        let (first, others) = (region.terms[0].as_str(), region.terms[1..].join(" · "));
        let wide = |text: &str, size: f64| text.chars().count() as f64 * size * LETTER;
        let (x, y) = frame.place(region.x, region.y);
        let is_free = |area: [f64; 4]| {
            let lies_on =
                |other: &[f64; 4]| area[0] < other[2] && other[0] < area[2] && area[1] < other[3] && other[1] < area[3];
            !taken.iter().any(lies_on)
        };
        // A name that would lie on another is shown without its second line, or not at all.
        let whole = [(first, 17.0, 650, -2.0), (&*others, 13.0, 400, 15.0)];
        let fitting = [&whole[..], &whole[..1]].into_iter().find_map(|lines| {
            let half = lines.iter().map(|(line, size, ..)| wide(line, *size)).fold(0.0, f64::max) / 2.0 + 4.0;
            let (x, y) = (x.clamp(half + 4.0, SQUARE - half - 4.0), y.clamp(HEAD + 20.0, HEAD + SQUARE - 24.0));
            let area = [x - half, y - 19.0, x + half, y + if lines.len() > 1 { 21.0 } else { 4.0 }];
            is_free(area).then_some((lines, x, y, area))
        });
        let Some((lines, x, y, area)) = fitting else { continue };
        taken.push(area);
        for &(line, size, weight, down) in lines {
            _ = writeln!(
                text,
                "<text class=\"halo\" x=\"{x:.1}\" y=\"{:.1}\" font-size=\"{size}\" font-weight=\"{weight}\" text-anchor=\"middle\" paint-order=\"stroke\" stroke-width=\"4\" stroke-linejoin=\"round\">{}</text>",
                y + down,
                escaped(line)
            );
        }
    }
    text
}

/// How places of the map become places of the picture.
struct Frame {
    left: f64,
    top: f64,
    scale: f64,
    offset: (f64, f64),
}

impl Frame {
    fn of(map: &Map) -> Self {
        let range = |numbers: &[u16]| {
            let low = numbers.iter().copied().min().unwrap_or(0);
            (f64::from(low), f64::from(numbers.iter().copied().max().unwrap_or(0) - low))
        };
        let ((left, wide), (top, high)) = (range(&map.papers.x), range(&map.papers.y));
        let side = wide.max(high).max(4000.0);
        let room = SQUARE - 40.0;
        let scale = room / side;
        Frame {
            left,
            top,
            scale,
            offset: (20.0 + (room - wide * scale) / 2.0, HEAD + 10.0 + (room - high * scale) / 2.0),
        }
    }

    fn place(&self, x: u16, y: u16) -> (f64, f64) {
        let along = |number: u16, low: f64, offset: f64| (f64::from(number) - low) * self.scale + offset;
        (along(x, self.left, self.offset.0), along(y, self.top, self.offset.1))
    }

    /// The width of a dot among so many.
    fn dot(&self, papers: usize) -> f64 {
        (SQUARE / (papers.max(1) as f64).sqrt() * 0.3).clamp(1.4, 9.0)
    }
}

/// A text as SVG can hold it.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_papers_hold_is_text_and_nothing_lies_outside() {
        let map: Map = serde_json::from_value(serde_json::json!({
            "schema": "semsearch.map/1", "model": "m", "generation": 1, "filter": null, "documents": 2, "side": 65535,
            "papers": {"id": ["a", "b"], "x": [0, 65535], "y": [9000, 9000], "year": [2020, null], "category": [null, null], "region": [0, 0]},
            "categories": [], "regions": [{"terms": ["<script>", "a & \"b\"\u{1}"], "x": 0, "y": 9000, "papers": 2, "parent": null}],
            "asked": {"query": "x", "hits": [1]},
        }))
        .unwrap();
        for by in [ColourArg::Topic, ColourArg::Year, ColourArg::Category] {
            let svg = picture(&map, "<b>&", by);
            assert!(svg.contains("&lt;script&gt;") && svg.contains("a &amp; &quot;b&quot; "), "{svg}");
            assert!(!svg.contains("<script") && !svg.contains("<b>") && !svg.contains('\u{1}'));
            assert!(svg.contains("M20.0 526.0h0") && svg.contains("M940.0 526.0h0"), "{svg}");
            assert!(svg.contains(" bright"));
        }
    }
}
