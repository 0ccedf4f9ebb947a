//! Identifiers of papers: DOIs and arXiv ids.
//!
//! Exports write identifiers in many ways: as links, with prefixes, with versions. Here each gets one spelling, so that
//! comparing strings tells whether two records name the same paper. A text that does not look exactly like an identifier
//! is not taken for one: a wrong identifier would merge unrelated papers, a missing one costs little.
//!
//! arXiv registers a DOI for each of its papers, `10.48550/arXiv.` and the id. So an arXiv id may follow from a DOI.

use percent_encoding::percent_decode_str;

/// What BibTeX calls the field with the category of an arXiv paper.
pub(crate) const ARXIV_CLASSES: [&str; 2] = ["primaryclass", "eprintclass"];

/// The beginning of the DOIs that arXiv registers, in lower case.
const ARXIV_DOI: &str = "10.48550/arxiv.";

/// The archives that arXiv ids from before April 2007 begin with.
const ARCHIVES: [&str; 38] = [
    "acc-phys", "adap-org", "alg-geom", "ao-sci", "astro-ph", "atom-ph", "bayes-an", "chao-dyn", "chem-ph", "cmp-lg",
    "comp-gas", "cond-mat", "cs", "dg-ga", "funct-an", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math",
    "math-ph", "mtrl-th", "nlin", "nucl-ex", "nucl-th", "patt-sol", "physics", "plasm-ph", "q-alg", "q-bio", "q-fin",
    "quant-ph", "solv-int", "stat", "supr-con", "econ", "eess",
];

/// The DOI in a text, in lower case, without link or prefix. `None` if the text is not a valid DOI.
///
/// ```
/// use semsearch_corpus::identifiers::doi;
/// assert_eq!(doi("https://doi.org/10.1000/ABC.7").as_deref(), Some("10.1000/abc.7"));
/// assert_eq!(doi("none"), None);
/// ```
#[must_use]
pub fn doi(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let link = without_host(&text, &["doi.org/", "dx.doi.org/", "www.doi.org/"]);
    let bare = match link {
        Some(path) => decoded(before_query(path))?,
        None => text.strip_prefix("doi:").unwrap_or(&text).trim_start().to_owned(),
    };
    // Punctuation of a sentence or a list that the identifier ends.
    let bare = bare.trim_end_matches(['.', ',', ';']);
    let (registrant, name) = bare.strip_prefix("10.")?.split_once('/')?;
    let mut parts = registrant.split('.');
    let is_registrant = parts.next().is_some_and(|first| (4..=9).contains(&first.len()) && is_number(first))
        && parts.all(|part| !part.is_empty() && is_number(part));
    let is_name = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control());
    (is_registrant && is_name).then(|| bare.to_owned())
}

/// The first DOI in a field that is meant for one, where it may stand among other things: `10.1000/7 [doi]`, two DOIs, a
/// publisher's link that ends with one. `None` if there is none.
///
/// ```
/// use semsearch_corpus::identifiers::find_doi;
/// assert_eq!(find_doi("10.1000/7 [doi]; 10.1000/8").as_deref(), Some("10.1000/7"));
/// assert_eq!(find_doi("https://seas.example/doi/full/10.1000/7").as_deref(), Some("10.1000/7"));
/// assert_eq!(find_doi("in press"), None);
/// ```
#[must_use]
pub fn find_doi(text: &str) -> Option<String> {
    // Nobody registers a name with the beginning of another DOI in it.
    let text = [";10.", ",10."].iter().fold(text, |text, next| text.split(next).next().unwrap_or_default());
    doi(text).or_else(|| {
        // Commas and semicolons may be part of a DOI, so they divide only where white space follows.
        let pieces = text.split_whitespace().map(|piece| piece.trim_matches(['[', ']', '<', '>', '"', '\'', ';', ',']));
        let in_link = |piece: &str| {
            let at = piece.find("/10.").filter(|_| piece.contains("://"))?;
            doi(before_query(&piece[at + 1..]))
        };
        pieces.into_iter().find_map(|piece| doi(piece).or_else(|| in_link(piece)))
    })
}

