//! Handling Ctrl-C.
//!
//! Usually Ctrl-C ends the program with code 130. While an index is built, the first Ctrl-C asks the work to stop at the
//! next batch and tidy up, and a second one ends the program at once.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::Exit;
use crate::output;

static GRACEFUL: AtomicBool = AtomicBool::new(false);
static STOPPED: AtomicBool = AtomicBool::new(false);

/// Installs a handler for Ctrl-C and for the signals by which a system asks a program to end.
pub(crate) fn install() {
    // Without a handler Ctrl-C still ends the program, so a failure to install it is ignored.
    let _ = ctrlc::set_handler(|| {
        if !GRACEFUL.load(Ordering::SeqCst) || STOPPED.swap(true, Ordering::SeqCst) {
            std::process::exit(Exit::Interrupted as i32);
        }
        output::complain("\nstopping; press Ctrl-C again to stop at once");
    });
}

/// While this value exists, the first Ctrl-C only sets [`stopped`].
pub(crate) struct Graceful;

impl Graceful {
    pub(crate) fn begin() -> Self {
        GRACEFUL.store(true, Ordering::SeqCst);
        Graceful
    }
}

impl Drop for Graceful {
    fn drop(&mut self) {
        GRACEFUL.store(false, Ordering::SeqCst);
    }
}

/// Whether the user asked to stop.
pub(crate) fn stopped() -> bool {
    STOPPED.load(Ordering::SeqCst)
}
