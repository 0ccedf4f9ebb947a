//! The language compared with a naive evaluation, document by document.

use proptest::prelude::*;
use semsearch_corpus::{Document, Source};
use semsearch_index::RowSet;

use super::evaluate::{date_holds, number_holds, span};
use super::parse::{MAX_BYTES, MAX_NESTING};
use super::*;
use crate::columns::{ColumnsWriter, Days, DocumentField, Field, authors_count, fold, known_date, known_year, names};

fn fields(documents: &[Document]) -> Columns {
    let mut writer = ColumnsWriter::new();
    documents.iter().for_each(|document| writer.push(document));
    Columns::decode(writer.finish()).unwrap()
}

fn texts(document: &Document, field: TextField) -> Vec<String> {
    let texts: Vec<&String> = match field {
        TextField::Venue => document.venue.iter().collect(),
        TextField::Category => document.keywords.iter().collect(),
        TextField::Org => document.organization.iter().collect(),
        TextField::Author => document.authors.iter().collect(),
        TextField::Source => document.source.iter().map(|source| &source.file).collect(),
    };
    texts.into_iter().map(|text| fold(text)).filter(|text| !text.is_empty()).collect()
}

/// The files that a document came from, and the folders that they are in.
fn sources(document: &Document) -> Vec<String> {
    let folders = |file: &String| file.match_indices('/').map(|(at, _)| file[..at].to_owned()).collect::<Vec<_>>();
    let files = texts(document, TextField::Source);
    files.iter().flat_map(folders).filter(|folder| !folder.is_empty()).chain(files.clone()).collect()
}

fn text(document: &Document, field: DocumentField) -> Vec<String> {
    let text = match field {
        DocumentField::Title => Some(&document.title),
        DocumentField::Abstract => Some(&document.r#abstract),
        DocumentField::Id => Some(&document.id),
        DocumentField::Doi => document.doi.as_ref(),
    };
    text.map(|text| fold(text)).filter(|text| !text.is_empty()).into_iter().collect()
}

fn number(document: &Document, field: NumberField) -> Option<i64> {
    match field {
        NumberField::Year => known_year(document),
        NumberField::Comments => document.comments.map(i64::from),
        NumberField::Authors => authors_count(document),
    }
}

/// Whether an expression holds for a document, evaluated on the document itself.
fn holds(expression: &Expression, document: &Document) -> bool {
    let days = known_date(document).map(Days::of);
    match expression {
        Expression::All(parts) => parts.iter().all(|part| holds(part, document)),
        Expression::Any(parts) => parts.iter().any(|part| holds(part, document)),
        Expression::Not(inner) => !holds(inner, document),
        Expression::Has(Field::Date) => days.is_some(),
        Expression::Has(Field::Number(field)) => number(document, *field).is_some(),
        Expression::Has(Field::Text(field)) => !texts(document, *field).is_empty(),
        Expression::Has(Field::Document(field)) => !text(document, *field).is_empty(),
        Expression::Date(comparison) => days.is_some_and(|days| match comparison {
            Comparison::Is(operator, date) => date_holds(*operator, days, Days::of(*date)),
            Comparison::In(dates) => dates.iter().any(|date| date_holds(Operator::Equal, days, Days::of(*date))),
            Comparison::Between(first, last) => date_holds(Operator::Equal, days, span(*first, *last)),
        }),
        Expression::Number(field, comparison) => number(document, *field).is_some_and(|value| match comparison {
            Comparison::Is(operator, number) => number_holds(*operator, value, *number),
            Comparison::In(numbers) => numbers.contains(&value),
            Comparison::Between(first, last) => *first <= value && value <= *last,
        }),
        Expression::Text(TextField::Author, TextTest::Contains(typed)) => {
            texts(document, TextField::Author).iter().any(|name| names(&fold(typed), name))
        }
        Expression::Text(TextField::Source, test @ (TextTest::Is(_) | TextTest::IsNot(_) | TextTest::In(_))) => {
            let within = |text: &str| fold(text).trim_end_matches('/').to_owned();
            let test = match test {
                TextTest::Is(text) => TextTest::Is(within(text)),
                TextTest::IsNot(text) => TextTest::IsNot(within(text)),
                TextTest::In(texts) => TextTest::In(texts.iter().map(|text| within(text)).collect()),
                other => other.clone(),
            };
            text_test_holds(&test, &sources(document))
        }
        Expression::Text(field, test) => text_test_holds(test, &texts(document, *field)),
        Expression::Document(field, test) => text_test_holds(test, &text(document, *field)),
    }
}

fn text_test_holds(test: &TextTest, values: &[String]) -> bool {
    let any = |keep: &dyn Fn(&str) -> bool| values.iter().any(|value| keep(value));
    match test {
        TextTest::Is(text) => any(&|value| value == fold(text)),
        TextTest::IsNot(text) => !values.is_empty() && !any(&|value| value == fold(text)),
        TextTest::Contains(text) => any(&|value| value.contains(&fold(text))),
        TextTest::StartsWith(text) => any(&|value| value.starts_with(&fold(text))),
        TextTest::In(texts) => any(&|value| texts.iter().any(|text| value == fold(text))),
    }
}

/// Dates close to each other: years, months and days.
fn date() -> impl Strategy<Value = Date> {
    (2019..2023i32, prop::option::of((1..=12u8, prop::option::of(1..=28u8)))).prop_map(|(year, rest)| match rest {
        None => Date::new(year, None, None).unwrap(),
        Some((month, day)) => Date::new(year, Some(month), day).unwrap(),
    })
}

/// Texts that are often equal to, contained in, or a prefix of one another, in several spellings.
fn words() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a",
        "ab",
        "AB",
        "a/b",
        "A/",
        "b c",
        "B  c",
        "ábc",
        "cab",
        "it's",
        "and",
        "say \"x\"",
        "back\\slash",
        "tab\tbed",
        "line\nfeed",
    ])
    .prop_map(str::to_owned)
}

