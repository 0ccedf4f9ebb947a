//! The documents that have a stem, and which of them a document is.

/// Ascending documents.
#[derive(Debug)]
pub(super) enum Members {
    /// Few of all: their numbers.
    Few(Box<[u32]>),
    /// Many of all: for 64 documents each, which belong to it, and how many before them do.
    Many(Box<[(u64, u32)]>),
}

/// Many are at least one of so many documents.
const SHARE: usize = 16;

impl Members {
    /// These documents of `end`.
    pub(super) fn new(documents: Vec<u32>, end: u32) -> Self {
        if documents.len() < end as usize / SHARE {
            return Members::Few(documents.into_boxed_slice());
        }
        let mut ranks = vec![(0, 0); (end as usize).div_ceil(64)].into_boxed_slice();
        documents.into_iter().for_each(|document| ranks[document as usize / 64].0 |= 1_u64 << (document % 64));
        let mut before = 0;
        for rank in &mut ranks {
            rank.1 = before;
            before += rank.0.count_ones();
        }
        Members::Many(ranks)
    }

    /// How many bytes this takes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Members::Few(documents) => documents.len() * size_of::<u32>(),
            Members::Many(ranks) => ranks.len() * size_of::<(u64, u32)>(),
        }
    }

    /// Calls `visit` with each document, ascending.
    #[inline]
    pub(super) fn for_each(&self, mut visit: impl FnMut(u32)) {
        match self {
            Members::Few(documents) => documents.iter().for_each(|&document| visit(document)),
            Members::Many(ranks) => {
                for (first, &(mut bits, _)) in (0..).step_by(64).zip(ranks) {
                    while bits != 0 {
                        visit(first + bits.trailing_zeros());
                        bits &= bits - 1;
                    }
                }
            }
        }
    }

    /// Which of them a document is; `near` is where the document before was, and becomes where this one is, or would be
    /// behind.
    #[inline]
    pub(super) fn place(&self, document: u32, near: &mut usize) -> Option<usize> {
        match self {
            Members::Few(documents) => find(documents, document, near),
            Members::Many(ranks) => {
                let (bits, before) = ranks[document as usize / 64];
                let bit = 1_u64 << (document % 64);
                (bits & bit != 0).then(|| before as usize + (bits & (bit - 1)).count_ones() as usize)
            }
        }
    }
}

/// Documents mostly come in ascending order: the next is a few steps further.
fn find(documents: &[u32], document: u32, near: &mut usize) -> Option<usize> {
    if documents.get(*near).is_none_or(|&before| before > document) {
        *near = 0;
    }
    let mut step = 1;
    while documents.get(*near + step).is_some_and(|&next| next <= document) {
        *near += step;
        step *= 2;
    }
    let end = documents.len().min(*near + step);
    *near += documents[*near..end].partition_point(|&before| before <= document).saturating_sub(1);
    (documents.get(*near) == Some(&document)).then_some(*near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_find_the_same() {
        for every in [1, 2, 7, 40, 999] {
            let documents: Vec<u32> = (0..1000).filter(|number| number % every == every / 2).collect();
            let members = Members::new(documents.clone(), 1000);
            assert_eq!(matches!(members, Members::Many(_)), documents.len() >= 62);
            let mut again = Vec::new();
            members.for_each(|document| again.push(document));
            assert_eq!(again, documents);
            let mut near = 0;
            for document in (0..1000).chain((0..1000).rev()).chain([500, 3, 999, 3]) {
                assert_eq!(members.place(document, &mut near), documents.binary_search(&document).ok());
            }
        }
        assert_eq!(Members::new(Vec::new(), 100).place(5, &mut 0), None);
    }
}
