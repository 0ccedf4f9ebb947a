//! The flags of `serve` and `mcp`.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;

use super::{IndexArg, RunArgs};

/// A page and an API in the browser.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Where to listen. An address that other machines can reach needs --token
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7700")]
    pub(crate) addr: SocketAddr,
    /// Listen at 127.0.0.1 and this port
    #[arg(long, value_name = "PORT", conflicts_with = "addr")]
    pub(crate) port: Option<u16>,
    /// Open the page in the browser
    #[arg(long)]
    pub(crate) open: bool,
    /// What every request must show: at least 16 letters, digits and -_.~
    #[arg(long, value_name = "TOKEN", env = "SEMSEARCH_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// A name under which the server may be called, beside localhost; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// Ask with this model instead of the index's own
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

impl Serve {
    /// Where to listen.
    pub(crate) fn address(&self) -> SocketAddr {
        self.port.map_or(self.addr, |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }
}

/// A server that answers instead of an index of this machine.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "A server")]
pub(crate) struct ServerArgs {
    /// Ask a server that `semsearch serve` runs: http://127.0.0.1:7700. It has the model loaded, so that a thousand questions
    /// take as long as their answers
    #[arg(long, value_name = "URL", conflicts_with_all = ["index", "model", "threads", "precision", "batch"])]
    pub(crate) server: Option<String>,
    /// What the server wants to be shown
    #[arg(long, value_name = "TOKEN", env = "SEMSEARCH_TOKEN", hide_env_values = true, requires = "server")]
    pub(crate) token: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
An agent starts this command itself, and ends it by closing its standard input. `semsearch serve` has the same tools at /mcp.

Examples:
  semsearch mcp --index ~/papers
  {\"mcpServers\": {\"papers\": {\"command\": \"semsearch\", \"args\": [\"mcp\"]}}}")]
pub(crate) struct Mcp {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Ask with this model instead of the index's own
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}
