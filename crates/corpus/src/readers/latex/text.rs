//! LaTeX into plain text, in one pass over the characters.
//!
//! Braces are a stack of groups, so that no depth of nesting costs more than memory. Accents wait for the letter that
//! they stand on; the innermost is put on it first. What is no LaTeX stays as it is: a lone `$`, a lone backslash, `%`,
//! `&`, `#`, `_` and `^`, which exports leave without a backslash.
//!
//! Cost: linear in the length of the value.

use unicode_normalization::UnicodeNormalization;

use super::commands::{Command, alone, mark, word};

/// The plain text of LaTeX. White space stays as it is written.
pub(super) fn text_of(value: &str) -> String {
    Reader::new(value).read()
}

/// The plain text of a link: its only LaTeX is a backslash before a few characters.
pub(super) fn link_of(value: &str) -> String {
    Reader { links: 1, ..Reader::new(value) }.read()
}

/// The longest text in square brackets that is passed over, in bytes.
const LONGEST_OPTION: usize = 256;

/// Commands that Paperpile writes without a space behind, and what is left of them: `\textbackslashBayesian` was
/// `\Bayesian`, whose name is all that is known of it.
const RUN_ON: [(&str, &str); 3] = [("textbackslash", ""), ("textgreater", ">"), ("textless", "<")];

/// Whether a byte is one that [`Reader::read`] looks at.
fn is_sign(byte: u8) -> bool {
    matches!(byte, b'\\' | b'{' | b'}' | b'~' | b'$' | b'-' | b'`' | b'\'' | b'?' | b'!')
}

struct Reader<'a> {
    rest: &'a str,
    text: String,
    /// Accents that wait for their letter.
    marks: Vec<char>,
    groups: Vec<Group>,
    /// How many of the open groups are links.
    links: usize,
    /// How many braces that are text, `\{`, are open.
    braces: usize,
    /// Ends of mathematics that the rest does not hold.
    missing: Vec<&'static str>,
    /// The first command that nobody knows.
    unknown: Option<&'a str>,
}

/// What stands between two braces.
struct Group {
    kind: Kind,
    /// The length of the text where the group began.
    from: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    /// Left out, like as many groups behind it.
    Dropped(u8),
    Gap,
    Link,
    HiddenLink,
    Quote,
}