fn document() -> impl Strategy<Value = Document> {
    let text = || {
        prop_oneof![words(), (words(), words()).prop_map(|(one, other)| format!("{one} {other}")), Just(String::new())]
    };
    let list = || prop::collection::vec(words(), 0..3);
    (
        (
            prop::option::of(date()),
            prop::option::of(2019..2023i32),
            prop::option::of(0..4u32),
            prop::option::of(0..4u32),
        ),
        (prop::option::of(words()), prop::option::of(words()), list(), list(), list()),
        (words(), text(), text(), prop::option::of(text())),
    )
        .prop_map(|(known, names, (id, title, summary, doi))| {
            let (date, year, comments, authors_count) = known;
            let (venue, organization, keywords, authors, files) = names;
            Document::new(id, title, summary)
                .with_doi(doi)
                .with_date(date)
                .with_year(year)
                .with_comments(comments)
                .with_authors_count(authors_count)
                .with_venue(venue)
                .with_organization(organization)
                .with_keywords(keywords)
                .with_authors(authors)
                .with_source(files.into_iter().map(|file| Source { file, line: 1, rank: None, key: None }).collect())
        })
}

fn comparison<T: Clone + std::fmt::Debug + 'static>(
    value: impl Strategy<Value = T> + Clone + 'static,
    in_order: fn(&T, &T) -> bool,
) -> impl Strategy<Value = Comparison<T>> {
    use Operator::{AtLeast, AtMost, Equal, Greater, Less, NotEqual};
    let operator = prop::sample::select(vec![Equal, NotEqual, Less, AtMost, Greater, AtLeast]);
    prop_oneof![
        3 => (operator, value.clone()).prop_map(|(operator, value)| Comparison::Is(operator, value)),
        1 => prop::collection::vec(value.clone(), 1..4).prop_map(Comparison::In),
        1 => (value.clone(), value).prop_map(move |(one, other)| {
            if in_order(&one, &other) { Comparison::Between(one, other) } else { Comparison::Between(other, one) }
        }),
    ]
}

fn text_test() -> impl Strategy<Value = TextTest> {
    prop_oneof![
        words().prop_map(TextTest::Is),
        words().prop_map(TextTest::IsNot),
        words().prop_map(TextTest::Contains),
        words().prop_map(TextTest::StartsWith),
        prop::collection::vec(words(), 1..4).prop_map(TextTest::In),
    ]
}

fn expression() -> impl Strategy<Value = Expression> {
    let numbers = prop::sample::select(vec![NumberField::Year, NumberField::Comments, NumberField::Authors]);
    let texts = prop::sample::select(vec![
        TextField::Venue,
        TextField::Category,
        TextField::Org,
        TextField::Author,
        TextField::Source,
    ]);
    use DocumentField::{Abstract, Doi, Id, Title};
    let of_documents = prop::sample::select(vec![Title, Abstract, Id, Doi]);
    let leaf = prop_oneof![
        1 => Just(Expression::everything()),
        1 => Just(Expression::nothing()),
        2 => prop::sample::select(Field::ALL.to_vec()).prop_map(Expression::Has),
        4 => comparison(date().boxed(), |a, b| a.earliest() <= b.latest()).prop_map(Expression::Date),
        4 => (numbers, comparison(prop_oneof![0..4i64, 2018..2024i64, any::<i64>()].boxed(), |a, b| a <= b))
            .prop_map(|(field, test)| Expression::Number(field, test)),
        8 => (texts, text_test()).prop_map(|(field, test)| Expression::Text(field, test)),
        8 => (of_documents, text_test()).prop_map(|(field, test)| Expression::Document(field, test)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expression::all),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expression::any),
            inner.prop_map(Expression::negated),
        ]
    })
}

