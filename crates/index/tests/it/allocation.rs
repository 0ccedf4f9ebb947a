//! The largest single allocation of a call.

#![expect(unsafe_code, reason = "an allocator that notes sizes has to be one")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

struct Noting;

// SAFETY: hands every call on to the system's allocator as it is.
unsafe impl GlobalAlloc for Noting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static NOTING: Noting = Noting;

fn note(size: usize) {
    // A thread that ends allocates when its variables are gone.
    let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(size)));
}

/// The result of `run`, and the largest allocation that this thread made meanwhile.
pub(crate) fn largest<T>(run: impl FnOnce() -> T) -> (T, usize) {
    LARGEST.set(0);
    let result = run();
    (result, LARGEST.get())
}

#[test]
fn the_largest_of_several_is_told() {
    let (kept, bytes) = largest(|| [vec![0_u8; 1000], vec![1; 77_777], vec![0; 12]]);
    assert_eq!((kept.len(), bytes), (3, 77_777));
}
