//! An index as a picture.

use std::collections::HashMap;

use semsearch_corpus::Document;
use semsearch_store::{Collection, CollectionError, Filter};

use super::shared::expression;
use crate::map::{Asked, Map, MapSchema, Papers, Region};

impl Map {
    /// The papers of `collection` that pass a filter on its map, with their titles and addresses if `is_whole`.
    ///
    /// # Errors
    /// If a paper cannot be read.
    pub fn new(
        collection: &Collection,
        map: &semsearch_store::Map,
        filter: &Filter,
        is_whole: bool,
    ) -> Result<Self, CollectionError> {
        let (mut papers, mut keywords) = (Papers::default(), Vec::new());
        let (mut titles, mut links) = (Vec::new(), Vec::new());
        let passing = collection.passing(filter)?;
        let mut place = 0;
        for (segment, passing) in collection.segments().iter().zip(&passing) {
            // The map has all papers that are not removed, in their order.
            let shown: Vec<usize> = (place..)
                .zip(segment.alive_rows())
                .filter_map(|(place, row)| passing.contains(row).then_some(place))
                .collect();
            place += segment.alive_rows().count();
            let mut shown = shown.into_iter();
            segment.documents().for_each(passing.iter(), |_, record| -> Result<(), CollectionError> {
                let document: Document = serde_json::from_slice(record.json)
                    .map_err(|error| CollectionError::Document { problem: error.to_string() })?;
                let place = shown.next().unwrap_or(usize::MAX);
                let [x, y] = map.places.get(place).copied().unwrap_or_default();
                papers.x.push(x);
                papers.y.push(y);
                papers.region.push(map.region_of.get(place).copied().unwrap_or_default());
                papers.year.push(document.date.map(|date| date.year()).or(document.year));
                if is_whole {
                    links.push(document.link());
                    titles.push(document.title);
                }
                papers.id.push(document.id);
                keywords.push(document.keywords);
                Ok(())
            })?;
        }
        if is_whole {
            (papers.title, papers.link) = (Some(titles), Some(links));
        }
        let categories = categories(&keywords);
        let codes: HashMap<&str, u32> = categories.iter().map(String::as_str).zip(0..).collect();
        let code = |keywords: &Vec<String>| keywords.iter().filter_map(|name| codes.get(name.as_str()).copied()).min();
        papers.category = keywords.iter().map(code).collect();
        Ok(Map {
            schema: MapSchema::V1,
            model: collection.model().name().to_owned(),
            generation: collection.manifest().generation,
            filter: expression(filter),
            documents: collection.len() as u64,
            side: u16::MAX,
            regions: regions(map, &papers.region),
            papers,
            categories,
            asked: None,
        })
    }

    /// With a question and the ids of the papers that answer it, the best first. Papers that are not shown are left out.
    #[must_use]
    pub fn with_asked<'i>(mut self, query: &str, ids: impl Iterator<Item = &'i str>) -> Self {
        let places: HashMap<&str, u32> = self.papers.id.iter().map(String::as_str).zip(0..).collect();
        let hits = ids.filter_map(|id| places.get(id).copied()).collect();
        self.asked = Some(Asked { query: query.to_owned(), hits });
        self
    }
}

/// All categories, the one with most papers first.
fn categories(of_papers: &[Vec<String>]) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    of_papers.iter().flatten().for_each(|name| *counts.entry(name).or_default() += 1);
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    counts.into_iter().map(|(name, _)| name.to_owned()).collect()
}

/// The regions, with the number of those papers that are shown.
fn regions(map: &semsearch_store::Map, of_papers: &[u16]) -> Vec<Region> {
    let mut counts = vec![0_u64; map.regions.len()];
    for region in of_papers {
        let region = usize::from(*region);
        let parent = map.regions.get(region).and_then(|region| region.parent).map(usize::from);
        for region in [Some(region), parent].into_iter().flatten() {
            counts[region] += 1;
        }
    }
    let region = |(region, papers): (&semsearch_store::MapRegion, u64)| Region {
        terms: region.terms.clone(),
        x: region.middle[0],
        y: region.middle[1],
        papers,
        parent: region.parent,
    };
    map.regions.iter().zip(counts).map(region).collect()
}
