//! Finding a model by name on this machine, and fetching it where the network is allowed.

mod built_in;
mod error;
mod fetch;
mod folder;
mod hub_cache;
mod install;
mod model_folder;
mod moved;
mod settings;
mod store;

pub use error::ModelError;
pub use fetch::FetchError;
pub use folder::{FolderError, read_folder};
pub use model_folder::ModelFolder;
pub use settings::{AccessToken, NetworkSettings, StoreSettings};
pub use store::{Listing, ModelStore};
