//! The whole file: what goes in is what can be asked, and bytes that are something else are refused.

use proptest::prelude::*;
use semsearch_corpus::{Document, Source};
use semsearch_testing::mend::columns as mend;

use super::*;

fn document(number: u32) -> Document {
    Document::new(format!("paper-{number}"), "", "")
        .with_date(number.is_multiple_of(3).then(|| format!("20{:02}-05", number % 30).parse().unwrap()))
        .with_year((number % 3 == 1).then_some(1990 + number as i32))
        .with_venue(number.is_multiple_of(2).then(|| "arXiv".to_owned()))
        .with_keywords(vec!["cs.CL".to_owned(), format!("cs.{number}")])
        .with_authors((0..number % 4).map(|author| format!("Author Number{}", author + number)).collect())
        .with_comments(number.is_multiple_of(5).then_some(number * 100))
        .with_source(vec![Source { file: "papers.jsonl".to_owned(), line: number.into(), rank: None, key: None }])
}

fn file(rows: u32) -> Vec<u8> {
    let mut writer = ColumnsWriter::new();
    (0..rows).for_each(|number| writer.push(&document(number)));
    writer.finish()
}

fn rows(set: &RowSet) -> Vec<u32> {
    set.iter().map(|row| row.0).collect()
}

#[test]
fn fields_are_those_of_the_documents_that_went_in() {
    let fields = Columns::decode(file(40)).unwrap();
    fields.verify().unwrap();
    assert_eq!(fields.rows(), 40);
    let expected =
        |keep: &dyn Fn(&Document) -> bool| -> Vec<u32> { (0..40).filter(|number| keep(&document(*number))).collect() };
    let dates = fields.dates(|days| days.first >= 20_100_501).unwrap();
    let is_late = |document: &Document| known_date(document).is_some_and(|date| Days::of(date).first >= 20_100_501);
    assert_eq!(rows(&dates), expected(&is_late));
    assert_eq!(
        rows(&fields.numbers(NumberField::Year, |year| year > 2000).unwrap()),
        expected(&|document| known_year(document).is_some_and(|year| year > 2000))
    );
    assert_eq!(
        rows(&fields.numbers(NumberField::Authors, |count| count == 3).unwrap()),
        expected(&|document| document.authors.len() == 3)
    );
    assert_eq!(
        rows(&fields.having(Field::Number(NumberField::Comments)).unwrap()),
        expected(&|document| document.comments.is_some())
    );
    assert_eq!(
        rows(&fields.having(Field::Text(TextField::Venue)).unwrap()),
        expected(&|document| document.venue.is_some())
    );
    assert!(fields.having(Field::Text(TextField::Org)).unwrap().is_empty());
    let category = fields.texts(TextField::Category).unwrap();
    assert_eq!(category.len(), 41);
    let cl = category.find("cs.cl").unwrap();
    assert_eq!((category.spelling(cl).as_str(), category.rows_of([cl]).len()), ("cs.CL", 40));
    assert_eq!(category.count(cl, &dates), dates.len() as u64);
}

#[test]
fn the_same_documents_make_the_same_bytes() {
    assert_eq!(file(50), file(50));
}

#[test]
fn no_documents_are_columns_too() {
    let fields = Columns::decode(file(0)).unwrap();
    fields.verify().unwrap();
    assert_eq!(fields.rows(), 0);
}

#[test]
fn a_file_of_another_kind_or_version_is_refused_as_such() {
    let not_fields = |bytes: &[u8]| matches!(Columns::decode(bytes), Err(ColumnsError::NotColumns { .. }));
    assert!(not_fields(b"") && not_fields(b"SEMSF") && not_fields(b"SEMSIDX\n and more"));
    let mut newer = file(3);
    newer[8] = 2;
    assert_eq!(Columns::decode(newer).unwrap_err(), ColumnsError::Version { found: 2 });
}

#[test]
fn a_file_cut_anywhere_is_refused_when_it_is_opened() {
    let whole = file(12);
    for len in 0..whole.len() {
        Columns::decode(&whole[..len]).expect_err("a part of the file is missing");
    }
    Columns::decode([&whole[..], &[0]].concat()).expect_err("there is more than the file");
}

#[test]
fn a_flipped_bit_is_noticed_wherever_it_is() {
    let whole = file(12);
    for place in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[place] ^= 1 << (place % 8);
        let verified = Columns::decode(flipped).and_then(|fields| fields.verify());
        verified.expect_err(&format!("byte {place} is another"));
    }
}

#[test]
fn damage_to_one_column_leaves_the_others_usable() {
    let mut bytes = file(12);
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let fields = Columns::decode(bytes).unwrap();
    assert_eq!(fields.numbers(NumberField::Year, |_| true).unwrap().len(), 8);
    let error = fields.texts(TextField::Source).unwrap_err();
    assert!(matches!(error, ColumnsError::Damaged { part: "source", .. }), "{error}");
}

/// The file with one byte of a column changed and all checksums recomputed: damage that only an attacker makes.
fn forged(mut file: Vec<u8>, place: prop::sample::Index, value: u8) -> Vec<u8> {
    let begin = mend::HEAD + 4;
    let at = begin + place.index(file.len() - begin);
    file[at] = value;
    mend::mend(&mut file);
    file
}

/// Calls every query function; none may panic.
fn ask_everything(fields: &Columns) {
    let _ = fields.verify();
    for field in [TextField::Venue, TextField::Category, TextField::Org, TextField::Author, TextField::Source] {
        let Ok(values) = fields.texts(field) else { continue };
        for value in 0..values.len() {
            let _ = values.spelling(value);
            assert_eq!(values.find(values.folded(value)), Some(value));
            assert!(!values.rows_of([value]).is_empty());
        }
        values.containing("a");
        values.starting("c");
    }
}

proptest! {
    #[test]
    fn forged_bytes_are_an_error_or_other_fields_and_never_a_panic(
        rows in 1u32..20, place in any::<prop::sample::Index>(), value in any::<u8>()
    ) {
        if let Ok(fields) = Columns::decode(forged(file(rows), place, value)) {
            ask_everything(&fields);
        }
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Columns::decode(bytes).is_err());
    }
}
