//! Where models are looked for and fetched from: the one file of this crate that reads the environment.
//!
//! | variable | meaning |
//! | --- | --- |
//! | `SEMSEARCH_MODELS` | our own model directory, else `semsearch/models` in the user's data directory |
//! | `HF_HUB_CACHE`, else `HUGGINGFACE_HUB_CACHE`, else `HF_HOME` + `/hub` | cache of the Hugging Face libraries |
//! | `HF_HUB_OFFLINE` | `1`, `on`, `yes` or `true` switches the network off |
//! | `HF_ENDPOINT` | address of the hub, or of a mirror |
//! | `HF_TOKEN`, else the file `token` in `HF_HOME` | sent to the hub, for repositories that require a login |

use std::ffi::OsString;
use std::fmt;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::describe::{Manifest, bundled};

/// Address of the Hugging Face hub.
const HUB: &str = "https://huggingface.co";

/// The settings of a [`ModelStore`](crate::ModelStore): where it looks for models, and how it fetches them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoreSettings {
    /// The directory that models are put in.
    pub folder: PathBuf,
    /// The cache of the Hugging Face libraries, which is read and never written; `None` to leave it out.
    pub hub_cache: Option<PathBuf>,
    /// The models that are found by name.
    pub known: Vec<Manifest>,
    /// How to fetch a model; `None` to use no network.
    pub network: Option<NetworkSettings>,
}

/// How models are fetched.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NetworkSettings {
    /// Address of the hub.
    pub endpoint: String,
    /// Sent to the hub, for repositories that require a login.
    pub token: Option<AccessToken>,
    /// Whether to draw progress bars on standard error.
    pub progress: bool,
}

/// An access token. It is sent to the hub and never printed.
#[derive(Clone)]
pub struct AccessToken(
    /// The secret itself.
    pub String,
);

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(not shown)")
    }
}

/// Gives the value of an environment variable.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

impl StoreSettings {
    /// A store in `folder` that knows the bundled models, reads no other cache and uses no network.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        StoreSettings { folder: folder.into(), hub_cache: None, known: bundled(), network: None }
    }

    /// Reads this cache of the Hugging Face libraries, too.
    #[must_use]
    pub fn with_hub_cache(mut self, hub_cache: impl Into<Option<PathBuf>>) -> Self {
        self.hub_cache = hub_cache.into();
        self
    }

    /// Finds these models by name, in place of the bundled ones.
    #[must_use]
    pub fn with_known(mut self, known: Vec<Manifest>) -> Self {
        self.known = known;
        self
    }

    /// Fetches models that are not on this machine.
    #[must_use]
    pub fn with_network(mut self, network: impl Into<Option<NetworkSettings>>) -> Self {
        self.network = network.into();
        self
    }

    /// The settings of this user's environment; `offline` forbids the network.
    ///
    /// `HF_HUB_OFFLINE` forbids the network, too, as in the Hugging Face libraries.
    #[must_use]
    pub fn from_env(offline: bool) -> Self {
        let base = etcetera::choose_base_strategy().ok();
        // The current folder if there is no home folder.
        let data = base.as_ref().map_or_else(|| PathBuf::from("."), BaseStrategy::data_dir);
        let cache = base.as_ref().map_or_else(|| PathBuf::from("."), BaseStrategy::cache_dir);
        Self::read(offline, &data, &cache, &|name| std::env::var_os(name))
    }

    fn read(offline: bool, data: &Path, cache: &Path, lookup: Lookup<'_>) -> Self {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let hugging_face = set("HF_HOME").map_or_else(|| cache.join("huggingface"), PathBuf::from);
        let hub_cache = set("HF_HUB_CACHE").or_else(|| set("HUGGINGFACE_HUB_CACHE")).map(PathBuf::from);
        let on = |value: OsString| {
            let value = value.to_string_lossy().to_ascii_lowercase();
            matches!(value.as_str(), "1" | "on" | "yes" | "true")
        };
        let offline = offline || set("HF_HUB_OFFLINE").is_some_and(on);
        StoreSettings {
            folder: set("SEMSEARCH_MODELS").map_or_else(|| data.join("semsearch").join("models"), PathBuf::from),
            hub_cache: Some(hub_cache.unwrap_or_else(|| hugging_face.join("hub"))),
            known: bundled(),
            network: (!offline).then(|| NetworkSettings::read(&hugging_face, lookup)),
        }
    }
}

