//! Choosing and measuring an alignment.
//!
//! While a collection goes from one model to another, some documents have vectors of both. From those a linear map is
//! fitted that takes the new model's queries to the old model's space ([`Method`] says how), and on those its
//! [overlap@10](OverlapAt10) is measured.
//!
//! What is measured must not be what was fitted. So the documents are cut into two halves, a map is fitted on each, and
//! its queries search the other half. Half of the queries choose the method; the other half measure it. They choose by
//! rank-biased overlap: the tenth nearest among few documents would not be near among all, and choosing by overlap@10
//! took a worse method where documents were few (0.27 of ten instead of 0.33). The final map is fitted on all
//! documents, and is a little better than what was measured. On the other hand ten documents are found more easily
//! among a thousand than among a hundred thousand: an overlap measured on a fraction of the collection is too high,
//! which is why an alignment needs [`LEAST_DOCUMENTS`], says how many it was measured with, and is fitted again when
//! there are twice as many.
//!
//! Only passages are fitted: titles encoded as queries among them change the overlap by -0.025 to +0.022
//! (docs/decisions/0014-bridge.md).
//!
//! Cost: some seconds for 5,000 documents of 384 numbers, most of it for the rotation; a query takes two products.

use semsearch_embed::Fingerprint;

use super::alignment::{Alignment, LEAST_DOCUMENTS};
use super::error::AlignmentError;
use super::linear_map::{LinearMap, Method};
use super::moments::Moments;
use super::overlap::{OverlapAt10, Shares};
use super::pairs::{Pairs, Queries};
use super::trial::Trial;

/// The methods that are tried. [`Method::Ridge`] is not among them: it was never the best, and mostly far from it.
const METHODS: [Method; 4] = [
    Method::RidgeTransposed { ridge: 0.01 },
    Method::RidgeTransposed { ridge: 0.1 },
    Method::RidgeTransposed { ridge: 0.3 },
    Method::Procrustes,
];

/// The fewest queries that an alignment is measured with: two halves of two kinds.
const LEAST_QUERIES: usize = 4;

impl Alignment {
    /// Fits the best alignment from the model `new` to the model `old` on `documents` that both have embedded, and
    /// measures it with `queries`. Runs in the current Rayon pool; the same vectors give the same alignment under any
    /// number of threads.
    ///
    /// # Errors
    /// [`AlignmentError`] if there is too little to fit to or measure with. An alignment that finds too little is no
    /// error here: [`expect_overlap`](Self::expect_overlap) refuses it.
    pub fn fit(
        new: &Fingerprint,
        old: &Fingerprint,
        documents: Pairs<'_>,
        queries: Queries<'_>,
    ) -> Result<Self, AlignmentError> {
        if new.space() == old.space() {
            return Err(AlignmentError::SameModel { fingerprint: new.to_string() });
        }
        if documents.len() < LEAST_DOCUMENTS {
            return Err(AlignmentError::TooFew { found: documents.len(), needed: LEAST_DOCUMENTS });
        }
        if queries.len() < LEAST_QUERIES {
            return Err(AlignmentError::TooFewQueries { found: queries.len(), needed: LEAST_QUERIES });
        }
        let halves = [0, 1].map(|half| Moments::of(documents, |number| number % 2 == half));
        let halves_and_others = [(&halves[0], 1), (&halves[1], 0)];
        let trials = |kind: usize| -> Result<Vec<(&Moments, Trial<'_>)>, AlignmentError> {
            let trial = |(fitted, other): (_, usize)| {
                let asked: Vec<usize> =
                    (kind..queries.len()).step_by(2).filter(|&number| half_of(queries, number) == other).collect();
                Ok((fitted, Trial::new(documents, |number| number % 2 == other, queries, &asked)?))
            };
            halves_and_others.into_iter().map(trial).collect()
        };
        let choosing = trials(0)?;
        let mut best: Option<(f64, Method)> = None;
        for method in METHODS {
            let Some(shares) = measure(&choosing, method)? else { continue };
            let rbo = shares.iter().map(|share| share.rbo).sum::<f64>();
            if best.is_none_or(|(most, _)| rbo > most) {
                best = Some((rbo, method));
            }
        }
        let (_, method) = best.ok_or(AlignmentError::Undetermined)?;
        let measuring = trials(1)?;
        let shares = measure(&measuring, method)?.ok_or(AlignmentError::Undetermined)?;
        // The smaller half, so that no more is promised than was tried.
        let fewest = measuring.iter().map(|(_, trial)| trial.documents()).min().unwrap_or(0);
        let overlap = OverlapAt10::of(&shares, fewest).ok_or(AlignmentError::Undetermined)?;
        let [mut all, other] = halves;
        all.add(&other);
        let map = LinearMap::of(&all, method).ok_or(AlignmentError::Undetermined)?;
        Ok(Alignment { new: new.to_string(), old: old.to_string(), documents: documents.len(), method, overlap, map })
    }
}

