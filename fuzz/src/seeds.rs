//! Where each target begins: the fixtures of the tests, and small files made here.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use semsearch_corpus::{Document, read_corpus};
use semsearch_embed::{Encoder, TextKind, Tokeniser, bundled};
use semsearch_engine::align::{Alignment, Pairs, Queries};
use semsearch_engine::fuzz;
use semsearch_engine::model::record_of;
use semsearch_index::{CodeBits, FlatIndex, HnswIndex, HnswParams, IndexMeta, NoProgress, Vectors};
use semsearch_store::ModelRecord;
use semsearch_testing::toy;
use semsearch_vector::{Matrix, normalise};
use serde_json::{Value, json};

use crate::stub::Stub;
use crate::{collection, mend, model, rows, scratch, sections, version_1, whole};

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates")
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("the fixture {} cannot be read: {error}", path.display()))
}

/// Files of the tests of `crates/corpus`.
#[must_use]
pub fn fixtures(names: &[&str]) -> Vec<Vec<u8>> {
    names.iter().map(|name| read(&crates().join("corpus/tests/fixtures").join(name))).collect()
}

/// Lists of papers of the tests of `crates/corpus`.
#[must_use]
pub fn lists(names: &[&str]) -> Vec<Vec<u8>> {
    names.iter().map(|name| read(&crates().join("corpus/tests/imports/lists").join(name))).collect()
}

pub(crate) fn oai() -> Vec<Vec<u8>> {
    let mut all = fixtures(&["oai.xml"]);
    all.extend(lists(&["oai_dspace.xml", "oai_marc.xml", "oai_pmc.xml", "zenodo_oai.xml", "oai_refused.xml"]));
    all
}

/// A file of the toy model.
#[must_use]
pub fn toy_file(name: &str) -> Vec<u8> {
    read(&toy::folder().join(name))
}

/// A file of a toy static model.
#[must_use]
pub fn toy_static_file(name: &str) -> Vec<u8> {
    read(&toy::static_folder("bytes").join(name))
}

pub(crate) fn every_corpus() -> Vec<Vec<u8>> {
    let mut all = fixtures(&[
        "acl.xml",
        "oai.xml",
        "pubmed.xml",
        "with_metadata.txt",
        "formats/arxiv.jsonl",
        "formats/openalex.jsonl",
        "formats/papers.csv",
        "formats/semantic_scholar.jsonl",
        "formats/zotero.json",
        "formats/zotero.ris",
        "formats/pubmed.nbib",
        "formats/wos_plain.txt",
        "formats/wos_tab_utf16.txt",
        "formats/plain.parquet",
    ]);
    all.extend(lists(&[
        "endnote_desktop.xml",
        "scholar.enw",
        "arxiv_api.xml",
        "pmc_set.xml",
        "dblp_person.xml",
        "datacite_file.xml",
        "mods_library.xml",
        "marc_library.xml",
        "zotero_library.rdf",
        "better_bibtex.yaml",
        "typst.yml",
    ]));
    all.extend(bibtex());
    all.extend(jsonl());
    all.extend(gzip());
    all
}

pub(crate) fn bibtex() -> Vec<Vec<u8>> {
    let mut all = fixtures(&["references.bib"]);
    all.extend(fixtures(&["formats/scopus_header.bib"]));
    all.push(
        b"@string{acl = \"ACL\"}\n@inproceedings{a, crossref = {b}, title = {On {T}ides \\'e $x^2$}, booktitle = acl # \" 2020\"}\n\
          @proceedings{b, title = \"All\", year = 2020, month = jan}\n@comment{no}\n"
            .to_vec(),
    );
    all
}

pub(crate) fn csv() -> Vec<Vec<u8>> {
    let mut all = fixtures(&["formats/papers.csv", "formats/papers.tsv"]);
    let tables = ["scopus", "zotero", "dimensions", "lens", "pubmed", "pop", "cord19", "openalex_web"];
    all.extend(tables.iter().flat_map(|table| fixtures(&[&format!("formats/{table}.csv")])));
    all.push(b"sep=;\r\ntitle;abstract;date;authors\r\nOn Tides;It.;3 May 2019;Dune, Ada\r\n".to_vec());
    all
}

pub(crate) fn jsonl() -> Vec<Vec<u8>> {
    let mut all = fixtures(&["papers.jsonl"]);
    all.push(
        br#"[{"_id": "d1", "title": "On Tides", "text": "Why the sea moves.", "metadata": {"year": 1898}},
{"id": 7, "title": "On Knots", "abstract": "", "authors": [{"name": "A"}, "B"], "date": "2020-02-29", "doi": "10.1000/x"}]"#
            .to_vec(),
    );
    all
}

