//! Maps a safetensors file into memory.
//!
//! Mapping instead of reading saves a copy of the whole file. candle checks the header against the file's length when it
//! maps it, and the loader of the model compares the file's SHA-256.
#![expect(unsafe_code, reason = "mapping a file is unsafe: it must not be shortened while it is mapped")]

use std::borrow::Cow;
use std::path::Path;

use candle_core::safetensors::{Load, MmapedSafetensors};
use candle_core::{DType, Device, Error};
use candle_nn::VarBuilder;
use safetensors::Dtype;

use super::place::Place;

/// The tensors of `path` for candle, on the device and in the type of `place`.
///
/// # Errors
/// [`Error`] if the file cannot be mapped or its header is not that of a safetensors file.
pub(super) fn map<'a>(path: &Path, place: &Place) -> Result<VarBuilder<'a>, Error> {
    // SAFETY: the mapping must not outlive the file's contents. Model files are put in place by rename and never
    // written again, and candle copies each tensor out of the mapping when the network is built, which is before
    // `Padded::load` returns; only a program that truncates the file in that moment could break this.
    unsafe { VarBuilder::from_mmaped_safetensors(&[path], place.dtype, &place.device) }
}

/// A mapped file whose numbers are read in place.
pub(crate) struct Weights {
    file: MmapedSafetensors,
}

impl Weights {
    /// Maps `path`.
    ///
    /// # Errors
    /// As [`map`].
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        // SAFETY: as for `map`: `FusedBert::load` and `Dense::load` drop this before they return.
        Ok(Weights { file: unsafe { MmapedSafetensors::new(path)? } })
    }

    /// Whether there is a tensor of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.file.get(name).is_ok()
    }

    /// The numbers of the tensor `name` in row order: in the mapping itself where they are f32, converted otherwise.
    ///
    /// # Errors
    /// [`Error`] if the tensor is missing or has another shape.
    pub(crate) fn floats(&self, name: &str, shape: &[usize]) -> Result<Cow<'_, [f32]>, Error> {
        let tensor = self.file.get(name)?;
        if tensor.shape() != shape {
            candle_core::bail!("{name} has the shape {:?}, expected {shape:?}", tensor.shape());
        }
        if tensor.dtype() == Dtype::F32 && cfg!(target_endian = "little") {
            // SAFETY: any four bytes are a float; `align_to` gives only those that are aligned.
            let (before, floats, after) = unsafe { tensor.data().align_to::<f32>() };
            if before.is_empty() && after.is_empty() {
                return Ok(Cow::Borrowed(floats));
            }
        }
        let converted = tensor.load(&Device::Cpu)?.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
        Ok(Cow::Owned(converted))
    }
}