/// The arXiv id in a text, without version, prefix or link, and without the subject class of old ids. `None` if the text
/// is not a valid arXiv id.
///
/// ```
/// use semsearch_corpus::identifiers::arxiv;
/// assert_eq!(arxiv("arXiv:2401.01234v2").as_deref(), Some("2401.01234"));
/// assert_eq!(arxiv("https://arxiv.org/pdf/math.GT/0309136v1.pdf").as_deref(), Some("math/0309136"));
/// assert_eq!(arxiv("2401.99"), None);
/// ```
#[must_use]
pub fn arxiv(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(of_doi) = doi(&text) {
        return of_doi.strip_prefix(ARXIV_DOI).and_then(arxiv_id);
    }
    match without_host(&text, &["arxiv.org/", "www.arxiv.org/", "export.arxiv.org/"]) {
        Some(path) => {
            let (kind, id) = before_query(path).split_once('/')?;
            let id = id.strip_suffix(".pdf").unwrap_or(id).trim_end_matches('/');
            ["abs", "pdf", "html"].contains(&kind).then(|| arxiv_id(id))?
        }
        None => {
            let prefixed = text.strip_prefix("arxiv:");
            // As arXiv itself prints it: `arXiv:2401.01234v2 [cs.CL] 2 Jan 2024`.
            let id = prefixed.map(|id| id.split_whitespace().next().unwrap_or_default());
            arxiv_id(id.unwrap_or(&text))
        }
    }
}

/// Whether arXiv registered this DOI. The paper may then have another DOI, from where it was published.
pub(crate) fn is_arxiv_doi(doi: &str) -> bool {
    doi.starts_with(ARXIV_DOI)
}

/// Parses an id in lower case, with or without a version.
fn arxiv_id(text: &str) -> Option<String> {
    let (id, version) = text.rsplit_once('v').map_or((text, None), |(id, version)| (id, Some(version)));
    if version.is_some_and(|version| version.is_empty() || version.len() > 3 || !is_number(version)) {
        return None;
    }
    match id.split_once('/') {
        None => {
            let (month, number) = id.split_once('.')?;
            // From April 2007 on, with a digit more since 2015.
            let digits = if month >= "1501" { 5 } else { 4 };
            let is_new = is_month(month) && month >= "0704" && number.len() == digits && is_number(number);
            is_new.then(|| id.to_owned())
        }
        Some((archive, number)) => {
            let archive = archive.split_once('.').map_or(archive, |(archive, _subject)| archive);
            let is_old = ARCHIVES.contains(&archive)
                && number.len() == 7
                && is_number(number)
                && number.get(..4).is_some_and(is_month);
            is_old.then(|| format!("{archive}/{number}"))
        }
    }
}

/// Whether a text is two digits of a year and two of a month.
fn is_month(text: &str) -> bool {
    text.len() == 4 && is_number(text) && text.get(2..).is_some_and(|month| ("01"..="12").contains(&month))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The path of a link to one of some hosts, with or without the scheme.
fn without_host<'a>(link: &'a str, hosts: &[&str]) -> Option<&'a str> {
    let link = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")).unwrap_or(link);
    hosts.iter().find_map(|host| link.strip_prefix(host))
}

fn before_query(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or_default()
}

/// The path of a link with `%2F` and the like decoded. `None` if an escape lacks its two digits, or is not UTF-8.
fn decoded(path: &str) -> Option<String> {
    let has_digits = |after: &str| after.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if !path.split('%').skip(1).all(has_digits) {
        return None;
    }
    Some(percent_decode_str(path).decode_utf8().ok()?.to_ascii_lowercase())
}

