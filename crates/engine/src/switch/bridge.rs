//! A bridge: how questions of a new model find documents that only the old model has embedded.
//!
//! While a collection goes from one model to another, some documents have vectors of both. From those a linear map is
//! found that takes the new model's questions to the old model's space ([`Method`] says how), and on those it is measured
//! how far it can be trusted.
//!
//! What is measured must not be what was fitted. So the documents are cut into two halves, a map is fitted on each, and
//! its questions look for documents of the other half. Half of the questions choose the method; the other half say how
//! good it is. They choose by rank-biased overlap: the tenth nearest among few documents would not be near among all,
//! and choosing by it took a worse method where documents were few (0.27 of ten instead of 0.33). The bridge itself is
//! then fitted on all documents, and is a little better than what was measured. On the other hand ten documents are
//! found more easily among a thousand than among a hundred thousand: of a fraction of the collection the measure is too
//! high, which is why a bridge needs [`LEAST_DOCUMENTS`], says how many it was measured with, and is fitted anew when
//! there are twice as many.
//!
//! Of passages only: titles encoded as questions among them change the agreement by -0.025 to +0.022
//! (docs/decisions/0014-bridge.md).
//!
//! Cost: some seconds for 5,000 documents of 384 numbers, most of it for the rotation; a question takes two products.

use semsearch_embed::Fingerprint;
use semsearch_index::{SearchError, VectorsError};

use super::agreement::{Agreement, LEAST_AGREEMENT, Shares, Trial};
use super::linear_map::{LinearMap, Method};
use super::moments::Moments;
use super::pairs::{Pairs, Questions};

/// Fewer documents make no bridge: from 500, maps find 0.04 to 0.07 less of ten than from 1,000, and what can be measured
/// among a few hundred says little about all of them.
pub const LEAST_DOCUMENTS: usize = 1000;

/// The methods that are tried. [`Method::Forwards`] is not among them: it was never the best, and mostly far from it.
const METHODS: [Method; 4] = [
    Method::Backwards { ridge: 0.01 },
    Method::Backwards { ridge: 0.1 },
    Method::Backwards { ridge: 0.3 },
    Method::Rotation,
];

/// A map from the questions of one model to the vectors of another, with what it is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Bridge {
    pub(super) new: String,
    pub(super) old: String,
    pub(super) documents: usize,
    pub(super) method: Method,
    pub(super) agreement: Agreement,
    pub(super) map: LinearMap,
}

