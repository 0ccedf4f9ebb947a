//! `--wait`: waiting until no other process changes the index.

use std::path::Path;
use std::time::{Duration, Instant};

use semsearch_store::Writer;
use semsearch_task::ErrorKind;

use crate::args::WaitArg;
use crate::{exit, interrupt, output};

/// The time between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long to wait, counted from when it was made.
pub(crate) struct Patience {
    begun: Instant,
    /// The longest time; `None` without `--wait`.
    longest: Option<Duration>,
    told: bool,
}

impl Patience {
    pub(crate) fn of(arg: WaitArg) -> Self {
        Patience { begun: Instant::now(), longest: arg.wait, told: false }
    }

    /// Waits until nobody changes the index in `root`, so that what is read of it next is what a change will find.
    pub(crate) fn until_free(&mut self, root: &Path) {
        while self.longest.is_some() && Writer::is_busy(root) && self.wait() {}
    }

    /// Makes a change, again and again while the index is busy. A change that finds it busy must not have done anything.
    pub(crate) fn run<T>(&mut self, mut change: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
        loop {
            match change() {
                Err(error) if exit::kind(&error) == ErrorKind::Busy && self.wait() => {}
                outcome => return outcome,
            }
        }
    }

    /// Waits a moment; `false` if it was long enough.
    fn wait(&mut self) -> bool {
        let is_over = self.longest.is_none_or(|longest| self.begun.elapsed() >= longest);
        if is_over || interrupt::stopped() {
            return false;
        }
        if !self.told {
            self.told = true;
            output::say("waiting for another process that is changing the index");
        }
        std::thread::sleep(LOOK_EVERY);
        true
    }
}
