//! What a file says of the rows of a word, in as few bits as possible.
//!
//! | file | what is in it |
//! |---|---|
//! | [`numbers`] | ascending numbers as gaps, the size of which is known before from how many there are |
//! | [`postings`] | rows, how often the title and the abstract of each have a word, and in which slots |
//! | [`slots`] | slots: the places of a row that words are in |
//! | [`stops`] | the stop words of a row, and between which slots they are |

pub(crate) mod numbers;
pub(crate) mod postings;
pub(crate) mod slots;
pub(crate) mod stops;
