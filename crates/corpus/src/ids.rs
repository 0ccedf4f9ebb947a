//! Unique ids.
//!
//! An id the user gave is kept as it is. An id made from a title is a proposal: once every given id is known,
//! made ones that are taken get `-2`, `-3` and so on, in the order of reading.

use std::collections::{HashMap, HashSet};

use crate::document::Document;
use crate::readers::IdOrigin;

/// Makes every made-up id different from every other id.
pub(crate) fn settle(documents: &mut [Document], origins: &[IdOrigin]) {
    let with_origin = || origins.iter().copied().enumerate();
    let given = with_origin().filter(|&(_, origin)| origin != IdOrigin::Made);
    let mut taken: HashSet<String> = given.map(|(index, _)| documents[index].id.clone()).collect();

    // The number last tried for each proposal: without it, many equal titles would each count up from two.
    let mut last_tried: HashMap<String, u64> = HashMap::new();
    for (index, _) in with_origin().filter(|&(_, origin)| origin == IdOrigin::Made) {
        let id = &mut documents[index].id;
        if taken.contains(id.as_str()) {
            *id = next_free(id, &taken, last_tried.entry(id.clone()).or_insert(1));
        }
        taken.insert(id.clone());
    }
}

fn next_free(proposal: &str, taken: &HashSet<String>, last_tried: &mut u64) -> String {
    loop {
        *last_tried += 1;
        let id = format!("{proposal}-{last_tried}");
        if !taken.contains(&id) {
            return id;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use IdOrigin::{Given, Judged, Made};

    fn settled(ids: &[(&str, IdOrigin)]) -> Vec<String> {
        let mut documents: Vec<Document> =
            ids.iter().map(|(id, _)| Document { id: (*id).into(), ..Document::default() }).collect();
        let origins: Vec<IdOrigin> = ids.iter().map(|(_, origin)| *origin).collect();
        settle(&mut documents, &origins);
        documents.into_iter().map(|document| document.id).collect()
    }

    #[test]
    fn repeated_titles_are_numbered_in_order() {
        assert_eq!(settled(&[("a", Made), ("a", Made), ("b", Made), ("a", Made)]), ["a", "a-2", "b", "a-3"]);
    }

    #[test]
    fn a_given_id_is_kept_even_when_it_comes_later() {
        assert_eq!(settled(&[("a", Made), ("a", Given), ("a-2", Judged)]), ["a-3", "a", "a-2"]);
    }

    #[test]
    fn a_number_that_is_itself_a_title_is_passed_over() {
        assert_eq!(settled(&[("a-2", Made), ("a", Made), ("a", Made), ("a-2", Made)]), ["a-2", "a", "a-3", "a-2-2"]);
    }
}
