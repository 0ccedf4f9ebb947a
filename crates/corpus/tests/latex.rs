//! LaTeX in BibTeX against what pandoc, pybtex and pylatexenc print of it.
//!
//! `fixtures/latex.tsv` holds their texts; `scripts/make_latex_table` makes it and says what is right where they disagree.
//! When the table changes, look at the rows with a remark.

use std::fmt::Write;

const TABLE: &str = include_str!("fixtures/latex.tsv");

#[test]
fn every_row_reads_as_it_is_right() {
    let rows: Vec<Vec<&str>> = TABLE.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let mut file = String::new();
    for (at, row) in rows.iter().enumerate() {
        writeln!(file, "@misc{{k{at}, title = {{{0}}}, author = {{{0}}}}}", row[0]).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.bib");
    std::fs::write(&path, file).unwrap();
    let papers = semsearch_corpus::open(&path).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(papers.len(), rows.len());
    let mut wrong = Vec::new();
    for (row, paper) in rows.iter().zip(&papers) {
        if paper.title != row[1] {
            wrong.push(format!("{} is {} for {}", row[0], paper.title, row[1]));
        }
        // A name is the same text, unless it is divided or turned.
        if !row[0].contains([',', ';']) && !row[0].contains(" and ") && paper.authors != [row[1]] {
            wrong.push(format!("{} as a name is {:?} for {}", row[0], paper.authors, row[1]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
