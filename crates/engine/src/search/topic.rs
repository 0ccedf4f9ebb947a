//! What the words of a question are about in this collection.
//!
//! An encoder knows words from what it was trained on. What a rare name is about here, the papers that hold it tell: the
//! mean of the vectors of those in which it is worth most, less the mean of all papers. The sum over the words of a question, each by the square of its
//! idf, is a direction; papers that lie in it are about what the words are about, whether or not they hold them.

use semsearch_lexical::{LexicalIndex, WeightedStem};
use semsearch_store::{DocId, SegmentedIndex};
use semsearch_vector::normalise;

use super::error::SearchError;

/// The mean of all papers is that of about so many, evenly spread: all of them would have to be read from the disk. With
/// 64 the error of the mean is as long as what is left of a word's papers where all are about much the same.
const PAPERS_OF_THE_MEAN: usize = 1000;

/// The mean vector of a collection, from papers that are evenly spread over it.
pub(crate) fn mean(vectors: &SegmentedIndex, papers: u32) -> Result<Vec<f32>, SearchError> {
    let step = (papers as usize / PAPERS_OF_THE_MEAN).max(1);
    mean_of(vectors.doc_ids().step_by(step), vectors)
}

/// What the stems are about, as a vector of length 1; `None` if no paper has them, or the papers that do point nowhere.
pub(crate) fn topic(
    terms: &[WeightedStem],
    words: &LexicalIndex,
    vectors: &SegmentedIndex,
    mean: &[f32],
    doc_id: impl Fn(u32) -> Option<DocId>,
) -> Result<Option<Vec<f32>>, SearchError> {
    let mut topic = vec![0.0; mean.len()];
    for WeightedStem { stem, weight } in terms {
        let papers = words.exemplars(stem)?;
        if papers.is_empty() {
            continue;
        }
        let of_word = mean_of(papers.into_iter().filter_map(&doc_id), vectors)?;
        let factor = weight * words.idf(stem)?.powi(2);
        for ((sum, of_word), mean) in topic.iter_mut().zip(of_word).zip(mean) {
            *sum += factor * (of_word - mean);
        }
    }
    // The papers of a word may be all papers.
    let length = topic.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length < 1e-3 {
        return Ok(None);
    }
    normalise(&mut topic);
    Ok(Some(topic))
}

/// The mean of some papers; zeros if there are none.
fn mean_of(papers: impl Iterator<Item = DocId>, vectors: &SegmentedIndex) -> Result<Vec<f32>, SearchError> {
    let (mut sum, mut row) = (vec![0.0; vectors.dim()], vec![0.0; vectors.dim()]);
    let mut count = 0.0;
    for paper in papers {
        vectors.copy_row(paper, &mut row)?;
        sum.iter_mut().zip(&row).for_each(|(sum, number)| *sum += number);
        count += 1.0;
    }
    sum.iter_mut().for_each(|sum| *sum /= f32::max(count, 1.0));
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use semsearch_index::{HnswIndex, HnswParams, NoProgress, Vectors};
    use semsearch_lexical::{Analysed, LexicalSegment, LexicalWriter, Paper};
    use semsearch_vector::Matrix;

    use super::*;

    /// Two papers on proteins and two on stars, and a name that only the first of each hold.
    fn collection() -> (LexicalIndex, SegmentedIndex) {
        let mut writer = LexicalWriter::new();
        for text in ["tp53 mutation", "mutation of proteins", "sirius spectra", "spectra of stars"] {
            writer.push(Analysed::of(&Paper { title: text, text: "paper", ..Paper::default() }));
        }
        let segment = Arc::new(LexicalSegment::open(writer.finish().into()).unwrap());
        let rows = Matrix::from_vec(vec![1.0, 0.0, 0.8, 0.6, -0.8, 0.6, -1.0, 0.0], 2).unwrap();
        let built = HnswIndex::build(Vectors::new(rows).unwrap(), &HnswParams::default(), &NoProgress).unwrap();
        (LexicalIndex::new(vec![(segment, None)]).unwrap(), built.into())
    }

    fn topic_of(stems: &[&str]) -> Option<Vec<f32>> {
        let (words, vectors) = collection();
        let ids: Vec<DocId> = vectors.doc_ids().collect();
        let terms: Vec<_> = stems.iter().map(|&stem| WeightedStem { stem: stem.to_owned(), weight: 1.0 }).collect();
        let mean = mean(&vectors, 4).unwrap();
        topic(&terms, &words, &vectors, &mean, |doc| ids.get(doc as usize).copied()).unwrap()
    }

    #[test]
    fn a_name_is_about_what_its_papers_are_about() {
        let of_protein = topic_of(&["tp53"]).unwrap();
        let of_star = topic_of(&["sirius"]).unwrap();
        assert!(of_protein[0] > 0.9 && of_star[0] < -0.9, "{of_protein:?}, {of_star:?}");
        assert!((of_protein.iter().map(|number| number * number).sum::<f32>() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn words_of_no_paper_and_words_of_all_papers_are_about_nothing() {
        assert_eq!(topic_of(&["absent"]), None);
        assert_eq!(topic_of(&["paper"]), None);
        assert_eq!(topic_of(&[]), None);
    }

    #[test]
    fn a_word_of_all_papers_changes_nothing() {
        assert_eq!(topic_of(&["tp53", "paper"]), topic_of(&["tp53"]));
    }
}
