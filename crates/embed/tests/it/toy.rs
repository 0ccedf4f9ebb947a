//! The whole encoder on the toy model, whose vectors another program computed: see `toy/README.md`.

use crate::common::{Copy, assert_says, load, message, refused};
use proptest::prelude::*;
use semsearch_embed::{EncodeError, Encoder, EncoderOptions, LoadError, Pooling, SentenceTransformer, TextKind};
use semsearch_task::{ErrorKind, Progress};
use semsearch_testing::golden;
use semsearch_vector::{cosine, norm};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(serde::Deserialize)]
struct Golden {
    text: String,
    tokens: Vec<u32>,
    embedding: Vec<f32>,
}

fn golden() -> Vec<Golden> {
    golden::lines(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/toy/golden.jsonl"))
}

fn encoder() -> SentenceTransformer {
    Copy::new().load().unwrap()
}

fn limited_to(max_seq_length: usize) -> Result<SentenceTransformer, LoadError> {
    let options = EncoderOptions::default().with_max_seq_length(max_seq_length);
    SentenceTransformer::load(&Copy::new().open().unwrap(), &options)
}

fn vector(encoder: &SentenceTransformer, text: &str, kind: TextKind) -> Vec<f32> {
    encoder.encode(&[text], kind).unwrap().vectors.row(0).to_vec()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn tokens_and_vectors_are_those_of_the_golden_file() {
    let (encoder, golden) = (encoder(), golden());
    assert_eq!(golden.len(), 29);
    let texts: Vec<&str> = golden.iter().map(|line| line.text.as_str()).collect();
    let encoded = encoder.encode(&texts, TextKind::Passage).unwrap();
    for (index, line) in golden.iter().enumerate() {
        let tokens = encoder.tokenise(&line.text, TextKind::Passage).unwrap();
        assert_eq!(tokens.ids, line.tokens, "tokens of {:?}", line.text);
        assert_eq!(encoded.tokens[index], line.tokens.len(), "count of tokens of {:?}", line.text);
        let vector = encoded.vectors.row(index);
        let (similarity, difference) = (cosine(vector, &line.embedding), largest_difference(vector, &line.embedding));
        assert!(similarity >= 0.9999, "cosine {similarity} for {:?}", line.text);
        assert!(difference < 5e-6, "difference {difference} for {:?}", line.text);
    }
}

#[test]
fn the_limit_and_padding_in_the_tokeniser_file_are_not_obeyed() {
    let baked_in = std::fs::read_to_string(crate::common::toy().join("tokenizer.json")).unwrap();
    assert_says(&baked_in, &["\"max_length\":16", "\"Fixed\":16"]);
    let encoder = encoder();
    assert_eq!(encoder.model().max_seq_length, 64);
    let tokens = |words: usize| encoder.tokenise(&"word ".repeat(words), TextKind::Passage).unwrap();
    assert_eq!(tokens(1).ids.len(), 3, "nothing is padded");
    assert_eq!(tokens(40).ids.len(), 42, "nothing is truncated to 16");
}

#[test]
fn a_text_is_reported_as_truncated_from_the_first_token_too_many() {
    let (encoder, roomier) = (encoder(), limited_to(128).unwrap());
    let (fits, too_long) = ("word ".repeat(62), "word ".repeat(63));
    let texts = [fits.as_str(), too_long.as_str(), ""];
    let encoded = encoder.encode(&texts, TextKind::Passage).unwrap();
    assert_eq!(encoded.truncated, [false, true, false]);
    assert_eq!(encoded.tokens, [64, 64, 2]);
    for line in golden() {
        let whole = roomier.tokenise(&line.text, TextKind::Passage).unwrap();
        assert!(!whole.truncated || whole.ids.len() == 128, "{:?}", line.text);
        let tokens = encoder.tokenise(&line.text, TextKind::Passage).unwrap();
        assert_eq!(tokens.truncated, whole.ids.len() > 64, "{:?}", line.text);
    }
}

#[test]
fn max_seq_length_can_be_lowered_and_raised_within_the_position_table() {
    let long = "the models learn ".repeat(60);
    for limit in [3, 4, 16, 63, 64, 65, 128] {
        let encoder = limited_to(limit).unwrap();
        assert_eq!(encoder.model().max_seq_length, limit);
        let encoded = encoder.encode(&[&long], TextKind::Passage).unwrap();
        assert_eq!((encoded.tokens[0], encoded.truncated[0]), (limit, true));
        assert!((norm(encoded.vectors.row(0)) - 1.0).abs() < 1e-5);
    }
    let tokens = limited_to(5).unwrap().tokenise("the cat sees the dog", TextKind::Query).unwrap();
    assert_eq!(tokens.ids, [2, 87, 276, 55, 3], "[SEP] stays, the end of the text goes");
}

#[test]
fn a_limit_out_of_range_is_refused_with_the_range() {
    for asked in [0, 1, 2, 129, usize::MAX] {
        let error = refused(limited_to(asked));
        assert!(matches!(error, LoadError::MaxSeqLength { asked: told, most: 128, .. } if told == asked), "{error:?}");
        assert_says(&message(&error), &["toy", "3 to 128", &asked.to_string()]);
    }
}

#[test]
fn the_limit_is_part_of_the_fingerprint() {
    let encoder = encoder();
    assert_eq!(encoder.fingerprint(), limited_to(64).unwrap().fingerprint());
    assert_ne!(encoder.fingerprint(), limited_to(63).unwrap().fingerprint());
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let lines = golden();
    let texts: Vec<&str> = lines.iter().cycle().take(400).map(|line| line.text.as_str()).collect();
    let encoder = encoder();
    let with_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| encoder.encode(&texts, TextKind::Passage).unwrap())
    };
    let alone = with_threads(1);
    for threads in [2, 5] {
        let together = with_threads(threads);
        assert_eq!(alone.vectors.as_slice(), together.vectors.as_slice(), "{threads} threads");
        assert_eq!((&alone.tokens, &alone.truncated), (&together.tokens, &together.truncated));
    }
}

