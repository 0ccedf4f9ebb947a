//! The packed image of a model: one file that is mapped, where the model's own files have to be read, checked and packed.
//!
//! Rounding and packing the weights of a small model takes a tenth of a second, and checking the SHA-256 of the files it
//! comes from as long again. A question is answered in a thousandth. So the first time a model is loaded in eight bits,
//! what was made of it is kept beside the models, in `.images/`, and every later start maps that.
//!
//! ```text
//! offset  size  what
//!      0    16  "semsearch image", one zero byte
//!     16     4  version, little-endian as all numbers here
//!     20     4  CRC-32 of everything that follows
//!     24     8  length of the description
//!     32     …  description, JSON: the files the image was made of, the network's sizes
//!      …     …  sections, each at a multiple of 64: their order and lengths follow from the description
//! ```
//!
//! An image belongs to its sources by their SHA-256, as the manifest pins them, and by their length and time of change
//! when it was made. If any of that is different, or the checksum is wrong, the image is made anew. It is only ever a
//! copy: deleting it costs a tenth of a second.

mod entry;
mod sections;

pub(crate) use entry::Image;
pub use entry::ImageUse;
pub(crate) use sections::{Sections, SectionsWriter};
