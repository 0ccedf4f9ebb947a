//! What is made of what people type.

use proptest::prelude::*;

use super::{Clause, FieldName, FieldValue, Occur, Query, What, strip_request_talk};
use crate::analyse::{TokenKind, for_each_token};

/// The parts of a query, in few letters.
fn read(text: &str) -> Vec<String> {
    Query::parse(text).clauses.iter().map(show).collect()
}

fn show(clause: &Clause) -> String {
    let sign = match clause.occur {
        Occur::Should => "",
        Occur::Must => "+",
        Occur::MustNot => "-",
    };
    let what = match &clause.what {
        What::Text(words) => format!("<{words}>"),
        What::Phrase(words) => format!("\"{words}\""),
        What::Prefix(beginning) => format!("{beginning}*"),
        What::Field(field, value) => {
            let value = match value {
                FieldValue::Words(words) => format!("<{words}>"),
                FieldValue::Phrase(words) => format!("\"{words}\""),
                FieldValue::Prefix(beginning) => format!("{beginning}*"),
                FieldValue::Years { from, to } => {
                    let year = |year: &Option<i32>| year.map_or_else(String::new, |year| year.to_string());
                    format!("{}..{}", year(from), year(to))
                }
            };
            format!("{}:{value}", field.as_str())
        }
    };
    format!("{sign}{what}")
}

fn assert_read(pairs: &[(&str, &[&str])]) {
    for (text, parts) in pairs {
        assert_eq!(read(text), *parts, "{text}");
    }
}

#[test]
fn plain_questions_are_one_text() {
    for text in [
        "what is attention",
        "what is \"x",
        "a:b",
        "BERT: pre-training for language",
        "-foo",
        "-foo -bar",
        "+foo",
        "O(n^2)",
        "p<0.05",
        "3-4",
        "3 -4",
        "C++",
        "C++ templates",
        "A* search",
        "a* b*",
        "Parkinson's disease",
        "title: attention",
        "Title:attention",
        "author:",
        "year:soon",
        "year:20190",
        "http://arxiv.org/abs/2106.09685",
        "a - b",
        "a + b",
        "--flag and ++x",
        "5\" and 6\" disks",
        "G\\\"odel and \\\"uber",
        "state-of-the-art",
        "\"",
        "\"\"",
        "\" \"",
        "“unmatched",
        "**bold**",
        "foo(bar]",
        "x AND y OR NOT z",
        "???",
        "深度学习",
    ] {
        assert_eq!(read(text), [format!("<{text}>")], "{text}");
        assert_eq!(Query::parse(text).plain_text(), text);
    }
    assert_eq!(read(""), [""; 0]);
    assert_eq!(read(" \n "), [""; 0]);
    assert_eq!(read("  what is\tattention \n"), ["<what is\tattention>"]);
}

#[test]
fn quotation_marks_make_a_phrase() {
    assert_read(&[
        ("\"chain of thought\"", &["\"chain of thought\""]),
        ("“chain of thought” in models", &["\"chain of thought\"", "<in models>"]),
        ("„chain of thought“ «of thought»", &["\"chain of thought\"", "\"of thought\""]),
        ("what is (\"late interaction\")?", &["<what is (>", "\"late interaction\""]),
        ("\"a b\", \"c d\"", &["\"a b\"", "\"c d\""]),
        ("\"a b\"c", &["<\"a b\"c>"]),
        ("x\"a b\" c", &["<x\"a b\" c>"]),
        ("\"a b", &["<\"a b>"]),
        ("\"???\" a", &["<\"???\" a>"]),
    ]);
}

#[test]
fn plus_and_minus_say_what_papers_must_hold_and_must_not() {
    assert_read(&[
        ("\"chain of thought\" -vision", &["\"chain of thought\"", "-<vision>"]),
        ("attention +sparse -\"state space\"", &["<attention>", "+<sparse>", "-\"state space\""]),
        ("+foo -bar", &["+<foo>", "-<bar>"]),
        ("+foo +bar", &["+<foo>", "+<bar>"]),
        ("+\"a b\"", &["\"a b\""]),
        ("??? -foo", &["<??? -foo>"]),
        ("-\"a b\"", &["<-\"a b\">"]),
        ("x -state-of-the-art y", &["<x>", "-<state-of-the-art>", "<y>"]),
        ("x +C++ -深度", &["<x>", "+<C++>", "-<深度>"]),
        ("pre- and post-training", &["<pre- and post-training>"]),
        ("x -transf* -author:smith", &["<x>", "-transf*", "-author:<smith>"]),
        ("-author:smith", &["<-author:smith>"]),
    ]);
}

#[test]
fn a_star_behind_two_letters_is_the_beginning_of_a_word() {
    assert_read(&[
        ("transf*", &["transf*"]),
        ("transf* for vision", &["transf*", "<for vision>"]),
        ("vision transf*, images", &["<vision>", "transf*", "<images>"]),
        ("t* tr* pre-tr*", &["<t*>", "tr*", "<pre-tr*>"]),
        ("tr*ns tr**", &["<tr*ns tr**>"]),
    ]);
}

