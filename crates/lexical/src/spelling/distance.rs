//! Distances to one word, of words with beginnings in common.
//!
//! A table with a row for each letter of a word and a column for each letter of the word that was typed holds the
//! distance of their beginnings. Words in the order of the alphabet share their first rows. Where all entries of a row
//! are above the limit, so are all entries below, and every word that begins alike is done with one comparison. Of
//! 300,000 words nearly all are.

/// Distances to one word, as far as a limit.
#[derive(Debug)]
pub(super) struct Distances {
    typed: Vec<u8>,
    /// The letters of the typed word, if not all of them are ASCII.
    letters: Option<Vec<char>>,
    limit: u8,
    /// The word of the table, up to the row that was filled last.
    path: Vec<u8>,
    /// Row after row, `typed.len() + 1` entries each, one row more than `path` has letters.
    rows: Vec<u8>,
    /// All entries of the last row are above the limit.
    hopeless: bool,
}

impl Distances {
    pub(super) fn to(typed: &str, limit: u8) -> Self {
        let ascii = typed.is_ascii();
        // Above the limit, only that it is above it matters; so no entry overflows, however long the word.
        let first_row = (0..=typed.len()).map(|column| u8::try_from(column).unwrap_or(u8::MAX).min(limit + 1));
        Self {
            typed: typed.as_bytes().to_vec(),
            letters: (!ascii).then(|| typed.chars().collect()),
            limit,
            path: Vec::new(),
            rows: first_row.collect(),
            hopeless: false,
        }
    }

    /// The distance of a word, or `None` if it is above the limit.
    pub(super) fn of(&mut self, word: &str) -> Option<u8> {
        // Letter by letter: beginnings have three or four, and this is all that is done for most words.
        let begins_alike = || word.len() >= self.path.len() && self.path.iter().eq(&word.as_bytes()[..self.path.len()]);
        self.hopeless = self.hopeless && begins_alike();
        if self.hopeless {
            return None;
        }
        // A letter outside ASCII has several bytes, and such words are few: a table of their own.
        if let Some(letters) = &self.letters {
            return distance(letters, &word.chars().collect::<Vec<_>>(), self.limit);
        }
        if !word.is_ascii() {
            return distance(&letters_of(&self.typed), &word.chars().collect::<Vec<_>>(), self.limit);
        }
        self.of_ascii(word.as_bytes())
    }

    /// A beginning of the last word that no word within the limit has.
    pub(super) fn hopeless(&self) -> Option<&[u8]> {
        self.hopeless.then_some(&self.path)
    }

    fn of_ascii(&mut self, word: &[u8]) -> Option<u8> {
        let width = self.typed.len() + 1;
        let shared = self.path.iter().zip(word).take_while(|(one, other)| one == other).count();
        self.path.truncate(shared);
        self.rows.truncate((shared + 1) * width);
        self.hopeless = false;
        while self.path.len() < word.len() {
            let letter = word[self.path.len()];
            if !self.push(letter) {
                self.hopeless = true;
                return None;
            }
        }
        self.rows.last().copied().filter(|&distance| distance <= self.limit)
    }

    /// Adds the row of one more letter. False if all its entries are above the limit.
    fn push(&mut self, letter: u8) -> bool {
        let width = self.typed.len() + 1;
        let row = self.path.len() + 1;
        let above = (row - 1) * width;
        let before = self.path.last().copied();
        self.path.push(letter);
        self.rows.resize((row + 1) * width, self.limit + 1);
        // Only near the diagonal can an entry be within the limit.
        let limit = usize::from(self.limit);
        let (first, last) = (row.saturating_sub(limit), (row + limit).min(width - 1));
        let mut least = self.limit + 1;
        for column in first..=last {
            let entry = if column == 0 {
                u8::try_from(row).unwrap_or(u8::MAX)
            } else {
                let replaced = self.rows[above + column - 1] + u8::from(self.typed[column - 1] != letter);
                let left_out = self.rows[above + column] + 1;
                let put_in = self.rows[above + width + column - 1] + 1;
                let mut entry = replaced.min(left_out).min(put_in);
                if column > 1 && before == Some(self.typed[column - 1]) && self.typed[column - 2] == letter {
                    entry = entry.min(self.rows[above - width + column - 2] + 1);
                }
                entry
            };
            let entry = entry.min(self.limit + 1);
            self.rows[above + width + column] = entry;
            least = least.min(entry);
        }
        // A swap reaches back two rows: only if both are above the limit is there no way on.
        let row_above_is_hopeless = || self.rows[above..above + width].iter().all(|&entry| entry >= self.limit);
        least <= self.limit || !row_above_is_hopeless()
    }
}