pub(crate) fn parquet() -> Vec<Vec<u8>> {
    fixtures(&[
        "formats/plain.parquet",
        "formats/snappy.parquet",
        "formats/gzip.parquet",
        "formats/zstd.parquet",
        "formats/brotli.parquet",
    ])
}

pub(crate) fn text_file() -> Vec<Vec<u8>> {
    let mut all = fixtures(&["formats/notes/tides.md", "formats/notes/Knots.txt", "formats/notes/2021/harbour.md"]);
    all.push(b"---\ntitle: \"On: Tides\"\nauthors:\n  - A B\n  - 'C'\ntags: [a, \"b, c\"]\ndate: 2020-01-02\n---\n\n# On\n\ntext\n".to_vec());
    all
}

fn small_lines() -> Vec<u8> {
    fixtures(&["papers.jsonl"]).remove(0)
}

pub(crate) fn gzip() -> Vec<Vec<u8>> {
    let pack = |bytes: &[u8], level| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::new(level));
        packed.write_all(bytes).and_then(|()| packed.finish()).expect("memory can be written")
    };
    let lines = small_lines();
    // Stored, so that mutations meet the text; compressed; and two members, one of them empty.
    vec![pack(&lines, 0), pack(&lines, 6), [pack(b"", 6), pack(&lines, 1)].concat()]
}

pub(crate) fn zstd() -> Vec<Vec<u8>> {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    let lines = small_lines();
    let packed = compress_to_vec(lines.as_slice(), CompressionLevel::Fastest);
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3], packed.as_slice()].concat();
    vec![compress_to_vec(lines.as_slice(), CompressionLevel::Uncompressed), packed, skipped]
}

pub(crate) fn queries() -> Vec<Vec<u8>> {
    vec![
        b"{\"_id\": \"q1\", \"text\": \"why do tides turn\"}\n{\"id\": 2, \"query\": \"knots\"}\n".to_vec(),
        b"why do tides turn\nhow are knots tied\n".to_vec(),
    ]
}

pub(crate) fn qrels() -> Vec<Vec<u8>> {
    vec![b"query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\nq2\td1\t2\n".to_vec(), b"q1 0 d1 1\nq2\td1\t-1\n".to_vec()]
}

