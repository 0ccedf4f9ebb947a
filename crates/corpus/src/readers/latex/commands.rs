//! What a command says in plain text.

use std::collections::HashMap;
use std::sync::OnceLock;

/// What a command does to the text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Command {
    /// A text of its own: `\ss` is `ß`.
    Text(&'static str),
    /// A mark on the next letter.
    Accent(char),
    /// An `i` or a `j` without its dot, which gets the dot back under an accent.
    Dotless(char),
    /// Nothing; what follows in braces is text: `\emph`, `\textsuperscript`, `\relax`.
    Looks,
    /// Nothing, and so is what follows in this many pairs of braces: `\vspace{1em}`, `\textcolor{red}{text}`.
    Drop(u8),
    /// What follows in braces is a length; a gap only if that is more than nothing.
    Gap,
    /// What follows in braces is a link and no LaTeX.
    Link,
    /// What follows in braces is a link that does not show, in front of a text that does.
    HiddenLink,
    /// What follows in braces is quoted.
    Quote,
    /// The beginning or the end of a list and the like; its name stands in braces.
    Environment,
    /// A length follows without braces: `\kern1pt`.
    Length,
    /// A name for a text that this file does not define.
    Unknown,
}

/// The command of a backslash and a word.
pub(super) fn word(name: &str) -> Command {
    if let Some(accent) = accent_word(name) {
        return Command::Accent(accent);
    }
    match name {
        "i" => Command::Dotless('i'),
        "j" => Command::Dotless('j'),
        "hspace" | "vspace" => Command::Gap,
        "kern" | "hskip" | "vskip" | "mkern" | "mskip" | "raise" | "lower" => Command::Length,
        "url" | "nolinkurl" | "path" | "urlprefix" => Command::Link,
        "href" => Command::HiddenLink,
        "begin" | "end" => Command::Environment,
        "enquote" | "mkbibquote" | "textquote" => Command::Quote,
        "texorpdfstring" | "foreignlanguage" | "textcolor" | "colorbox" | "raisebox" | "bibinfo" | "bibfield"
        | "label" | "ref" | "eqref" | "pageref" | "autoref" | "footnote" | "footnotetext" | "thanks" | "phantom"
        | "vphantom" | "hphantom" | "color" | "fontencoding" | "fontfamily" | "fontseries" | "fontshape"
        | "selectlanguage" | "noopsort" | "noop" | "SortNoop" | "sortnoop" | "index" | "setlength" | "hypertarget"
        | "hyperlink" | "includegraphics" | "input" | "pagestyle" | "thispagestyle" | "bibliographystyle" => {
            Command::Drop(1)
        }
        "fontsize" | "addtolength" => Command::Drop(2),
        _ if LOOKS.contains(&name) => Command::Looks,
        _ if name.starts_with("cite") || name.starts_with("Cite") => Command::Drop(1),
        _ => symbols().get(name).map_or(Command::Unknown, |text| Command::Text(text)),
    }
}

/// The command of a backslash and a character that is no letter.
pub(super) fn mark(character: char) -> Command {
    match character {
        '\'' => Command::Accent('\u{301}'),
        '`' => Command::Accent('\u{300}'),
        '^' => Command::Accent('\u{302}'),
        '"' => Command::Accent('\u{308}'),
        '~' => Command::Accent('\u{303}'),
        '=' => Command::Accent('\u{304}'),
        '.' => Command::Accent('\u{307}'),
        ' ' | '\t' | '\n' | '\r' | ',' | ';' | ':' | '>' | '\\' => Command::Text(" "),
        '-' | '/' | '!' | '@' | '+' | '<' | '*' | '(' | ')' | '[' | ']' => Command::Looks,
        '|' => Command::Text("‖"),
        _ => Command::Unknown,
    }
}

/// The combining character of an accent that is a word.
fn accent_word(name: &str) -> Option<char> {
    Some(match name {
        "acute" => '\u{301}',
        "grave" => '\u{300}',
        "hat" => '\u{302}',
        "ddot" => '\u{308}',
        "tilde" => '\u{303}',
        "bar" => '\u{304}',
        "dot" => '\u{307}',
        "c" => '\u{327}',
        "k" | "textogonekcentered" => '\u{328}',
        "r" => '\u{30a}',
        "b" => '\u{331}',
        "d" => '\u{323}',
        "u" | "breve" => '\u{306}',
        "v" | "check" => '\u{30c}',
        "H" => '\u{30b}',
        "h" => '\u{309}',
        "t" => '\u{361}',
        "G" => '\u{30f}',
        "f" => '\u{311}',
        "vec" => '\u{20d7}',
        "textcommabelow" => '\u{326}',
        "textcommaabove" => '\u{313}',
        _ => return None,
    })
}

/// An accent that stands alone, as in `\~{}`.
pub(super) fn alone(accent: char) -> &'static str {
    match accent {
        '\u{301}' => "´",
        '\u{300}' => "`",
        '\u{302}' => "^",
        '\u{308}' => "¨",
        '\u{303}' => "~",
        '\u{304}' => "¯",
        '\u{307}' => "˙",
        '\u{327}' => "¸",
        '\u{328}' => "˛",
        '\u{30a}' => "˚",
        '\u{306}' => "˘",
        '\u{30c}' => "ˇ",
        '\u{30b}' => "˝",
        _ => "",
    }
}

/// Commands that change only the looks of a text. A command that is not known does the same where braces follow; these do
/// without them.
const LOOKS: [&str; 64] = [
    "relax",
    "protect",
    "noindent",
    "indent",
    "null",
    "leavevmode",
    "ignorespaces",
    "selectfont",
    "unskip",
    "nobreak",
    "allowbreak",
    "nobreakdash",
    "nolinebreak",
    "nopagebreak",
    "emph",
    "textit",
    "textbf",
    "textrm",
    "texttt",
    "textsc",
    "textsf",
    "textsl",
    "textup",
    "textmd",
    "textnormal",
    "mbox",
    "hbox",
    "text",
    "it",
    "bf",
    "em",
    "rm",
    "tt",
    "sf",
    "sl",
    "sc",
    "bfseries",
    "mdseries",
    "itshape",
    "slshape",
    "scshape",
    "upshape",
    "rmfamily",
    "sffamily",
    "ttfamily",
    "normalfont",
    "normalsize",
    "small",
    "footnotesize",
    "scriptsize",
    "tiny",
    "large",
    "Large",
    "huge",
    "Huge",
    "boldmath",
    "displaystyle",
    "textstyle",
    "scriptstyle",
    "limits",
    "left",
    "right",
    "centering",
    "raggedright",
];

/// Commands with a text of their own, one a line: the name, a tab, the text.
const SYMBOLS: &str = include_str!("symbols.tsv");

fn symbols() -> &'static HashMap<&'static str, &'static str> {
    static TABLE: OnceLock<HashMap<&str, &str>> = OnceLock::new();
    TABLE.get_or_init(|| SYMBOLS.lines().filter_map(|line| line.split_once('\t')).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_has_one_text() {
        assert_eq!(symbols().len(), SYMBOLS.lines().count());
        assert!(symbols().keys().all(|name| name.bytes().all(|byte| byte.is_ascii_alphabetic())));
        assert_eq!(word("ss"), Command::Text("ß"));
        assert_eq!(word("sysname"), Command::Unknown);
    }
}
