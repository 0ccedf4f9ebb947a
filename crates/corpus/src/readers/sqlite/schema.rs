//! The names of tables and columns, out of the statements that made them.

use super::pages::{File, Tree};
use crate::error::Mismatch;

/// A table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    /// The page that its tree begins with.
    pub(super) root: u32,
    pub(super) columns: Vec<String>,
    /// The column that is the row's number and is not stored in the row.
    pub(super) row_id: Option<usize>,
}

/// The tables of a data base, without those of the format itself.
pub(super) fn tables(file: &File) -> Result<Vec<Table>, Mismatch> {
    let mut tables = Vec::new();
    let mut tree = Tree::new(1);
    while let Some(row) = tree.next(file)? {
        let text = |at: usize| row.values.get(at).and_then(|value| value.as_str()).unwrap_or_default();
        let root = row.values.get(3).and_then(|value| value.as_u64()).and_then(|root| u32::try_from(root).ok());
        let (name, sql) = (text(1), text(4));
        let Some(root) = root.filter(|&root| root > 0 && text(0) == "table" && !name.starts_with("sqlite_")) else {
            continue;
        };
        // The rows of such a table are in a tree of another kind.
        if sql.to_ascii_lowercase().trim_end().ends_with("without rowid") {
            continue;
        }
        let (columns, row_id) = columns_of(sql);
        tables.push(Table { name: name.to_owned(), root, columns, row_id });
    }
    Ok(tables)
}

/// The columns that `CREATE TABLE x (…)` names, and the one that is the row's number.
fn columns_of(sql: &str) -> (Vec<String>, Option<usize>) {
    let inside = sql.find('(').map_or("", |at| &sql[at + 1..]);
    let (mut columns, mut row_id) = (Vec::new(), None);
    for part in parts_of(inside) {
        let (name, rest) = name_of(part.trim());
        let first =
            part.trim().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_ascii_uppercase();
        if name.is_empty() || ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].contains(&first.as_str()) {
            continue;
        }
        let rest = rest.to_ascii_uppercase();
        let words: Vec<&str> = rest.split_whitespace().collect();
        // Only this type makes a column the row's number.
        if words.starts_with(&["INTEGER"]) && rest.contains("PRIMARY KEY") && !rest.contains("PRIMARY KEY DESC") {
            row_id = Some(columns.len());
        }
        columns.push(name);
    }
    (columns, row_id)
}

/// The parts between the commas outside of brackets and quotes, up to the bracket that ends the list.
fn parts_of(inside: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut quote, mut begin) = (Vec::new(), 0, None, 0);
    let mut characters = inside.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (Some(end), _) if character == end => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(character),
            (None, '[') => quote = Some(']'),
            (None, '-') if characters.peek().is_some_and(|(_, next)| *next == '-') => quote = Some('\n'),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => {
                parts.push(&inside[begin..at]);
                return parts;
            }
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(&inside[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[begin..]);
    parts
}

/// The name at the beginning of a part, without its quotes, and what is behind it.
fn name_of(part: &str) -> (String, &str) {
    // A remark may stand in front of it.
    let mut part = part.trim_start();
    while let Some((_, behind)) = part.strip_prefix("--").and_then(|remark| remark.split_once('\n')) {
        part = behind.trim_start();
    }
    let end = match part.chars().next() {
        Some('[') => Some(']'),
        Some(quote @ ('"' | '`' | '\'')) => Some(quote),
        _ => None,
    };
    match end.and_then(|end| Some((end, part[1..].find(end)?))) {
        Some((_, length)) => (part[1..=length].to_owned(), &part[length + 2..]),
        None => {
            let length = part.find(char::is_whitespace).unwrap_or(part.len());
            (part[..length].to_owned(), &part[length..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_in_the_statement() {
        let sql = "CREATE TABLE \"papers\" (\n id INTEGER PRIMARY KEY AUTOINCREMENT, -- the, number\n \"the title\" TEXT NOT NULL,\n\
                   [abstract] VARCHAR(10, 2) DEFAULT 'a, b', `year` INT CHECK (year > 0 AND 1 IN (1, 2)), doi,\n\
                   PRIMARY KEY (id), UNIQUE(doi))";
        let (columns, row_id) = columns_of(sql);
        assert_eq!(
            (columns, row_id),
            (["id", "the title", "abstract", "year", "doi"].map(str::to_owned).to_vec(), Some(0))
        );
        assert_eq!(columns_of("CREATE TABLE x (a INT PRIMARY KEY, é)"), (vec!["a".to_owned(), "é".to_owned()], None));
        assert_eq!(columns_of("").0, Vec::<String>::new());
    }
}
