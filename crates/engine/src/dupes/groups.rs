//! Papers that are connected by pairs.

use std::collections::BTreeMap;

use semsearch_store::DocId;

/// Two papers and the cosine of their vectors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The earlier paper of the collection.
    pub first: DocId,
    /// The later one.
    pub second: DocId,
    /// The cosine of their vectors.
    pub cosine: f32,
}

/// Papers that are connected, each by a pair with at least one other.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Group {
    /// The papers, in the order of the collection.
    pub papers: Vec<Member>,
    /// The pairs among them that reach the threshold, the closest first.
    pub pairs: Vec<Pair>,
}

/// A paper of a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Member {
    /// The paper.
    pub id: DocId,
    /// The cosine of its vector and that of the nearest other paper of the group.
    pub nearest: f32,
}

/// The groups that pairs make: the largest first, then that with the closest pair, then that of the earliest paper.
pub(super) fn connected(mut pairs: Vec<Pair>) -> Vec<Group> {
    let mut papers: Vec<DocId> = pairs.iter().flat_map(|pair| [pair.first, pair.second]).collect();
    papers.sort_unstable();
    papers.dedup();
    // Every pair names papers of the list.
    let place = |paper: DocId| papers.partition_point(|&other| other < paper);
    pairs.sort_unstable_by(|a, b| b.cosine.total_cmp(&a.cosine).then((a.first, a.second).cmp(&(b.first, b.second))));
    let mut leaders = Leaders((0..papers.len()).collect());
    let mut nearest: Vec<Option<f32>> = vec![None; papers.len()];
    for pair in &pairs {
        let (first, second) = (place(pair.first), place(pair.second));
        leaders.join(first, second);
        // The closest pair of a paper is the first that names it.
        for paper in [first, second] {
            nearest[paper].get_or_insert(pair.cosine);
        }
    }
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    for (number, (&id, nearest)) in papers.iter().zip(nearest).enumerate() {
        let member = Member { id, nearest: nearest.unwrap_or_default() };
        groups.entry(leaders.of(number)).or_default().papers.push(member);
    }
    for pair in pairs {
        groups.entry(leaders.of(place(pair.first))).or_default().pairs.push(pair);
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    let closest = |group: &Group| group.pairs.first().map_or(0.0, |pair| pair.cosine);
    groups.sort_by(|a, b| b.papers.len().cmp(&a.papers.len()).then(closest(b).total_cmp(&closest(a))));
    groups
}

/// Sets of numbers, each known by its least one.
struct Leaders(Vec<usize>);

impl Leaders {
    fn of(&mut self, mut number: usize) -> usize {
        while self.0[number] != number {
            // Halves the way for the next time.
            self.0[number] = self.0[self.0[number]];
            number = self.0[number];
        }
        number
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.of(one), self.of(other));
        self.0[one.max(other)] = one.min(other);
    }
}
