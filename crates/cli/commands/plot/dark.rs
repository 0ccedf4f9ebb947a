//! The colours of an SVG where the reader's screen is dark.
//!
//! Programs that know the reader's preference, browsers among them, take these; all others show the plot on white. Rules
//! of a style sheet go before the attributes that the drawing library writes, so the drawing itself stays as it is. The
//! colours of lines and points can be told from both grounds.

/// Of each colour of paper and ink, what stands for it in the dark.
const INSTEAD: [(&str, &str); 2] = [("#FFFFFF", "#16191D"), ("#000000", "#DDE1E6")];

/// Adds the colours for dark screens.
pub(super) fn with_dark_colours(svg: &str) -> String {
    let Some(end_of_tag) = svg.find("<svg").and_then(|start| svg[start..].find('>').map(|end| start + end + 1)) else {
        return svg.to_owned();
    };
    let mut rules = String::new();
    for (light, dark) in INSTEAD {
        rules.push_str(&format!("[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}"));
    }
    let style = format!("\n<style>@media (prefers-color-scheme: dark) {{{rules}}}</style>");
    format!("{}{style}{}", &svg[..end_of_tag], &svg[end_of_tag..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_stays_as_it_is_and_paper_and_ink_change_places() {
        let svg = "<svg width=\"1\" xmlns=\"x\">\n<rect fill=\"#FFFFFF\"/>\n</svg>";
        let both = with_dark_colours(svg);
        assert!(both.starts_with("<svg width=\"1\" xmlns=\"x\">\n<style>"), "{both}");
        assert!(both.ends_with("</style>\n<rect fill=\"#FFFFFF\"/>\n</svg>"), "{both}");
        assert!(both.contains("[fill=\"#FFFFFF\"]{fill:#16191D}"), "{both}");
    }
}
