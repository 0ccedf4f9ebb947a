//! A text, word by word.

use super::compound::{Compound, LONGEST_WORD};
use super::fold::{begins_word, cluster, continues_word, fold, is_apostrophe, is_cjk};
use super::latex::{Command, command_at};
use super::link::{Link, link};
use super::token::{Token, TokenKind};

/// Calls `visit` with each word of the text, from left to right.
///
/// A compound written together follows the words it is made of. In Chinese, Japanese and Korean, every two neighbouring
/// characters are a word, so that the places of words overlap. No word is empty or longer than 64 bytes; a longer one
/// comes in pieces.
///
/// ```
/// use semsearch_lexical::analyse::{TokenKind, for_each_token};
///
/// let mut words = Vec::new();
/// for_each_token("GPT-4 for Parkinson's", &mut |token| {
///     if token.kind == TokenKind::Word {
///         words.push(token.word.to_owned());
///     }
/// });
/// assert_eq!(words, ["gpt", "4", "for", "parkinson"]);
/// ```
pub fn for_each_token(text: &str, visit: &mut dyn FnMut(Token<'_>)) {
    Reader { text, visit, compound: Compound::default(), folded: String::new() }.read();
}

/// What a byte is to a reader who only knows plain English.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A letter a to z or a digit.
    Small,
    /// A letter A to Z.
    Capital,
    /// What ends every word.
    Space,
    /// What may belong to a word.
    Mark,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Space; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | b'0'..=b'9' => Class::Small,
            b'A'..=b'Z' => Class::Capital,
            b'\\'
            | b'\''
            | b'.'
            | b','
            | b'-'
            | b'/'
            | b'@'
            | b'&'
            | b'_'
            | b'^'
            | b'$'
            | b'{'
            | b'}'
            | b'+'
            | b'#'
            | b'*'
            | 128.. => Class::Mark,
            _ => Class::Space,
        };
        byte += 1;
    }
    classes
};

struct Reader<'t, 'v> {
    text: &'t str,
    visit: &'v mut dyn FnMut(Token<'_>),
    compound: Compound,
    /// A letter without its accents.
    folded: String,
}

