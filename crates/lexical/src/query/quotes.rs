//! Words in quotation marks.

/// Reads quotation marks from left to right, and passes no part of the text over twice.
#[derive(Default)]
pub(super) struct Quotes {
    /// Behind this place there is no closing mark any more.
    none_behind: Option<usize>,
}

impl Quotes {
    /// The words in the quotation marks that open at `at`, and where the text goes on behind them; `None` if there is no
    /// such pair.
    ///
    /// A pair opens where no word goes on and closes where none does, and has no other mark inside: neither the inches
    /// of `5" and 6"` nor the accent of `\"o` are quotation marks.
    pub(super) fn pair<'t>(&mut self, text: &'t str, at: usize) -> Option<(&'t str, usize)> {
        let opening = text[at..].chars().next()?;
        if !opens(opening)
            || text[..at].chars().next_back().is_some_and(|before| before.is_alphanumeric() || before == '\\')
        {
            return None;
        }
        if self.none_behind.is_some_and(|place| place <= at) {
            return None;
        }
        let from = at + opening.len_utf8();
        let Some((length, closing)) = text[from..].char_indices().find(|&(_, mark)| is_quote(mark)) else {
            self.none_behind = Some(at);
            return None;
        };
        let to = from + length;
        let behind = to + closing.len_utf8();
        let goes_on = text[behind..].chars().next().is_some_and(char::is_alphanumeric);
        let accent = text[from..to].ends_with('\\');
        (closes(opening, closing) && !goes_on && !accent).then(|| (&text[from..to], behind))
    }
}

/// Whether this is a mark that may open a pair.
pub(super) fn opens(mark: char) -> bool {
    matches!(mark, '"' | '“' | '„' | '‟' | '«' | '＂')
}

fn closes(opening: char, closing: char) -> bool {
    match opening {
        '"' => closing == '"',
        '＂' => closing == '＂',
        '„' => matches!(closing, '“' | '”'),
        '«' => closing == '»',
        _ => closing == '”',
    }
}

fn is_quote(mark: char) -> bool {
    opens(mark) || matches!(mark, '”' | '»')
}
