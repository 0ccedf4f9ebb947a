//! What an index is, what it takes, and what the processor offers.

use semsearch_engine::settings::ModelSettings;
use semsearch_engine::switch::{OtherModel as Other, SwitchStatus};
use semsearch_store::{Collection, CollectionError};
use semsearch_vector::simd;

use crate::info::{
    Cpu, CpuSchema, DiskBytes, Info, InfoSchema, InfoSource, Kernel, Memory, MemorySchema, OtherModel, SegmentMemory,
};

impl Info {
    /// What `collection` is; `status` says which other models have embedded it.
    ///
    /// # Errors
    /// If the columns or the token counts of the collection cannot be read.
    pub fn new(collection: &Collection, status: &SwitchStatus) -> Result<Self, CollectionError> {
        let (manifest, model, sizes) = (collection.manifest(), collection.model(), collection.sizes());
        let (seconds_encode, seconds_index) = manifest.seconds();
        let settings = ModelSettings::of(model);
        let (tokens, truncated) = collection.tokens()?;
        let source = |(name, documents)| InfoSource { name, documents };
        Ok(Info {
            schema: InfoSchema::V1,
            index: collection.root().display().to_string(),
            documents: manifest.documents(),
            removed: manifest.segments.iter().map(|segment| segment.deleted).sum(),
            segments: manifest.segments.len() as u64,
            generation: manifest.generation,
            change: manifest.change.clone(),
            sources: collection.sources()?.into_iter().map(source).collect(),
            records: manifest.intake.records,
            merged: manifest.intake.merged,
            skipped: manifest.intake.skipped,
            model: model.name().to_owned(),
            model_reference: model.reference.clone(),
            precision: model.precision.clone(),
            fingerprint: model.fingerprint.clone(),
            dimension: model.dimension() as u64,
            full_dimension: settings.full_dimension as u64,
            max_tokens: model.max_seq_length as u64,
            windows: settings.windows,
            query_prompt: settings.query_prompt,
            passage_prompt: settings.passage_prompt,
            truncated,
            truncated_share: truncated as f64 / manifest.documents().max(1) as f64,
            tokens,
            other_models: status.others.iter().map(OtherModel::from).collect(),
            m: manifest.graph.m as u64,
            ef_construction: manifest.graph.ef_construction as u64,
            half: manifest.graph.half,
            seconds_encode,
            seconds_index,
            bytes: DiskBytes {
                documents: sizes.documents,
                fields: sizes.fields,
                words: sizes.words,
                vectors: sizes.vectors,
                graph: sizes.graph,
                other_models: sizes.other_models,
                total: sizes.total(),
            },
            bytes_per_vector: sizes.bytes_per_vector(),
            created_unix: manifest.created_unix,
            written_by: manifest.written_by.clone(),
        })
    }
}

impl From<&Other> for OtherModel {
    fn from(Other { model, state, embedded, told_apart, .. }: &Other) -> Self {
        OtherModel {
            name: model.name().to_owned(),
            fingerprint: model.fingerprint.clone(),
            dimension: model.dimension() as u64,
            state: (*state).into(),
            embedded: *embedded,
            told_apart: Some(told_apart.clone()).filter(|words| !words.is_empty()),
        }
    }
}

/// Bytes of each candidate that building considers for a row. With the rows in bytes that makes 2.5 kB for a row of 384
/// numbers at the default of 64 candidates, which is what was measured.
const BYTES_A_CANDIDATE: u64 = 33;

impl Memory {
    /// What each segment of `collection` takes.
    #[must_use]
    pub fn new(collection: &Collection) -> Self {
        let active = &collection.manifest().active;
        let ef_construction = collection.manifest().graph.ef_construction as u64;
        let mut total = SegmentMemory { segment: "all".to_owned(), ..SegmentMemory::default() };
        let mut segments = Vec::new();
        for segment in collection.segments() {
            let record = segment.record();
            let of_kind = |ending: &str| -> u64 {
                record.files.iter().filter(|file| file.path.ends_with(ending)).map(|file| file.bytes).sum()
            };
            let mut part = SegmentMemory {
                segment: record.name.clone(),
                rows: record.rows,
                documents_bytes: segment.documents().sizes().file_bytes,
                fields_bytes: of_kind(".columns"),
                words_bytes: of_kind(".lexical"),
                ..SegmentMemory::default()
            };
            for vectors in segment.vectors() {
                let sizes = vectors.index().sizes();
                if vectors.record().fingerprint != *active {
                    part.other_models_bytes += sizes.file_bytes;
                    continue;
                }
                part.vectors_bytes = sizes.vectors_bytes;
                part.graph_bytes = sizes.graph_bytes();
                part.walk_bytes = sizes.hot_bytes;
                // Candidates for links with their scores, and a copy of the rows in a byte a number; rows are mapped.
                part.build_bytes = record.rows * (ef_construction * BYTES_A_CANDIDATE + vectors.index().dim() as u64);
            }
            add(&mut total, &part);
            segments.push(part);
        }
        Memory { schema: MemorySchema::V1, index: collection.root().display().to_string(), segments, total }
    }
}

fn add(total: &mut SegmentMemory, part: &SegmentMemory) {
    total.rows += part.rows;
    total.documents_bytes += part.documents_bytes;
    total.fields_bytes += part.fields_bytes;
    total.words_bytes += part.words_bytes;
    total.vectors_bytes += part.vectors_bytes;
    total.graph_bytes += part.graph_bytes;
    total.other_models_bytes += part.other_models_bytes;
    total.walk_bytes += part.walk_bytes;
    total.build_bytes += part.build_bytes;
}

impl Cpu {
    /// What this machine offers.
    #[must_use]
    pub fn of_this_machine() -> Self {
        let kernel = |kernels: &simd::Kernels| Kernel { f32: kernels.name.to_owned(), int8: kernels.int8.to_owned() };
        let best = simd::best();
        Cpu {
            schema: CpuSchema::V1,
            cores: std::thread::available_parallelism().map_or(1, usize::from) as u64,
            f32: best.name.to_owned(),
            int8: best.int8.to_owned(),
            available: simd::available().iter().map(kernel).collect(),
        }
    }
}