impl Default for NetworkSettings {
    /// The Hugging Face hub, without a token and without progress bars.
    fn default() -> Self {
        NetworkSettings { endpoint: HUB.to_owned(), token: None, progress: false }
    }
}

impl NetworkSettings {
    /// Sets the address of the hub.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: &str) -> Self {
        self.endpoint = endpoint.to_owned();
        self
    }

    /// Sets the access token.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<Option<AccessToken>>) -> Self {
        self.token = token.into();
        self
    }

    fn read(hugging_face: &Path, lookup: Lookup<'_>) -> Self {
        let text = |name: &str| {
            let value = lookup(name)?.to_string_lossy().trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        let saved = || {
            let token = std::fs::read_to_string(hugging_face.join("token")).ok()?.trim().to_owned();
            (!token.is_empty()).then_some(token)
        };
        NetworkSettings {
            endpoint: text("HF_ENDPOINT").unwrap_or_else(|| HUB.to_owned()),
            token: text("HF_TOKEN").or_else(saved).map(AccessToken),
            progress: std::io::stderr().is_terminal(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> StoreSettings {
        let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        StoreSettings::read(false, Path::new("/data"), Path::new("/cache"), &lookup)
    }

    #[test]
    fn without_variables_models_live_in_the_user_directories() {
        let settings = read(&[]);
        assert_eq!(settings.folder, Path::new("/data/semsearch/models"));
        assert_eq!(settings.hub_cache.as_deref(), Some(Path::new("/cache/huggingface/hub")));
        let network = settings.network.unwrap();
        assert_eq!(network.endpoint, "https://huggingface.co");
        assert!(network.token.is_none());
        assert_eq!(settings.known, bundled());
    }

    #[test]
    fn each_variable_is_heard_and_an_empty_one_counts_as_unset() {
        let hub_cache = |variables: &[(&str, &str)]| read(variables).hub_cache.unwrap();
        assert_eq!(read(&[("SEMSEARCH_MODELS", "/m")]).folder, Path::new("/m"));
        assert_eq!(read(&[("SEMSEARCH_MODELS", "")]).folder, Path::new("/data/semsearch/models"));
        assert_eq!(hub_cache(&[("HF_HOME", "/hf")]), Path::new("/hf/hub"));
        assert_eq!(hub_cache(&[("HF_HOME", "/hf"), ("HUGGINGFACE_HUB_CACHE", "/old")]), Path::new("/old"));
        let all = [("HF_HOME", "/hf"), ("HUGGINGFACE_HUB_CACHE", "/old"), ("HF_HUB_CACHE", "/hub")];
        assert_eq!(hub_cache(&all), Path::new("/hub"));
        let network = read(&[("HF_ENDPOINT", "https://mirror.example"), ("HF_TOKEN", " secret\n")]).network.unwrap();
        assert_eq!(network.endpoint, "https://mirror.example");
        assert_eq!(network.token.unwrap().0, "secret");
    }

    #[test]
    fn the_network_is_off_when_the_flag_or_the_variable_says_so() {
        for (value, off) in [("1", true), ("True", true), ("yes", true), ("ON", true), ("0", false), ("", false)] {
            assert_eq!(read(&[("HF_HUB_OFFLINE", value)]).network.is_none(), off, "HF_HUB_OFFLINE={value}");
        }
        let flag = StoreSettings::read(true, Path::new("/data"), Path::new("/cache"), &|_| None);
        assert!(flag.network.is_none());
    }

    #[test]
    fn a_saved_token_is_used_unless_the_variable_gives_one_and_neither_is_printed() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("token"), "saved\n").unwrap();
        let home = home.path().to_str().unwrap();
        let network = read(&[("HF_HOME", home)]).network.unwrap();
        assert_eq!(network.token.as_ref().unwrap().0, "saved");
        assert!(!format!("{network:?}").contains("saved"), "{network:?}");
        let network = read(&[("HF_HOME", home), ("HF_TOKEN", "named")]).network.unwrap();
        assert_eq!(network.token.unwrap().0, "named");
    }
}
