//! Measures the alignment (bridge) between two models on real papers and questions.
//!
//! `cargo bench -p semsearch-benches --bench bridge -- ONE OTHER` takes two models that `semsearch model list`
//! shows, and goes from either to the other. The sets are those of `../shared/data`, or of the folder that
//! `SEMSEARCH_BENCH_DATA` names: `papers_10k.jsonl.gz`, `scifact/`, `cranfield/`.
//!
//! 1. 5,000 papers; the titles of 600 others are the questions. How much of what the new model finds is found by the old
//!    one alone, and over maps fitted on some of the papers by each method: overlap@10 among all 5,000. Then the bridge as
//!    the program would make it: what it measures by itself, and what it really comes to.
//! 2. SciFact and Cranfield: nDCG@10 of the new model, the old one, and the new one's questions over a bridge.
//!
//! In eight bits where a model can. Some ten minutes on four cores, most of it embedding.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use semsearch_corpus::{Document, ReadOptions, read_corpus, read_qrels, read_queries};
use semsearch_embed::{Encoder, EncoderOptions, ModelStore, Precision, PrecisionChoice, SentenceTransformer, TextKind};
use semsearch_engine::Interval;
use semsearch_engine::align::{Alignment, LinearMap, Method, Pairs, Queries, overlap_at};
use semsearch_index::{FlatIndex, Index, SearchParams, Vectors};
use semsearch_vector::{Matrix, normalise};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const DOCUMENTS: usize = 5000;
const QUESTIONS: usize = 600;
const METHODS: [Method; 7] = [
    Method::Ridge { ridge: 0.01 },
    Method::Ridge { ridge: 0.1 },
    Method::Ridge { ridge: 0.3 },
    Method::RidgeTransposed { ridge: 0.01 },
    Method::RidgeTransposed { ridge: 0.1 },
    Method::RidgeTransposed { ridge: 0.3 },
    Method::Procrustes,
];

/// Texts as both models see them.
struct Both {
    new: Matrix,
    old: Matrix,
}

struct Models {
    new: SentenceTransformer,
    old: SentenceTransformer,
}

