//! The device of a network.

use candle_core::{DType, Device};

/// Where a network runs, and in which numbers.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) device: Device,
    pub(crate) dtype: DType,
}