impl Reader<'_, '_> {
    fn read(mut self) {
        let bytes = self.text.as_bytes();
        let mut capitals = [0; LONGEST_WORD];
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match CLASSES[usize::from(byte)] {
                Class::Space => at += 1,
                Class::Mark => at = self.mark(at),
                Class::Small | Class::Capital => {
                    let start = at;
                    let mut has_capitals = false;
                    while let Some(&byte) = bytes.get(at) {
                        match CLASSES[usize::from(byte)] {
                            Class::Small => {}
                            Class::Capital => has_capitals = true,
                            Class::Space | Class::Mark => break,
                        }
                        at += 1;
                    }
                    if at - start > LONGEST_WORD || !self.ends_plainly(at) {
                        at = self.compound(start);
                        continue;
                    }
                    let mut word = &self.text[start..at];
                    if has_capitals {
                        let small = &mut capitals[..at - start];
                        small.copy_from_slice(word.as_bytes());
                        small.make_ascii_lowercase();
                        word = std::str::from_utf8(small).expect("letters and digits are UTF-8");
                    }
                    (self.visit)(Token { word, bytes: start..at, kind: TokenKind::Word });
                }
            }
        }
    }

    /// Whether the word that ends at `at` is linked with nothing, as far as two bytes tell.
    fn ends_plainly(&self, at: usize) -> bool {
        let bytes = self.text.as_bytes();
        match bytes.get(at) {
            None => true,
            Some(b'.' | b',') => !bytes.get(at + 1).is_some_and(u8::is_ascii_digit),
            Some(&byte) => CLASSES[usize::from(byte)] == Class::Space,
        }
    }

    /// Reads what begins with a mark, outside of any word, and says where the text goes on.
    fn mark(&mut self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        match bytes[at] {
            b'\\' => match command_at(self.text, at) {
                (Command::Letter(_) | Command::Name(_) | Command::Unknown(_), _) => self.compound(at),
                (_, behind) => behind,
            },
            b'.' if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) && self.may_begin_number(at) => {
                self.compound.push("0.", at..at + 1, self.visit);
                self.compound(at + 1)
            }
            b'\'' | 128.. => {
                let letter = self.letter(at).expect("the mark is there");
                if is_apostrophe(letter) {
                    self.possessive(at, at + letter.len_utf8())
                } else if !begins_word(letter) {
                    at + letter.len_utf8()
                } else if is_cjk(letter) {
                    self.pairs(at)
                } else {
                    self.compound(at)
                }
            }
            _ => at + 1,
        }
    }

    /// Passes the `'s` of `\emph{LLM}'s` and `U.S.'s` over, where the apostrophe at `at` is not between letters.
    fn possessive(&self, at: usize, behind: usize) -> usize {
        let bytes = self.text.as_bytes();
        let belongs =
            bytes[..at].last().is_some_and(|before| matches!(before, b'}' | b'$' | b'.' | b')' | b'*' | b'"'));
        let ends =
            matches!(bytes.get(behind), Some(b's' | b'S')) && !self.letter(behind + 1).is_some_and(continues_word);
        if belongs && ends { behind + 1 } else { behind }
    }

    /// Whether a number may begin with the point at `at`: `p<.05`, but not `Fig.5` or `1..5`.
    fn may_begin_number(&self, at: usize) -> bool {
        match self.text.as_bytes()[..at].last() {
            None => true,
            Some(before) => matches!(before, b' ' | b'\n' | b'\t' | b'(' | b'[' | b'<' | b'>' | b'=' | b'~' | b'$'),
        }
    }

    /// Reads the compound that begins at `at`, and says where the text goes on.
    fn compound(&mut self, mut at: usize) -> usize {
        let mut in_subscript = false;
        loop {
            at = self.word(at);
            let Some((link, next)) = link(self.text, at) else { break };
            let leaves_subscript = in_subscript && matches!(self.text.as_bytes()[at], b'$' | b'}');
            match link {
                Link::Hyphen => self.compound.hyphen(self.visit),
                Link::Subscript => self.compound.subscript(self.visit),
                // The `O` of `H$_2$O`.
                Link::Same if leaves_subscript => self.compound.subscript(self.visit),
                Link::Same => {}
            }
            in_subscript = link == Link::Subscript || (link == Link::Same && in_subscript && !leaves_subscript);
            at = next;
        }
        self.compound.end(self.visit);
        at
    }

    /// Reads letters, and whatever stands between the letters of one word, and says where the text goes on.
    fn word(&mut self, mut at: usize) -> usize {
        loop {
            let Some(next) = self.letters(at).or_else(|| self.number(at)).or_else(|| self.apostrophe(at)) else {
                return self.sign(at);
            };
            at = next;
        }
    }

    /// Reads the letter at `at`, if there is one.
    fn letters(&mut self, at: usize) -> Option<usize> {
        let letter = self.letter(at)?;
        if letter.is_ascii_alphanumeric() {
            let small = [letter.to_ascii_lowercase() as u8];
            let small = std::str::from_utf8(&small).expect("a letter or a digit is UTF-8");
            self.compound.push(small, at..at + 1, self.visit);
            return Some(at + 1);
        }
        if letter == '\\' {
            let inside = !self.compound.word().is_empty();
            let (letters, behind) = match command_at(self.text, at) {
                (Command::Letter(letters), behind) => (letters, behind),
                // Behind a letter it is another word: `n\log n`. Behind a dollar sign it is not.
                (Command::Name(letters), behind) if !inside || !self.follows_letter(at) => (letters, behind),
                (Command::Unknown(name), behind) if !inside || !self.follows_letter(at) => {
                    for (place, letter) in (at + 1..).zip(name.bytes()) {
                        let small = [letter.to_ascii_lowercase()];
                        let small = std::str::from_utf8(&small).expect("a letter is UTF-8");
                        self.compound.push(small, place..place + 1, self.visit);
                    }
                    return Some(behind);
                }
                _ => return None,
            };
            self.compound.push(letters, at..behind, self.visit);
            return Some(if letters.is_ascii() && letters.len() > 2 { self.argument(behind) } else { behind });
        }
        if letter.is_ascii() || is_cjk(letter) || !continues_word(letter) {
            return None;
        }
        let written = cluster(&self.text[at..]);
        let behind = at + written.len();
        let mut folded = std::mem::take(&mut self.folded);
        fold(written, &mut folded);
        for (place, letter) in folded.char_indices() {
            if continues_word(letter) {
                self.compound.push(&folded[place..place + letter.len_utf8()], at..behind, self.visit);
            } else {
                // A fraction is two numbers.
                self.compound.end(self.visit);
            }
        }
        self.folded = folded;
        Some(behind)
    }

    /// Ends the word if what a function is about follows: `\log{n}`. Says where the text goes on.
    fn argument(&mut self, behind: usize) -> usize {
        let rest = &self.text.as_bytes()[behind..];
        if !rest.starts_with(b"{") || rest.starts_with(b"{}") {
            return behind;
        }
        self.compound.end(self.visit);
        behind + 1
    }

    /// Reads the point of `0.05` and the comma of `1,000`, which is left out.
    fn number(&mut self, at: usize) -> Option<usize> {
        let word = self.compound.word().as_bytes();
        let rest = &self.text.as_bytes()[at..];
        if !word.last().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        if let [b'.', b'0'..=b'9', ..] = rest {
            self.compound.push(".", at..at + 1, self.visit);
            return Some(at + 1);
        }
        let comma = if rest.starts_with(b",") {
            1
        } else if rest.starts_with(b"\\,") {
            2
        } else if rest.starts_with(b"{,}") {
            3
        } else {
            return None;
        };
        let digits = rest[comma..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
        let grouped = word.len() <= LONGEST_NUMBER && word[0] != b'0' && word.iter().all(u8::is_ascii_digit);
        // A number without a comma before it has at most three digits, one with commas any multiple of three beyond.
        let leads = word.len() <= 3 || self.is_grouped(at, word.len());
        (digits == 3 && grouped && leads).then_some(at + comma)
    }

    /// Whether the digits that end at `at` were written with a comma before the last three.
    fn is_grouped(&self, at: usize, digits: usize) -> bool {
        let bytes = self.text.as_bytes();
        digits > 3 && at >= 4 && matches!(bytes[at - 4], b',' | b'}')
    }

    /// Reads an apostrophe between letters, and the `s` behind it if that ends the word.
    fn apostrophe(&mut self, at: usize) -> Option<usize> {
        let mark = self.letter(at).filter(|&mark| is_apostrophe(mark))?;
        if self.compound.word().is_empty() {
            return None;
        }
        let behind = at + mark.len_utf8();
        let next = self.letter(behind).filter(|&next| next.is_alphabetic() && begins_word(next) && !is_cjk(next))?;
        if matches!(next, 's' | 'S') && !self.letter(behind + 1).is_some_and(continues_word) {
            // What follows is no letter, so that the word ends here.
            return Some(behind + 1);
        }
        Some(behind)
    }

    /// Reads the signs of `C++`, `C#` and `A*`, which are names with them, and says where the text goes on.
    fn sign(&mut self, at: usize) -> usize {
        let [b'a'..=b'z'] = self.compound.word().as_bytes() else { return at };
        let bytes = self.text.as_bytes();
        let rest = &bytes[at..];
        let (sign, length) = if rest.starts_with(b"++") {
            ("++", 2)
        } else if rest.starts_with(b"#") {
            ("#", 1)
        } else if rest.starts_with(b"\\#") {
            ("#", 2)
        } else if let Some(length) = star(rest) {
            ("*", length)
        } else {
            return at;
        };
        let follows = match rest.get(length) {
            Some(byte @ (b'+' | b'#' | b'*')) => sign.as_bytes()[0] != *byte,
            Some(byte) if sign == "++" => !byte.is_ascii_alphabetic(),
            Some(byte) => !byte.is_ascii_alphanumeric(),
            None => true,
        };
        let emphasis = sign == "*" && at >= 2 && bytes[at - 2] == b'*';
        if !follows || emphasis {
            return at;
        }
        self.compound.push(sign, at..at + length, self.visit);
        if rest.get(length).is_some_and(u8::is_ascii_digit) {
            self.compound.subscript(self.visit);
            return self.word(at + length);
        }
        at + length
    }

    /// Reads a run of Chinese, Japanese or Korean as pairs of characters, and says where the text goes on.
    fn pairs(&mut self, start: usize) -> usize {
        let mut at = start;
        let mut pair = String::new();
        let mut before: Option<(char, usize)> = None;
        let mut alone = true;
        while self.letter(at).is_some_and(|letter| is_cjk(letter) && begins_word(letter)) {
            let written = cluster(&self.text[at..]);
            let behind = at + written.len();
            fold(written, &mut self.folded);
            for letter in self.folded.chars().filter(|&letter| continues_word(letter)) {
                if let Some((first, from)) = before {
                    pair.clear();
                    pair.push(first);
                    pair.push(letter);
                    alone = false;
                    (self.visit)(Token { word: &pair, bytes: from..behind, kind: TokenKind::Word });
                }
                before = Some((letter, at));
            }
            at = behind;
        }
        if let (Some((letter, from)), true) = (before, alone) {
            pair.push(letter);
            (self.visit)(Token { word: &pair, bytes: from..at, kind: TokenKind::Word });
        }
        at
    }

    fn letter(&self, at: usize) -> Option<char> {
        let byte = *self.text.as_bytes().get(at)?;
        if byte < 128 { Some(char::from(byte)) } else { self.text[at..].chars().next() }
    }

    fn follows_letter(&self, at: usize) -> bool {
        self.text[..at].chars().next_back().is_some_and(continues_word)
    }
}

/// A number of more digits is not written with commas.
const LONGEST_NUMBER: usize = 30;

/// How many bytes the star behind a name takes, also as a superscript: `A*`, `A$^*$`, `A^{\star}`.
fn star(rest: &[u8]) -> Option<usize> {
    let marks = rest.iter().take(4).take_while(|byte| matches!(byte, b'$' | b'^' | b'{')).count();
    let behind = &rest[marks..];
    let star = [&b"*"[..], b"\\ast", b"\\star"].into_iter().find(|star| behind.starts_with(star))?;
    let closing = if marks == 0 { 0 } else { closing_marks(&behind[star.len()..]) };
    Some(marks + star.len() + closing)
}

fn closing_marks(rest: &[u8]) -> usize {
    rest.iter().take(3).take_while(|byte| matches!(byte, b'$' | b'}')).count()
}
