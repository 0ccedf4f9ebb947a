//! The sets of `../shared` are read as they lie there.

use semsearch_eval::retrieval::{BeirFolder, Hit, Measure, Over, Run, evaluate};
use semsearch_testing::needs;

#[test]
fn shared_sets_are_read_by_split() {
    let sets = [
        ("scifact", None, 300, 339, "corpus.jsonl.gz"),
        ("scifact", Some("test"), 300, 339, "corpus.jsonl.gz"),
        ("scifact", Some("train"), 809, 919, "corpus.jsonl.gz"),
        ("cranfield", None, 225, 1837, "corpus.jsonl.gz"),
        ("papers_tldr", None, 332, 332, ""),
    ];
    for (name, split, queries, pairs, corpus) in sets {
        let Some(folder) = needs::shared(&format!("data/{name}")) else { return };
        let beir = BeirFolder::read(&folder, split).unwrap();
        assert_eq!((beir.queries.len(), beir.judgements.queries()), (queries, queries), "{name} {split:?}");
        assert_eq!((beir.judgements.pairs(), beir.judgements.contradicted()), (pairs, 0), "{name} {split:?}");
        assert!(beir.without_text.is_empty() && beir.queries.iter().all(|query| !query.text.is_empty()));
        let found = beir.corpus.as_ref().and_then(|path| path.file_name()).and_then(|name| name.to_str());
        assert_eq!(found.unwrap_or_default(), corpus);
    }
}

#[test]
fn a_run_made_of_the_judgements_is_perfect() {
    let Some(folder) = needs::shared("data/cranfield") else { return };
    let beir = BeirFolder::read(&folder, None).unwrap();
    let mut run = Run::default();
    for (query, grades) in beir.judgements.iter() {
        let hits = grades.iter().map(|(document, &grade)| Hit::new(document, f64::from(grade))).collect();
        run.insert(query, hits).unwrap();
    }
    let measures: [Measure; 3] = ["ndcg@10", "map", "mrr"].map(|name| name.parse().unwrap());
    let scores = evaluate(&beir.judgements, &run, &measures);
    for measure in measures {
        assert_eq!(scores.mean(measure, Over::Judged), Some(1.0), "{measure}");
    }
}
