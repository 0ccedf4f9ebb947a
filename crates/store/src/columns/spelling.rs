//! How a value is spelt, given its folded form: most names are the folded form with capitals, which takes two bits.

/// What to do with a folded form to get the spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Keep it.
    Folded = 0,
    /// Begin every word with a capital: `Ada Example-Smith`.
    Capitals = 1,
    /// Write all of it in capitals: `ICLR 2017`.
    Upper = 2,
    /// Replace it with the stored spelling.
    Stored = 3,
}

impl Spelling {
    /// The shortest way to say `spelling`.
    pub(super) fn of(folded: &str, spelling: &str) -> Self {
        [Spelling::Folded, Spelling::Capitals, Spelling::Upper]
            .into_iter()
            .find(|way| way.apply(folded).as_deref() == Some(spelling))
            .unwrap_or(Spelling::Stored)
    }

    pub(super) fn from_bits(bits: u32) -> Self {
        match bits & 3 {
            0 => Spelling::Folded,
            1 => Spelling::Capitals,
            2 => Spelling::Upper,
            _ => Spelling::Stored,
        }
    }

    /// The spelling, unless it is stored.
    pub(super) fn apply(self, folded: &str) -> Option<String> {
        match self {
            Spelling::Folded => Some(folded.to_owned()),
            Spelling::Upper => Some(folded.to_ascii_uppercase()),
            Spelling::Capitals => {
                let mut inside = false;
                let capital = |letter: char| {
                    let first = !std::mem::replace(&mut inside, letter.is_alphanumeric());
                    if first { letter.to_ascii_uppercase() } else { letter }
                };
                Some(folded.chars().map(capital).collect())
            }
            Spelling::Stored => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::fold::fold;

    #[test]
    fn the_usual_spellings_are_said_without_being_stored() {
        for (spelling, way) in [
            ("large language models", Spelling::Folded),
            ("Ada B. Example-Smith", Spelling::Capitals),
            ("ICLR 2017", Spelling::Upper),
            ("arXiv", Spelling::Stored),
            ("José Müller", Spelling::Stored),
        ] {
            let folded = fold(spelling);
            assert_eq!(Spelling::of(&folded, spelling), way);
            assert_eq!(Spelling::from_bits(way as u32), way);
            assert_eq!(way.apply(&folded).unwrap_or_else(|| spelling.to_owned()), spelling);
        }
    }
}
