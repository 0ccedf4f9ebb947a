//! Papers that say almost the same.

use std::collections::HashMap;

use semsearch_corpus::Document;
use semsearch_engine::dupes;
use semsearch_store::{Collection, DocId, DocumentError, Filter};

use super::shared::{date, expression, files, place};
use crate::dupes::{Dupes, DupesSchema, Group, GroupLine, GroupSchema, Pair, Paper};

impl Dupes {
    /// What was found in `collection` with a threshold and a filter, with at most `limit` groups.
    ///
    /// # Errors
    /// If a paper of a group cannot be read.
    pub fn new(
        collection: &Collection,
        found: &dupes::Dupes,
        threshold: f32,
        filter: &Filter,
        limit: usize,
    ) -> Result<Self, DocumentError> {
        let groups = found.groups.iter().take(limit).map(|group| Group::new(collection, group));
        Ok(Dupes {
            schema: DupesSchema::V1,
            model: collection.model().name().to_owned(),
            threshold,
            filter: expression(filter),
            documents: collection.len() as u64,
            compared: found.compared as u64,
            pairs: found.pairs as u64,
            groups_found: found.groups.len() as u64,
            papers: found.groups.iter().map(|group| group.papers.len() as u64).sum(),
            groups: groups.collect::<Result<_, _>>()?,
        })
    }
}

impl GroupLine {
    /// The group at this place, from 1.
    #[must_use]
    pub fn new(rank: u64, group: Group) -> Self {
        GroupLine { schema: GroupSchema::V1, rank, group }
    }
}

impl Group {
    /// A group of papers of `collection`.
    ///
    /// # Errors
    /// If a paper cannot be read.
    pub fn new(collection: &Collection, group: &dupes::Group) -> Result<Self, DocumentError> {
        let mut papers = Vec::with_capacity(group.papers.len());
        let mut ids: HashMap<DocId, String> = HashMap::new();
        for member in &group.papers {
            let document = collection.document(member.id)?;
            ids.insert(member.id, document.id.clone());
            papers.push(paper(document, member.nearest));
        }
        // Every pair is of papers of its group.
        let id = |paper: DocId| ids.get(&paper).cloned().unwrap_or_default();
        let pairs = group.pairs.iter();
        let pairs = pairs.map(|pair| Pair { first: id(pair.first), second: id(pair.second), cosine: pair.cosine });
        Ok(Group { papers, pairs: pairs.collect() })
    }
}

fn paper(document: Document, nearest: f32) -> Paper {
    let (date, source, link) = (date(&document), files(&document), document.link());
    let places = document.source.iter().map(place).collect();
    let Document { id, title, r#abstract, authors, authors_count, organization, year, venue, doi, .. } = document;
    let Document { arxiv, url, keywords, comments, extra, .. } = document;
    Paper {
        id,
        title,
        date,
        source,
        nearest,
        r#abstract,
        year,
        authors,
        authors_count,
        organization,
        venue,
        doi,
        arxiv,
        url,
        link,
        keywords,
        comments,
        places,
        extra,
    }
}