/// Why there is no bridge, or why it does not lead there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BridgeError {
    /// The two models have not encoded the same texts.
    #[error("{new} vectors of the new model and {old} of the old one are not of the same texts")]
    Unpaired {
        /// Vectors of the new model.
        new: usize,
        /// Vectors of the old model.
        old: usize,
    },
    /// A model gave something that is no number.
    #[error("a vector holds a number that is not finite")]
    NotFinite,
    /// The two models are one.
    #[error("both models have the fingerprint {fingerprint}; nothing needs to be bridged")]
    SameModel {
        /// The fingerprint.
        fingerprint: String,
    },
    /// There is not enough to fit to.
    #[error("{found} documents have vectors of both models; a bridge needs {LEAST_DOCUMENTS}")]
    TooFew {
        /// Documents there are.
        found: usize,
    },
    /// There is nothing to measure with.
    #[error("{found} questions are too few to measure a bridge with; it takes at least 4")]
    NoQuestions {
        /// Questions there are.
        found: usize,
    },
    /// The vectors do not determine a map.
    #[error("the vectors of both models do not determine a map: too many of them are alike")]
    Undetermined,
    /// It was measured, and does not lead far enough.
    #[error("{}", too_weak(agreement))]
    TooWeak {
        /// What was measured.
        agreement: Box<Agreement>,
    },
    /// It leads from another model, or to another.
    #[error(
        "the bridge leads from vectors of fingerprint {} to those of {}, not from {} to {}; their vectors cannot be \
         compared",
        short(new),
        short(old),
        short(found_new),
        short(found_old)
    )]
    OtherModel {
        /// Whose questions it takes.
        new: String,
        /// Whose vectors it gives.
        old: String,
        /// Whose question was to be taken across.
        found_new: String,
        /// Whose vectors it was to be compared with.
        found_old: String,
    },
    /// A vector has another width than its model's.
    #[error("the question has {found} numbers, expected {expected}")]
    Width {
        /// Numbers of the model's vectors.
        expected: usize,
        /// Numbers found.
        found: usize,
    },
    /// What was stored is not what was written.
    #[error("the stored bridge is damaged: {problem}")]
    Damaged {
        /// What is wrong with it.
        problem: String,
    },
    /// Vectors cannot be searched.
    #[error("the vectors cannot be compared")]
    Rows(#[from] VectorsError),
    /// A question was refused.
    #[error("the vectors could not be searched")]
    Search(#[from] SearchError),
}

fn short(fingerprint: &str) -> &str {
    fingerprint.get(..12).unwrap_or(fingerprint)
}

fn too_weak(Agreement { bridged, models, questions, documents }: &Agreement) -> String {
    let measured = format!(
        "over the bridge, questions of the new model find {:.0} % ({:.0} to {:.0}) of the ten documents that it finds \
         itself (measured: {questions} questions, {documents} documents)",
        bridged.mean * 100.0,
        bridged.low * 100.0,
        bridged.high * 100.0,
    );
    if bridged.low < LEAST_AGREEMENT {
        return format!("{measured}; at least {:.0} % are needed", LEAST_AGREEMENT * 100.0);
    }
    format!("{measured}, and the old model finds {:.0} % of them; ask the old one", models.mean * 100.0)
}

impl Bridge {
    /// Finds the best bridge from the model `new` to the model `old` over `documents` that both have embedded, and measures
    /// it with `questions`. In the current Rayon pool; the same vectors give the same bridge under any number of threads.
    ///
    /// # Errors
    /// [`BridgeError`] if there is too little to fit to or measure with. A bridge that does not lead far is none:
    /// [`expect_agreement`](Self::expect_agreement) tells.
    pub fn fit(
        new: &Fingerprint,
        old: &Fingerprint,
        documents: Pairs<'_>,
        questions: Questions<'_>,
    ) -> Result<Self, BridgeError> {
        if new.space() == old.space() {
            return Err(BridgeError::SameModel { fingerprint: new.to_string() });
        }
        if documents.len() < LEAST_DOCUMENTS {
            return Err(BridgeError::TooFew { found: documents.len() });
        }
        // Two halves of two kinds.
        if questions.len() < 4 {
            return Err(BridgeError::NoQuestions { found: questions.len() });
        }
        let halves = [0, 1].map(|half| Moments::of(documents, |number| number % 2 == half));
        let halves_and_others = [(&halves[0], 1), (&halves[1], 0)];
        let trials = |kind: usize| -> Result<Vec<(&Moments, Trial<'_>)>, BridgeError> {
            let trial = |(fitted, other): (_, usize)| {
                let asked: Vec<usize> =
                    (kind..questions.len()).step_by(2).filter(|&number| half_of(questions, number) == other).collect();
                Ok((fitted, Trial::new(documents, |number| number % 2 == other, questions, &asked)?))
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
        let (_, method) = best.ok_or(BridgeError::Undetermined)?;
        let measuring = trials(1)?;
        let shares = measure(&measuring, method)?.ok_or(BridgeError::Undetermined)?;
        // The smaller half, so that no more is promised than was tried.
        let fewest = measuring.iter().map(|(_, trial)| trial.documents()).min().unwrap_or(0);
        let agreement = Agreement::of(&shares, fewest).ok_or(BridgeError::Undetermined)?;
        let [mut all, other] = halves;
        all.add(&other);
        let map = LinearMap::of(&all, method).ok_or(BridgeError::Undetermined)?;
        Ok(Bridge { new: new.to_string(), old: old.to_string(), documents: documents.len(), method, agreement, map })
    }

    /// Refuses a bridge that does not lead far enough.
    ///
    /// # Errors
    /// [`BridgeError::TooWeak`] with what was measured.
    pub fn expect_agreement(&self) -> Result<(), BridgeError> {
        if self.agreement.suffices() {
            return Ok(());
        }
        Err(BridgeError::TooWeak { agreement: Box::new(self.agreement) })
    }

    /// Takes the vector of a question, made by the model with the fingerprint `from`, to where it can be compared with
    /// vectors of the model with the fingerprint `to`. Its length is 1.
    ///
    /// # Errors
    /// If the bridge is not one from the one to the other, or the vector has another width than the model's.
    pub fn apply(&self, from: &str, vector: &[f32], to: &str) -> Result<Vec<f32>, BridgeError> {
        let same = |a: &str, b: &str| Fingerprint::space_of(a) == Fingerprint::space_of(b);
        if !same(from, &self.new) || !same(to, &self.old) {
            return Err(BridgeError::OtherModel {
                new: self.new.clone(),
                old: self.old.clone(),
                found_new: from.to_owned(),
                found_old: to.to_owned(),
            });
        }
        let expected = self.map.rows.dim();
        if vector.len() != expected {
            return Err(BridgeError::Width { expected, found: vector.len() });
        }
        Ok(self.map.apply(vector))
    }

    /// The fingerprint of the model whose questions it takes.
    #[must_use]
    pub fn new_fingerprint(&self) -> &str {
        &self.new
    }

    /// The fingerprint of the model whose documents it finds.
    #[must_use]
    pub fn old_fingerprint(&self) -> &str {
        &self.old
    }

    /// Documents it was fitted on.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.documents
    }

    /// How it was found.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// What it is worth.
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        self.agreement
    }
}

/// The half in which a question's answers are looked for: that of its own document, so that its passage is not among
/// what was fitted.
fn half_of(questions: Questions<'_>, number: usize) -> usize {
    questions.documents[number].unwrap_or(number / 2) % 2
}

/// What `method`, fitted on each half, finds in the other; `None` if a half does not determine a map.
fn measure(trials: &[(&Moments, Trial<'_>)], method: Method) -> Result<Option<Vec<Shares>>, BridgeError> {
    let mut shares = Vec::new();
    for (fitted, trial) in trials {
        let Some(map) = LinearMap::of(fitted, method) else { return Ok(None) };
        shares.extend(trial.try_out(&map)?);
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

    fn fit(Spaces { documents, questions, own }: &Spaces) -> Result<Bridge, BridgeError> {
        let questions = Questions::new(Pairs::new(&questions.0, &questions.1)?, own)?;
        Bridge::fit(&fingerprint(128), &fingerprint(256), Pairs::new(&documents.0, &documents.1)?, questions)
    }

    fn across(bridge: &Bridge, vector: &[f32]) -> Vec<f32> {
        bridge.apply(fingerprint(128).as_str(), vector, fingerprint(256).as_str()).unwrap()
    }

    #[test]
    fn a_space_that_was_only_turned_is_turned_back() {
        let spaces = texts(LEAST_DOCUMENTS, 60, 16).seen(|row| reflected(row, 16));
        let bridge = fit(&spaces).unwrap();
        assert_eq!(bridge.method(), Method::Rotation, "what fits a turn best");
        for (new, old) in spaces.questions.0.iter().zip(&spaces.questions.1) {
            let found = across(&bridge, new);
            let error = found.iter().zip(old).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(error < 1e-4, "{error}");
        }
        let Agreement { bridged, models, questions, documents } = bridge.agreement();
        assert_eq!((bridged.mean, questions, documents), (1.0, 30, LEAST_DOCUMENTS / 2));
        assert!(models.mean > 0.99, "a turn changes no answer of the old model");
        assert_eq!(bridge.documents(), LEAST_DOCUMENTS);
    }

    #[test]
    fn a_space_with_other_directions_weighed_is_bridged_better_than_the_models_agree() {
        // The old model sees the same, but stretches some directions four times: its own answers are others.
        let stretch = |row: &[f32]| {
            let mut row = reflected(row, 16);
            row.iter_mut().step_by(2).for_each(|number| *number *= 4.0);
            row
        };
        let bridge = fit(&texts(LEAST_DOCUMENTS, 200, 16).seen(stretch)).unwrap();
        let Agreement { bridged, models, .. } = bridge.agreement();
        assert!(bridged.mean > models.mean + 0.1, "{bridged:?} over {models:?}");
        bridge.expect_agreement().unwrap();
        assert!(matches!(bridge.method(), Method::Backwards { .. }), "{:?}", bridge.method());
    }

    #[test]
    fn models_of_other_widths_are_bridged_either_way() {
        for (kept, least) in [(16, 0.99), (12, 0.4)] {
            let spaces = texts(LEAST_DOCUMENTS, 60, 16).seen(|row| reflected(row, 16)[..kept].to_vec());
            let there = fit(&spaces).unwrap();
            assert_eq!(across(&there, spaces.questions.0.row(0)).len(), kept);
            assert!(there.agreement().bridged.mean > least, "{:?}", there.agreement());
            let Spaces { documents, questions, own } = spaces;
            let swapped = Spaces { documents: (documents.1, documents.0), questions: (questions.1, questions.0), own };
            let back = fit(&swapped).unwrap();
            assert_eq!(across(&back, swapped.questions.0.row(0)).len(), 16);
            assert!(back.agreement().bridged.mean > least, "{:?}", back.agreement());
        }
    }

    #[test]
    fn spaces_that_have_nothing_to_do_with_each_other_are_not_bridged() {
        let mut spaces = texts(LEAST_DOCUMENTS, 200, 16).seen(|row| row.to_vec());
        spaces.documents.1 = noise(LEAST_DOCUMENTS, 16, 77);
        spaces.questions.1 = noise(200, 16, 78);
        let bridge = fit(&spaces).unwrap();
        assert!(bridge.agreement().bridged.mean < 0.1, "{:?}", bridge.agreement());
        let error = bridge.expect_agreement().unwrap_err();
        assert!(matches!(&error, BridgeError::TooWeak { .. }));
        let said = error.to_string();
        assert!(said.contains("100 questions, 500 documents") && said.contains("at least 30 % are needed"), "{said}");
    }

    #[test]
    fn a_vector_of_another_model_does_not_cross_and_none_arrives_at_another_model() {
        let bridge = fit(&texts(LEAST_DOCUMENTS, 8, 4).seen(<[f32]>::to_vec)).unwrap();
        let (new, old, other) = (fingerprint(128), fingerprint(256), fingerprint(64));
        let vector = [1.0, 0.0, 0.0, 0.0];
        for (from, to) in [(&old, &new), (&other, &old), (&new, &other), (&old, &old)] {
            let error = bridge.apply(from.as_str(), &vector, to.as_str()).unwrap_err();
            assert!(matches!(error, BridgeError::OtherModel { .. }), "{error}");
        }
        let rounded = new.clone().in_precision(semsearch_embed::Precision::Int8);
        bridge.apply(rounded.as_str(), &vector, old.as_str()).expect("the same space in another precision");
        let error = bridge.apply(new.as_str(), &vector[..3], old.as_str()).unwrap_err();
        assert!(matches!(error, BridgeError::Width { expected: 4, found: 3 }), "{error}");
    }

    #[test]
    fn too_little_to_go_by_is_refused() {
        let refused = |documents, questions| fit(&texts(documents, questions, 4).seen(<[f32]>::to_vec)).unwrap_err();
        assert!(matches!(refused(LEAST_DOCUMENTS - 1, 8), BridgeError::TooFew { found: 999 }));
        assert!(matches!(refused(LEAST_DOCUMENTS, 3), BridgeError::NoQuestions { found: 3 }));
        let (rows, fewer) = (noise(5, 4, 1), noise(4, 4, 1));
        assert!(matches!(Pairs::new(&rows, &fewer), Err(BridgeError::Unpaired { new: 5, old: 4 })));
        let mut broken = rows.clone();
        broken.row_mut(3)[2] = f32::NAN;
        assert!(matches!(Pairs::new(&rows, &broken), Err(BridgeError::NotFinite)));
        let pairs = Pairs::new(&rows, &rows).unwrap();
        assert!(matches!(Questions::new(pairs, &[None; 4]), Err(BridgeError::Unpaired { .. })));
        let none = Bridge::fit(&fingerprint(9), &fingerprint(9), pairs, Questions::new(pairs, &[None; 5]).unwrap());
        assert!(matches!(none, Err(BridgeError::SameModel { .. })));
    }

    #[test]
    fn documents_that_are_all_alike_determine_no_map_and_stop_nothing() {
        let one = |rows| Matrix::from_vec([1.0, 0.0].repeat(rows), 2).unwrap();
        let pairs = (one(LEAST_DOCUMENTS), one(8));
        let questions = Questions::new(Pairs::new(&pairs.1, &pairs.1).unwrap(), &[None; 8]).unwrap();
        let documents = Pairs::new(&pairs.0, &pairs.0).unwrap();
        let error = Bridge::fit(&fingerprint(1), &fingerprint(2), documents, questions).unwrap_err();
        assert!(matches!(error, BridgeError::Undetermined), "{error}");
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
        let bridge = fit(&texts(LEAST_DOCUMENTS, 8, 6).seen(|row| reflected(row, 6))).unwrap();
        let mut vector = noise(1, 6, 3).row(0).to_vec();
        normalise(&mut vector);
        let across = across(&bridge, &vector);
        assert!((dot(&across, &across) - 1.0).abs() < 1e-5);
    }
}