#[test]
fn known_fields_with_a_value_behind_the_colon_are_fields() {
    assert_read(&[
        ("author:vaswani attention", &["author:<vaswani>", "<attention>"]),
        ("author:\"ashish vaswani\"", &["author:\"ashish vaswani\""]),
        ("author:“ashish vaswani”, attention", &["author:\"ashish vaswani\"", "<attention>"]),
        ("venue:acl, title:attention abstract:transf*", &["venue:<acl>", "title:<attention>", "abstract:transf*"]),
        ("arxiv:2106.09685 arxiv:hep-th/9901001", &["arxiv:<2106.09685>", "arxiv:<hep-th/9901001>"]),
        ("doi:10.1145/3292500.3330701.", &["doi:<10.1145/3292500.3330701>"]),
        ("id:W123 x -venue:acl", &["id:<W123>", "<x>", "-venue:<acl>"]),
        ("author:o'neill author:Müller", &["author:<o'neill>", "author:<Müller>"]),
        ("year:2019", &["year:2019..2019"]),
        ("year:2019..2021 x", &["year:2019..2021", "<x>"]),
        ("year:2021..2019 year:2019-2021", &["year:2019..2021", "year:2019..2021"]),
        ("year:2019.. year:..2021", &["year:2019..", "year:..2021"]),
        (
            "year:>=2020 year:>2020 year:<=2020 year:<2020",
            &["year:2020..", "year:2021..", "year:..2020", "year:..2019"],
        ),
        ("year:\"2019\" (year:2019)", &["year:2019..2019", "<(year:2019)>"]),
        ("year:\"a b\"", &["<year:>", "\"a b\""]),
        ("author:\"x", &["<author:\"x>"]),
        ("author:???", &["<author:???>"]),
    ]);
    assert_eq!(FieldName::Doi.as_str(), "doi");
}

#[test]
fn a_vector_is_made_of_texts_and_phrases_that_are_asked_for() {
    let query = Query::parse("author:vaswani attention +\"late interaction\" -vision transf* for +images");
    assert_eq!(query.plain_text(), "attention late interaction for images");
    assert_eq!(Query::parse("author:vaswani").plain_text(), "");
}

#[test]
fn a_part_knows_where_it_was_typed() {
    let text = " x  +\"a b\" -venue:acl, y z ";
    let written: Vec<&str> = Query::parse(text).clauses.iter().map(|clause| &text[clause.bytes.clone()]).collect();
    assert_eq!(written, ["x", "+\"a b\"", "-venue:acl,", "y z"]);
}

#[test]
fn hostile_queries_are_read_in_linear_time() {
    for pattern in [
        "\"", "“", "“a ", "\"a ", " \"a\"b", "+", "-a ", "+a ", "a\"", "(\"", "title:\"", "year:", "*", "ab* ", "\\\"",
        "«a» ",
    ] {
        let text = pattern.repeat(200_000 / pattern.len());
        let query = Query::parse(&text);
        assert!(query.plain_text().len() <= 2 * text.len());
        strip_request_talk(&text);
    }
    strip_request_talk(&"please ".repeat(100_000));
    strip_request_talk(&"any recent ".repeat(100_000));
}

#[test]
fn request_talk_is_cut_off() {
    for (text, rest) in [
        ("Could you recommend papers on dense retrieval?", "dense retrieval?"),
        ("Hi, could you please suggest me some recent papers about sparse attention", "sparse attention"),
        ("Please list papers that discuss late interaction models", "late interaction models"),
        ("Hello, I am looking for research on protein folding.", "protein folding."),
        ("I'm currently searching for articles regarding graph kernels", "graph kernels"),
        ("I would like to learn about vector quantization", "vector quantization"),
        ("Are there any studies that explore prompt injection attacks?", "prompt injection attacks?"),
        ("What is known about retrieval heads", "retrieval heads"),
        ("Which papers address catastrophic forgetting", "catastrophic forgetting"),
        ("What are some papers on speculative decoding", "speculative decoding"),
        ("Do you know of any work on learned sparse retrieval", "learned sparse retrieval"),
        ("Has there been any research on code retrieval", "code retrieval"),
        ("show me papers using contrastive learning", "contrastive learning"),
        ("Can you point me to studies dealing with label noise", "label noise"),
        ("any research articles on query expansion", "query expansion"),
        ("papers on shock-sound wave interaction", "shock-sound wave interaction"),
        ("what papers are there dealing with creep buckling", "creep buckling"),
        ("interested in key exchange protocols", "key exchange protocols"),
        ("Could you help me to find papers on “late interaction” models", "“late interaction” models"),
    ] {
        assert_eq!(strip_request_talk(text), rest, "{text}");
    }
}

