//! What the analyser makes of what people write.

use proptest::prelude::*;

use super::{Token, TokenKind, for_each_token, is_stop_word};

/// The words of a text, with compounds written together in brackets.
fn read(text: &str) -> String {
    let mut all = Vec::new();
    for_each_token(text, &mut |token: Token<'_>| {
        assert!(text.get(token.bytes.clone()).is_some_and(|written| !written.is_empty()), "{text:?}: {token:?}");
        assert!(!token.word.is_empty() && token.word.len() <= 96, "{text:?}: {token:?}");
        all.push(match token.kind {
            TokenKind::Word => token.word.to_owned(),
            TokenKind::Joined => format!("[{}]", token.word),
        });
    });
    all.join(" ")
}

/// Asserts of pairs that the first is read as the second.
fn assert_read(pairs: &[(&str, &str)]) {
    for (text, words) in pairs {
        assert_eq!(read(text), *words, "{text}");
    }
}

/// The pieces of a cell that are written as code.
fn codes(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_table_for_users_holds() {
    let page = include_str!("../../../../docs/words.md");
    let (_, page) = page.split_once("## What counts as a word").expect("the chapter is there");
    let mut rows = 0;
    for row in page.lines().filter(|line| line.starts_with('|')).skip(2) {
        let cells = row.split('|').collect::<Vec<_>>();
        let [_, _, written, words, together, _] = cells[..] else { panic!("{row}") };
        for written in codes(written) {
            let mut read = Vec::new();
            let mut joined = Vec::new();
            for_each_token(written, &mut |token| match token.kind {
                TokenKind::Word => read.push(token.word.to_owned()),
                TokenKind::Joined => joined.push(token.word.to_owned()),
            });
            assert_eq!(vec![read.join(" ")], codes(words), "{row}");
            assert_eq!(joined.join(" "), codes(together).concat(), "{row}");
            rows += 1;
        }
    }
    assert!(rows > 40, "{rows}");
}

#[test]
fn the_page_for_users_names_the_words_that_score_nothing() {
    let page = include_str!("../../../../docs/words.md");
    let (_, words) = page.split_once("count in phrases: ").expect("they are named");
    let words: Vec<&str> =
        words.trim().trim_end_matches('.').split([',', '\n', ' ']).filter(|word| !word.is_empty()).collect();
    assert_eq!(words.len(), 33);
    assert!(words.iter().all(|word| is_stop_word(word)));
}

#[test]
fn words_are_runs_of_letters_and_digits() {
    assert_read(&[
        ("", ""),
        (" \t\n", ""),
        ("?!... -- * ' \" \\ {} $ ^ _", ""),
        ("Attention Is All You Need", "attention is all you need"),
        ("(retrieval), \"augmented\"; generation.", "retrieval augmented generation"),
        ("ColBERT, BM25 and L2", "colbert bm25 and l2"),
        ("E. coli", "e coli"),
        ("attention—based: tendencies--validating", "attention based tendencies validating"),
        ("5-", "5"),
        ("-5", "5"),
    ]);
}

#[test]
fn accents_and_case_make_no_difference() {
    assert_read(&[
        ("Müller naïve Gödel", "muller naive godel"),
        ("Mu\u{308}ller", "muller"),
        (
            "Ørsted Łukasz Straße STRASSE Æther Œuvre Þór Đorđe",
            "orsted lukasz strasse strasse aether oeuvre thor dorde",
        ),
        ("İstanbul ısı", "istanbul isi"),
        ("ﬁne-tuning", "fine tuning [finetuning]"),
        ("Ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("Чайковский ещё", "чаиковскии еще"),
        ("at\u{ad}ten\u{ad}tion zero\u{200d}width", "attention zerowidth"),
    ]);
}

#[test]
fn greek_letters_are_their_names() {
    assert_read(&[
        ("α", "alpha"),
        ("$\\alpha$", "alpha"),
        ("alpha", "alpha"),
        ("𝛼 ϵ ε ς Σ", "alpha epsilon epsilon sigma sigma"),
        ("TGF-β", "tgf beta [tgfbeta]"),
        ("TGF-$\\beta$1", "tgf beta1 [tgfbeta1]"),
        ("TGFβ", "tgfbeta"),
        ("α-synuclein", "alpha synuclein [alphasynuclein]"),
        ("$\\alpha$-synuclein", "alpha synuclein [alphasynuclein]"),
        ("10 µm", "10 mum"),
        ("∆F508", "deltaf508"),
        ("αβ", "alphabeta"),
        ("\\alpha\\beta", "alpha beta"),
        // Words of the language stay words.
        ("μηχανική μάθηση λόγος", "μηχανικη μαθηση λογοσ"),
    ]);
}

#[test]
fn latex_is_read_as_it_looks() {
    assert_read(&[
        ("$\\mathcal{O}(n^2)$", "o n 2 [n2]"),
        ("𝒪(n²)", "o n2"),
        ("$O(n \\log n)$", "o n log n"),
        ("$n\\log n$", "n log n"),
        ("H$_2$O", "h 2 o [h2o]"),
        ("H\\textsubscript{2}O", "h 2 o [h2o]"),
        ("CO$_{2}$-induced", "co 2 [co2] induced [co2induced]"),
        ("H₂O", "h2o"),
        ("$\\ell_1$-norm", "l 1 [l1] norm [l1norm]"),
        ("ℓ1-norm", "l1 norm [l1norm]"),
        ("$x_i$ and $x_{t+1}$", "x i and x t 1"),
        ("$k$-NN $k$NN", "k nn [knn] knn"),
        ("caf\\'e na\\\"{\\i}ve Erd\\H{o}s G{\\\"o}del Poincar\\'{e}", "cafe naive erdos godel poincare"),
        ("Fran\\c cois {\\L}ukasz \\L ukasz Stra{\\ss}e", "francois lukasz lukasz strasse"),
        ("\\'Etale", "etale"),
        ("\\textbf{T}ransformer \\underline{Q}uantized {BERT}", "transformer quantized bert"),
        ("{\\em Drosophila} \\textit{E. coli}", "drosophila e coli"),
        ("95\\% of $2.0\\times$", "95 of 2.0"),
        ("$p < 10^{-32}$", "p 10 32"),
        ("\\frac{a}{b}", "a b"),
        ("$10{,}000$ 10\\,000 4,541", "10000 10000 4541"),
        ("\\emph{LLM}'s", "llm"),
        ("\\log{n} \\ac{LLM}-\\ac{RAG} 360{\\deg}", "log n llm rag [llmrag] 360"),
        // A name that LaTeX does not know is a word: nothing is lost.
        ("\\ours{} beats C:\\data", "ours beats c data"),
    ]);
}

#[test]
fn names_of_languages_and_algorithms_keep_their_signs() {
    assert_read(&[
        ("C++", "c++"),
        ("c++, C# and F#.", "c++ c# and f#"),
        ("C\\#", "c#"),
        ("C++17", "c++ 17 [c++17]"),
        ("C++-based", "c++ based [c++based]"),
        ("a++b", "a b"),
        ("C##", "c"),
        ("A* search", "a* search"),
        ("A$^*$ $A^{*}$ $A^\\star$ A^*", "a* a* a* a*"),
        ("C*-algebra", "c* algebra [c*algebra]"),
        ("*a* a*b", "a a b"),
    ]);
}

#[test]
fn apostrophes_do_not_divide_words() {
    assert_read(&[
        ("Parkinson's disease", "parkinson disease"),
        ("Parkinson’s PARKINSON'S", "parkinson parkinson"),
        ("don't don’t donʼt", "dont dont dont"),
        ("O'Neill", "oneill"),
        ("users' 'quoted' ''twice''", "users quoted twice"),
        ("Alzheimer's-like", "alzheimer like [alzheimerlike]"),
        ("the 1990's", "the 1990"),
        ("'s", "s"),
    ]);
}

#[test]
fn compounds_are_their_parts_and_what_these_make_together() {
    assert_read(&[
        ("GPT-4", "gpt 4 [gpt4]"),
        ("GPT-3.5", "gpt 3.5 [gpt3.5]"),
        ("k-NN", "k nn [knn]"),
        ("COVID-19", "covid 19 [covid19]"),
        ("COVID‑19 COVID–19 COVID−19", "covid 19 [covid19] covid 19 [covid19] covid 19 [covid19]"),
        ("state-of-the-art", "state of the art"),
        ("out-of-domain", "out of domain [outofdomain]"),
        ("TCP/IP", "tcp ip [tcpip]"),
        ("Q&A R\\&D", "q a [qa] r d [rd]"),
        ("nDCG@10", "ndcg 10 [ndcg10]"),
        ("Llama-3-8B", "llama 3 8b [llama38b]"),
        ("3-4 2019-2021", "3 4 2019 2021"),
        ("retrieval-augmentedgenerationofx", "retrieval augmentedgenerationofx"),
        ("atten-\ntion atten-\r\n  tion", "atten tion [attention] atten tion [attention]"),
        ("pre- and post-training", "pre and post training [posttraining]"),
        ("read_file", "read file"),
        ("F_1", "f 1 [f1]"),
    ]);
}

#[test]
fn a_number_is_one_word() {
    assert_read(&[
        ("0.05", "0.05"),
        ("p<0.05", "p 0.05"),
        ("p<.05 and p = .001.", "p 0.05 and p 0.001"),
        ("1,000", "1000"),
        ("1,000,000 papers", "1000000 papers"),
        ("1,234.5", "1234.5"),
        ("1,2,3 and 1,2345 and 1234,567", "1 2 3 and 1 2345 and 1234 567"),
        ("in 2019, 300 of 1990.", "in 2019 300 of 1990"),
        ("v2.0 Llama3.1", "v2.0 llama3.1"),
        ("2106.09685", "2106.09685"),
        ("1..5 Fig.5", "1 5 fig 5"),
        ("½ x", "1 2 x"),
    ]);
}

#[test]
fn scripts_without_spaces_are_pairs_of_characters() {
    assert_read(&[
        ("深度学习", "深度 度学 学习"),
        ("深", "深"),
        ("用BERT做检索", "用 bert 做检 检索"),
        ("2024年", "2024 年"),
        ("ディープラーニング", "ディ ィー ープ プラ ラー ーニ ニン ング"),
        ("ﾃﾞｰﾀ", "デー ータ"),
        ("기계 학습", "기계 학습"),
        // The same, each syllable in its letters.
        ("\u{1100}\u{1175}\u{1100}\u{1168}", "기계"),
        ("GPT-4模型", "gpt 4 [gpt4] 模型"),
        ("图-文", "图 文"),
    ]);
    let mut places = Vec::new();
    for_each_token("x 学习率", &mut |token| places.push(token.bytes));
    assert_eq!(places, [0..1, 2..8, 5..11]);
}

#[test]
fn other_scripts_are_words_as_they_are() {
    assert_read(&[("การเรียนรู้", "การเรียนรู้"), ("हिन्दी भाषा", "हिन्दी भाषा"), ("مُحَمَّد", "محمد"), ("שָׁלוֹם", "שלום")]);
}

#[test]
fn a_long_word_comes_in_pieces_and_nothing_is_lost() {
    let long = "a".repeat(150);
    assert_eq!(read(&long), format!("{} {} {}", "a".repeat(64), "a".repeat(64), "a".repeat(22)));
    assert_eq!(read(&format!("x-{long}")).matches('a').count(), 150);
    // Cut where a letter ends.
    let cyrillic = "ж".repeat(33);
    assert_eq!(read(&cyrillic), format!("{} ж", "ж".repeat(32)));
    // Names of Greek letters are longer than they are.
    let greek = read(&format!("x{}", "ε".repeat(20)));
    assert_eq!(greek.replace(' ', ""), format!("x{}", "epsilon".repeat(20)));
    assert!(greek.split(' ').all(|word| word.len() <= 64));
}

#[test]
fn a_word_knows_where_it_stands() {
    let text = "The Erd\\H{o}s–Rényi of Parkinson's C++";
    let mut written = Vec::new();
    for_each_token(text, &mut |token| written.push((token.word.to_owned(), &text[token.bytes])));
    let expected = [
        ("the", "The"),
        ("erdos", "Erd\\H{o}s"),
        ("renyi", "Rényi"),
        ("erdosrenyi", "Erd\\H{o}s–Rényi"),
        ("of", "of"),
        ("parkinson", "Parkinson"),
        ("c++", "C++"),
    ];
    assert_eq!(written, expected.map(|(word, written)| (word.to_owned(), written)));
}

#[test]
fn hostile_texts_are_read_in_linear_time() {
    let patterns = [
        "a",
        "-",
        "a-",
        "a_",
        "$",
        "{",
        "}",
        "\\",
        "\\a",
        "\\'",
        "\\'a",
        "\\textbf{",
        "a\\textbf{",
        "'",
        "a'",
        "'s",
        "1,",
        "1,000",
        "1.",
        ".1",
        "a\u{301}",
        "\u{301}",
        "α",
        "深",
        "一\u{3099}",
        "\u{1100}",
        "\u{1161}",
        "a-\n",
        "-\n ",
        "½",
        "\u{200d}",
        "a\u{200d}",
        "c++",
        "a*",
        "^*",
        "a$^",
        "{,}",
        "a{,}",
        "\\i",
        "\\v\\iota",
        "&",
        "@a",
        "a{}",
        "\u{fdfa}",
        "\u{e0100}",
        "a}{",
        "\u{ad}",
        "ŀ",
    ];
    for pattern in patterns {
        let text = pattern.repeat(200_000 / pattern.len());
        let mut tokens = 0;
        for_each_token(&text, &mut |_| tokens += 1);
        assert!(tokens <= 2 * text.len(), "{pattern:?}: {tokens}");
    }
}

/// Texts of the pieces that the rules are about.
fn tricky_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z0-9]{1,5}",
        "[-–'’.,$_^{}+#*&@/ \n\\\\]{1,3}",
        "\\PC{1,2}",
        prop::sample::select(vec![
            "\\alpha",
            "\\textbf{",
            "\\mathcal{",
            "\\'",
            "\\o",
            "\\H{o}",
            "\\log",
            "\\foo",
            "1,000",
            ".5",
            "深度",
            "ﾃﾞ",
            "\u{301}",
            "\u{ad}",
            "½",
            "β",
            "a*",
            "C++",
            "'s",
            "-\n",
            "é",
            "각",
            "\u{1100}\u{1161}",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,200}") {
        read(&text);
    }

    #[test]
    fn words_are_in_order_and_within_the_text(text in tricky_text()) {
        let mut start = 0;
        for_each_token(&text, &mut |token| {
            assert!(text.get(token.bytes.clone()).is_some_and(|written| !written.is_empty()), "{text:?}: {token:?}");
            assert!(!token.word.is_empty(), "{text:?}");
            if token.kind == TokenKind::Word {
                assert!(token.bytes.start >= start && token.word.len() <= 64, "{text:?}: {token:?}");
                start = token.bytes.start;
            }
        });
    }

    #[test]
    fn every_letter_and_digit_of_plain_text_is_in_a_word(text in "[a-zA-Z0-9 .,;:()!?/éüαж深度-]{0,80}") {
        let mut within = vec![false; text.len()];
        for_each_token(&text, &mut |token| within[token.bytes].fill(true));
        for (at, letter) in text.char_indices().filter(|(_, letter)| letter.is_alphanumeric()) {
            assert!(within[at], "{text:?}: {letter:?} at {at}");
        }
    }

    #[test]
    fn words_between_spaces_are_read_by_themselves(left in tricky_text(), right in "[a-z0-9]{1,8}( [a-z0-9]{1,8}){0,3}") {
        // A command that takes the space behind it, a line break behind a hyphen: not across a stop.
        let together = read(&format!("{left} ; {right}"));
        let apart = format!("{} {}", read(&left), read(&right));
        prop_assert_eq!(together.trim(), apart.trim());
    }

    #[test]
    fn a_word_is_read_again_as_itself(text in "[a-zA-Z0-9éüñßøαжйё .,'-]{0,60}") {
        for_each_token(&text, &mut |token| {
            if token.kind == TokenKind::Word && !token.word.contains('.') {
                assert_eq!(read(token.word), token.word, "{text:?}");
            }
        });
    }

    #[test]
    fn case_makes_no_difference(text in "[a-z0-9 .,'+#*$^_{}-]{0,60}") {
        prop_assert_eq!(read(&text), read(&text.to_ascii_uppercase()));
    }
}
