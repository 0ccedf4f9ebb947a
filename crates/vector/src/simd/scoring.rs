//! The loops over rows that the kernels of AVX2 and of NEON share.

/// How many rows ahead of its use a row is prefetched.
pub(super) const AHEAD: usize = 12;
/// Rows that are scored together: as many as a register of 128 bits has sums.
pub(super) const TOGETHER: usize = 4;

/// `score_codes` and `score_code_run` for a module with these two of its own:
///
/// - `unsafe fn four<const FOUR: bool>(query, blocks, [row; 4]) -> [i32; 4]` scores four rows of `blocks` blocks, with four
///   bits a code if `FOUR`, otherwise eight;
/// - `fn fetch(line)` prefetches a cache line.
macro_rules! scoring {
    ($features:literal) => {
        /// # Safety
        /// See [`CodeKernels`].
        #[target_feature(enable = $features)]
        unsafe fn score_codes(rows: &CodeRows<'_>, query: &[i8], ids: &[u32], out: &mut [i32]) {
            // SAFETY: the caller's ids are of rows, so every row begins within the bytes.
            let row = |id: u32| unsafe { rows.bytes().as_ptr().add(id as usize * rows.stride()) };
            let fetch = |ids: &[u32]| {
                for &id in ids {
                    (0..rows.stride()).step_by(BLOCK).for_each(|line| fetch(row(id).wrapping_add(line)));
                }
            };
            fetch(&ids[..AHEAD.min(ids.len())]);
            let mut coming = ids.get(AHEAD..).unwrap_or(&[]).chunks(TOGETHER);
            for (ids, out) in ids.chunks(TOGETHER).zip(out.chunks_mut(TOGETHER)) {
                fetch(coming.next().unwrap_or(&[]));
                // The last id stands in for those that are missing.
                let four = std::array::from_fn(|place| row(ids[place.min(ids.len() - 1)]));
                // SAFETY: every block of these rows can be read, and the query is as long as they ask for.
                out.copy_from_slice(&unsafe { score_four(rows, query, four) }[..out.len()]);
            }
        }

        /// # Safety
        /// See [`CodeKernels`].
        #[target_feature(enable = $features)]
        unsafe fn score_code_run(rows: &CodeRows<'_>, query: &[i8], first: usize, out: &mut [i32]) {
            for (first, out) in (first..).step_by(TOGETHER).zip(out.chunks_mut(TOGETHER)) {
                // SAFETY: the caller's rows are there; the last one stands in for those that are missing.
                let row = |place: usize| unsafe {
                    rows.bytes().as_ptr().add((first + place.min(out.len() - 1)) * rows.stride())
                };
                // SAFETY: every block of these rows can be read, and the query is as long as they ask for.
                let sums = unsafe { score_four(rows, query, std::array::from_fn(row)) };
                out.copy_from_slice(&sums[..out.len()]);
            }
        }

        /// # Safety
        /// The pointers are to rows, and the query is as long as they ask for.
        #[inline]
        #[target_feature(enable = $features)]
        unsafe fn score_four(rows: &CodeRows<'_>, query: &[i8], four_rows: [*const u8; TOGETHER]) -> [i32; TOGETHER] {
            let blocks = rows.stride() / BLOCK;
            // SAFETY: the caller's promise.
            unsafe {
                match rows.bits() {
                    crate::codes::CodeBits::Four => four::<true>(query, blocks, four_rows),
                    crate::codes::CodeBits::Eight => four::<false>(query, blocks, four_rows),
                }
            }
        }
    };
}
pub(super) use scoring;