#[test]
fn what_is_asked_for_stays() {
    for text in [
        "",
        "dense retrieval",
        "papers on attention",
        "Could you recommend papers on attention",
        "please",
        "show me",
        "find duplicates in large graphs",
        "list decoding of codes",
        "any-time algorithms for planning",
        "show paper folding algorithms",
        "name disambiguation of authors",
        "help systems for programmers",
        "survey of vector databases",
        "what is the effect of label noise",
        "best theoretical method for panel flutter",
        "experimental studies of creep buckling",
        "which benchmark measures long context",
        "are there limits to scaling laws",
        "how do transformers learn in context",
        "\"could you recommend papers\" in dialogue",
    ] {
        assert_eq!(strip_request_talk(text), text);
    }
    assert_eq!(strip_request_talk("show me a survey of vector databases"), "survey of vector databases");
}

/// The words of a text, as they are compared.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for_each_token(text, &mut |token| {
        if token.kind == TokenKind::Word {
            words.push(token.word.to_owned());
        }
    });
    words
}

/// Queries made of pieces that look like signs.
fn tricky_query() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z0-9]{1,6}",
        "[-+\"“”*: ()'.,?]{1,3}",
        prop::sample::select(vec![
            "title:",
            "author:\"",
            "year:2019",
            "year:>=",
            "\"a b\"",
            "+x",
            " -y ",
            "tr*",
            " ",
            "\\\"",
            "é",
            "深度",
            "C++",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_fails_and_parts_are_in_order(text in "\\PC{0,120}") {
        check_parts(&text);
    }

    #[test]
    fn no_letter_is_lost(text in tricky_query()) {
        check_parts(&text);
    }

    #[test]
    fn words_of_a_query_are_the_words_of_its_parts(
        parts in prop::collection::vec(("[a-z]{1,5}( [a-z]{1,5}){0,2}", 0..5usize), 1..6)
    ) {
        let mut typed = vec!["start".to_owned()];
        let mut expected = words("start");
        for (text, kind) in &parts {
            let one = text.split(' ').next().unwrap();
            typed.push(match kind {
                0 => text.clone(),
                1 => format!("\"{text}\""),
                2 => format!("-{one}"),
                3 => format!("+\"{text}\""),
                _ => format!("title:{one}"),
            });
            expected.extend(words(if *kind == 2 || *kind == 4 { one } else { text }));
        }
        let query = Query::parse(&typed.join(" "));
        let read: Vec<String> = query.clauses.iter().flat_map(|clause| match &clause.what {
            What::Text(text) | What::Phrase(text) | What::Prefix(text) => words(text),
            What::Field(_, FieldValue::Words(text) | FieldValue::Phrase(text) | FieldValue::Prefix(text)) => words(text),
            What::Field(_, FieldValue::Years { .. }) => Vec::new(),
        }).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn text_without_signs_is_one_text(text in "[a-zA-Zéα0-9.,;()!? ]{0,60}") {
        let query = Query::parse(&text);
        prop_assert!(query.clauses.len() <= 1);
        prop_assert_eq!(query.plain_text(), text.trim());
    }

    #[test]
    fn what_is_left_of_a_request_is_its_end(text in "((hi|please|could you|show me|any|recent|papers|on|that|use|what is|x|deep nets)[ ,]{1,2}){0,10}") {
        let rest = strip_request_talk(&text);
        prop_assert!(text.ends_with(rest));
        prop_assert!(rest.len() == text.len() || words(rest).len() >= 2);
    }
}

/// Parts are in order, hold what was typed, and every letter is in one of them.
fn check_parts(text: &str) {
    let query = Query::parse(text);
    let mut end = 0;
    let mut within = vec![false; text.len()];
    for clause in &query.clauses {
        let bytes = clause.bytes.clone();
        assert!(bytes.start >= end && bytes.start < bytes.end, "{text:?}: {query:?}");
        end = bytes.end;
        let typed = &text[bytes.clone()];
        match &clause.what {
            What::Text(words) => assert_eq!(typed.trim_start_matches(['+', '-']), words.trim_start_matches(['+', '-'])),
            What::Phrase(words) | What::Prefix(words) => assert!(typed.contains(words.as_str()), "{text:?}"),
            What::Field(name, value) => {
                let typed = typed.trim_start_matches(['+', '-']);
                assert!(typed.starts_with(name.as_str()), "{text:?}");
                if let FieldValue::Words(words) | FieldValue::Phrase(words) | FieldValue::Prefix(words) = value {
                    assert!(typed.contains(words.as_str()), "{text:?}");
                }
            }
        }
        within[bytes].fill(true);
    }
    for (at, letter) in text.char_indices() {
        // The analyser knows a few letters of Unicode that stand for nothing.
        if letter.is_alphanumeric() && !words(letter.encode_utf8(&mut [0; 4])).is_empty() {
            assert!(within[at], "{text:?}: {letter:?} at {at}");
        }
    }
}
