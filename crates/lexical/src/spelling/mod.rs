//! Words that no paper has, and the words of papers that were probably meant.
//!
//! A [`Speller`] is made for one word as it was typed and is shown the words of the index, whose spelling is the only
//! one that counts here: `sdss` and `grpo` are in no other dictionary. It keeps the nearest three.
//!
//! Near is measured in letters put in, left out, replaced, or swapped with their neighbour (optimal string alignment, a
//! Damerau-Levenshtein distance in which no letter is edited twice).
//!
//! | file | what it holds |
//! |------|---------------|
//! | `distance.rs` | distances to one word, of words with beginnings in common |
//! | `speller.rs` | which words are corrected, by which, and what that weighs |
//! | `variants.rs` | one word in British and in American spelling |

mod distance;
mod speller;
mod variants;

pub use self::speller::{Speller, Suggestion, is_correctable};