#[test]
fn no_texts_give_no_vectors() {
    let encoded = encoder().encode(&[], TextKind::Passage).unwrap();
    assert_eq!((encoded.vectors.rows(), encoded.tokens.len(), encoded.truncated.len()), (0, 0, 0));
}

#[test]
fn progress_hears_of_every_text_and_can_stop() {
    let encoder = encoder();
    let text = "how do agents remember what they learn? ".repeat(4);
    let texts = vec![text.as_str(); 300];
    let seen = Seen::default();
    let encoded = encoder.encode_observed(&texts, TextKind::Passage, &seen).unwrap();
    assert_eq!(seen.texts.into_inner(), 300);
    assert_eq!(seen.tokens.into_inner(), encoded.tokens.iter().sum::<usize>());

    let stops = Seen { stops: true, ..Seen::default() };
    let error = refused(encoder.encode_observed(&texts, TextKind::Passage, &stops));
    assert!(matches!(error, EncodeError::Stopped(_)), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Stopped);
    assert!(stops.texts.into_inner() < 300, "the rest is not encoded");
}

/// Counts reports of progress, and may ask to stop.
#[derive(Default)]
struct Seen {
    texts: AtomicUsize,
    tokens: AtomicUsize,
    stops: bool,
}

impl Progress for Seen {
    fn advance(&self, items: usize, tokens: usize) {
        self.texts.fetch_add(items, Ordering::Relaxed);
        self.tokens.fetch_add(tokens, Ordering::Relaxed);
    }
    fn is_stopped(&self) -> bool {
        self.stops
    }
}

#[test]
fn prompts_stand_before_the_text_and_are_part_of_the_fingerprint() {
    let copy = Copy::new();
    copy.set(
        "config_sentence_transformers.json",
        "prompts",
        serde_json::json!({"query": "search query: ", "document": "paper: "}),
    );
    let (plain, prompted) = (encoder(), copy.load().unwrap());
    assert_eq!(prompted.manifest().query_prompt, "search query: ");
    assert_eq!(prompted.manifest().passage_prompt, "paper: ");
    assert_ne!(plain.fingerprint(), prompted.fingerprint());

    let text = "sparse attention";
    for (kind, whole) in
        [(TextKind::Query, "search query: sparse attention"), (TextKind::Passage, "paper: sparse attention")]
    {
        assert_eq!(prompted.tokenise(text, kind).unwrap(), plain.tokenise(whole, kind).unwrap());
        assert_eq!(vector(&prompted, text, kind), vector(&plain, whole, kind));
    }
}

#[test]
fn prompts_are_chosen_in_the_order_of_sentence_transformers() {
    let prompts = |config: serde_json::Value| {
        let copy = Copy::new();
        copy.write("config_sentence_transformers.json", config.to_string());
        let manifest = copy.open().unwrap().manifest;
        (manifest.query_prompt, manifest.passage_prompt)
    };
    let pair = |query: &str, passage: &str| (query.to_owned(), passage.to_owned());
    let all = serde_json::json!({"query": "q", "document": "d", "passage": "p", "corpus": "c", "other": "o"});
    assert_eq!(prompts(serde_json::json!({"prompts": all})), pair("q", "d"));
    let some = serde_json::json!({"prompts": {"passage": "p", "corpus": "c"}});
    assert_eq!(prompts(some), pair("", "p"));
    let default = serde_json::json!({"prompts": {"corpus": "c", "other": "o"}, "default_prompt_name": "other"});
    assert_eq!(prompts(default), pair("o", "c"));
    let unset = serde_json::json!({"prompts": {"other": "o"}, "default_prompt_name": null});
    assert_eq!(prompts(unset), pair("", ""));
}