/// The arXiv id that a program took for a number, with the zeros that it lost: `1706.0376` was `1706.03760`, and `704.0001`
/// was `0704.0001`. `None` if nothing is missing, or the number is no arXiv id.
pub(crate) fn arxiv_of_number(text: &str) -> Option<String> {
    let (month, number) = text.split_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if month.len() > 4 || !is_number(month) || !is_number(number) {
        return None;
    }
    let month = format!("{month:0>4}");
    // Since January 2015 five digits stand behind the point.
    let digits = if month.as_str() >= "1501" { 5 } else { 4 };
    let full = format!("{month}.{number:0<digits$}");
    (full != text && arxiv(&full).is_some()).then_some(full)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_spelling_of_a_doi_is_the_same_doi() {
        for text in [
            "10.1000/xyz-12(3)",
            " 10.1000/XYZ-12(3) ",
            "doi:10.1000/xyz-12(3)",
            "DOI: 10.1000/xyz-12(3)",
            "https://doi.org/10.1000/XYZ-12(3)",
            "http://dx.doi.org/10.1000/xyz-12(3)",
            "doi.org/10.1000/xyz-12(3).",
            "https://doi.org/10.1000%2Fxyz-12%283%29?via=feed",
        ] {
            assert_eq!(doi(text).as_deref(), Some("10.1000/xyz-12(3)"), "{text}");
        }
        assert_eq!(doi("10.1000.10/1").as_deref(), Some("10.1000.10/1"));
    }

    #[test]
    fn what_only_looks_like_a_doi_is_refused() {
        for text in [
            "",
            "none",
            "10.1000",
            "10.1000/",
            "10.12/x",
            "10.abcd/x",
            "11.1000/x",
            "10.1000./x",
            "10.1000/a b",
            "https://example.org/10.1000/x",
            "https://doi.org/10.1000%2",
            "https://doi.org/10.1000/%ff",
            "https://doi.org/10.1000/a%2",
            "https://doi.org/10.1000/a%zz",
            "https://doi.org/10.1000/a%+1",
            "see 10.1000/x",
        ] {
            assert_eq!(doi(text), None, "{text}");
        }
    }

    #[test]
    fn every_spelling_of_an_arxiv_id_is_the_same_id() {
        for text in [
            "2401.01234",
            "2401.01234v2",
            "arXiv:2401.01234",
            "ARXIV:2401.01234v12",
            "arXiv: 2401.01234v1 [cs.CL] 2 Jan",
            "https://arxiv.org/abs/2401.01234v3",
            "http://arxiv.org/pdf/2401.01234",
            "arxiv.org/pdf/2401.01234v1.pdf",
            "https://www.arxiv.org/html/2401.01234?x=y#S1",
            "https://export.arxiv.org/abs/2401.01234/",
            "10.48550/arXiv.2401.01234",
            "https://doi.org/10.48550/ARXIV.2401.01234v2",
        ] {
            assert_eq!(arxiv(text).as_deref(), Some("2401.01234"), "{text}");
        }
        assert_eq!(arxiv("0704.0001").as_deref(), Some("0704.0001"));
        assert_eq!(arxiv("hep-th/9901001v1").as_deref(), Some("hep-th/9901001"));
        assert_eq!(arxiv("https://arxiv.org/abs/solv-int/9901001v1").as_deref(), Some("solv-int/9901001"));
        assert_eq!(arxiv("math.GT/0309136"), arxiv("arXiv:math/0309136"));
    }

    #[test]
    fn what_only_looks_like_an_arxiv_id_is_refused() {
        for text in [
            "",
            "v1",
            "2401.1234",
            "2401.012345",
            "2413.01234",
            "2400.01234",
            "0703.0001",
            "1412.00001",
            "2401.01234v",
            "2401.01234vx",
            "2401.01234 and more",
            "lab/9901001",
            "hep-th/99010012",
            "hep-th/9913001",
            "10.1000/2401.01234",
            "https://arxiv.org/list/2401.01234",
            "https://example.org/abs/2401.01234",
            "4983",
            "2401.0123é",
        ] {
            assert_eq!(arxiv(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_spelling_that_was_settled_stays(text in "(doi:|https://doi.org/)?10\\.[0-9]{3,5}(/|%2[fF])[^ ]{0,8}") {
            if let Some(settled) = doi(&text) {
                prop_assert_eq!(doi(&settled), Some(settled));
            }
        }

        #[test]
        fn no_text_makes_either_panic(text in "\\PC*") {
            let _ = (doi(&text), arxiv(&text), doi(&format!("https://doi.org/10.1000/{text}")));
        }
    }
}