fn main() -> Outcome<()> {
    let names: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [one, other] = &names[..] else {
        say("left out: name two models, `cargo bench -p semsearch-benches --bench bridge -- ONE OTHER`");
        return Ok(());
    };
    let data = std::env::var_os("SEMSEARCH_BENCH_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let models = Models { new: load(one)?, old: load(other)? };
    let papers = Papers::read(&models, &data)?;
    let sets = ["scifact", "cranfield"].map(|set| Judged::read(&models, &data.join(set), set));
    let sets = sets.into_iter().collect::<Outcome<Vec<_>>>()?;
    report(&models, &papers, &sets, [one, other])?;
    let swapped: Vec<Judged> = sets.into_iter().map(Judged::swapped).collect();
    report(&models.swapped(), &papers.swapped(), &swapped, [other, one])
}

fn report(models: &Models, papers: &Papers, sets: &[Judged], [new, old]: [&String; 2]) -> Outcome<()> {
    say(&format!("# {new} over {old}\n"));
    papers.report(models)?;
    say("| nDCG@10 | fitted on | new | old | bridged | method | overlap@10: old | bridged |");
    say("| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |");
    sets.iter().try_for_each(|set| set.report(models))?;
    say("");
    Ok(())
}

/// The first part: overlap among papers.
struct Papers {
    documents: Both,
    /// Their titles, as questions.
    own: Both,
    /// Titles of other papers.
    asked: Both,
}

impl Papers {
    fn read(models: &Models, data: &Path) -> Outcome<Self> {
        let corpus = read_corpus(
            &[data.join("papers_10k.jsonl.gz")],
            &ReadOptions::default(),
            &semsearch_task::NoProgress,
            &mut |_| (),
        )?;
        let some: Vec<Document> = corpus.documents.into_iter().take(DOCUMENTS + QUESTIONS).collect();
        let passages: Vec<String> = some.iter().take(DOCUMENTS).map(Document::passage).collect();
        let titles: Vec<String> = some.iter().map(|document| document.title.clone()).collect();
        Ok(Papers {
            documents: models.encode(&passages, TextKind::Passage)?,
            own: models.encode(&titles[..DOCUMENTS], TextKind::Query)?,
            asked: models.encode(&titles[DOCUMENTS..], TextKind::Query)?,
        })
    }

    fn swapped(self) -> Self {
        let Papers { documents, own, asked } = self;
        Papers { documents: documents.swapped(), own: own.swapped(), asked: asked.swapped() }
    }

    fn report(&self, models: &Models) -> Outcome<()> {
        let Papers { documents, own, asked } = self;
        let by_new = ranked(&asked.new, &documents.new)?;
        let old_rows = FlatIndex::new(Vectors::new(documents.old.clone())?);
        let found = |map: &LinearMap| -> Outcome<f64> {
            let lists = asked.new.iter().map(|row| nearest(&old_rows, &map.apply(row)));
            Ok(overlap(&by_new, &lists.collect::<Outcome<Vec<_>>>()?))
        };
        let alone = overlap(&by_new, &ranked(&asked.old, &documents.old)?);
        say(&format!("overlap@10 of the two models among {DOCUMENTS} papers: {alone:.3}\n"));
        say("| fitted on | method | overlap@10 | with a tenth of titles, as questions |\n| ---: | --- | ---: | ---: |");
        for count in [500, 1000, 2000, 5000] {
            let fitted = documents.spread(count);
            let (mut titled, more) = (documents.spread(count), own.spread(count / 10));
            titled.new.append(&more.new);
            titled.old.append(&more.old);
            for method in METHODS {
                let (plain, titled) = (found(&fit(&fitted, method)?)?, found(&fit(&titled, method)?)?);
                say(&format!("| {count} | {} | {plain:.3} | {titled:.3} |", name(method)));
            }
        }
        say("\n| fitted on | method chosen | measured by itself | the models alone, by the same | among all |");
        say("| ---: | --- | ---: | ---: | ---: |");
        for count in [1000, 2000, 5000] {
            // As the program does it: titles of documents it has, each asked for the others.
            let alignment = models.align(&documents.spread(count), &own.spread(count))?;
            let among_all = |row: &[f32]| nearest(&old_rows, &models.across(&alignment, row)?);
            let really = overlap(&by_new, &asked.new.iter().map(among_all).collect::<Outcome<Vec<_>>>()?);
            let Interval { mean, low, high } = alignment.overlap().aligned;
            let alone = alignment.overlap().models.mean;
            let method = name(alignment.method());
            say(&format!("| {count} | {method} | {mean:.3} ({low:.3}–{high:.3}) | {alone:.3} | {really:.3} |"));
        }
        say("");
        Ok(())
    }
}

/// The second part: nDCG@10 of a set of documents, questions and judgements.
struct Judged {
    name: &'static str,
    documents: Both,
    /// Their titles, as questions.
    own: Both,
    asked: Both,
    judgements: Vec<HashMap<u32, i32>>,
}

impl Judged {
    fn read(models: &Models, folder: &Path, name: &'static str) -> Outcome<Self> {
        let corpus = read_corpus(
            &[folder.join("corpus.jsonl.gz")],
            &ReadOptions::default(),
            &semsearch_task::NoProgress,
            &mut |_| (),
        )?;
        let places: HashMap<&str, u32> = corpus.documents.iter().map(|one| one.id.as_str()).zip(0..).collect();
        let mut by_query: HashMap<String, HashMap<u32, i32>> = HashMap::new();
        for judgement in read_qrels(&folder.join("qrels.tsv"))?.into_iter().filter(|one| one.score > 0) {
            if let Some(&place) = places.get(judgement.document.as_str()) {
                by_query.entry(judgement.query).or_default().insert(place, judgement.score);
            }
        }
        let queries = read_queries(&folder.join("queries.jsonl.gz"))?;
        let (texts, judgements): (Vec<String>, Vec<_>) =
            queries.into_iter().filter_map(|query| Some((query.text, by_query.remove(&query.id)?))).unzip();
        let passages: Vec<String> = corpus.documents.iter().map(Document::passage).collect();
        let titles: Vec<String> = corpus.documents.iter().map(|one| one.title.clone()).collect();
        Ok(Judged {
            name,
            documents: models.encode(&passages, TextKind::Passage)?,
            own: models.encode(&titles, TextKind::Query)?,
            asked: models.encode(&texts, TextKind::Query)?,
            judgements,
        })
    }

    fn swapped(self) -> Self {
        let Judged { documents, own, asked, .. } = self;
        Judged { documents: documents.swapped(), own: own.swapped(), asked: asked.swapped(), ..self }
    }

    fn report(&self, models: &Models) -> Outcome<()> {
        let Judged { name: set, documents, own, asked, judgements } = self;
        let (by_new, by_old) = (ranked(&asked.new, &documents.new)?, ranked(&asked.old, &documents.old)?);
        let old_rows = FlatIndex::new(Vectors::new(documents.old.clone())?);
        let score = |lists: &[Vec<u32>]| {
            lists.iter().zip(judgements).map(|(list, judged)| ndcg(list, judged)).sum::<f64>() / lists.len() as f64
        };
        for count in [1000, documents.new.rows()] {
            let fitted = documents.spread(count);
            let alignment = models.align(&fitted, &own.spread(count))?;
            let chosen = asked.new.iter().map(|row| nearest(&old_rows, &models.across(&alignment, row)?));
            let mut rows =
                vec![(format!("{}, chosen", name(alignment.method())), chosen.collect::<Outcome<Vec<_>>>()?)];
            for method in METHODS {
                let map = fit(&fitted, method)?;
                let lists = asked.new.iter().map(|row| nearest(&old_rows, &map.apply(row)));
                rows.push((name(method), lists.collect::<Outcome<Vec<_>>>()?));
            }
            for (method, lists) in rows {
                say(&format!(
                    "| {set} | {count} | {:.3} | {:.3} | {:.3} | {method} | {:.3} | {:.3} |",
                    score(&by_new),
                    score(&by_old),
                    score(&lists),
                    overlap(&by_new, &by_old),
                    overlap(&by_new, &lists)
                ));
            }
        }
        Ok(())
    }
}

impl Models {
    fn encode(&self, texts: &[String], kind: TextKind) -> Outcome<Both> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let rows = |encoder: &SentenceTransformer| -> Outcome<Matrix> {
            let mut rows = encoder.encode(&texts, kind)?.vectors;
            (0..rows.rows()).for_each(|row| normalise(rows.row_mut(row)));
            Ok(rows)
        };
        Ok(Both { new: rows(&self.new)?, old: rows(&self.old)? })
    }

    fn swapped(self) -> Self {
        Models { new: self.old, old: self.new }
    }

    /// The alignment over `documents`, measured as the program does it: with titles of 300 of them.
    fn align(&self, documents: &Both, titles: &Both) -> Outcome<Alignment> {
        let questions = titles.spread(300);
        let numbers: Vec<Option<usize>> = (0..300).map(|number| Some(number * titles.new.rows() / 300)).collect();
        let questions = Queries::new(questions.pairs()?, &numbers)?;
        Ok(Alignment::fit(self.new.fingerprint(), self.old.fingerprint(), documents.pairs()?, questions)?)
    }

    fn across(&self, alignment: &Alignment, row: &[f32]) -> Outcome<Vec<f32>> {
        Ok(alignment.apply(self.new.fingerprint().as_str(), row, self.old.fingerprint().as_str())?)
    }
}

