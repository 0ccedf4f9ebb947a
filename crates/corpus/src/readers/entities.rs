//! Entities: characters that a text refers to by name or number.
//!
//! Markup in the texts of other formats has them too. XML knows five names; a file would have to declare all others. Declarations are ignored: one may read a file of this
//! machine, or expand to ten times another entity that expands to ten times another. The names of HTML that occur in
//! abstracts are known here; any other reference stays in the text as it is.

/// The character that a reference stands for; `name` is without `&` and `;`. `None` for an unknown name.
pub(super) fn resolve(name: &str) -> Option<char> {
    match name.strip_prefix('#') {
        Some(number) => numbered(number),
        None => NAMED.binary_search_by_key(&name, |(known, _)| known).ok().map(|at| NAMED[at].1),
    }
}

fn numbered(number: &str) -> Option<char> {
    let (digits, radix) = number.strip_prefix(['x', 'X']).map_or((number, 10), |digits| (digits, 16));
    // `from_str_radix` alone would also take a sign.
    let is_number = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    let code = is_number.then(|| u32::from_str_radix(digits, radix).ok())??;
    char::from_u32(code).filter(|&c| !c.is_control() || c.is_whitespace())
}

/// In the order of their names.
const NAMED: [(&str, char); 104] = [
    ("AElig", 'Æ'),
    ("Aacute", 'Á'),
    ("Agrave", 'À'),
    ("Aring", 'Å'),
    ("Auml", 'Ä'),
    ("Ccedil", 'Ç'),
    ("Delta", 'Δ'),
    ("Eacute", 'É'),
    ("Gamma", 'Γ'),
    ("Lambda", 'Λ'),
    ("Ntilde", 'Ñ'),
    ("Omega", 'Ω'),
    ("Oslash", 'Ø'),
    ("Ouml", 'Ö'),
    ("Phi", 'Φ'),
    ("Pi", 'Π'),
    ("Psi", 'Ψ'),
    ("Sigma", 'Σ'),
    ("Theta", 'Θ'),
    ("Uuml", 'Ü'),
    ("aacute", 'á'),
    ("acirc", 'â'),
    ("aelig", 'æ'),
    ("agrave", 'à'),
    ("alpha", 'α'),
    ("amp", '&'),
    ("apos", '\''),
    ("aring", 'å'),
    ("asymp", '≈'),
    ("atilde", 'ã'),
    ("auml", 'ä'),
    ("beta", 'β'),
    ("bull", '•'),
    ("ccedil", 'ç'),
    ("chi", 'χ'),
    ("copy", '©'),
    ("dagger", '†'),
    ("deg", '°'),
    ("delta", 'δ'),
    ("eacute", 'é'),
    ("ecirc", 'ê'),
    ("egrave", 'è'),
    ("epsilon", 'ε'),
    ("eta", 'η'),
    ("euml", 'ë'),
    ("frac12", '½'),
    ("gamma", 'γ'),
    ("ge", '≥'),
    ("gt", '>'),
    ("hellip", '…'),
    ("iacute", 'í'),
    ("icirc", 'î'),
    ("infin", '∞'),
    ("iota", 'ι'),
    ("iuml", 'ï'),
    ("kappa", 'κ'),
    ("lambda", 'λ'),
    ("laquo", '«'),
    ("ldquo", '“'),
    ("le", '≤'),
    ("lsquo", '‘'),
    ("lt", '<'),
    ("mdash", '—'),
    ("micro", 'µ'),
    ("middot", '·'),
    ("minus", '−'),
    ("mu", 'μ'),
    ("nbsp", '\u{a0}'),
    ("ndash", '–'),
    ("ne", '≠'),
    ("ntilde", 'ñ'),
    ("nu", 'ν'),
    ("oacute", 'ó'),
    ("ocirc", 'ô'),
    ("omega", 'ω'),
    ("oslash", 'ø'),
    ("otilde", 'õ'),
    ("ouml", 'ö'),
    ("para", '¶'),
    ("phi", 'φ'),
    ("pi", 'π'),
    ("plusmn", '±'),
    ("pound", '£'),
    ("psi", 'ψ'),
    ("quot", '"'),
    ("raquo", '»'),
    ("rarr", '→'),
    ("rdquo", '”'),
    ("reg", '®'),
    ("rho", 'ρ'),
    ("rsquo", '’'),
    ("sect", '§'),
    ("sigma", 'σ'),
    ("sum", '∑'),
    ("sup2", '²'),
    ("szlig", 'ß'),
    ("tau", 'τ'),
    ("theta", 'θ'),
    ("times", '×'),
    ("trade", '™'),
    ("uacute", 'ú'),
    ("uuml", 'ü'),
    ("xi", 'ξ'),
    ("zeta", 'ζ'),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_table_is_in_order_and_so_every_name_is_found() {
        assert!(NAMED.is_sorted_by(|(one, _), (other, _)| one < other));
        for (name, character) in NAMED {
            assert_eq!(resolve(name), Some(character));
        }
    }

    #[test]
    fn numbers_are_characters() {
        assert_eq!((resolve("#233"), resolve("#xE9"), resolve("#x1F30A")), (Some('é'), Some('é'), Some('🌊')));
    }

    #[test]
    fn what_is_no_character_is_not_resolved() {
        for name in ["", "#", "#x", "#0", "#x1", "#xD800", "#x110000", "#99999999999", "#+65", "#x-1", "lol", "AMP"] {
            assert_eq!(resolve(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_name_makes_it_panic(name in "#?x?\\PC*") {
            let _ = resolve(&name);
        }
    }
}