impl<'a> Reader<'a> {
    fn new(value: &'a str) -> Reader<'a> {
        let text = String::with_capacity(value.len());
        Reader {
            rest: value,
            text,
            marks: Vec::new(),
            groups: Vec::new(),
            links: 0,
            braces: 0,
            missing: Vec::new(),
            unknown: None,
        }
    }

    fn read(mut self) -> String {
        while let Some(character) = self.rest.chars().next() {
            if self.take_plain() {
                continue;
            }
            match character {
                '\\' => self.command(),
                '{' => self.open(Kind::Text),
                '}' => self.close(),
                _ if self.links > 0 => self.take(character),
                '~' => self.replace(1, ' '),
                '$' => self.dollar(),
                '-' if self.rest.starts_with("---") => self.replace(3, '—'),
                '-' if self.rest.starts_with("--") => self.replace(2, '–'),
                '`' if self.rest.starts_with("``") => self.replace(2, '“'),
                '\'' if self.rest.starts_with("''") => self.replace(2, '”'),
                '?' if self.rest.starts_with("?`") => self.replace(2, '¿'),
                '!' if self.rest.starts_with("!`") => self.replace(2, '¡'),
                _ => self.take(character),
            }
        }
        self.put_marks_alone();
        match self.unknown {
            // `journal = {\jsea}`, whose style defines the name: that is all there is.
            Some(name) if self.text.trim().is_empty() => name.to_owned(),
            _ => self.text,
        }
    }

    /// Copies what is only letters up to the next sign that may say something, most of any text; `false` if that is nothing.
    fn take_plain(&mut self) -> bool {
        if !self.marks.is_empty() {
            return false;
        }
        let length = self.rest.bytes().position(is_sign).unwrap_or(self.rest.len());
        let (plain, rest) = self.rest.split_at(length);
        self.text.push_str(plain);
        self.rest = rest;
        length > 0
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, character: char) {
        self.replace(character.len_utf8(), character);
    }

    fn replace(&mut self, bytes: usize, character: char) {
        self.skip(bytes);
        self.put(character);
    }

    /// Puts a character into the text, below the accents that wait for it.
    fn put(&mut self, character: char) {
        if self.marks.is_empty() {
            self.text.push(character);
        } else if character.is_alphabetic() {
            let marks = self.marks.drain(..).rev();
            self.text.extend(std::iter::once(character).chain(marks).nfc());
        } else if !character.is_whitespace() {
            self.put_marks_alone();
            self.text.push(character);
        }
    }

    fn put_text(&mut self, text: &str) {
        text.chars().for_each(|character| self.put(character));
    }

    fn put_marks_alone(&mut self) {
        let marks = self.marks.drain(..);
        self.text.extend(marks.map(alone));
    }

    fn open(&mut self, kind: Kind) {
        self.skip(1);
        self.links += usize::from(matches!(kind, Kind::Link | Kind::HiddenLink));
        if kind == Kind::Quote {
            self.text.push('“');
        }
        self.groups.push(Group { kind, from: self.text.len() });
    }

    fn close(&mut self) {
        self.skip(1);
        self.put_marks_alone();
        let Some(Group { kind, from }) = self.groups.pop() else { return };
        self.links -= usize::from(matches!(kind, Kind::Link | Kind::HiddenLink));
        match kind {
            Kind::Text | Kind::Link => {}
            Kind::Quote => self.text.push('”'),
            Kind::HiddenLink => self.text.truncate(from),
            Kind::Dropped(more) => {
                self.text.truncate(from);
                if more > 0 {
                    self.expect(Kind::Dropped(more - 1));
                }
            }
            Kind::Gap => {
                let is_gap = self.text[from..].trim_start().starts_with(|c: char| matches!(c, '1'..='9' | '.'));
                self.text.truncate(from);
                self.text.push_str(if is_gap { " " } else { "" });
            }
        }
    }

    /// Opens the group of a command, if there is one.
    fn expect(&mut self, kind: Kind) {
        self.skip_option();
        let behind = self.rest.trim_start();
        if behind.starts_with('{') {
            self.rest = behind;
            self.open(kind);
        }
    }

    /// Passes over a star and an option in square brackets that stand in front of a group.
    fn skip_option(&mut self) {
        if self.rest.starts_with("*{") || self.rest.starts_with("*[") {
            self.skip(1);
        }
        if self.rest.starts_with('[')
            && let Some(end) = self.rest.bytes().take(LONGEST_OPTION).position(|byte| byte == b']')
            && self.rest[end..].starts_with("]{")
        {
            self.skip(end + 1);
        }
    }

    /// Copies mathematics. A dollar that is not closed is a currency, and so are those of `$5 and $6`.
    fn dollar(&mut self) {
        self.put_marks_alone();
        let is_copied = (self.rest.starts_with("$$") && self.math("$$", "$$")) || self.math("$", "$");
        if !is_copied {
            self.take('$');
        }
    }

    /// Copies mathematics up to and including its end; `false` if it has none.
    fn math(&mut self, begin: &str, end: &'static str) -> bool {
        if self.missing.contains(&end) {
            return false;
        }
        match math_length(self.rest, begin, end) {
            Math::Ends(length) => {
                self.put_marks_alone();
                self.text.push_str(&self.rest[..length]);
                self.skip(length);
                true
            }
            Math::IsMoney => false,
            Math::HasNoEnd => {
                self.missing.push(end);
                false
            }
        }
    }

    fn command(&mut self) {
        let behind = &self.rest[1..];
        let length = behind.bytes().take_while(u8::is_ascii_alphabetic).count();
        match behind.chars().next() {
            None => self.take('\\'),
            Some(_) if length > 0 => self.word(&behind[..length]),
            Some(character) if self.links > 0 => {
                self.skip(usize::from("_%&#~${}".contains(character)));
                self.take(if self.rest.starts_with('\\') { '\\' } else { character });
            }
            Some('(') if self.math("\\(", "\\)") => {}
            Some('[') if self.math("\\[", "\\]") => {}
            Some(character) => self.mark(character),
        }
    }

    /// A backslash and a character that is no letter.
    fn mark(&mut self, character: char) {
        self.skip(1 + character.len_utf8());
        match mark(character) {
            Command::Accent(accent) => self.marks.push(accent),
            Command::Text(text) => self.put_text(text),
            Command::Looks => {}
            _ => match character {
                '{' => {
                    self.braces += 1;
                    self.put('{');
                }
                // What is left of a command that another program took apart.
                '}' if self.braces == 0 => {}
                '}' => {
                    self.braces -= 1;
                    self.put('}');
                }
                _ => self.put(character),
            },
        }
    }

    /// A backslash and a word.
    fn word(&mut self, name: &'a str) {
        let command = word(name);
        let behind = &self.rest[1 + name.len()..];
        if command == Command::Unknown && self.run_on(name) {
            return;
        }
        let is_text = match command {
            // The backslash of a path or of two words: `C:\Users`, `AND\OR`.
            Command::Unknown => {
                self.text.ends_with(|c: char| c.is_alphanumeric() || c == ':') && !behind.starts_with('{')
            }
            _ => false,
        };
        if is_text
            || (self.links > 0 && !name.starts_with("text") && !matches!(command, Command::Link | Command::HiddenLink))
        {
            return self.take('\\');
        }
        self.skip(1 + name.len());
        match command {
            Command::Unknown => {
                self.unknown = self.unknown.or(Some(name));
                self.skip_option();
            }
            Command::Drop(count) => self.expect(Kind::Dropped(count - 1)),
            Command::Gap => self.expect(Kind::Gap),
            Command::Link => self.expect(Kind::Link),
            Command::HiddenLink => self.expect(Kind::HiddenLink),
            Command::Quote => self.expect(Kind::Quote),
            Command::Environment => {
                self.text.push(' ');
                self.expect(Kind::Dropped(0));
            }
            Command::Text(_) | Command::Accent(_) | Command::Dotless(_) | Command::Looks | Command::Length => {
                self.skip_space();
            }
        }
        match command {
            Command::Text(text) => self.put_text(text),
            Command::Accent(accent) => self.marks.push(accent),
            Command::Dotless(letter) if !self.marks.is_empty() => self.put(letter),
            Command::Dotless(letter) => self.put(if letter == 'i' { 'ı' } else { 'ȷ' }),
            Command::Length => self.skip_length(),
            _ => {}
        }
    }

    /// A known command and text that runs on behind it; `false` if it is another.
    fn run_on(&mut self, name: &str) -> bool {
        let mut behind = name;
        let mut known = "";
        let mut text = String::new();
        while let Some((command, says)) = RUN_ON.into_iter().find(|(command, _)| behind.starts_with(command)) {
            (known, behind) = (command, &behind[command.len()..]);
            text.push_str(says);
        }
        if known.is_empty() {
            return false;
        }
        self.skip(1 + name.len() - behind.len());
        self.put_text(&text);
        true
    }

    /// Passes over `1.5pt`, as it stands behind `\kern`.
    fn skip_length(&mut self) {
        let number = self.rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | ','));
        let is_unit =
            ["pt", "em", "ex", "mm", "cm", "in", "mu", "sp", "bp", "pc"].iter().any(|unit| number.starts_with(unit));
        if is_unit && number.len() < self.rest.len() {
            self.rest = &number[2..];
        }
    }
}

