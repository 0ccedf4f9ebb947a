//! Ctrl-C.
//!
//! Ordinarily the program simply ends, with code 130. While an index is being built, the first Ctrl-C asks the work to
//! stop at the next batch and tidy up, and only the second ends the program on the spot.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::Exit;
use crate::output;

static GRACEFUL: AtomicBool = AtomicBool::new(false);
static STOPPED: AtomicBool = AtomicBool::new(false);

/// Takes Ctrl-C, and the signals by which a system asks a program to end, into our own hands.
pub(crate) fn install() {
    // Without a handler Ctrl-C still works, only less politely; not a reason to refuse work.
    let _ = ctrlc::set_handler(|| {
        if !GRACEFUL.load(Ordering::SeqCst) || STOPPED.swap(true, Ordering::SeqCst) {
            std::process::exit(Exit::Interrupted as i32);
        }
        output::complain("\nstopping; once more to stop at once");
    });
}

/// While this lives, the first Ctrl-C only sets [`stopped`].
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
