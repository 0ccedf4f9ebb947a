//! How a table as text is laid out, told from its beginning.

use csv::{ByteRecord, ReaderBuilder};

use crate::input::HEAD_BYTES;
use crate::readers::table::Columns;

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// Remarks in front of the names: what the table is of, when it was made, an empty row.
const MOST_REMARKS: usize = 10;

/// Known names in a line that has a remark in front of it.
const FEWEST_BEHIND_REMARK: usize = 3;

/// Cells of a line that is taken for part of a table, whatever is in them.
const FEWEST_CELLS: usize = 4;

/// How a table is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(super) delimiter: u8,
    /// Records in front of the names of the columns.
    pub(super) front: usize,
}

/// How the cells of a table are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Whether quotes are around cells, and not part of their text.
    pub(super) is_quoted: bool,
    /// Whether a backslash stands in front of a quote that is text.
    pub(super) is_escaped: bool,
    /// Whether each row has one cell more than there are names, its own name: R's `write.table` writes such tables.
    pub(super) has_row_names: bool,
    /// Whether each row ends with a delimiter that the names do not end with.
    pub(super) ends_with_delimiter: bool,
}

/// The layout of the table of papers that begins with `head`; `None` if it is something else.
pub(crate) fn layout_of(head: &[u8]) -> Option<Layout> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if let Some(delimiter) = excel_delimiter(head) {
        return names_known(&first_records(head, delimiter, 2).pop()?).map(|_| Layout { delimiter, front: 1 });
    }
    let known = |delimiter: u8| {
        let records = first_records(head, delimiter, MOST_REMARKS + 1);
        if let Some(count) = records.first().and_then(|names| names_known(names)) {
            return Some((count, Layout { delimiter, front: 0 }));
        }
        let is_remark = |cells: &Vec<String>| cells.iter().filter(|cell| !cell.trim().is_empty()).count() <= 1;
        let front = records.iter().take_while(|cells| is_remark(cells)).count();
        let count = names_known(records.get(front)?).filter(|&count| front > 0 && count >= FEWEST_BEHIND_REMARK)?;
        Some((count, Layout { delimiter, front }))
    };
    // Two columns need a delimiter between them. Looking for it first is cheaper than a parser for each delimiter.
    let found = DELIMITERS.into_iter().filter(|delimiter| head.contains(delimiter)).filter_map(known);
    let best = found.max_by_key(|(count, _)| *count).map(|(_, layout)| layout);
    // R's `write.table` puts spaces between quoted cells.
    best.or_else(|| head.starts_with(b"\"").then(|| known(b' ')).flatten().map(|(_, layout)| layout))
}

/// Whether `head` begins with a table, although its first line does not name the columns: records of as many cells each.
pub(crate) fn is_nameless(head: &[u8]) -> bool {
    DELIMITERS.into_iter().any(|delimiter| {
        let records = first_records(head, delimiter, 2);
        let [first, second] = &records[..] else { return false };
        first.len() >= FEWEST_CELLS && first.len() == second.len()
    })
}

/// The delimiter that a line `sep=;` names.
fn excel_delimiter(head: &[u8]) -> Option<u8> {
    let line = head.split(|&byte| byte == b'\n').next()?;
    let bare = line.strip_suffix(b"\r").unwrap_or(line);
    let bare = bare.strip_prefix(b"\"").and_then(|bare| bare.strip_suffix(b"\"")).unwrap_or(bare);
    match bare {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] => Some(*delimiter),
        _ => None,
    }
}

/// How many of some names are known, if they are the columns of a table of papers.
fn names_known(names: &[String]) -> Option<usize> {
    Columns::of(&names.iter().map(String::as_str).collect::<Vec<_>>()).known()
}

/// The first records, at most `most`.
fn first_records(head: &[u8], delimiter: u8, most: usize) -> Vec<Vec<String>> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(head);
    let texts = |cells: ByteRecord| cells.iter().map(|cell| Some(std::str::from_utf8(cell).ok()?.to_owned())).collect();
    reader.byte_records().take(most).map_while(|cells| texts(cells.ok()?)).collect()
}

/// How the cells of the table that begins with `head` are written.
pub(super) fn dialect_of(head: &[u8], layout: Layout) -> Dialect {
    let is_quoted = layout.delimiter != b'\t' || !are_quotes_text(head);
    let is_escaped = has_escaped_quotes(head, layout.delimiter);
    let mut dialect = Dialect { is_quoted, is_escaped, ..Dialect::default() };
    if let Some(are_last_empty) = surplus(head, layout, dialect) {
        dialect.has_row_names = !are_last_empty;
        dialect.ends_with_delimiter = are_last_empty;
    }
    dialect
}

/// A parser of records.
pub(super) fn parser(layout: Layout, dialect: Dialect) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(layout.delimiter).quoting(dialect.is_quoted);
    if dialect.is_escaped {
        builder.escape(Some(b'\\'));
    }
    builder
}

/// Whether some quote with a backslash in front of it stands inside a text, where a quote that ends a cell cannot stand.
/// `G\"odel` is an accent of LaTeX: such a quote stands in front of a vowel.
fn has_escaped_quotes(head: &[u8], delimiter: u8) -> bool {
    head.windows(3).any(|window| {
        let &[b'\\', b'"', next] = window else { return false };
        let is_end = next == delimiter || matches!(next, b'\r' | b'\n' | b'"');
        !is_end
            && !matches!(
                next,
                b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | b'A' | b'E' | b'I' | b'O' | b'U' | b'Y' | b'{' | b'\\'
            )
    })
}