/// What stands behind a sign that begins mathematics.
pub(super) enum Math {
    /// Mathematics of so many bytes, with both signs.
    Ends(usize),
    /// The sign is a currency, and so is the next one: `$5 and $6`.
    IsMoney,
    HasNoEnd,
}

/// The length of the mathematics that a text begins with.
pub(super) fn math_length(text: &str, begin: &str, end: &str) -> Math {
    let inside = text.get(begin.len()..).unwrap_or_default();
    let Some(at) = unescaped(inside, end) else { return Math::HasNoEnd };
    let begins_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let behind = &inside[at + end.len()..];
    if begins_with_digit(inside) && inside[..at].ends_with(char::is_whitespace) && begins_with_digit(behind) {
        return Math::IsMoney;
    }
    Math::Ends(begin.len() + at + end.len())
}

/// Where `end` stands in a text, not behind a backslash of its own.
fn unescaped(text: &str, end: &str) -> Option<usize> {
    if end.starts_with('\\') {
        return text.find(end);
    }
    let mut at = 0;
    while let Some(next) = text.get(at..)?.find(['\\', '$']) {
        at += next;
        if text[at..].starts_with(end) {
            return Some(at);
        }
        // The backslash and what it belongs to.
        let is_backslash = text[at..].starts_with('\\');
        at += 1;
        if is_backslash {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    None
}
