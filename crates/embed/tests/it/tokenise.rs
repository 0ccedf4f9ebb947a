//! BERT's tokeniser of our own against the `tokenizers` crate, token for token.
//!
//! Any text must give the same ids and be cut at the same place. The toy model's tokeniser is always there; that of
//! all-MiniLM-L6-v2 needs `semsearch model pull`, and the 60,000 papers lie in `../shared` beside the repository. Where
//! either is missing, the test says so and passes, unless it is required (`semsearch_testing::needs`).

use std::ops::Range;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rayon::prelude::*;
use semsearch_corpus::{Document, ReadOptions, read_corpus};
use semsearch_embed::{DEFAULT_MODEL, ModelStore, Tokeniser};
use semsearch_testing::needs;
use semsearch_vector::Bytes;
use serde_json::{Value, json};
use tokenizers::{Tokenizer, TruncationParams};

const ROWS: usize = 30_522;

fn real_file() -> Option<PathBuf> {
    let found = ModelStore::from_env(true).find(DEFAULT_MODEL).expect("the model directory can be read");
    Some(needs::real_model(found)?.path.join("tokenizer.json"))
}

/// A tokeniser of ours and the oracle, from the same file.
struct Pair {
    ours: Tokeniser,
    packed: Tokeniser,
    stock: Tokenizer,
    max_seq_length: usize,
}

impl Pair {
    fn new(file: &Path, max_seq_length: usize) -> Self {
        let ours = Tokeniser::load(file, max_seq_length, ROWS).expect("it loads");
        let bytes = Bytes::from(ours.to_packed().expect("it is one that we run ourselves"));
        let packed = Tokeniser::from_packed(file, &bytes, max_seq_length, ROWS).expect("it opens");
        let mut stock = Tokenizer::from_file(file).expect("it loads");
        stock.with_padding(None);
        let truncation = TruncationParams { max_length: max_seq_length, ..Default::default() };
        stock.with_truncation(Some(truncation)).expect("within limits");
        Pair { ours, packed, stock, max_seq_length }
    }

    /// The same tokeniser without limits.
    fn unlimited(file: &Path) -> Self {
        let mut pair = Pair::new(file, 512);
        pair.stock.with_truncation(None).expect("no limit");
        pair
    }

    #[track_caller]
    fn agree(&self, text: &str) {
        let expected = self.stock.encode_fast(text, true).expect("the oracle splits everything");
        for tokeniser in [&self.ours, &self.packed] {
            let found = tokeniser.split(text).expect("it splits everything");
            assert_eq!(found.ids, expected.get_ids(), "at {} tokens: {text:?}", self.max_seq_length);
            assert_eq!(
                found.truncated,
                !expected.get_overflowing().is_empty(),
                "at {} tokens: {text:?}",
                self.max_seq_length
            );
        }
    }
}

fn papers(files: &[&str]) -> Option<Vec<String>> {
    let paths: Option<Vec<PathBuf>> = files.iter().map(|file| needs::shared(&format!("data/{file}"))).collect();
    let corpus = read_corpus(&paths?, &ReadOptions::default(), &semsearch_task::NoProgress, &mut |_| ()).unwrap();
    Some(corpus.documents.iter().map(Document::passage).collect())
}

#[test]
fn sixty_thousand_papers_have_the_tokens_of_the_tokenizers_crate() {
    let Some(file) = real_file() else { return };
    let Some(passages) = papers(&["papers_10k.jsonl.gz", "papers_50k_more.jsonl.gz"]) else { return };
    assert_eq!(passages.len(), 60_000);
    let unlimited = Pair::unlimited(&file);
    let limited = [256, 512].map(|max_seq_length| Pair::new(&file, max_seq_length));
    let (before, after) = unlimited.ours.around();
    let cut: [usize; 2] = passages
        .par_iter()
        .enumerate()
        .map(|(index, passage)| {
            let whole = unlimited.stock.encode_fast(passage.as_str(), false).unwrap();
            let whole = whole.get_ids();
            assert_eq!(unlimited.ours.split_whole(passage).unwrap(), whole, "{passage:?}");
            std::array::from_fn(|at| {
                let pair = &limited[at];
                let most = pair.max_seq_length - before.len() - after.len();
                let found = pair.packed.split(passage).unwrap();
                let expected = [before, &whole[..whole.len().min(most)], after].concat();
                assert_eq!((found.ids, found.truncated), (expected, whole.len() > most), "{passage:?}");
                // The oracle's own truncation doubles the time, so it runs for every fiftieth text only.
                if index % 50 == 0 {
                    pair.agree(passage);
                }
                usize::from(found.truncated)
            })
        })
        .reduce(|| [0; 2], |a, b| [a[0] + b[0], a[1] + b[1]]);
    assert!(cut[0] > cut[1] && cut[1] > 0, "texts of every length are among them: {cut:?}");
}