proptest! {
    #[test]
    fn rows_are_those_of_the_documents_it_holds_for(
        documents in prop::collection::vec(document(), 0..80), expression in expression()
    ) {
        let expected = RowSet::filled(documents.len(), |row| holds(&expression, &documents[row.index()]));
        let fields = fields(&documents);
        let plan = Plan::new(&expression, &fields).unwrap();
        prop_assert_eq!(plan.rows(documents.len(), None, &&documents[..]).unwrap(), expected.clone());

        // Among some rows, and by columns alone.
        let even = RowSet::filled(documents.len(), |row| row.0 % 2 == 0);
        let mut expected_even = expected.clone();
        expected_even.intersect(&even);
        prop_assert_eq!(plan.rows(documents.len(), Some(&even), &&documents[..]).unwrap(), expected_even);
        let possible = Filter(expression).rows(&fields).unwrap();
        prop_assert!(expected.iter().all(|row| possible.contains(row)));
    }

    #[test]
    fn what_is_written_reads_back_as_the_same(expression in expression()) {
        let filter = Filter(expression);
        prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,60}") {
        let _ = Filter::parse(&text).map_err(|error| error.to_string());
    }

    #[test]
    fn no_row_of_words_makes_the_reader_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "year", "venue", "date", "has", "not", "and", "or", "(", ")", "in", "between", "starts", "with", "=", "<",
            "!=", "~", ",", "2020", "\"x\"", "\"", "\\", "é", "everything",
        ]), 0..20)
    ) {
        let text = words.join(" ");
        match Filter::parse(&text) {
            Ok(filter) => prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter)),
            Err(error) => prop_assert!(error.to_string().contains('^')),
        }
    }
}

fn written(text: &str) -> String {
    Filter::parse(text).unwrap_or_else(|error| panic!("{error}")).to_string()
}

