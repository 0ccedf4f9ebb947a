//! What a command of LaTeX stands for in a word.

/// What stands behind a backslash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command<'t> {
    /// A letter of a word, whatever it is next to: `\o`, `\ss`.
    Letter(&'static str),
    /// A Greek letter or the name of a function, which begins a word of its own in a formula: `\alpha`, `\log`.
    Name(&'static str),
    /// An accent on the letter that follows: `\'`, `\v`.
    Accent,
    /// A way of writing that does not end a word: `\textbf{T}ransformer`.
    Font,
    /// A way of writing in formulas or an author's own, which ends a word unless it stands in a subscript or behind a
    /// hyphen: `n\mathbf{x}`.
    MathFont,
    /// A subscript or superscript, or an underscore, which links in the same way.
    Subscript,
    /// An ampersand.
    Ampersand,
    /// A place where a word may be divided at the end of a line.
    Hyphenation,
    /// A mark that is no part of a word: `\times`, `\%`.
    Nothing,
    /// A name that LaTeX does not know. It may be an author's own, or no command at all (`C:\data`): it is a word.
    Unknown(&'t str),
}

/// The longest name that is looked up. A longer one is no command.
const LONGEST_NAME: usize = 24;

/// The command whose backslash stands at `at`, and where the text goes on behind it.
pub(super) fn command_at(text: &str, at: usize) -> (Command<'_>, usize) {
    let behind = &text[at + 1..];
    let letters = behind.bytes().take(LONGEST_NAME + 1).take_while(u8::is_ascii_alphabetic).count();
    if letters == 0 {
        let Some(mark) = behind.chars().next() else { return (Command::Nothing, text.len()) };
        let command = match mark {
            '\'' | '"' | '^' | '~' | '=' | '.' | '`' if a_letter_follows(&behind[1..]) => Command::Accent,
            '_' => Command::Subscript,
            '&' => Command::Ampersand,
            '-' => Command::Hyphenation,
            // What is no command of LaTeX may be a letter of another script.
            _ if !mark.is_ascii() => return (Command::Nothing, at + 1),
            _ => Command::Nothing,
        };
        return (command, at + 2);
    }
    let name = &behind[..letters];
    let end = at + 1 + letters;
    if letters > LONGEST_NAME {
        return (Command::Unknown(name), end);
    }
    if let [b'c' | b'v' | b'u' | b'H' | b'k' | b'r' | b'b' | b'd' | b't'] = name.as_bytes() {
        let spaces = usize::from(text.as_bytes().get(end) == Some(&b' '));
        return if a_letter_follows(&text[end + spaces..]) {
            (Command::Accent, end + spaces)
        } else {
            (Command::Unknown(name), end)
        };
    }
    if let Some(letter) = letter(name) {
        // The space that ends the name is no part of the text: `\L ukasz`. An angstrom is followed by a word.
        let eats_space = name != "AA"
            && text.as_bytes().get(end) == Some(&b' ')
            && text.as_bytes().get(end + 1).is_some_and(u8::is_ascii_lowercase);
        return (Command::Letter(letter), end + usize::from(eats_space));
    }
    let command = if let Some(word) = symbol(name) {
        Command::Name(word)
    } else if let Ok(index) = FUNCTIONS.binary_search(&name) {
        Command::Name(FUNCTIONS[index])
    } else if matches!(name, "textsubscript" | "textsuperscript") {
        Command::Subscript
    } else if FONTS.binary_search(&name).is_ok() {
        Command::Font
    } else if MATH_FONTS.binary_search(&name).is_ok() {
        Command::MathFont
    } else if MARKS.binary_search(&name).is_ok() {
        Command::Nothing
    } else if text[end..].starts_with('{') && !text[end..].starts_with("{}") {
        // An author's own way of writing: `\ac{LLM}`.
        Command::MathFont
    } else {
        Command::Unknown(name)
    };
    (command, end)
}

/// Whether a letter follows that can bear an accent, perhaps in braces.
fn a_letter_follows(text: &str) -> bool {
    let text = text.strip_prefix('{').unwrap_or(text);
    text.starts_with(|letter: char| letter.is_alphabetic()) || text.starts_with("\\i") || text.starts_with("\\j")
}

/// Letters that have a name.
fn letter(name: &str) -> Option<&'static str> {
    Some(match name {
        "o" | "O" => "o",
        "l" | "L" => "l",
        "i" => "i",
        "j" => "j",
        "ss" => "ss",
        "ae" | "AE" => "ae",
        "oe" | "OE" => "oe",
        "aa" | "AA" => "a",
        "dh" | "DH" | "dj" | "DJ" => "d",
        "th" | "TH" => "th",
        "ng" | "NG" => "n",
        _ => return None,
    })
}

/// The letter of a name that begins a word, in lower case.
fn symbol(name: &str) -> Option<&'static str> {
    Some(match name {
        "alpha" => "α",
        "beta" => "β",
        "gamma" | "Gamma" | "varGamma" => "γ",
        "delta" | "Delta" | "varDelta" => "δ",
        "epsilon" | "varepsilon" => "ε",
        "zeta" => "ζ",
        "eta" => "η",
        "theta" | "Theta" | "vartheta" | "varTheta" => "θ",
        "iota" => "ι",
        "kappa" | "varkappa" => "κ",
        "lambda" | "Lambda" | "varLambda" => "λ",
        "mu" => "μ",
        "nu" => "ν",
        "xi" | "Xi" | "varXi" => "ξ",
        "omicron" => "ο",
        "pi" | "Pi" | "varpi" | "varPi" => "π",
        "rho" | "varrho" => "ρ",
        "sigma" | "Sigma" | "varsigma" | "varSigma" => "σ",
        "tau" => "τ",
        "upsilon" | "Upsilon" | "varUpsilon" => "υ",
        "phi" | "Phi" | "varphi" | "varPhi" => "φ",
        "chi" => "χ",
        "psi" | "Psi" | "varPsi" => "ψ",
        "omega" | "Omega" | "varOmega" => "ω",
        "ell" => "l",
        "Pr" => "pr",
        _ => return None,
    })
}