pub(crate) fn identity() -> Vec<Vec<u8>> {
    [
        "https://doi.org/10.1000%2Fxyz-12%283%29?via=feed",
        "doi: 10.48550/ARXIV.2401.01234v2.",
        "https://export.arxiv.org/pdf/math.GT/0309136v1.pdf#S1",
        "arXiv:2401.01234v2 [cs.CL] 2 Jan",
        "2024-02-29",
        "1898-05",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

pub(crate) fn filter() -> Vec<Vec<u8>> {
    [
        "year >= 2020 and (venue = \"ACL\" or category in (\"cs.CL\", \"cs.IR\")) and not author ~ \"smith\"",
        "date between 2019-02 and 2020-02-29 or comments < 3",
        "source starts with 'a\\'b\\\\' and has date and authors != -1",
        "not (not everything or nothing) and org = J\u{f6}rg",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// Documents of the fixtures.
fn papers() -> Vec<Document> {
    let folder = crates().join("corpus/tests/fixtures");
    let paths = ["papers.jsonl", "formats/arxiv.jsonl", "formats/papers.csv", "references.bib"];
    let paths: Vec<PathBuf> = paths.iter().map(|name| folder.join(name)).collect();
    let options = semsearch_corpus::ReadOptions::new().with_skip_bad(true);
    read_corpus(&paths, &options, &semsearch_task::NoProgress, &mut |_| ()).expect("fixtures can be read").documents
}

pub(crate) fn documents() -> Vec<Vec<u8>> {
    let papers = papers();
    let path = scratch::path("seed.blocks");
    let made = |papers: &[Document]| {
        let with: Vec<_> = papers
            .iter()
            .map(|paper| (paper.clone(), paper.identities().iter().map(|identity| identity.0).collect()))
            .collect();
        semsearch_store::fuzz::write_documents(&path, &with).expect("there is room for temporary files");
        mend::fold(&read(&path))
    };
    let short: Vec<Document> =
        (0..40).map(|number| Document::new(number.to_string(), format!("t{}", number % 3), "")).collect();
    vec![made(&[]), made(&papers[..1]), made(&papers), made(&short)]
}

pub(crate) fn fields() -> Vec<Vec<u8>> {
    let papers = papers();
    vec![
        semsearch_store::fuzz::fields_file(&[]),
        semsearch_store::fuzz::fields_file(&papers[..1]),
        semsearch_store::fuzz::fields_file(&papers),
    ]
}

pub(crate) fn checkpoint() -> Vec<Vec<u8>> {
    let (fingerprint, dim) = collection::checkpoint_of();
    let folder = scratch::folder("seed checkpoint");
    fuzz::use_checkpoint(&folder, &fingerprint, dim, &["one", "three"]).expect("there is room for temporary files");
    fs::read_dir(&folder).expect("it was just made").flatten().map(|entry| read(&entry.path())).collect()
}

pub(crate) fn manifest() -> Vec<Vec<u8>> {
    let file = |path: &str| json!({"path": path, "bytes": 5000, "blake3": "00", "head": "11"});
    let model = |fingerprint: &str| {
        json!({
            "reference": "all-MiniLM-L6-v2", "max_tokens": 64, "precision": "f32", "fingerprint": fingerprint,
            "manifest": bundled()[0],
        })
    };
    let vectors = |name: &str, fingerprint: &str| {
        json!({
            "name": name, "fingerprint": fingerprint, "tokens": 10, "truncated": 1, "seconds_encode": 0.5,
            "seconds_index": 0.25, "files": [file("vectors.index"), file("tokens.u32")],
        })
    };
    let manifest = json!({
        "schema": "semsearch.collection/2", "written_by": "semsearch 0.1.0", "created_unix": 1_700_000_000,
        "generation": 3, "change": "2 documents were added",
        "intake": {"records": 5, "merged": 1, "skipped": 0},
        "graph": {"m": 16, "ef_construction": 64, "half": false},
        "models": [model("a"), model("b")], "active": "a", "previous": "b",
        "segments": [
            {
                "name": "s000001", "rows": 3, "removed": 1, "files": [file("documents.blocks"), file("fields.columns")],
                "removed_rows": file("s000001.removed"), "vectors": [vectors("v000001", "a"), vectors("v000003", "b")],
            },
            {"name": "s000002", "rows": 1, "removed": 0, "files": [], "vectors": [vectors("v000002", "a")]},
        ],
    });
    vec![manifest.to_string().into_bytes()]
}

pub(crate) fn pointer() -> Vec<Vec<u8>> {
    vec![format!("g000007 {}\n", "0123456789abcdef".repeat(4)).into_bytes()]
}

pub(crate) fn vector_file() -> Vec<Vec<u8>> {
    let text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
    let numbers = [0x3f; 24];
    let first = [b"\x93NUMPY\x01\x00".as_slice(), &(text.len() as u16).to_le_bytes(), text, &numbers].concat();
    let second = [b"\x93NUMPY\x02\x00".as_slice(), &(text.len() as u32).to_le_bytes(), text, &numbers].concat();
    vec![first, second, [[2, 0, 0, 0, 3, 0, 0, 0].as_slice(), &numbers].concat()]
}

pub(crate) fn removed() -> Vec<Vec<u8>> {
    let file = [0b0010_0101, 0, 0, 0, 0, 0, 0, 0x80];
    vec![rows::seed(&[64, 4], &file), rows::seed(&[60, 3], &file), rows::seed(&[130, 0], &[0; 24])]
}

pub(crate) fn tokens() -> Vec<Vec<u8>> {
    vec![rows::seed(&[3, 7, 0, 64 + (1 << 31)], &[]), rows::seed(&[0], &[])]
}

/// The models of a collection and of a change of it, as they are recorded.
fn model_records() -> [ModelRecord; 2] {
    [Stub::toy(), Stub::other()].map(|model| record_of(model, "toy"))
}

pub(crate) fn export_record() -> Vec<Vec<u8>> {
    let record = |model: &ModelRecord| {
        json!({
            "schema": "semsearch.export/1", "written_by": "semsearch 0.1.0", "rows": 2, "dimension": model.dimension(),
            "model": model,
        })
    };
    model_records().iter().map(|model| record(model).to_string().into_bytes()).collect()
}

pub(crate) fn switch() -> Vec<Vec<u8>> {
    let [_, other] = model_records();
    let record = json!({"schema": "semsearch.switch/1", "begun_unix": 1_700_000_000, "model": other}).to_string();
    // What each model makes of as many texts as a bridge needs.
    let texts: Vec<String> =
        (0..1000).map(|number: u32| format!("{number}: {}", number.pow(3) ^ 0x5555_5555)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let made = |model: &Stub, texts| model.encode(texts, TextKind::Passage).expect("it never fails").vectors;
    let [new, old] = [Stub::other(), Stub::toy()].map(|model| (made(model, &texts), made(model, &texts[..8])));
    let paired = "both have made them of the same texts";
    let documents = Pairs::new(&new.0, &old.0).expect(paired);
    let own: Vec<Option<usize>> = (0..8).map(Some).collect();
    let questions = Queries::new(Pairs::new(&new.1, &old.1).expect(paired), &own).expect(paired);
    let (new, old) = (Stub::other().fingerprint(), Stub::toy().fingerprint());
    let bridge = Alignment::fit(new, old, documents, questions).expect("a map between them").encode();
    let weak = sections::join([("bridge", bridge.clone())]);
    // Measured, it is worth little; what is behind that is to be tried all the same.
    let bridge = mend::bridge(&trusted(&bridge));
    let both = sections::join([("switch.json", record.clone().into_bytes()), ("bridge", bridge)]);
    let wide = record.replacen("\"manifest\":", "\"dimension\":9223372036854775807,\"manifest\":", 1);
    let records = [record, wide].map(|record| sections::join([("switch.json", record.into_bytes())]));
    records.into_iter().chain([weak, both]).collect()
}

/// A bridge of which it is said that it leads far.
fn trusted(bridge: &[u8]) -> Vec<u8> {
    let place = mend::bridge_head(bridge).expect("a bridge has a head");
    let (front, rest) = (&bridge[..place.start], &bridge[place.end..]);
    let mut head: Value = serde_json::from_slice(&bridge[place]).expect("the head of a bridge is JSON");
    head["agreement"]["bridged"] = json!({"mean": 0.9, "low": 0.8, "high": 1.0});
    [front, head.to_string().as_bytes(), rest].concat()
}

pub(crate) fn collection_v1() -> Vec<Vec<u8>> {
    let folder = crates().join("store/tests/golden/collection-v1");
    let file = |name: &'static str| {
        let content = read(&folder.join(name));
        (name, if name.ends_with(".index") { mend::fold(&content) } else { content })
    };
    let [pointer, description, list, lines, index] = version_1::FILES;
    let of = |names: &[&'static str]| sections::join(names.iter().map(|name| file(name)));
    vec![
        of(&version_1::FILES),
        of(&[description, list, lines, index]),
        of(&[description, lines]),
        of(&[pointer, description, lines, index]),
    ]
}

pub(crate) fn damaged() -> Vec<Vec<u8>> {
    use crate::damage::{CHANGE, CONFUSE, CUT, DELETE, INSERT, MENDED, REMOVE, REPAIRED};
    let mut all = vec![vec![0], vec![MENDED], vec![REPAIRED], vec![MENDED | REPAIRED]];
    for file in 0..whole::files().len() as u8 {
        for (number, flags) in [0, MENDED, REPAIRED, MENDED | REPAIRED].into_iter().enumerate() {
            let what = [CHANGE, CUT, INSERT, DELETE, REMOVE, CONFUSE][(usize::from(file) + number) % 6];
            all.push(vec![flags, file, what, file.wrapping_mul(40), 16 * number as u8, 2, b'0', b'1']);
        }
    }
    all
}

/// The file of an index. `graph` is the parameter `m` and the width of codes.
fn index_file(rows: usize, dim: usize, half: bool, graph: Option<(usize, CodeBits)>) -> Vec<u8> {
    let mut matrix = Matrix::new(dim);
    for row in 0..rows {
        let mut numbers: Vec<f32> = (0..dim).map(|place| ((row * 7 + place * 3) as f32 * 0.37).sin()).collect();
        normalise(&mut numbers);
        matrix.push(&numbers);
    }
    let single = Vectors::new(matrix).expect("rows of length 1");
    let vectors = if half { single.to_half().expect("rows in memory") } else { single };
    let graph = graph.map(|(m, codes)| {
        let params = HnswParams::default().with_m(m).with_ef_construction(8).with_codes(codes);
        HnswIndex::build(vectors.clone(), &params, &NoProgress).expect("a graph of a few rows")
    });
    let folder = scratch::folder("seed index");
    let meta = IndexMeta::new("model").with_build_seconds(0.5);
    let saved = match &graph {
        Some(graph) => graph.save(&folder, &meta),
        None => FlatIndex::new(vectors).save(&folder, &meta),
    };
    saved.expect("there is room for temporary files");
    read(&folder.join("vectors.index"))
}

/// The smallest index with two upper levels that is walked: a walk reads the links of the level between the top and the
/// lowest one.
pub(crate) fn index_of_two_levels() -> Vec<u8> {
    index_file(1024, 4, false, Some((2, CodeBits::Four)))
}

pub(crate) fn index() -> Vec<Vec<u8>> {
    let four = Some((4, CodeBits::Four));
    [
        index_file(0, 4, false, None),
        index_file(3, 2, false, None),
        index_file(0, 4, false, four),
        index_file(40, 16, false, four),
        index_file(60, 4, true, Some((4, CodeBits::Eight))),
        index_file(100, 16, true, four),
        index_of_two_levels(),
    ]
    .iter()
    .map(|file| mend::fold(file))
    .collect()
}

pub(crate) fn model_manifest() -> Vec<Vec<u8>> {
    bundled().iter().map(|manifest| manifest.to_toml().into_bytes()).collect()
}

pub(crate) fn model_folder() -> Vec<Vec<u8>> {
    let together = |folder: &Path| {
        let mut all = Vec::new();
        for name in model::FOLDER_FILES {
            if let Ok(content) = fs::read(folder.join(name)) {
                all.extend_from_slice(format!("=== {name}\n").as_bytes());
                all.extend_from_slice(&content);
            }
        }
        all
    };
    let families = ["distilbert", "gte", "modernbert", "mpnet", "nomic_bert", "qwen3", "roberta", "xlm_roberta"];
    let families = families.map(|name| toy::family_folder(name).join("model"));
    let others = [toy::folder(), toy::static_folder("bytes")];
    let mut all: Vec<Vec<u8>> = families.iter().chain(&others).map(|folder| together(folder)).collect();
    let dense = r#"=== modules.json
[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
 {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
 {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"}]
=== 2_Dense/config.json
{"in_features": 32, "out_features": 16, "bias": true, "activation_function": "torch.nn.modules.activation.Tanh"}
"#;
    all.push([together(&others[0]).as_slice(), dense.as_bytes()].concat());
    all
}

pub(crate) fn tokeniser() -> Vec<Vec<u8>> {
    let mut all = vec![toy_file("tokenizer.json"), toy_static_file("tokenizer.json")];
    // The `tokenizers` crate reads what is not BERT's; in these, most of the file is its vocabulary.
    for family in ["roberta", "xlm_roberta", "qwen3"] {
        all.extend(
            fs::read(toy::family_folder(family).join("model/tokenizer.json")).ok().filter(|file| file.len() < 1 << 16),
        );
    }
    all.push(
        br###"{"version": "1.0", "truncation": null, "padding": null,
"added_tokens": [{"id": 0, "content": "[UNK]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
"normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
"pre_tokenizer": {"type": "BertPreTokenizer"},
"post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}], "pair": [], "special_tokens": {}},
"decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
"model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
"vocab": {"[UNK]": 0, "the": 1, "a": 2, "##b": 3, "graph": 4, "##s": 5}}}"###
            .to_vec(),
    );
    all
}

pub(crate) fn packed_tokeniser() -> Vec<Vec<u8>> {
    let path = Path::new("tokenizer.json");
    let packed = |text: Vec<u8>| Tokeniser::parse_bare(&text, path, 1 << 16).ok()?.to_packed();
    tokeniser().into_iter().filter_map(packed).collect()
}

pub(crate) fn static_table() -> Vec<Vec<u8>> {
    ["bytes", "halves", "mapped"].map(|name| read(&toy::static_folder(name).join("model.safetensors"))).to_vec()
}

pub(crate) fn weights() -> Vec<Vec<u8>> {
    vec![header_of(&toy_file("model.safetensors")).to_vec()]
}

/// The JSON in front of a safetensors file.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn header_of(file: &[u8]) -> &[u8] {
    let (len, rest) = file.split_first_chunk().expect("a length in front");
    &rest[..u64::from_le_bytes(*len) as usize]
}

pub(crate) fn image() -> Vec<Vec<u8>> {
    let (_, whole) = model::image_of_toy();
    vec![description_of(&whole).to_vec()]
}

/// The JSON in front of an image.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn description_of(image: &[u8]) -> &[u8] {
    let (len, rest) = image[24..].split_first_chunk().expect("a length in front");
    &rest[..u64::from_le_bytes(*len) as usize]
}
