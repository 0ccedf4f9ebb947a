//! Where the network runs.

use candle_core::{DType, Device};

use crate::models::padded::Place;

/// The user's choice of device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A GPU when this program was built for one and one is there, otherwise the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The first NVIDIA GPU, or an error.
    Cuda,
}

/// Why a device cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The program has no GPU code in it.
    #[error(
        "this semsearch was built without GPU support; use --device cpu, or build it with `cargo build --release --features cuda`"
    )]
    NotBuilt,
    /// No GPU answers.
    #[error("no usable NVIDIA GPU: {problem}; use --device cpu")]
    Unavailable {
        /// What the driver said.
        problem: String,
    },
}

impl DeviceChoice {
    pub(crate) fn open(self) -> Result<Place, DeviceError> {
        let cpu = Place { device: Device::Cpu, dtype: DType::F32 };
        match self {
            DeviceChoice::Cpu => Ok(cpu),
            DeviceChoice::Cuda if !cfg!(feature = "cuda") => Err(DeviceError::NotBuilt),
            DeviceChoice::Cuda => Device::new_cuda(0)
                .map(|device| Place { device, dtype: DType::F16 })
                .map_err(|error| DeviceError::Unavailable { problem: error.to_string() }),
            DeviceChoice::Auto => Ok(cpu),
        }
    }
}
