//! The network: one of the two forward passes, behind the trait [`Network`].

use std::path::Path;

use semsearch_vector::Matrix;
use semsearch_vector::simd::{self, Kernels};

use super::full::Full;
use super::int8::Int8;
use super::weights::BertWeights;
use crate::describe::{Family, Precision, WEIGHTS};
use crate::networks::bert_names::BertShape;
use crate::networks::dimensions::{Dimensions, PackedBert};
use crate::networks::layers::Activation;
use crate::networks::network::{Network, NetworkError, Shape, brief};
use crate::networks::weights::Weights;
use crate::tokens::Batch;
use crate::weights_cache::{Sections, SectionsWriter};

/// A loaded BERT network, packed for this machine's kernels.
pub(crate) struct FusedBert {
    dimensions: Dimensions,
    kernels: &'static Kernels,
    pass: Pass,
}

enum Pass {
    Full(Full),
    Int8(Int8),
}

impl FusedBert {
    /// Builds the network from `config.json` and `model.safetensors` in `folder`; `None` if it has an activation that only
    /// candle runs.
    ///
    /// # Errors
    /// [`NetworkError`] names the file and what is wrong with it.
    pub(crate) fn load(family: Family, folder: &Path, precision: Precision) -> Result<Option<Self>, NetworkError> {
        let shape = BertShape::read(family, folder)?;
        if shape.activation != Activation::Gelu {
            return Ok(None);
        }
        let path = folder.join(WEIGHTS);
        let file = Weights::open(&path)
            .map_err(|error| NetworkError::NotSafetensors { path: path.clone(), problem: brief(&error) })?;
        let weights = BertWeights::new(&file, shape, family == Family::Mpnet);
        let pass = match precision {
            Precision::F32 => Full::pack(&weights).map(Pass::Full),
            Precision::Int8 => Int8::round(&weights).map(Pass::Int8),
        };
        let pass = pass.map_err(|error| NetworkError::Weights { path, problem: brief(&error) })?;
        Ok(Some(FusedBert { dimensions: weights.dimensions, kernels: simd::best(), pass }))
    }

    /// Takes an eight-bit network out of the packed-weights cache; `None` if the sizes contradict each other.
    pub(crate) fn from_packed(about: &PackedBert, sections: &mut Sections) -> Option<Self> {
        let PackedBert { dimensions, layers } = *about;
        let sound = dimensions.heads > 0 && dimensions.dim > 0 && dimensions.dim.is_multiple_of(dimensions.heads);
        let pass = Pass::Int8(Int8::read(dimensions, layers, sections).filter(|_| sound)?);
        Some(FusedBert { dimensions, kernels: simd::best(), pass })
    }
}

impl Network for FusedBert {
    fn shape(&self) -> Shape {
        let Dimensions { dim, vocabulary, places, .. } = self.dimensions;
        Shape { dimension: dim, vocabulary, max_positions: places.most() }
    }

    fn write_packed(&self, sections: &mut SectionsWriter) -> Option<PackedBert> {
        match &self.pass {
            Pass::Full(_) => None,
            Pass::Int8(network) => {
                network.write(sections);
                Some(PackedBert { dimensions: self.dimensions, layers: network.layers() })
            }
        }
    }