#[test]
fn cls_pooling_takes_another_vector_than_the_mean() {
    let copy = Copy::new();
    copy.set("1_Pooling/config.json", "pooling_mode_mean_tokens", false);
    copy.set("1_Pooling/config.json", "pooling_mode_cls_token", true);
    let (mean, cls) = (encoder(), copy.load().unwrap());
    assert_eq!(cls.manifest().pooling, Pooling::Cls);
    assert_ne!(mean.fingerprint(), cls.fingerprint());
    let text = "the cat sees the dog";
    let (mean, cls) = (vector(&mean, text, TextKind::Query), vector(&cls, text, TextKind::Query));
    assert!((norm(&cls) - 1.0).abs() < 1e-5);
    assert!(cosine(&mean, &cls) < 0.99, "{}", cosine(&mean, &cls));
}

#[test]
fn pooling_named_by_one_word_is_the_same_pooling() {
    let copy = Copy::new();
    copy.write("1_Pooling/config.json", r#"{"embedding_dimension": 32, "pooling_mode": "mean"}"#);
    let (flags, word) = (encoder(), copy.load().unwrap());
    assert_eq!(flags.fingerprint(), word.fingerprint());
}

#[test]
fn a_model_without_normalize_gives_the_same_directions_at_their_own_length() {
    let copy = Copy::new();
    copy.edit("modules.json", |modules| drop(modules.as_array_mut().unwrap().pop()));
    let (unit, raw) = (encoder(), copy.load().unwrap());
    assert!(!raw.manifest().normalise);
    assert_ne!(unit.fingerprint(), raw.fingerprint());
    for line in golden() {
        let (unit, raw) = (vector(&unit, &line.text, TextKind::Query), vector(&raw, &line.text, TextKind::Query));
        assert!((norm(&unit) - 1.0).abs() < 1e-5);
        assert!((norm(&raw) - 1.0).abs() > 1e-2, "length {}", norm(&raw));
        assert!(cosine(&unit, &raw) > 0.999_999);
    }
}

#[test]
fn without_a_limits_file_the_position_table_is_the_limit() {
    let copy = Copy::new();
    copy.remove("sentence_bert_config.json").remove("config_sentence_transformers.json");
    assert_eq!(copy.load().unwrap().model().max_seq_length, 128);
    let copy = Copy::new();
    copy.set("sentence_bert_config.json", "max_seq_length", 5000);
    assert_eq!(copy.load().unwrap().model().max_seq_length, 128, "never more than there are positions");
}

#[test]
fn a_copy_under_another_name_has_the_same_fingerprint() {
    let model = Copy::new().open().unwrap();
    let mut manifest = model.manifest;
    manifest.name = "other".into();
    let renamed = semsearch_embed::ModelFolder::new(crate::common::toy(), manifest);
    assert_eq!(encoder().fingerprint(), load(&renamed).unwrap().fingerprint());
}

/// Texts as they come: words the model knows, any Unicode, nothing, and more than fits.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec(prop::sample::select(vec!["the", "cache", "models", "学習", "[SEP]", "zebra!"]), 0..90)
            .prop_map(|words| words.join(" ")),
        any::<String>(),
        Just(String::new()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_has_the_same_vector_alone_and_in_any_batch_in_any_order(
        texts in prop::collection::vec(any_text(), 1..60),
        shift in 0..60usize,
    ) {
        let encoder = encoder();
        let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let one_way = encoder.encode(&texts, TextKind::Passage).unwrap();
        let count = texts.len();
        texts.rotate_left(shift % count);
        let other_way = encoder.encode(&texts, TextKind::Passage).unwrap();
        for (index, text) in texts.iter().enumerate() {
            let before = (index + shift % count) % count;
            let alone = encoder.encode(&[text], TextKind::Passage).unwrap();
            prop_assert_eq!(alone.tokens[0], other_way.tokens[index]);
            prop_assert_eq!(alone.truncated[0], other_way.truncated[index]);
            let vector = other_way.vectors.row(index);
            prop_assert!(vector.iter().all(|value| value.is_finite()));
            prop_assert_eq!(vector, alone.vectors.row(0), "{:?}", text);
            prop_assert_eq!(vector, one_way.vectors.row(before), "{:?}", text);
        }
    }
}
