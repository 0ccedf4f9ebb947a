//! Loading the network of a model.

use std::path::Path;

use super::bert::Bert;
use super::dimensions::PackedBert;
use super::fused::FusedBert;
use super::gte::Gte;
use super::modernbert::ModernBert;
use super::network::{Network, NetworkError};
use super::nomic_bert::NomicBert;
use super::place::Place;
use super::qwen3::Qwen3;
use crate::describe::{Family, Precision};
use crate::weights_cache::Sections;

/// Loads the network in `folder`; `None` if no code here runs it in that precision.
///
/// # Panics
/// For [`Family::Static`], which has no network.
///
/// # Errors
/// [`NetworkError`] names the file and what is wrong with it.
pub(crate) fn load(
    family: Family,
    folder: &Path,
    place: &Place,
    precision: Precision,
) -> Result<Option<Box<dyn Network>>, NetworkError> {
    if place.device.is_cpu()
        && family.is_bert_shaped()
        && let Some(network) = FusedBert::load(family, folder, precision)?
    {
        return Ok(Some(Box::new(network)));
    }
    if precision == Precision::Int8 {
        return Ok(None);
    }
    load_candle(family, folder, place).map(Some)
}

/// Takes a network out of the packed-weights cache; `None` if the sizes contradict each other.
pub(crate) fn from_packed(about: &PackedBert, sections: &mut Sections) -> Option<Box<dyn Network>> {
    Some(Box::new(FusedBert::from_packed(about, sections)?))
}