/// Whether the last cells of all rows are empty, if each row has one cell more than there are names.
fn surplus(head: &[u8], layout: Layout, dialect: Dialect) -> Option<bool> {
    let mut reader = parser(layout, dialect).from_reader(head);
    let mut records: Vec<ByteRecord> =
        reader.byte_records().map_while(Result::ok).skip(layout.front).take(100).collect();
    if head.len() >= HEAD_BYTES && records.len() < 100 {
        records.pop();
    }
    let (names, rows) = records.split_first()?;
    let ends_empty = |row: &ByteRecord| row.iter().next_back().is_none_or(|cell| cell.trim_ascii().is_empty());
    let have_surplus = !rows.is_empty() && rows.iter().all(|row| row.len() == names.len() + 1);
    have_surplus.then(|| rows.iter().all(ends_empty))
}

/// Whether quotes in a tab-delimited file are text, as the format itself has it: some cell begins with a quote that does not
/// end it, and still every line has as many cells as the first.
fn are_quotes_text(head: &[u8]) -> bool {
    // The last line may be cut.
    let Some(end) = head.iter().rposition(|&byte| byte == b'\n') else { return false };
    let mut lines = head[..end].split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let cells = |line: &[u8]| line.split(|&byte| byte == b'\t').count();
    let Some(count) = lines.next().map(cells) else { return false };
    let is_lone = |cell: &[u8]| {
        let cell = cell.strip_suffix(b"\r").unwrap_or(cell);
        cell.starts_with(b"\"") && (cell.len() == 1 || !cell.ends_with(b"\""))
    };
    let mut has_lone = false;
    for line in lines {
        if cells(line) != count {
            return false;
        }
        has_lone |= line.split(|&byte| byte == b'\t').any(is_lone);
    }
    has_lone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_finds_names() {
        let delimiter_of = |head: &[u8]| layout_of(head).map(|layout| layout.delimiter);
        assert_eq!(delimiter_of(b"id,title,abstract\n1,a;b,c"), Some(b','));
        assert_eq!(delimiter_of(b"Title\tAbstract\tYear\n"), Some(b'\t'));
        assert_eq!(delimiter_of(b"\"title\";\"the text, whole\";\"text\"\r\n"), Some(b';'));
        assert_eq!(delimiter_of(b"\xef\xbb\xbfid|title"), Some(b'|'));
    }

    #[test]
    fn sentences_and_other_tables_are_no_table_of_papers() {
        for head in ["title\n", "name,price\n1,2", "The title, and the abstract, of a paper\n", "id,doi\n", "", "\n"] {
            assert_eq!(layout_of(head.as_bytes()), None, "{head}");
        }
    }

    #[test]
    fn remarks_may_stand_in_front_of_the_names() {
        let behind = |front| Some(Layout { delimiter: b',', front });
        assert_eq!(layout_of(b"Tides of the north,,,\n,,,\nMade in May,,,\nTitle,Year,DOI,Abstract\n"), behind(3));
        assert_eq!(layout_of(b"Tides of the north\n\nMade in May\nTitle,Year,DOI,Abstract\n"), behind(2));
        assert_eq!(layout_of(b"Tides,of,the,north\nTitle,Year,DOI,Abstract\n"), None);
    }

    #[test]
    fn one_line_may_stand_in_front_of_the_names() {
        let behind_one = |delimiter| Some(Layout { delimiter, front: 1 });
        assert_eq!(layout_of(b"sep=;\r\ntitle;abstract\n"), behind_one(b';'));
        assert_eq!(layout_of(b"\xef\xbb\xbf\"sep=\t\"\ntitle\tyear\n"), behind_one(b'\t'));
        assert_eq!(layout_of(b"\"About, the data\"\nRank,DOI,Title,PubYear\n"), behind_one(b','));
        for head in ["sep=;\nname;price\n", "A sentence, with a comma\ntitle,year,doi\n", "One\ntitle,year\n", "sep=;"]
        {
            assert_eq!(layout_of(head.as_bytes()), None, "{head}");
        }
    }

    #[test]
    fn quotes_of_tables_with_tabs_may_be_text() {
        assert!(are_quotes_text(b"id\ttitle\n1\t\"Winds\n2\tLakes\"\n"));
        assert!(are_quotes_text(b"id\ttitle\r\n1\t\"\r\n"));
        for head in
            ["id\ttitle\n1\t\"Winds\nand lakes\"\n", "id\ttitle\n1\t\"Winds\"\n", "id\ttitle\n1\t\"a\tb\"\n", ""]
        {
            assert!(!are_quotes_text(head.as_bytes()), "{head}");
        }
    }

    #[test]
    fn a_backslash_in_front_of_a_quote_may_be_an_escape() {
        let is_escaped = |head: &str| has_escaped_quotes(head.as_bytes(), b',');
        assert!(is_escaped("title,text\n\"On \\\"the\\\" tides\",b\n"));
        for head in ["a,b\n\"ends in \\\",c\n", "G\\\"odel,b\n", "a,\"x\\\"\"y\"\n", "\\\""] {
            assert!(!is_escaped(head), "{head}");
        }
    }

    #[test]
    fn rows_may_have_names_of_their_own() {
        let layout = Layout { delimiter: b' ', front: 0 };
        let dialect = Dialect { is_quoted: true, ..Dialect::default() };
        assert_eq!(surplus(b"\"id\" \"title\"\n\"1\" \"a\" \"b c\"\n", layout, dialect), Some(false));
        assert_eq!(surplus(b"id title\na b \n", layout, dialect), Some(true));
        for head in [&b"id title\na b\n"[..], b"id title\n", b"id title\na b c\na b\n"] {
            assert_eq!(surplus(head, layout, dialect), None, "{head:?}");
        }
    }
}
