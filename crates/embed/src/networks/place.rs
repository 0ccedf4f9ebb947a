//! The device of a network.

use candle_core::{DType, Device};

/// The device that a network runs on, and the type of its numbers.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) device: Device,
    pub(crate) dtype: DType,
}
