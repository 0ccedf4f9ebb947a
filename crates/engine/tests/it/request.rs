//! Several texts at once, papers that move the query, age and diversity: each compared with scoring every paper.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use semsearch_corpus::Document;
use semsearch_engine::{
    Combine, HalfLife, IngestOptions, Ranker, Request, SearchError, SearchOptions, Searcher, ingest, similar,
};
use semsearch_store::Collection;
use semsearch_task::NoProgress;

use crate::common::{corpus, paper, toy_model};

struct Built {
    root: PathBuf,
    _folder: tempfile::TempDir,
}

/// Papers in three segments; every fifth has no date.
fn build() -> (Built, Vec<Document>) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    let encoder = toy_model();
    let papers: Vec<Document> = (0..600)
        .map(|number| {
            let mut paper = paper(number);
            paper.year = None;
            paper.date =
                (number % 5 > 0).then(|| format!("{}-0{}", 1990 + number % 30, 1 + number % 9).parse().unwrap());
            paper
        })
        .collect();
    for batch in papers.chunks(250) {
        ingest(&corpus(batch.to_vec()), &encoder, &root, &IngestOptions::new("toy"), &NoProgress).unwrap();
    }
    (Built { root, _folder: folder }, papers)
}

fn searcher(built: &Built) -> Searcher {
    Searcher::new(Collection::open(&built.root).unwrap(), Arc::new(toy_model())).unwrap()
}

fn options(ranker: Ranker, k: usize) -> SearchOptions {
    SearchOptions::default().with_ranker(Some(ranker)).with_k(k)
}

fn ids(answer: &semsearch_engine::Answer) -> Vec<String> {
    answer.hits.iter().map(|hit| hit.document.id.clone()).collect()
}

/// The score of every paper for one text.
fn all_scores(searcher: &Searcher, text: &str, ranker: Ranker) -> HashMap<String, f32> {
    let answer = searcher.search(text, &options(ranker, 600)).unwrap();
    answer.hits.into_iter().map(|hit| (hit.document.id, hit.score)).collect()
}

