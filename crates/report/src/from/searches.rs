//! Saved searches and what is new of them.

use semsearch_engine::Found;
use semsearch_store::{SavedSearch, SavedSearches};

use crate::ask::Hit;
use crate::searches::{New, NewOfSearch, NewSchema, Search, Searches, SearchesSchema};

impl From<&SavedSearches> for Searches {
    fn from(saved: &SavedSearches) -> Self {
        Searches { schema: SearchesSchema::V1, searches: saved.searches().iter().map(Search::from).collect() }
    }
}

impl From<&SavedSearch> for Search {
    fn from(search: &SavedSearch) -> Self {
        Search {
            name: search.name.clone(),
            query: search.query.clone(),
            filter: search.filter.clone(),
            k: search.k as u64,
        }
    }
}

impl New {
    /// What is new of some searches, whose questions `model` encoded.
    #[must_use]
    pub fn of(model: Option<String>, searches: Vec<NewOfSearch>) -> Self {
        New { schema: NewSchema::V1, model, searches }
    }
}

impl NewOfSearch {
    /// What is new of a search: of `came` papers those that answer it, each with its rank among all.
    #[must_use]
    pub fn new(search: &SavedSearch, came: u64, found: &[(u64, &Found)]) -> Self {
        let hits = found.iter().map(|(rank, found)| Hit::new(*rank, found)).collect();
        NewOfSearch { search: search.into(), came, hits }
    }
}