/// A tokeniser made to find differences. It has pieces of one, two and four bytes, of composed and decomposed letters, of
/// Hangul and its parts, fixed tokens that contain each other, and a short limit for the longest word.
fn odd(change: impl FnOnce(&mut Value)) -> (crate::common::Copy, PathBuf) {
    let copy = crate::common::Copy::new();
    copy.edit("tokenizer.json", |file| {
        let vocab = file["model"]["vocab"].as_object_mut().unwrap();
        for piece in [
            "\u{e9}",
            "##\u{e9}",
            "e\u{301}",
            "##\u{301}",
            "\u{301}",
            "i\u{307}",
            "\u{df}",
            "##ss",
            "\u{e5}\u{e5}",
            "\u{1100}",
            "##\u{1161}",
            "##\u{11a8}",
            "\u{ac00}",
            "\u{4e2d}",
            "##\u{4e2d}",
            "\u{3042}",
            "##\u{3099}",
            "\u{1f600}",
            "##\u{1f600}",
            "\u{200b}",
            "##\u{200b}",
            "\u{fffd}",
            "##\u{fffd}",
            "\u{0}",
            "##\u{0}",
            "\u{b}",
            "##\u{b}",
            "\u{ad}",
            "##\u{ad}",
            "\u{302e}",
            "##\u{302e}",
            "##\u{302f}",
            "\u{1d165}",
            "##\u{1d165}",
            "##\u{1d16d}",
            "\u{3c3}",
            "##\u{3c3}",
            "##\u{3c2}",
            "\u{2014}",
            "\u{ff0c}",
            "\u{3002}",
            "aa",
            "##aa",
            "##aaa",
            "##aaaaab",
            "aaaaaaa",
            "A",
            "##A",
            "Aa",
            "##b",
            "##ba",
            "[NEW]",
            "##",
            "",
            "#",
        ] {
            let next = vocab.len();
            vocab.entry(piece).or_insert(json!(next));
        }
        // Tokens that the vocabulary has keep their id, the others are numbered on behind it.
        let known = vocab.clone();
        let mut next = known.len();
        let contents = ["[MASK][MASK]", "ab", "abc\u{e9}", "\u{4e2d}\u{4e2d}", "\u{e9}", "A B", "[SE"];
        for (at, content) in contents.into_iter().enumerate() {
            let id = known.get(content).cloned().unwrap_or_else(|| {
                next += 1;
                json!(next - 1)
            });
            file["added_tokens"].as_array_mut().unwrap().push(json!({
                "id": id, "content": content, "single_word": false, "lstrip": at % 2 == 0, "rstrip": at % 3 == 0,
                "normalized": false, "special": at % 4 == 0,
            }));
        }
        file["model"]["max_input_chars_per_word"] = json!(12);
        change(file);
    });
    let path = copy.path("tokenizer.json");
    (copy, path)
}

/// Texts that are difficult for tokenisers.
fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => of("abcABC", 1..5),
        2 => vec(any::<char>(), 0..6).prop_map(String::from_iter),
        1 => of("a", 90..111),
        1 => of("a\u{e9}", 8..17),
        4 => one(&[
            " ", "\t", "\n", "\r", "\u{b}", "\u{c}", "\u{85}", "\u{a0}", "\u{2003}", "\u{2028}", "\u{3000}", "\u{200b}", "\u{feff}",
            "\u{0}", "\u{7f}", "\u{ad}", "\u{fffd}", "\u{e000}", "\u{10fffd}", "\u{600}", "\u{e0001}",
        ]),
        4 => one(&[
            "\u{301}", "\u{327}", "\u{344}", "\u{340}", "\u{f73}", "\u{302e}", "\u{302f}", "\u{1d165}", "\u{1d16d}", "\u{1d15e}",
            "\u{34f}", "\u{fe0f}", "\u{20dd}", "\u{1ab0}", "\u{16ff0}", "\u{1df5}", "e\u{301}", "\u{e9}", "\u{e5}", "\u{1e69}",
            "\u{130}", "\u{131}", "\u{df}", "\u{1e9e}", "\u{3a3}", "\u{3c2}", "\u{1fb3}", "\u{212a}", "\u{2126}", "\u{37e}", "\u{1c5}",
        ]),
        3 => one(&[
            "\u{4e2d}", "\u{4e2d}\u{6587}", "\u{f900}", "\u{2f800}", "\u{20000}", "\u{2b820}", "\u{2b920}", "\u{3400}", "\u{9fff}",
            "\u{ac00}", "\u{d55c}\u{ae00}", "\u{1100}\u{1161}\u{11a8}", "\u{304c}", "\u{30ac}", "\u{ff76}\u{ff9e}", "\u{17000}",
            "\u{1f600}", "\u{1f468}\u{200d}\u{1f469}", "\u{1f1e9}\u{1f1ea}", "\u{fdd0}", "\u{1fffe}", "\u{10a3f}", "\u{61f}",
        ]),
        3 => one(&[
            "[SEP]", "[sep]", "[MASK]", "[Mask]", "[CLS]", "[UNK]", "[PAD]", "[MASK][MASK]", "[SE", "[SEP", "[[SEP]]", "##ing", "##",
            "[NEW]", "ab", "abc\u{e9}", "A B", "A  B", "\u{4e2d}\u{4e2d}", ".", ",", "\u{2014}", "\u{ff0c}", "\u{b7}", "$", "+", "\u{20ac}",
        ]),
    ];
    vec(part, 0..24).prop_map(|parts| parts.concat())
}