/// Names of functions, which are written out.
const FUNCTIONS: [&str; 35] = [
    "arccos", "arcsin", "arctan", "arg", "argmax", "argmin", "cos", "cosh", "cot", "coth", "csc", "det", "dim", "exp",
    "gcd", "hom", "inf", "ker", "lg", "lim", "liminf", "limsup", "ln", "log", "max", "min", "mod", "sec", "sgn", "sin",
    "sinh", "sup", "tan", "tanh", "tr",
];

/// Ways of writing words.
const FONTS: [&str; 21] = [
    "bfseries",
    "em",
    "emph",
    "it",
    "itshape",
    "rm",
    "sc",
    "textbf",
    "textit",
    "textmd",
    "textnormal",
    "textrm",
    "textsc",
    "textsf",
    "textsl",
    "texttt",
    "textup",
    "tt",
    "ul",
    "uline",
    "underline",
];

/// Ways of writing formulas.
const MATH_FONTS: [&str; 31] = [
    "bar",
    "bf",
    "bm",
    "boldsymbol",
    "breve",
    "check",
    "ddot",
    "dot",
    "grave",
    "hat",
    "mathbb",
    "mathbbm",
    "mathbf",
    "mathbin",
    "mathcal",
    "mathfrak",
    "mathit",
    "mathnormal",
    "mathop",
    "mathrm",
    "mathscr",
    "mathsf",
    "mathtt",
    "operatorname",
    "overline",
    "pmb",
    "text",
    "tilde",
    "vec",
    "widehat",
    "widetilde",
];