    fn forward(&self, batch: &Batch) -> Result<Matrix, candle_core::Error> {
        let dim = self.dimensions.dim;
        let mut rows = Matrix::new(dim);
        for tokens in batch.sequences().filter(|tokens| !tokens.is_empty()) {
            let mut give = |vectors: &[f32]| vectors.chunks_exact(dim).for_each(|row| rows.push(row));
            match &self.pass {
                Pass::Full(network) => network.run(self.kernels, tokens, &mut give),
                Pass::Int8(network) => network.run(self.kernels, tokens, &mut give),
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};
    use semsearch_vector::cosine;

    use super::*;
    use crate::describe::DEFAULT_MODEL;
    use crate::find::ModelStore;
    use crate::networks::bert::Bert;
    use crate::networks::place::Place;

    /// Token ids that no text has: the network must not depend on words making sense.
    fn sequences(vocabulary: usize, lengths: &[usize]) -> Batch {
        let mut batch = Batch::default();
        for (number, &length) in lengths.iter().enumerate() {
            let tokens: Vec<u32> =
                (0..length).map(|place| ((place * 7919 + number * 104_729) % vocabulary) as u32).collect();
            batch.push(&tokens);
        }
        batch
    }

    fn assert_agrees_with_candle(folder: &Path, lengths: &[usize]) {
        let ours = FusedBert::load(Family::Bert, folder, Precision::F32).unwrap().expect("gelu is ours");
        let place = Place { device: Device::Cpu, dtype: DType::F32 };
        let candle = Bert::load(Family::Bert, folder, &place).unwrap();
        let batch = sequences(ours.shape().vocabulary, lengths);
        let (found, expected) = (ours.forward(&batch).unwrap(), candle.forward(&batch).unwrap());
        assert_eq!(found.rows(), expected.rows());
        for (row, (found, expected)) in found.iter().zip(expected.iter()).enumerate() {
            let largest = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let similarity = cosine(found, expected);
            assert!(similarity >= 0.999_99 && largest < 1e-4, "token {row}: cosine {similarity}, difference {largest}");
        }
    }

    #[test]
    fn every_token_vector_agrees_with_candle_on_the_toy_model() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/toy/model");
        assert_agrees_with_candle(&folder, &[1, 2, 11, 12, 13, 31, 32, 33, 97, 128]);
    }

    #[test]
    fn every_token_vector_agrees_with_candle_on_the_real_weights() {
        let found = ModelStore::from_env(true).find(DEFAULT_MODEL).unwrap();
        let Some(model) = semsearch_testing::needs::real_model(found) else { return };
        assert_agrees_with_candle(&model.path, &[3, 14, 256, 512]);
    }

    /// The lowest and the mean cosine of the token vectors of two networks.
    fn similarities(a: &FusedBert, b: &FusedBert, batch: &Batch) -> (f32, f32) {
        let (a, b) = (a.forward(batch).unwrap(), b.forward(batch).unwrap());
        let found: Vec<f32> = a.iter().zip(b.iter()).map(|(a, b)| cosine(a, b)).collect();
        (found.iter().copied().fold(1.0, f32::min), found.iter().sum::<f32>() / found.len() as f32)
    }

    #[test]
    fn bytes_and_floats_agree_on_the_toy_model_with_every_kernel() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/toy/model");
        let full = FusedBert::load(Family::Bert, &folder, Precision::F32).unwrap().unwrap();
        let mut rounded = FusedBert::load(Family::Bert, &folder, Precision::Int8).unwrap().unwrap();
        let batch = sequences(full.shape().vocabulary, &[1, 2, 5, 23, 24, 25, 97, 128]);
        for kernels in simd::available() {
            rounded.kernels = Box::leak(Box::new(kernels));
            let (lowest, mean) = similarities(&full, &rounded, &batch);
            assert!(lowest >= 0.99 && mean >= 0.999, "{}: lowest {lowest}, mean {mean}", kernels.int8);
        }
    }

    #[test]
    fn a_text_gets_the_same_bits_whatever_went_before_it() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/toy/model");
        for precision in [Precision::F32, Precision::Int8] {
            let network = FusedBert::load(Family::Bert, &folder, precision).unwrap().unwrap();
            let short = sequences(network.shape().vocabulary, &[9]);
            let alone = network.forward(&short).unwrap();
            network.forward(&sequences(network.shape().vocabulary, &[128, 5, 64])).unwrap();
            assert_eq!(network.forward(&short).unwrap(), alone, "{precision}");
            assert_eq!(network.forward(&Batch::default()).unwrap().rows(), 0);
        }
    }
}
