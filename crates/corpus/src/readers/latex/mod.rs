//! The plain text of a BibTeX value: accents as letters, without braces, names in the order they are spoken.
//!
//! | file       | what it holds                                   |
//! |------------|-------------------------------------------------|
//! | `text`     | LaTeX into text                                 |
//! | `commands` | what a command says, with the table of symbols  |
//! | `plain`    | a value as people read it                       |
//! | `lists`    | values that are lists, such as keywords         |
//! | `names`    | the people of a value                           |
//! | `escape`   | plain text into LaTeX                           |
//!
//! LaTeX is read for what people see, as pandoc, pybtex and pylatexenc print it; a table of what they print is the test
//! (`tests/latex.rs`). Commands that only change the looks of a text go and their texts stay. Of a command that nobody
//! knows, the texts in braces stay.

pub(crate) use escape::{escaped, escaped_link};
pub(crate) use lists::keywords;
pub(crate) use names::people;
pub(crate) use plain::{is_link, unaccented};
#[cfg_attr(not(feature = "bibtex"), allow(unused_imports, reason = "others read LaTeX in names only"))]
pub(crate) use plain::{plain, verbatim};

mod commands;
mod escape;
mod lists;
mod names;
mod plain;
mod text;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accents_become_letters_and_braces_go() {
        for (value, text) in [
            ("Schr{\\\"o}dinger's {C}at", "Schrödinger's Cat"),
            ("\\'Etude na\\\"{\\i}ve", "Étude naïve"),
            ("Mart{\\'\\i}n \\'{\\i} {\\'{\\i}} {\\'i} \\v\\j \\i", "Martín í í í ǰı"),
            ("Erd\\H{o}s, \\L{}ukasz, \\c{c}a, \\ss", "Erdős, Łukasz, ça, ß"),
            ("\\c c \\k a \\r a \\b d \\d s \\u g \\=a \\.z {\\aa} \\dj", "ç ą å ḏ ṣ ğ ā ż å đ"),
            ("Nguy{\\~{\\^e}}n \\t{oo} \\'\\ae \\'{\\o}", "Nguyễn o͡o ǽǿ"),
            ("J.~Wave \\~{n}, a \\~{} b \\^{}", "J. Wave ñ, a ~ b ^"),
            ("", ""),
        ] {
            assert_eq!(plain(value), text, "{value}");
        }
    }

    #[test]
    fn commands_say_what_people_see() {
        for (value, text) in [
            ("Tides --\n  and {\\emph{winds}} --- \\textsc{Sea}", "Tides – and winds — Sea"),
            ("10 \\% of \\$5 \\& more \\# \\_ \\{x\\}", "10 % of $5 & more # _ {x}"),
            ("The 5\\textsuperscript{th} H\\textsubscript{2}O at 37\\,\\textdegree C", "The 5th H2O at 37 °C"),
            ("\\ce{CO2} \\ldots{} 3\\textmu m \\copyright 2021", "CO2 … 3µm ©2021"),
            (
                "\\url{https://sea.example/a_b--c%20~d} \\href{https://sea.example/a%b}{the page}",
                "https://sea.example/a_b--c%20~d the page",
            ),
            ("``One'' and \\enquote{two} o'clock", "“One” and “two” o'clock"),
            (
                "Juliusz\\ Brzezi\\'nski, de'\\hspace{0pt} Medici, a\\hspace*{1em}b, {\\relax Ph}ilippe",
                "Juliusz Brzeziński, de' Medici, a b, Philippe",
            ),
            ("\\textcolor{red}{sea} {\\noopsort{1973b}}1973 a\\kern1pt b \\fontsize{1}{2}x", "sea 1973 a b x"),
            (
                "{\\textless}p{\\textgreater}On {\\textless}i{\\textgreater}E. coli{\\textless}/i{\\textgreater} \\&amp; more",
                "On E. coli & more",
            ),
            ("\\begin{itemize}\\item one \\item two\\end{itemize} a\\\\b", "one two a b"),
            ("\\sysname{} of \\corp{Sea} and \\sysname is", "of Sea and is"),
            ("95% of a_b & c^d # e", "95% of a_b & c^d # e"),
        ] {
            assert_eq!(plain(value), text, "{value}");
        }
    }

    #[test]
    fn mathematics_stays() {
        for value in
            ["$x^2$ and $O(n)$", "\\(a_{1}\\) \\[b\\]", "$$a\\$b$$", "costs $5 and $6", "5$ and", "37 $^{\\circ}$C"]
        {
            assert_eq!(plain(value), value, "{value}");
        }
        assert_eq!(plain("$x^2$ and {$O(n)$}"), "$x^2$ and $O(n)$");
        assert_eq!(plain("costs $5 a {\\'e} and $6"), "costs $5 a é and $6");
        assert_eq!(plain("costs $5 a {\\'e}"), "costs $5 a é");
    }

    #[test]
    fn commands_that_other_programs_broke_leave_words() {
        assert_eq!(plain("a {\\textbackslashTidal{\\}}? Why"), "a Tidal? Why");
        assert_eq!(plain("x \\textbackslashtextlessm:linebreak\\textbackslashtextgreater y"), "x y");
        assert_eq!(plain("C:\\Users and AND\\OR"), "C:\\Users and AND\\OR");
    }

    #[test]
    fn what_is_no_latex_stays_without_braces() {
        assert_eq!(plain("{C:\\"), "C:\\");
        assert_eq!(plain(&format!("{}deep{}", "{".repeat(100_000), "}".repeat(100_000))), "deep");
        assert_eq!(plain(&"\\a{".repeat(20_000)), "a");
        assert_eq!(
            (plain("\\jsea"), plain("\\mnras"), plain("{\\relax}")),
            ("jsea".into(), "Monthly Notices of the Royal Astronomical Society".into(), "".into())
        );
    }

    #[test]
    fn no_value_takes_long() {
        for piece in [
            "\\hspace{",
            "\\href{",
            "$5 ",
            "$$",
            "\\(",
            "\\'",
            "{\\'",
            "<",
            "&",
            "\\cite[",
            "``",
            "a;",
            "word",
            " and ",
            ",",
            "\\textbackslash",
        ] {
            let value = piece.repeat(200_000);
            let begin = std::time::Instant::now();
            let _ = (plain(&value), people(&value), keywords(&value));
            assert!(begin.elapsed().as_secs() < 20, "{piece}");
        }
    }

    #[test]
    fn keywords_are_divided_outside_of_braces() {
        assert_eq!(keywords("deep sea, tides; R&amp;D;"), ["deep sea", "tides", "R&D"]);
        assert_eq!(keywords("{tides; deep sea}"), ["tides", "deep sea"]);
        assert_eq!(keywords("{Engineering, Marine}, {tides}"), ["Engineering, Marine", "tides"]);
        assert_eq!(keywords("{Engineering, Marine},"), ["Engineering, Marine"]);
        assert_eq!(keywords("tides|winds"), ["tides", "winds"]);
        assert!(keywords(" , ").is_empty());
    }

    #[test]
    fn links_keep_what_latex_would_change() {
        assert_eq!(verbatim("https://sea.example/a\\_b--c?d=\\%20&e=~f"), "https://sea.example/a_b--c?d=%20&e=~f");
        assert_eq!(verbatim("{\\url{https://sea.example/{\\textasciitilde}a$}}"), "https://sea.example/~a$");
        assert_eq!(verbatim("C\\:\\\\Users\\\\a \\{b.pdf"), "C\\:\\\\Users\\\\a {b.pdf");
    }

    proptest! {
        #[test]
        fn no_value_makes_it_panic(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "{", "}", "\\", "\\'", "\\\"", "$", "~", " and ", ",", "=", "--", "\\emph", "é", "word", " ", "\n", "\\c",
                    "%", "#", "\\v ", "\\-", "\u{301}",
                ]),
                0..40,
            ),
            any in "\\PC{0,20}",
        ) {
            let value = pieces.concat() + &any;
            let _ = (plain(&value), people(&value), verbatim(&value));
        }
    }
}