/// Commands that put no word on the page.
const MARKS: [&str; 237] = [
    "Big",
    "Bigg",
    "Biggl",
    "Biggr",
    "Bigl",
    "Bigr",
    "Box",
    "Diamond",
    "Im",
    "LARGE",
    "Large",
    "Leftarrow",
    "Leftrightarrow",
    "Longleftrightarrow",
    "Longrightarrow",
    "Re",
    "Rightarrow",
    "Uparrow",
    "Vert",
    "aleph",
    "approx",
    "approxeq",
    "ast",
    "asymp",
    "backslash",
    "because",
    "begin",
    "big",
    "bigcap",
    "bigcirc",
    "bigcup",
    "bigg",
    "biggl",
    "biggr",
    "bigl",
    "bigoplus",
    "bigotimes",
    "bigr",
    "binom",
    "blacksquare",
    "bot",
    "boxed",
    "bullet",
    "cap",
    "cdot",
    "cdotp",
    "cdots",
    "centering",
    "cfrac",
    "checkmark",
    "choose",
    "circ",
    "cite",
    "citep",
    "citet",
    "cmark",
    "colon",
    "color",
    "cong",
    "coprod",
    "copyright",
    "cup",
    "dag",
    "dagger",
    "ddag",
    "ddagger",
    "ddots",
    "deg",
    "degree",
    "dfrac",
    "diamond",
    "ding",
    "displaystyle",
    "div",
    "doteq",
    "dots",
    "dotsb",
    "dotsc",
    "downarrow",
    "emptyset",
    "end",
    "ensuremath",
    "equiv",
    "euro",
    "exists",
    "flat",
    "footnote",
    "footnotesize",
    "forall",
    "frac",
    "ge",
    "geq",
    "geqslant",
    "gets",
    "gg",
    "gtrapprox",
    "gtrsim",
    "hbar",
    "hbox",
    "hfill",
    "hline",
    "hookrightarrow",
    "href",
    "hspace",
    "hyperref",
    "iff",
    "iint",
    "imath",
    "implies",
    "in",
    "infty",
    "int",
    "item",
    "jmath",
    "lVert",
    "label",
    "langle",
    "large",
    "lbrace",
    "lbrack",
    "lceil",
    "ldots",
    "le",
    "left",
    "leftarrow",
    "leftrightarrow",
    "leq",
    "leqslant",
    "lesssim",
    "lfloor",
    "limits",
    "ll",
    "longrightarrow",
    "lvert",
    "mapsto",
    "mathstrut",
    "mbox",
    "mid",
    "middle",
    "mp",
    "nabla",
    "ne",
    "nearrow",
    "neg",
    "neq",
    "newline",
    "noindent",
    "nolimits",
    "nonumber",
    "normalsize",
    "not",
    "notin",
    "odot",
    "oint",
    "ominus",
    "onedot",
    "oplus",
    "otimes",
    "over",
    "overbrace",
    "overset",
    "par",
    "parallel",
    "partial",
    "perp",
    "phantom",
    "pm",
    "prec",
    "preceq",
    "prime",
    "prod",
    "propto",
    "qquad",
    "quad",
    "rVert",
    "rangle",
    "rbrace",
    "rbrack",
    "rceil",
    "ref",
    "rfloor",
    "right",
    "rightarrow",
    "rightleftharpoons",
    "rvert",
    "scriptsize",
    "scriptstyle",
    "setminus",
    "sharp",
    "sim",
    "simeq",
    "small",
    "smallsetminus",
    "sqcup",
    "sqrt",
    "square",
    "stackrel",
    "star",
    "subset",
    "subseteq",
    "subsetneq",
    "substack",
    "succ",
    "succeq",
    "sum",
    "supset",
    "supseteq",
    "surd",
    "textasciitilde",
    "textbackslash",
    "textcolor",
    "textdegree",
    "textgreater",
    "textless",
    "textstyle",
    "textuparrow",
    "tfrac",
    "therefore",
    "times",
    "tiny",
    "to",
    "top",
    "triangle",
    "underbrace",
    "underset",
    "unicode",
    "uparrow",
    "url",
    "vdots",
    "vee",
    "verb",
    "vert",
    "vspace",
    "wedge",
    "wp",
    "xmark",
    "xspace",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_that_are_searched_by_halves_are_sorted() {
        for list in [&FUNCTIONS[..], &FONTS, &MATH_FONTS, &MARKS] {
            for pair in list.windows(2) {
                assert!(pair[0] < pair[1], "{pair:?}");
            }
            assert!(list.iter().all(|name| name.len() <= LONGEST_NAME));
        }
    }

    #[test]
    fn a_command_is_a_letter_a_name_an_accent_a_way_of_writing_a_mark_or_unknown() {
        assert_eq!(command_at("\\o rsted", 0), (Command::Letter("o"), 3));
        assert_eq!(command_at("5 \\AA resolution", 2), (Command::Letter("a"), 5));
        assert_eq!(command_at("\\varepsilon_t", 0), (Command::Name("ε"), 11));
        assert_eq!(command_at("\\log n", 0), (Command::Name("log"), 4));
        assert_eq!(command_at("\\'e", 0), (Command::Accent, 2));
        assert_eq!(command_at("\\v{s}", 0), (Command::Accent, 2));
        assert_eq!(command_at("\\c cois", 0), (Command::Accent, 3));
        assert_eq!(command_at("\\textbf{x}", 0), (Command::Font, 7));
        assert_eq!(command_at("\\mathcal{O}", 0), (Command::MathFont, 8));
        assert_eq!(command_at("\\times 2", 0), (Command::Nothing, 6));
        assert_eq!(command_at("95\\%", 2), (Command::Nothing, 4));
        assert_eq!(command_at("\\ours", 0), (Command::Unknown("ours"), 5));
        assert_eq!(command_at("\\", 0), (Command::Nothing, 1));
        assert_eq!(command_at("\\ü", 0), (Command::Nothing, 1));
    }
}
