//! The device of a network.
//!
//! On the CPU everything is f32. On a GPU weights and activations are f16, which it multiplies fastest;
//! [`super::layers`] says what stays in f32 there.

use candle_core::{DType, Device, Tensor};
use semsearch_task::ErrorKind;

use super::network::brief;
use super::place::Place;

/// The choice of a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A GPU if this build supports one and the machine has one, otherwise the CPU.
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
    /// This build has no GPU code.
    #[error("this semsearch was built without GPU support")]
    NotBuilt,
    /// No GPU answers.
    #[error("no usable NVIDIA GPU: {problem}")]
    Unavailable {
        /// The driver's message.
        problem: String,
    },
}

impl DeviceError {
    /// What the error is about: the request if this build cannot use a GPU, otherwise what the model needs.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            DeviceError::NotBuilt => ErrorKind::Usage,
            DeviceError::Unavailable { .. } => ErrorKind::Model,
        }
    }
}

/// An opened device.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) place: Place,
    /// Why the CPU is used although a GPU was allowed.
    pub(crate) fallback: Option<String>,
}

impl DeviceChoice {
    /// Opens the chosen device.
    ///
    /// # Errors
    /// [`DeviceError`] if a GPU is required and cannot be used.
    pub(crate) fn open(self) -> Result<Opened, DeviceError> {
        self.settle(cfg!(feature = "cuda"), open_gpu)
    }

    /// The rules of the choice, independent of the machine: `built` is whether this program has GPU code.
    fn settle(self, built: bool, gpu: impl FnOnce() -> Result<Place, String>) -> Result<Opened, DeviceError> {
        let cpu = |fallback| Opened { place: Place { device: Device::Cpu, dtype: DType::F32 }, fallback };
        match self {
            DeviceChoice::Cpu => Ok(cpu(None)),
            DeviceChoice::Cuda if !built => Err(DeviceError::NotBuilt),
            DeviceChoice::Auto if !built => Ok(cpu(None)),
            DeviceChoice::Cuda | DeviceChoice::Auto => match gpu() {
                Ok(place) => Ok(Opened { place, fallback: None }),
                Err(problem) if self == DeviceChoice::Cuda => Err(DeviceError::Unavailable { problem }),
                Err(problem) => Ok(cpu(Some(format!("no usable NVIDIA GPU, encoding on the CPU: {problem}")))),
            },
        }
    }
}

/// Opens the first GPU, and computes something on it as a test: it may be too old for the code in this program.
fn open_gpu() -> Result<Place, String> {
    let place = Device::new_cuda(0).map(|device| Place { device, dtype: DType::F16 });
    let tried = place.and_then(|place| {
        let one = Tensor::ones(1, place.dtype, &place.device)?.to_dtype(DType::F32)?.to_vec1::<f32>()?;
        if one == [1.0] { Ok(place) } else { candle_core::bail!("1 came back as {one:?}") }
    });
    tried.map_err(|error| brief(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gpu() -> Result<Place, String> {
        // Stands in for a GPU: the test only looks at which device was chosen.
        Ok(Place { device: Device::Cpu, dtype: DType::F16 })
    }

    fn broken() -> Result<Place, String> {
        Err("driver too old".to_owned())
    }

    #[test]
    fn auto_takes_the_gpu_and_says_why_where_it_cannot() {
        let opened = DeviceChoice::Auto.settle(true, gpu).unwrap();
        assert_eq!((opened.place.dtype, opened.fallback), (DType::F16, None));
        let opened = DeviceChoice::Auto.settle(true, broken).unwrap();
        assert_eq!(opened.place.dtype, DType::F32);
        let told = opened.fallback.unwrap();
        assert!(told.contains("driver too old") && told.contains("on the CPU"), "{told}");
        let opened = DeviceChoice::Auto.settle(false, || panic!("there is no code for it")).unwrap();
        assert_eq!((opened.place.dtype, opened.fallback), (DType::F32, None));
    }

    #[test]
    fn a_gpu_that_is_insisted_on_is_used_or_missed() {
        assert_eq!(DeviceChoice::Cuda.settle(true, gpu).unwrap().place.dtype, DType::F16);
        let error = DeviceChoice::Cuda.settle(true, broken).unwrap_err();
        assert!(matches!(&error, DeviceError::Unavailable { problem } if problem == "driver too old"), "{error}");
        assert!(matches!(DeviceChoice::Cuda.settle(false, gpu), Err(DeviceError::NotBuilt)));
        assert_eq!(DeviceChoice::Cpu.settle(true, gpu).unwrap().place.dtype, DType::F32);
    }
}