#[test]
fn several_texts_rank_as_scoring_every_paper_for_each_does() {
    let (built, papers) = build();
    let searcher = searcher(&built);
    let texts = [papers[3].title.clone(), papers[77].title.clone(), papers[401].r#abstract.clone()];
    let by_text: Vec<_> = texts.iter().map(|text| all_scores(&searcher, text, Ranker::Dense)).collect();
    for combine in [Combine::All, Combine::Any] {
        let expected = |id: &String| {
            let scores = by_text.iter().map(|scores| scores[id]);
            match combine {
                Combine::All => scores.fold(f32::INFINITY, f32::min),
                _ => scores.fold(f32::NEG_INFINITY, f32::max),
            }
        };
        let answer = searcher.answer(&Request::of_several(&texts, combine), &options(Ranker::Dense, 7)).unwrap();
        let mut truth: Vec<f32> = by_text[0].keys().map(expected).collect();
        truth.sort_by(|a, b| b.total_cmp(a));
        for (hit, truth) in answer.hits.iter().zip(truth) {
            assert!((hit.score - truth).abs() < 1e-6, "{combine:?}: {} against {truth}", hit.score);
            assert!((hit.score - expected(&hit.document.id)).abs() < 1e-6);
            let parts: Vec<f32> = by_text.iter().map(|scores| scores[&hit.document.id]).collect();
            assert_eq!(hit.parts.len(), 3);
            assert!(hit.parts.iter().zip(parts).all(|(one, other)| (one - other).abs() < 1e-6));
        }
        assert_eq!(answer.hits.len(), 7);
    }
}

#[test]
fn in_words_all_means_that_no_text_is_missed() {
    let (built, papers) = build();
    let searcher = searcher(&built);
    let [one, other] = [&papers[10], &papers[20]].map(|paper| paper.title.clone());
    let request = Request::of_several([&one, &other], Combine::All);
    let answer = searcher.answer(&request, &options(Ranker::Lexical, 600)).unwrap();
    let held = [one, other].map(|text| all_scores(&searcher, &text, Ranker::Lexical));
    assert!(answer.hits.iter().all(|hit| held.iter().all(|held| held.contains_key(&hit.document.id))));
    let both = held[0].keys().filter(|id| held[1].contains_key(*id)).count();
    assert_eq!(answer.hits.len(), both);
    let hybrid = searcher.answer(&request, &options(Ranker::Hybrid, 5)).unwrap();
    assert_eq!(hybrid.hits.len(), 5);
    assert!(hybrid.candidates.unwrap().union > 0);
}

#[test]
fn one_text_of_several_is_that_text_alone() {
    let (built, papers) = build();
    let searcher = searcher(&built);
    for ranker in [Ranker::Dense, Ranker::Hybrid, Ranker::Lexical] {
        let alone = searcher.search(&papers[42].title, &options(ranker, 10)).unwrap();
        for combine in [Combine::All, Combine::Any] {
            let request = Request::of_several([&papers[42].title], combine);
            let answer = searcher.answer(&request, &options(ranker, 10)).unwrap();
            let scores = |answer: &semsearch_engine::Answer| -> Vec<(String, f32)> {
                answer.hits.iter().map(|hit| (hit.document.id.clone(), hit.score)).collect()
            };
            assert_eq!(scores(&answer), scores(&alone));
        }
    }
}

#[test]
fn signs_in_a_text_for_readers_bind_nothing() {
    let (built, papers) = build();
    let searcher = searcher(&built);
    let text = format!("\"{}\" -the year:1850 author:nobody {}", papers[5].title, papers[5].r#abstract);
    let typed = searcher.search(&text, &options(Ranker::Lexical, 3)).unwrap();
    assert!(typed.hits.is_empty(), "no paper is of 1850");
    let prose = searcher.answer(&Request::of_prose(&text), &options(Ranker::Hybrid, 3)).unwrap();
    assert_eq!(ids(&prose)[0], papers[5].id);
    assert!(matches!(
        searcher.answer(&Request::of_prose(" \n"), &SearchOptions::default()),
        Err(SearchError::EmptyQuery)
    ));
}

#[test]
fn liked_papers_pull_others_push_and_neither_is_a_hit() {
    let (built, papers) = build();
    let searcher = searcher(&built);
    let (question, liked, other) = (&papers[1].title, &papers[300], &papers[450]);
    let cosine_to = |answer: &semsearch_engine::Answer, paper: &Document| -> f32 {
        // The mean similarity of the hits to a paper, by asking for it.
        let near = all_scores(&searcher, &format!("{} {}", paper.title, paper.r#abstract), Ranker::Dense);
        answer.hits.iter().map(|hit| near[&hit.document.id]).sum::<f32>() / answer.hits.len() as f32
    };
    for ranker in [Ranker::Dense, Ranker::Hybrid] {
        let plain = searcher.search(question, &options(ranker, 10)).unwrap();
        let request = Request::new(question.clone()).with_like([&liked.id]).with_unlike([&other.id]);
        let moved = searcher.answer(&request, &options(ranker, 10)).unwrap();
        assert!(!ids(&moved).contains(&liked.id) && !ids(&moved).contains(&other.id));
        assert!(cosine_to(&moved, liked) >= cosine_to(&plain, liked));
        assert!(moved.confidence.is_none(), "the bounds were measured for questions");
    }
    let wrong = |request: Request, ranker| searcher.answer(&request, &options(ranker, 3)).unwrap_err();
    let unknown = Request::new("tides").with_like(["no such paper"]);
    assert!(matches!(wrong(unknown, Ranker::Dense), SearchError::NoPaper { id, .. } if id == "no such paper"));
    let both = Request::new("tides").with_like([&liked.id]).with_unlike([&liked.id]);
    assert!(matches!(wrong(both, Ranker::Hybrid), SearchError::LikedAndNot { .. }));
    let words = Request::new("tides").with_like([&liked.id]);
    assert!(matches!(wrong(words, Ranker::Lexical), SearchError::FeedbackWithoutVectors));
}

#[test]
fn similar_papers_are_the_nearest_to_the_mean_and_not_the_papers_themselves() {
    let (built, papers) = build();
    let collection = Collection::open(&built.root).unwrap();
    let exact = options(Ranker::Dense, 599);
    let one = similar(&collection, std::slice::from_ref(&papers[8].id), &exact).unwrap();
    assert_eq!(one.hits.len(), 599);
    assert!(!ids(&one).contains(&papers[8].id));
    assert!(one.hits.is_sorted_by(|a, b| a.score >= b.score));
    let pair = [papers[8].id.clone(), papers[9].id.clone()];
    let two = similar(&collection, &pair, &options(Ranker::Dense, 10)).unwrap();
    assert!(pair.iter().all(|id| !ids(&two).contains(id)));
    // Twice the same paper is once the paper.
    let twice = [papers[8].id.clone(), papers[8].id.clone()];
    assert_eq!(ids(&similar(&collection, &twice, &exact).unwrap()), ids(&one));
    assert!(matches!(similar(&collection, &[], &exact), Err(SearchError::EmptyQuery)));
}

#[test]
fn scores_halve_with_age_over_all_papers() {
    let (built, papers) = build();
    let searcher = searcher(&built);
    let newest = papers.iter().filter_map(|paper| paper.date).map(|date| date.latest()).max().unwrap();
    let days_of = |paper: &Document| {
        // Months are long enough here to be told apart by a rough count of days.
        paper.date.map(|date| {
            let day = |date: semsearch_corpus::Date| {
                f64::from(date.year()) * 365.25
                    + f64::from(date.month().unwrap()) * 30.44
                    + f64::from(date.day().unwrap())
            };
            day(newest) - day(date.latest())
        })
    };
    for half_life in ["30d", "2y", "40y"] {
        let half_life: HalfLife = half_life.parse().unwrap();
        let scores = all_scores(&searcher, &papers[12].title, Ranker::Dense);
        let recent = options(Ranker::Dense, 600).with_recency(Some(half_life));
        let answer = searcher.search(&papers[12].title, &recent).unwrap();
        assert_eq!(answer.hits.len(), 600);
        let by_id: HashMap<&str, &Document> = papers.iter().map(|paper| (paper.id.as_str(), paper)).collect();
        let aged = |id: &str| -> Option<f64> {
            let age = days_of(by_id[id]).unwrap_or(half_life.days());
            (scores[id] > 0.0).then(|| f64::from(scores[id]).log2() - age / half_life.days())
        };
        let order: Vec<f64> = answer.hits.iter().filter_map(|hit| aged(&hit.document.id)).collect();
        assert!(order.windows(2).all(|pair| pair[0] >= pair[1] - 3.0 / half_life.days()), "{half_life:?}");
        // Few hits are the beginning of all.
        for k in [1, 10, 50] {
            let few = searcher.search(&papers[12].title, &recent.clone().with_k(k)).unwrap();
            assert_eq!(ids(&few), ids(&answer)[..k], "{half_life:?}, {k}");
        }
    }
}

#[test]
fn diverse_hits_begin_with_the_best_and_lie_further_apart() {
    let (built, papers) = build();
    let searcher = searcher(&built);
    let text = &papers[33].title;
    for ranker in [Ranker::Dense, Ranker::Hybrid, Ranker::Lexical] {
        let plain = searcher.search(text, &options(ranker, 10)).unwrap();
        let with = |lambda| searcher.search(text, &options(ranker, 10).with_diversity(Some(lambda))).unwrap();
        assert_eq!(ids(&with(0.0)), ids(&plain), "{ranker:?}");
        let (some, most) = (with(0.5), with(1.0));
        assert_eq!(ids(&some)[0], ids(&plain)[0]);
        let apart = |answer: &semsearch_engine::Answer| -> f32 {
            let vectors: Vec<Vec<f32>> = answer
                .hits
                .iter()
                .map(|hit| {
                    let id = searcher.collection().find_id(&hit.document.id).unwrap().unwrap();
                    let mut row = vec![0.0; searcher.index().dim()];
                    searcher.index().copy_row(id, &mut row).unwrap();
                    row
                })
                .collect();
            let mut sum = 0.0;
            for (place, one) in vectors.iter().enumerate() {
                for other in &vectors[..place] {
                    sum += one.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
                }
            }
            sum
        };
        assert!(apart(&most) <= apart(&plain), "{ranker:?}");
        assert_eq!(some.hits.len(), plain.hits.len());
    }
}

#[test]
fn a_question_that_only_demands_binds_all_and_ranks_nothing() {
    let (built, papers) = build();
    let searcher = searcher(&built);
    let title = papers[14].title.clone();
    let demand = "year:2000..2010".to_owned();
    for ranker in [Ranker::Hybrid, Ranker::Lexical] {
        let bound = searcher.search(&format!("{title} {demand}"), &options(ranker, 10)).unwrap();
        let both = Request::of_several([&demand, &title], Combine::All);
        let both = searcher.answer(&both, &options(ranker, 10)).unwrap();
        assert!(!bound.hits.is_empty());
        assert_eq!(ids(&both), ids(&bound), "{ranker:?}");
        let any = Request::of_several([&demand, &title], Combine::Any);
        assert!(matches!(searcher.answer(&any, &options(ranker, 10)), Err(SearchError::DemandsOfAny)));
    }
}
