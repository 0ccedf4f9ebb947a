//! How queries are answered while answers are measured.

use semsearch_engine::{Fusion, QuestionOptions, Ranker, SearchOptions, Strategy};

use crate::args::RankingArgs;
use crate::output;

/// How queries are answered, but for what ranks.
pub(super) fn options(ranking: &RankingArgs, exact: bool, k: usize) -> SearchOptions {
    let fusion = match (ranking.weight, ranking.rrf) {
        (_, true) => Some(Fusion::ReciprocalRank { k: 60.0 }),
        (Some(weight), false) => Some(Fusion::Convex { weight }),
        (None, false) => None,
    };
    let question = if ranking.as_typed { QuestionOptions::as_typed() } else { QuestionOptions::default() };
    let strategy = if exact { Strategy::Exact } else { Strategy::Auto };
    SearchOptions::default().with_k(k).with_strategy(strategy).with_fusion(fusion).with_question(question)
}

/// The modes asked for; without any, vectors and words if the index has words.
pub(super) fn rankers(ranking: &RankingArgs, has_words: bool) -> Vec<Ranker> {
    let rankers = ranking.rankers();
    match (rankers.is_empty(), has_words) {
        (false, _) => rankers,
        (true, true) => vec![Ranker::Hybrid],
        (true, false) => {
            output::say("by meaning alone: an earlier version made this index; `semsearch vacuum` adds words");
            vec![Ranker::Dense]
        }
    }
}
