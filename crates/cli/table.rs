//! Tables where lines are short: a row becomes a block.

use textwrap::core::display_width;

use crate::output::STRONG;

/// A table with a row below another: the first cell, then each other one beside the head of its column.
pub(crate) fn turned(heads: &[String], rows: &[Vec<String>]) -> String {
    let room = heads.iter().skip(1).map(|head| display_width(head)).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        let Some(first) = row.first() else { continue };
        let name = heads.first().map(|head| head.trim()).filter(|head| !head.is_empty());
        let name = name.map_or(String::new(), |head| format!("{head} "));
        text.push_str(&format!("{STRONG}{name}{}{STRONG:#}\n", first.trim()));
        for (head, cell) in heads.iter().zip(row).skip(1).filter(|(_, cell)| !cell.trim().is_empty()) {
            let fill = " ".repeat(room - display_width(head));
            text.push_str(&format!("  {head}{fill}  {}\n", cell.trim()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_table_has_every_cell_beside_its_head() {
        let heads = ["ef", "recall", "p50"].map(str::to_owned);
        let rows = [vec!["16".to_owned(), "0.95".to_owned(), "  8".to_owned()]];
        let text = turned(&heads, &rows);
        let bare = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(bare, "ef 16\n  recall  0.95\n  p50     8\n");
    }
}