/// Loads the network in `folder` for candle, even if other code could run it.
fn load_candle(family: Family, folder: &Path, place: &Place) -> Result<Box<dyn Network>, NetworkError> {
    Ok(match family {
        Family::Bert | Family::Roberta | Family::XlmRoberta | Family::Distilbert | Family::Mpnet => {
            Box::new(Bert::load(family, folder, place)?)
        }
        Family::Modernbert => Box::new(ModernBert::load(folder, place)?),
        Family::NomicBert => Box::new(NomicBert::load(folder, place)?),
        Family::Gte => Box::new(Gte::load(folder, place)?),
        Family::Qwen3 => Box::new(Qwen3::load(folder, place)?),
        Family::Static => unreachable!("a static model is a table and not a network"),
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use candle_core::{DType, Device};
    use semsearch_vector::{Matrix, cosine};

    use super::*;
    use crate::describe::{DEFAULT_MODEL, Pooling};
    use crate::find::ModelStore;
    use crate::tokens::Batch;

    const FAMILIES: [(Family, &str); 8] = [
        (Family::Roberta, "roberta"),
        (Family::XlmRoberta, "xlm_roberta"),
        (Family::Distilbert, "distilbert"),
        (Family::Mpnet, "mpnet"),
        (Family::Modernbert, "modernbert"),
        (Family::NomicBert, "nomic_bert"),
        (Family::Gte, "gte"),
        (Family::Qwen3, "qwen3"),
    ];

    fn folder(family: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/families").join(family).join("model")
    }

    fn cpu(dtype: DType) -> Place {
        Place { device: Device::Cpu, dtype }
    }

    /// Texts of unequal lengths, of tokens that make no sense.
    fn batch(vocabulary: usize) -> Batch {
        let mut batch = Batch::default();
        for length in [3, 41, 1, 17, 60] {
            let tokens: Vec<u32> =
                (0..length).map(|place| ((place * 7919 + length * 31) % vocabulary) as u32).collect();
            batch.push(&tokens);
        }
        batch
    }

    /// The lowest cosine of two rows, and the largest difference of two numbers.
    fn compare(one: &Matrix, other: &Matrix) -> (f32, f32) {
        assert_eq!((one.rows(), one.dim()), (other.rows(), other.dim()));
        let pairs = one.as_slice().iter().zip(other.as_slice());
        let largest = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        (one.iter().zip(other.iter()).map(|(a, b)| cosine(a, b)).fold(1.0, f32::min), largest)
    }

    #[test]
    fn candle_and_what_is_used_on_the_cpu_agree_on_every_token() {
        for (family, name) in FAMILIES {
            let used = load(family, &folder(name), &cpu(DType::F32), Precision::F32).unwrap().unwrap();
            let candle = load_candle(family, &folder(name), &cpu(DType::F32)).unwrap();
            let batch = batch(used.shape().vocabulary);
            let (lowest, largest) = compare(&used.forward(&batch).unwrap(), &candle.forward(&batch).unwrap());
            assert!(lowest >= 0.99999 && largest < 1e-4, "{name}: cosine {lowest}, difference {largest}");
        }
    }

    #[test]
    fn eight_bits_stay_close_where_there_are_kernels_for_them_and_are_refused_elsewhere() {
        for (family, name) in FAMILIES {
            let rounded = load(family, &folder(name), &cpu(DType::F32), Precision::Int8).unwrap();
            assert_eq!(rounded.is_some(), family.is_bert_shaped(), "{name}");
            let Some(rounded) = rounded else { continue };
            let full = load(family, &folder(name), &cpu(DType::F32), Precision::F32).unwrap().unwrap();
            let batch = batch(full.shape().vocabulary);
            let pooled = |network: &dyn Network| network.pooled(&batch, Pooling::Mean).unwrap();
            let (lowest, _) = compare(&pooled(&*full), &pooled(&*rounded));
            assert!((0.99..1.0).contains(&lowest), "{name}: cosine {lowest}");
        }
    }

    #[test]
    fn half_precision_stays_close_on_the_real_weights() {
        let found = ModelStore::from_env(true).find(DEFAULT_MODEL).unwrap();
        let Some(model) = semsearch_testing::needs::real_model(found) else { return };
        let whole = load(Family::Bert, &model.path, &cpu(DType::F32), Precision::F32).unwrap().unwrap();
        let half = load_candle(Family::Bert, &model.path, &cpu(DType::F16)).unwrap();
        let mut batch = Batch::default();
        for length in [3u32, 41, 120] {
            batch.push(&(0..length).map(|place| 1000 + (place * 7919 + length) % 25_000).collect::<Vec<_>>());
        }
        let pooled = |network: &dyn Network| network.pooled(&batch, Pooling::Mean).unwrap();
        let (lowest, _) = compare(&pooled(&*whole), &pooled(&*half));
        assert!((0.999..1.0).contains(&lowest), "cosine {lowest}");
    }

    #[test]
    fn pooling_on_the_device_is_pooling() {
        for (family, name) in FAMILIES {
            let network = load_candle(family, &folder(name), &cpu(DType::F32)).unwrap();
            let batch = batch(network.shape().vocabulary);
            let tokens = network.forward(&batch).unwrap();
            for pooling in Pooling::ALL {
                let mut expected = Matrix::zeros(batch.len(), tokens.dim());
                let mut rest = tokens.as_slice();
                for (row, sequence) in batch.sequences().enumerate() {
                    let (own, after) = rest.split_at(sequence.len() * tokens.dim());
                    pooling.pool(own, expected.row_mut(row));
                    rest = after;
                }
                let (_, largest) = compare(&network.pooled(&batch, pooling).unwrap(), &expected);
                assert!(largest < 1e-4, "{name} {pooling:?}: difference {largest}");
            }
            assert_eq!(network.pooled(&Batch::default(), Pooling::Mean).unwrap().rows(), 0);
        }
    }

    /// The code that a GPU runs in half precision, on the CPU.
    #[test]
    fn half_precision_stays_close() {
        for (family, name) in FAMILIES {
            let whole = load_candle(family, &folder(name), &cpu(DType::F32)).unwrap();
            let half = load_candle(family, &folder(name), &cpu(DType::F16)).unwrap();
            let batch = batch(whole.shape().vocabulary);
            for pooling in [Pooling::Mean, Pooling::LastToken] {
                let (one, other) = (whole.pooled(&batch, pooling).unwrap(), half.pooled(&batch, pooling).unwrap());
                let (lowest, _) = compare(&one, &other);
                assert!(lowest >= 0.999, "{name} {pooling:?}: cosine {lowest}");
                assert!(lowest < 1.0, "{name}: half precision rounds");
            }
        }
    }
}