impl Both {
    fn pairs(&self) -> Outcome<Pairs<'_>> {
        Ok(Pairs::new(&self.new, &self.old)?)
    }

    fn swapped(self) -> Self {
        Both { new: self.old, old: self.new }
    }

    /// `count` of them, evenly spread.
    fn spread(&self, count: usize) -> Both {
        let some = |all: &Matrix| {
            let mut some = Matrix::new(all.dim());
            (0..count).for_each(|number| some.push(all.row(number * all.rows() / count)));
            some
        };
        Both { new: some(&self.new), old: some(&self.old) }
    }
}

fn load(name: &str) -> Outcome<SentenceTransformer> {
    let model = ModelStore::from_env(true).find(name)?.ok_or_else(|| format!("{name} is not here"))?;
    let with = |precision| EncoderOptions::default().with_precision(PrecisionChoice::Fixed(precision));
    Ok(SentenceTransformer::load(&model, &with(Precision::Int8))
        .or_else(|_| SentenceTransformer::load(&model, &with(Precision::F32)))?)
}

fn fit(both: &Both, method: Method) -> Outcome<LinearMap> {
    Ok(LinearMap::fit(both.pairs()?, method).ok_or("no map is determined")?)
}

fn ranked(questions: &Matrix, rows: &Matrix) -> Outcome<Vec<Vec<u32>>> {
    let rows = FlatIndex::new(Vectors::new(rows.clone())?);
    questions.iter().map(|row| nearest(&rows, row)).collect()
}

fn nearest(rows: &FlatIndex, question: &[f32]) -> Outcome<Vec<u32>> {
    Ok(rows.search(question, &SearchParams::new(10))?.iter().map(|hit| hit.id.0).collect())
}

fn overlap(a: &[Vec<u32>], b: &[Vec<u32>]) -> f64 {
    a.iter().zip(b).map(|(a, b)| overlap_at(a, b, 10)).sum::<f64>() / a.len() as f64
}

/// With the score as gain and log2(rank + 1) as discount.
fn ndcg(list: &[u32], judged: &HashMap<u32, i32>) -> f64 {
    let discounted = |scores: &[i32]| -> f64 {
        scores.iter().take(10).zip(2..).map(|(&score, rank)| f64::from(score) / f64::from(rank).log2()).sum()
    };
    let mut ideal: Vec<i32> = judged.values().copied().collect();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let found: Vec<i32> = list.iter().map(|document| judged.get(document).copied().unwrap_or(0)).collect();
    discounted(&found) / discounted(&ideal)
}

fn name(method: Method) -> String {
    match method {
        Method::Ridge { ridge } => format!("forwards, {ridge}"),
        Method::RidgeTransposed { ridge } => format!("backwards, {ridge}"),
        Method::Procrustes => "rotation".to_owned(),
    }
}

#[expect(clippy::print_stdout, reason = "the report of a benchmark")]
fn say(text: &str) {
    println!("{text}");
}