#[test]
fn the_language_is_read_as_it_is_described() {
    for (text, expected) in [
        (
            r#"year >= 2020 and (venue = "ACL" or category in ("cs.CL", cs.IR)) and not author ~ smith"#,
            r#"year >= 2020 and (venue = "ACL" or category in ("cs.CL", "cs.IR")) and not author ~ "smith""#,
        ),
        ("YEAR>=2020 AND Has Date", "year >= 2020 and has date"),
        ("year = 1 or year = 2 and year = 3", "year = 1 or (year = 2 and year = 3)"),
        ("not year = 1 and year = 2", "not year = 1 and year = 2"),
        ("not (year = 1 and year = 2)", "not (year = 1 and year = 2)"),
        ("not not has year", "not not has year"),
        ("(((has year)))", "has year"),
        ("(has year and has date) and has venue", "has year and has date and has venue"),
        ("date between 2020 and 2021-05 and has org", "date between 2020 and 2021-05 and has org"),
        ("date = '2020-02-29'", "date = 2020-02-29"),
        ("comments in (1,2 , -3)", "comments in (1, 2, -3)"),
        (r#"author starts with 'O\'Neil "x"'"#, r#"author starts with "O'Neil \"x\"""#),
        ("venue = 2024", r#"venue = "2024""#),
        ("org != José", r#"org != "José""#),
        (r#"Title ~ "graph" and not has DOI"#, r#"title ~ "graph" and not has doi"#),
        ("id in (2405.01234, W29)", r#"id in ("2405.01234", "W29")"#),
        ("everything", "everything"),
        ("everything and has year", "has year"),
    ] {
        assert_eq!(written(text), expected, "{text}");
    }
}

#[test]
fn what_is_wrong_is_said_and_shown() {
    for (text, expected) in [
        ("yaer = 2020", "there is no field `yaer`; did you mean `year`?\n  yaer = 2020\n  ^^^^"),
        (
            "has year and score = x",
            "there is no field `score`; the fields are date, year, comments, authors, venue, category, org, author, \
             source, title, abstract, id, doi; others that records have are kept, and no filter can ask for them\n  has year and score = x\n               ^^^^^",
        ),
        (
            "year ~ \"x\"",
            "`~` does not go with `year`, which is a number; it takes =, !=, <, <=, >, >=, in (...) or between\n  \
             year ~ \"x\"\n       ^",
        ),
        (
            "venue < x",
            "`<` does not go with `venue`, which is text; it takes =, !=, ~, in (...) or starts with\n  venue < x\n        ^",
        ),
        (
            "date starts with 2020",
            "`starts with` does not go with `date`, which is a date; it takes =, !=, <, <=, >, >=, in (...) or \
             between\n  date starts with 2020\n       ^^^^^^^^^^^",
        ),
        ("year = abc", "expected a whole number for `year`, found `abc`\n  year = abc\n         ^^^"),
        ("year = 99999999999999999999", "expected a whole number for `year`, found `99999999999999999999`"),
        ("date = 2020-13", "expected a month from 1 to 12, found 13\n  date = 2020-13\n         ^^^^^^^"),
        ("date = soon", "expected a date as YYYY, YYYY-MM or YYYY-MM-DD, found `soon`\n"),
        ("", "expected a field, `not`, `has` or `(`, found the end\n"),
        ("year", "expected =, !=, <, <=, >, >=, in (...) or between, found the end\n  year\n      ^"),
        ("year = 2020 year", "expected `and`, `or` or the end, found `year`\n  year = 2020 year\n              ^^^^"),
        ("(has year", "this `(` is never closed\n  (has year\n  ^"),
        ("has year)", "this `)` closes nothing\n  has year)\n          ^"),
        ("venue = \"ACL", "the text that begins here has no second \"\n  venue = \"ACL\n          ^"),
        (r#"venue = "\q""#, r"`\q` means nothing; what may follow is"),
        (
            "venue = \" \"",
            "expected a text for `venue`, found an empty one; a document without one is found by: not has venue",
        ),
        ("venue = in", "expected a text, found `in`; `in` is a word of the language; as a text, write \"in\""),
        ("year == 2020", "`==` is not a sign of the language; it is written `=`\n  year == 2020\n       ^^"),
        ("has year && has date", "`&&` is not a sign of the language; it is written `and`"),
        ("category not in (x)", "found `not`; write `not` before the field: not category ..."),
        ("year in 2020", "expected `(` and values behind `in`, found `2020`"),
        ("year in (2020 2021)", "expected `,` or `)`, found `2021`"),
        (
            "year between 2021 and 2020",
            "the first end is after the second, so nothing could match\n  year between 2021 and 2020\n               ^^^^^^^^^^^^^",
        ),
        ("date between 2020-05 or 2021", "expected `and` and the other end, found `or`"),
        ("author starts x", "expected `with` behind `starts`, found `x`"),
        ("has and", "expected a field, found `and`"),
        ("year = ;", "expected a word or a text in quotes, found `;`"),
    ] {
        let error = Filter::parse(text).expect_err(text).to_string();
        assert!(error.starts_with(expected) || error.contains(expected), "{text}:\n{error}\nexpected\n{expected}");
    }
}

#[test]
fn length_and_nesting_have_limits() {
    let deep = |depth: usize| format!("{}has year{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Filter::parse(&deep(MAX_NESTING)).is_ok());
    let error = Filter::parse(&deep(MAX_NESTING + 1)).unwrap_err();
    assert!(error.to_string().contains("go deeper than 100"), "{error}");
    assert!(Filter::parse(&format!("{}has year", "not ".repeat(MAX_NESTING + 1))).is_err());

    let wide = format!("has year{}", " or has date".repeat(5000));
    assert!(wide.len() < MAX_BYTES && Filter::parse(&wide).is_ok(), "a chain is not deep");
    let error = Filter::parse(&" ".repeat(MAX_BYTES + 1)).unwrap_err();
    assert!(error.to_string().contains("65537 bytes, 65536 are the most"), "{error}");
}

#[test]
fn what_is_not_known_is_outside_of_every_comparison_and_inside_of_its_opposite() {
    let dated = Document::default().with_date(Some("2021-03".parse().unwrap())).with_venue(Some("ACL".into()));
    let fields = fields(&[dated, Document::default()]);
    let rows = |text: &str| -> Vec<u32> {
        Filter::parse(text).unwrap().rows(&fields).unwrap().iter().map(|row| row.0).collect()
    };
    for (text, expected) in [
        ("date >= 2020", &[0][..]),
        ("date < 2020", &[]),
        ("date != 2020", &[0]),
        ("not date = 2020", &[0, 1]),
        ("not date < 2020", &[0, 1]),
        ("not date < 2020 and has date", &[0]),
        ("venue != ICML", &[0]),
        ("not venue = ICML", &[0, 1]),
        ("not has venue", &[1]),
        ("year = 2021", &[0]),
        ("year != 2021", &[]),
        ("everything", &[0, 1]),
        ("nothing", &[]),
    ] {
        assert_eq!(rows(text), expected, "{text}");
    }
}

/// Documents that count how often they are read.
struct Counted<'a>(&'a [Document], std::sync::atomic::AtomicUsize);

impl texts::Documents for Counted<'_> {
    fn matching(&self, rows: &RowSet, keep: &texts::Keep<'_>) -> Result<RowSet, DocumentError> {
        self.1.fetch_add(rows.len(), std::sync::atomic::Ordering::Relaxed);
        self.0.matching(rows, keep)
    }
}

#[test]
fn only_documents_that_columns_do_not_decide_are_read() {
    let paper =
        |number: i32| Document::new(format!("p{number}"), "Graphs", "About trees.").with_year(Some(2000 + number));
    let documents: Vec<Document> = (0..10).map(paper).collect();
    let fields = fields(&documents);
    for (text, read, passing) in [
        ("year >= 2008 and title ~ graph", 2, 2),
        ("title ~ graph and year >= 2008", 2, 2),
        ("year >= 2008 or title ~ graph", 8, 10),
        ("not (year < 2008 or title = graphs)", 2, 0),
        ("title ~ graph and abstract ~ tree and id = P3", 10, 1),
        ("year = 1900 and title ~ graph", 0, 0),
        ("year >= 2008", 0, 2),
        ("has year or has title", 0, 10),
    ] {
        let filter = Filter::parse(text).unwrap();
        let counted = Counted(&documents, Default::default());
        let rows = Plan::new(&filter.0, &fields).unwrap().rows(10, None, &counted).unwrap();
        assert_eq!((counted.1.into_inner(), rows.len()), (read, passing), "{text}");
    }
}

#[test]
fn a_vague_date_meets_a_comparison_with_any_day_it_may_mean() {
    let of = |text: &str| Document::default().with_date(Some(text.parse().unwrap()));
    let fields = fields(&[of("2021"), of("2021-06"), of("2021-06-15")]);
    let rows = |text: &str| -> Vec<u32> {
        Filter::parse(text).unwrap().rows(&fields).unwrap().iter().map(|row| row.0).collect()
    };
    for (text, expected) in [
        ("date = 2021-06-15", &[0, 1, 2][..]),
        ("date = 2021-06-16", &[0, 1]),
        ("date = 2021-07", &[0]),
        ("date != 2021-07", &[1, 2]),
        ("date < 2021-06", &[0]),
        ("date < 2021-06-15", &[0, 1]),
        ("date <= 2021-06-15", &[0, 1, 2]),
        ("date > 2021-06-15", &[0, 1]),
        ("date > 2021-06", &[0]),
        ("date >= 2021-06-16", &[0, 1]),
        ("date between 2021-06-16 and 2021-06-20", &[0, 1]),
        ("date in (2020, 2021-06-15)", &[0, 1, 2]),
        ("date > 2021", &[]),
        ("date >= 2021-12-31", &[0]),
    ] {
        assert_eq!(rows(text), expected, "{text}");
    }
}

#[test]
fn filters_made_of_flags_are_what_they_would_be_written_as() {
    let date = |text: &str| Some(text.parse::<Date>().unwrap());
    let two = ["A".to_owned(), "B".to_owned()];
    for (filter, expected) in [
        (Filter::default(), "everything"),
        (Filter::dates(date("2020"), date("2021-05")), "date >= 2020 and date <= 2021-05"),
        (Filter::dates(None, None), "everything"),
        (Filter::numbers(NumberField::Year, Some(2019), Some(2022)), "year between 2019 and 2022"),
        (Filter::numbers(NumberField::Year, Some(2019), Some(2019)), "year = 2019"),
        (Filter::numbers(NumberField::Year, None, Some(2022)), "year <= 2022"),
        (Filter::text_is(TextField::Category, &two), r#"category in ("A", "B")"#),
        (Filter::text_is(TextField::Category, &two[..1]), r#"category = "A""#),
        (Filter::text_contains(TextField::Author, &two), r#"author ~ "A" or author ~ "B""#),
        (Filter::all(vec![Filter::default(), Filter::default()]), "everything"),
        (Filter::any(vec![]), "nothing"),
    ] {
        assert_eq!(filter.to_string(), expected);
        assert_eq!(Filter::parse(expected), Ok(filter));
    }
}