fn one(parts: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(parts).prop_map(str::to_owned)
}

fn of(letters: &str, len: Range<usize>) -> impl Strategy<Value = String> + use<> {
    vec(select(letters.chars().collect::<Vec<_>>()), len).prop_map(String::from_iter)
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Every setting of the normaliser.
fn settings() -> impl Iterator<Item = Value> {
    (0..24).map(|number: usize| {
        let strip_accents = [None, Some(true), Some(false)][number / 8];
        json!({
            "type": "BertNormalizer",
            "clean_text": number & 1 == 0,
            "handle_chinese_chars": number & 2 == 0,
            "lowercase": number & 4 == 0,
            "strip_accents": strip_accents,
        })
    })
}

#[test]
fn any_text_has_the_tokens_of_the_tokenizers_crate_whatever_the_normaliser_does() {
    for setting in settings() {
        let (_copy, file) = odd(|json| json["normalizer"] = setting.clone());
        let pairs = [Pair::new(&file, 3), Pair::new(&file, 16), Pair::unlimited(&file)];
        proptest!(cases(400), |(text in texts())| {
            pairs.iter().for_each(|pair| pair.agree(&text));
        });
    }
}

#[test]
fn any_text_has_the_tokens_of_the_tokenizers_crate_with_the_real_vocabulary() {
    let Some(file) = real_file() else { return };
    let pairs = [Pair::new(&file, 8), Pair::unlimited(&file)];
    proptest!(cases(2000), |(text in texts())| {
        pairs.iter().for_each(|pair| pair.agree(&text));
    });
}

#[test]
fn any_text_has_the_tokens_of_the_tokenizers_crate_whatever_marks_a_continued_word() {
    for prefix in ["##", "", "a", "\u{e9}", "aa"] {
        let (_copy, file) = odd(|json| json["model"]["continuing_subword_prefix"] = json!(prefix));
        let pairs = [Pair::new(&file, 7), Pair::unlimited(&file)];
        proptest!(cases(300), |(text in texts())| {
            pairs.iter().for_each(|pair| pair.agree(&text));
        });
    }
}

#[test]
fn both_ways_to_name_the_special_tokens_give_them() {
    let bert = json!({"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]});
    let (_copy, file) = odd(|json| json["post_processor"] = bert);
    let (_other_copy, template) = odd(|json| {
        let piece = |id: &str| json!({"SpecialToken": {"id": id, "type_id": 0}});
        let text = json!({"Sequence": {"id": "A", "type_id": 1}});
        json["post_processor"]["single"] = json!([piece("[SEP]"), piece("[CLS]"), text]);
        json["post_processor"]["special_tokens"]["[CLS]"] =
            json!({"id": "[CLS]", "ids": [2, 9], "tokens": ["[CLS]", "x"]});
    });
    for (file, around) in [(file, (vec![2], vec![3])), (template, (vec![3, 2, 9], vec![]))] {
        let pairs = [Pair::new(&file, 5), Pair::unlimited(&file)];
        assert_eq!(pairs[0].ours.around(), (around.0.as_slice(), around.1.as_slice()));
        for text in ["", " ", "aa", "aa b", "[SEP]", "aa b aa b aa b"] {
            pairs.iter().for_each(|pair| pair.agree(text));
        }
    }
}

/// One tokeniser twice: run by this crate, and by the `tokenizers` crate because of a field that only this crate refuses.
fn both_ways(max_seq_length: usize) -> [Tokeniser; 2] {
    let load = |change: &dyn Fn(&mut Value)| {
        let (_copy, file) = odd(change);
        Tokeniser::load(&file, max_seq_length, ROWS).unwrap()
    };
    let both = [load(&|_| ()), load(&|json| json["normalizer"]["note"] = json!("nobody asks for this"))];
    assert_eq!(both.each_ref().map(|tokeniser| tokeniser.to_packed().is_some()), [true, false]);
    both
}

#[test]
fn both_implementations_of_a_tokeniser_give_the_same_answers() {
    let [ours, stock] = both_ways(12);
    assert_eq!(ours.around(), ([2].as_slice(), [3].as_slice()));
    assert_eq!(ours.around(), stock.around());
    proptest!(cases(500), |(text in texts(), most in 0..20usize)| {
        prop_assert_eq!(ours.split(&text).unwrap(), stock.split(&text).unwrap());
        prop_assert_eq!(ours.split_whole(&text).unwrap(), stock.split_whole(&text).unwrap());
        prop_assert_eq!(ours.split_bare(&text, most).unwrap(), stock.split_bare(&text, most).unwrap());
    });
}

#[test]
fn the_whole_and_the_bare_tokens_are_those_of_a_split_without_what_they_leave_out() {
    for tokeniser in both_ways(12) {
        let unknown = 1;
        let text = "aa \u{2603} b \u{2603}\u{2603} [UNK] ab [MASK]";
        let whole = tokeniser.split_whole(text).unwrap();
        assert_eq!(tokeniser.split(text).unwrap().ids, [&[2], whole.as_slice(), &[3]].concat());
        assert_eq!(whole.iter().filter(|&&id| id == unknown).count(), 3, "{whole:?}");
        assert_eq!(tokeniser.unknown(), Some(unknown));
        for most in 0..=whole.len() + 1 {
            let bare = tokeniser.split_bare(text, most).unwrap();
            let first = whole.iter().copied().take(most);
            let known: Vec<u32> = first.filter(|&id| id != unknown).collect();
            assert_eq!((bare.ids, bare.truncated), (known, most < whole.len()), "the limit counts unknown tokens");
        }
        let long = "aa b ".repeat(1000);
        assert_eq!(tokeniser.split_whole(&long).unwrap().len(), 2000, "no limit applies");
    }
}

#[test]
fn a_table_of_vectors_needs_no_special_tokens_and_not_their_rows() {
    let (_copy, none) = odd(|json| json["post_processor"] = json!(null));
    let (_other_copy, far) = odd(|json| json["post_processor"]["special_tokens"]["[CLS]"]["ids"] = json!([ROWS]));
    let (_third_copy, stock) = odd(|json| {
        json["post_processor"] = json!(null);
        json["normalizer"]["note"] = json!("nobody asks for this");
    });
    for (file, packs) in [(&none, true), (&far, true), (&stock, false)] {
        crate::common::refused(Tokeniser::load(file, 16, ROWS));
        let tokeniser = Tokeniser::load_bare(file, ROWS).unwrap();
        assert_eq!(tokeniser.split_bare("aa \u{2603} b", 9).unwrap().ids.len(), 2);
        let packed = tokeniser.to_packed();
        assert_eq!(packed.is_some(), packs);
        if let Some(packed) = packed {
            let packed = Bytes::from(packed);
            crate::common::refused(Tokeniser::from_packed(file, &packed, 16, ROWS));
            let opened = Tokeniser::from_packed_bare(file, &packed, ROWS).unwrap();
            assert_eq!(
                opened.split_bare("aa \u{2603} b", 9).unwrap(),
                tokeniser.split_bare("aa \u{2603} b", 9).unwrap()
            );
        }
        let told = crate::common::message(&crate::common::refused(Tokeniser::load_bare(file, 300)));
        crate::common::assert_says(&told, &["tokenizer.json", "300 rows"]);
    }
}

#[test]
fn a_packed_tokeniser_that_does_not_fit_the_model_is_refused_by_the_name_of_its_file() {
    let file = crate::common::toy().join("tokenizer.json");
    let packed = Tokeniser::load(&file, 16, ROWS).unwrap().to_packed().unwrap();
    let refused = |bytes: &[u8], max_seq_length: usize, vocabulary: usize| {
        let opened = Tokeniser::from_packed(Path::new("toy.bin"), &bytes.to_vec().into(), max_seq_length, vocabulary);
        crate::common::message(&crate::common::refused(opened))
    };
    crate::common::assert_says(&refused(&packed, 2, ROWS), &["toy.bin", "2 special tokens", "limit is 2"]);
    crate::common::assert_says(&refused(&packed, 16, 336), &["toy.bin", "ids up to 336", "336 rows"]);
    crate::common::assert_says(&refused(&packed[..packed.len() - 1], 16, ROWS), &["toy.bin", "damaged"]);
    crate::common::assert_says(&refused(b"{\"version\": \"1.0\", \"model\": {}}", 16, ROWS), &["toy.bin", "WPCE"]);
}
