//! Pages of hits that lose no paper and repeat none.
//!
//! A search for the best hundred need not begin with what a search for the best ten finds: both look at a few candidates, and at other
//! ones. So the order of pages is made of a few searches, each deeper than the one before: all that the first finds, then what the second
//! finds and the first does not, and so on. It depends on the question, the collection and the size of the first page, and on nothing else.
//! The first page is what a single search gives.

use std::collections::HashSet;

use semsearch_report::ask::Hit;

use crate::limits;
use crate::problem::Problem;

/// Hits of a page, and whether there may be more.
#[derive(Debug)]
pub(crate) struct Hits {
    pub(crate) hits: Vec<Hit>,
    pub(crate) has_more: bool,
}

/// At most `k` hits after the first `offset` ones, where the first page had up to `first`. `search` gives the best hits, as many as asked for.
pub(crate) fn page(
    first: usize,
    offset: usize,
    k: usize,
    mut search: impl FnMut(usize) -> Result<Vec<Hit>, Problem>,
) -> Result<Hits, Problem> {
    let mut depths = vec![first, (10 * first).clamp(100, limits::HITS), limits::HITS];
    depths.dedup();
    let mut order = Vec::new();
    let mut known = HashSet::new();
    let mut has_more = true;
    for (at, &depth) in depths.iter().enumerate() {
        let found = search(depth)?;
        has_more = found.len() >= depth && at + 1 < depths.len();
        order.extend(found.into_iter().filter(|hit| known.insert(hit.id.clone())));
        if order.len() > offset || !has_more {
            break;
        }
    }
    let has_more = has_more || order.len() > offset.saturating_add(k);
    let mut hits: Vec<Hit> = order.into_iter().skip(offset).take(k).collect();
    for (hit, rank) in hits.iter_mut().zip(offset as u64 + 1..) {
        hit.rank = rank;
    }
    Ok(Hits { hits, has_more })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(id: &str) -> Hit {
        serde_json::from_value(serde_json::json!({"rank": 1, "id": id, "score": 0.5, "title": id, "abstract": "",
            "date": null, "year": null, "authors": [], "authors_count": null, "organization": null, "url": null}))
        .unwrap()
    }

    /// A search that finds other papers, in another order, when asked for more.
    fn shifting(papers: usize) -> impl Fn(usize) -> Result<Vec<Hit>, Problem> {
        move |depth| {
            let mut ids: Vec<usize> = (0..papers).collect();
            ids.sort_by_key(|id| (id * 7919 + depth * 104_729) % 1009);
            Ok(ids.into_iter().take(depth).map(|id| hit(&id.to_string())).collect())
        }
    }

    #[test]
    fn pages_repeat_no_paper_and_lose_none() {
        for (papers, first, k) in
            [(0, 10, 10), (7, 10, 10), (10, 10, 3), (95, 10, 7), (225, 3, 10), (400, 100, 100), (999, 10, 50)]
        {
            let mut seen: Vec<String> = Vec::new();
            loop {
                let page = page(first, seen.len(), k, shifting(papers)).unwrap();
                assert!(page.hits.iter().enumerate().all(|(at, hit)| hit.rank as usize == seen.len() + at + 1));
                assert!(!page.hits.is_empty() || !page.has_more || seen.len() == papers, "{papers} {first} {k}");
                seen.extend(page.hits.into_iter().map(|hit| hit.id));
                if !page.has_more {
                    break;
                }
            }
            let distinct: HashSet<&String> = seen.iter().collect();
            assert_eq!((seen.len(), distinct.len()), (papers, papers), "{papers} {first} {k}");
        }
        let more = page(10, 990, 100, shifting(5000)).unwrap();
        assert!(more.hits.len() <= 100, "an end after about as many hits as a search may have");
    }
}