/// The half that a query searches: the half of its own document, so that the passage of that document is not among
/// those the map was fitted on.
fn half_of(queries: Queries<'_>, number: usize) -> usize {
    queries.documents[number].unwrap_or(number / 2) % 2
}

/// What `method`, fitted on each half, finds in the other; `None` if a half does not determine a map.
fn measure(trials: &[(&Moments, Trial<'_>)], method: Method) -> Result<Option<Vec<Shares>>, AlignmentError> {
    let mut shares = Vec::new();
    for (fitted, trial) in trials {
        let Some(map) = LinearMap::of(fitted, method) else { return Ok(None) };
        shares.extend(trial.measure(&map)?);
    }
    Ok(Some(shares))
}

#[cfg(test)]
mod tests {
    use semsearch_vector::{Matrix, dot, normalise};

    use super::super::testing::{Spaces, noise, reflected, texts};
    use super::*;

    fn fingerprint(tokens: usize) -> Fingerprint {
        Fingerprint::of(&semsearch_embed::bundled().remove(0), tokens)
    }

    fn fit(Spaces { documents, queries, own }: &Spaces) -> Result<Alignment, AlignmentError> {
        let queries = Queries::new(Pairs::new(&queries.0, &queries.1)?, own)?;
        Alignment::fit(&fingerprint(128), &fingerprint(256), Pairs::new(&documents.0, &documents.1)?, queries)
    }

    fn across(alignment: &Alignment, vector: &[f32]) -> Vec<f32> {
        alignment.apply(fingerprint(128).as_str(), vector, fingerprint(256).as_str()).unwrap()
    }

    #[test]
    fn a_space_that_was_only_turned_is_turned_back() {
        let spaces = texts(LEAST_DOCUMENTS, 60, 16).seen(|row| reflected(row, 16));
        let alignment = fit(&spaces).unwrap();
        assert_eq!(alignment.method(), Method::Procrustes, "what fits a turn best");
        for (new, old) in spaces.queries.0.iter().zip(&spaces.queries.1) {
            let found = across(&alignment, new);
            let error = found.iter().zip(old).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(error < 1e-4, "{error}");
        }
        let OverlapAt10 { aligned, models, queries, documents } = alignment.overlap();
        assert_eq!((aligned.mean, queries, documents), (1.0, 30, LEAST_DOCUMENTS / 2));
        assert!(models.mean > 0.99, "a turn changes no answer of the old model");
        assert_eq!(alignment.documents(), LEAST_DOCUMENTS);
    }

    #[test]
    fn a_space_with_other_directions_weighed_is_aligned_better_than_the_models_agree() {
        // The old model sees the same, but stretches some directions four times: its own answers are others.
        let stretch = |row: &[f32]| {
            let mut row = reflected(row, 16);
            row.iter_mut().step_by(2).for_each(|number| *number *= 4.0);
            row
        };
        let alignment = fit(&texts(LEAST_DOCUMENTS, 200, 16).seen(stretch)).unwrap();
        let OverlapAt10 { aligned, models, .. } = alignment.overlap();
        assert!(aligned.mean > models.mean + 0.1, "{aligned:?} over {models:?}");
        alignment.expect_overlap().unwrap();
        assert!(matches!(alignment.method(), Method::RidgeTransposed { .. }), "{:?}", alignment.method());
    }

    #[test]
    fn models_of_other_widths_are_aligned_either_way() {
        for (kept, least) in [(16, 0.99), (12, 0.4)] {
            let spaces = texts(LEAST_DOCUMENTS, 60, 16).seen(|row| reflected(row, 16)[..kept].to_vec());
            let there = fit(&spaces).unwrap();
            assert_eq!(across(&there, spaces.queries.0.row(0)).len(), kept);
            assert!(there.overlap().aligned.mean > least, "{:?}", there.overlap());
            let Spaces { documents, queries, own } = spaces;
            let swapped = Spaces { documents: (documents.1, documents.0), queries: (queries.1, queries.0), own };
            let back = fit(&swapped).unwrap();
            assert_eq!(across(&back, swapped.queries.0.row(0)).len(), 16);
            assert!(back.overlap().aligned.mean > least, "{:?}", back.overlap());
        }
    }

    #[test]
    fn spaces_that_have_nothing_to_do_with_each_other_are_not_aligned() {
        let mut spaces = texts(LEAST_DOCUMENTS, 200, 16).seen(|row| row.to_vec());
        spaces.documents.1 = noise(LEAST_DOCUMENTS, 16, 77);
        spaces.queries.1 = noise(200, 16, 78);
        let alignment = fit(&spaces).unwrap();
        assert!(alignment.overlap().aligned.mean < 0.1, "{:?}", alignment.overlap());
        let error = alignment.expect_overlap().unwrap_err();
        assert!(matches!(&error, AlignmentError::TooWeak { .. }));
        let said = error.to_string();
        assert!(said.contains("100 queries, 500 documents") && said.contains("at least 30 % are needed"), "{said}");
    }

    #[test]
    fn a_vector_of_another_model_does_not_cross_and_none_arrives_at_another_model() {
        let alignment = fit(&texts(LEAST_DOCUMENTS, 8, 4).seen(<[f32]>::to_vec)).unwrap();
        let (new, old, other) = (fingerprint(128), fingerprint(256), fingerprint(64));
        let vector = [1.0, 0.0, 0.0, 0.0];
        for (from, to) in [(&old, &new), (&other, &old), (&new, &other), (&old, &old)] {
            let error = alignment.apply(from.as_str(), &vector, to.as_str()).unwrap_err();
            assert!(matches!(error, AlignmentError::OtherModel { .. }), "{error}");
        }
        let rounded = new.clone().in_precision(semsearch_embed::Precision::Int8);
        alignment.apply(rounded.as_str(), &vector, old.as_str()).expect("the same space in another precision");
        let error = alignment.apply(new.as_str(), &vector[..3], old.as_str()).unwrap_err();
        assert!(matches!(error, AlignmentError::Width { expected: 4, found: 3 }), "{error}");
    }

    #[test]
    fn too_little_to_go_by_is_refused() {
        let refused = |documents, queries| fit(&texts(documents, queries, 4).seen(<[f32]>::to_vec)).unwrap_err();
        assert!(matches!(refused(LEAST_DOCUMENTS - 1, 8), AlignmentError::TooFew { found: 999, .. }));
        assert!(matches!(refused(LEAST_DOCUMENTS, 3), AlignmentError::TooFewQueries { found: 3, .. }));
        let (rows, fewer) = (noise(5, 4, 1), noise(4, 4, 1));
        assert!(matches!(Pairs::new(&rows, &fewer), Err(AlignmentError::Unpaired { new: 5, old: 4 })));
        let mut broken = rows.clone();
        broken.row_mut(3)[2] = f32::NAN;
        assert!(matches!(Pairs::new(&rows, &broken), Err(AlignmentError::NotFinite)));
        let pairs = Pairs::new(&rows, &rows).unwrap();
        assert!(matches!(Queries::new(pairs, &[None; 4]), Err(AlignmentError::Unpaired { .. })));
        let none = Alignment::fit(&fingerprint(9), &fingerprint(9), pairs, Queries::new(pairs, &[None; 5]).unwrap());
        assert!(matches!(none, Err(AlignmentError::SameModel { .. })));
    }

    #[test]
    fn documents_that_are_all_alike_determine_no_map_and_stop_nothing() {
        let one = |rows| Matrix::from_vec([1.0, 0.0].repeat(rows), 2).unwrap();
        let pairs = (one(LEAST_DOCUMENTS), one(8));
        let queries = Queries::new(Pairs::new(&pairs.1, &pairs.1).unwrap(), &[None; 8]).unwrap();
        let documents = Pairs::new(&pairs.0, &pairs.0).unwrap();
        let error = Alignment::fit(&fingerprint(1), &fingerprint(2), documents, queries).unwrap_err();
        assert!(matches!(error, AlignmentError::Undetermined), "{error}");
    }

    #[test]
    fn one_thread_and_many_give_the_same_bits() {
        let spaces = texts(LEAST_DOCUMENTS, 20, 8).seen(|row| reflected(row, 8));
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit(&spaces).unwrap().encode())
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn what_crosses_has_length_1() {
        let alignment = fit(&texts(LEAST_DOCUMENTS, 8, 6).seen(|row| reflected(row, 6))).unwrap();
        let mut vector = noise(1, 6, 3).row(0).to_vec();
        normalise(&mut vector);
        let across = across(&alignment, &vector);
        assert!((dot(&across, &across) - 1.0).abs() < 1e-5);
    }
}