fn letters_of(ascii: &[u8]) -> Vec<char> {
    ascii.iter().map(|&letter| char::from(letter)).collect()
}

/// The same for letters of any alphabet, with three rows and nothing remembered.
fn distance(typed: &[char], word: &[char], limit: u8) -> Option<u8> {
    let most = usize::from(limit);
    if typed.len().abs_diff(word.len()) > most {
        return None;
    }
    let mut two_above = vec![0; typed.len() + 1];
    let mut above: Vec<usize> = (0..=typed.len()).collect();
    for (row, &letter) in word.iter().enumerate() {
        let mut entries = vec![row + 1; typed.len() + 1];
        for (column, &wanted) in typed.iter().enumerate() {
            let replaced = above[column] + usize::from(wanted != letter);
            entries[column + 1] = replaced.min(above[column + 1] + 1).min(entries[column] + 1);
            if row > 0 && column > 0 && word[row - 1] == wanted && typed[column - 1] == letter {
                entries[column + 1] = entries[column + 1].min(two_above[column - 1] + 1);
            }
        }
        two_above = std::mem::replace(&mut above, entries);
    }
    above.last().and_then(|&distance| u8::try_from(distance).ok()).filter(|&distance| distance <= limit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn once(typed: &str, word: &str, limit: u8) -> Option<u8> {
        Distances::to(typed, limit).of(word)
    }

    #[test]
    fn each_kind_of_slip_is_one_step() {
        for (typed, word, steps) in [
            ("graph", "graph", Some(0)),
            ("grph", "graph", Some(1)),
            ("graaph", "graph", Some(1)),
            ("grapf", "graph", Some(1)),
            ("garph", "graph", Some(1)),
            ("rgaph", "graph", Some(1)),
            ("rgahp", "graph", Some(2)),
            // No letter is edited twice: without this rule, two.
            ("ca", "abc", None),
            ("hgarp", "graph", None),
            ("na\u{ef}ve", "naive", Some(1)),
            ("naive", "na\u{ef}ve", Some(1)),
            ("\u{3b1}\u{3b2}\u{3b3}", "\u{3b2}\u{3b1}\u{3b3}", Some(1)),
            ("", "", Some(0)),
            ("", "ab", Some(2)),
        ] {
            assert_eq!(once(typed, word, 2), steps, "{typed} {word}");
        }
        assert_eq!(once("abcd", "badc", 1), None);
    }

    /// The definition, word for word.
    fn by_definition(typed: &[char], word: &[char]) -> usize {
        let ((Some((a, typed_rest)), Some((b, word_rest))), longest) =
            ((typed.split_last(), word.split_last()), typed.len().max(word.len()))
        else {
            return typed.len().max(word.len());
        };
        let mut least = longest
            .min(by_definition(typed_rest, word_rest) + usize::from(a != b))
            .min(by_definition(typed_rest, word) + 1)
            .min(by_definition(typed, word_rest) + 1);
        if let ([typed_rest @ .., c], [word_rest @ .., d]) = (typed_rest, word_rest)
            && (a, c) == (d, b)
        {
            least = least.min(by_definition(typed_rest, word_rest) + 1);
        }
        least
    }

    proptest! {
        #[test]
        fn distances_are_those_of_the_definition(
            typed in "[abc\u{e9}]{0,6}",
            mut words in prop::collection::vec("[abc\u{e9}]{0,6}", 1..40),
            sorted in any::<bool>(),
            limit in 0..4_u8,
        ) {
            if sorted {
                words.sort();
            }
            let letters: Vec<char> = typed.chars().collect();
            let mut distances = Distances::to(&typed, limit);
            for word in words {
                let expected = by_definition(&letters, &word.chars().collect::<Vec<_>>());
                let expected = u8::try_from(expected).ok().filter(|&expected| expected <= limit);
                prop_assert_eq!(distances.of(&word), expected, "{} {}", typed, word);
            }
        }
    }
}
