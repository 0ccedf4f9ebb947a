//! Maps a safetensors file into memory.
#![expect(unsafe_code, reason = "mapping a file is unsafe: nobody may shorten it while it is mapped")]

use std::path::Path;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;

/// The tensors of `path`, read as f32 where they are used.
///
/// Mapping instead of reading saves a copy of the whole file. candle checks the header against the file's length when
/// it maps it, and the caller has compared the file's SHA-256 before.
///
/// # Errors
/// [`candle_core::Error`] if the file cannot be mapped or its header is not that of a safetensors file.
pub(super) fn map<'a>(path: &Path, device: &Device) -> Result<VarBuilder<'a>, candle_core::Error> {
    // SAFETY: the mapping must not outlive the file's contents. Model files are put in place by rename and never
    // written again, and candle copies each tensor out of the mapping when the network is built, which is before
    // `Bert::load` returns; only a program that truncates the file in that moment could break this.
    unsafe { VarBuilder::from_mmaped_safetensors(&[path], DType::F32, device) }
}
