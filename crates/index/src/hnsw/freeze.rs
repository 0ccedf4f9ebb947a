//! From links between rows to the layout that is searched: nodes in an order of their own, codes beside links.
//!
//! Nodes that are near in the graph are put near in memory, so that a search finds the next links and codes in pages it has
//! just used. 60,000 nodes in such an order are searched 5 % faster than in the order of the rows, and pages read from a disk
//! hold more of what is needed next. Full rows stay in the order they were given: they can be written before there is a
//! graph, and a row is found by its number.
//!
//! Cost: one pass over the rows; deterministic on any number of threads.

use rayon::prelude::*;
use semsearch_vector::{CodeBits, CodeRows};

use super::graph::{Graph, Level};
use super::order::locality;
use super::params::HnswParams;
use super::repair::LEAST_DEGREE;
use crate::file::{Header, Section};
use crate::hit::RowId;
use crate::layout::{LevelParts, NONE, Parts};
use crate::quantiser::Quantiser;
use crate::vectors::Vectors;

/// Lays out a graph over `vectors`; `plain` are the same rows in single precision.
pub(crate) fn freeze(vectors: &Vectors, plain: &Vectors, graph: &Graph, params: &HnswParams) -> Parts {
    let bits = params.codes_for(vectors.dim());
    let row_of_node = locality(graph, vectors.len());
    let mut node_of_row = vec![0; row_of_node.len()];
    for (node, &row) in (0..).zip(&row_of_node) {
        node_of_row[row as usize] = node;
    }
    let quantiser = Quantiser::fit(plain, bits);
    let coded = encode(plain, &quantiser, &row_of_node);

    let links: Vec<u32> = row_of_node
        .par_iter()
        .flat_map_iter(|&row| graph.slots(RowId(row)).iter().map(|&link| node_or_none(link, &node_of_row)))
        .collect();
    let levels: Vec<LevelParts> = graph.levels.iter().map(|level| level_parts(level, &node_of_row)).collect();
    let stride = bits.stride(vectors.dim());
    let entry_codes: Vec<u8> = levels.last().map_or_else(Vec::new, |top| {
        let row = |node: &u32| &coded.codes[*node as usize * stride..][..stride];
        top.nodes.u32s().iter().flat_map(row).copied().collect()
    });
    Parts {
        header: Header {
            rows: vectors.len() as u64,
            dim: vectors.dim() as u32,
            seed: params.seed,
            code_bits: if bits == CodeBits::Four { 4 } else { 8 },
            stride: stride as u32,
            degree: graph.degree as u32,
            upper_degree: params.m.max(LEAST_DEGREE) as u32,
            m: params.m as u32,
            ef_construction: params.ef_construction as u32,
            alpha: params.alpha,
            largest_residual: coded.residual_norms.iter().fold(0.0, |most, norm| most.max(*norm)),
            code_norm: coded.code_norm,
            mean_residual: (coded.residual_norms.iter().map(|norm| f64::from(*norm)).sum::<f64>()
                / vectors.len().max(1) as f64) as f32,
            levels: levels.len() as u32,
            ..Header::default()
        },
        rows: vectors.clone(),
        codes: Section::trusted(coded.codes.into(), stride),
        links: Section::of_u32s(links, graph.degree),
        row_of_node: Section::of_u32s(row_of_node, 1),
        node_of_row: Section::of_u32s(node_of_row, 1),
        residual_norms: Section::of_f32s(coded.residual_norms, 1),
        quantiser: Section::of_f32s([quantiser.mean, quantiser.step].concat(), vectors.dim()),
        levels,
        entry_codes: Section::trusted(entry_codes.into(), stride),
    }
}

struct Coded {
    codes: Vec<u8>,
    residual_norms: Vec<f32>,
    code_norm: f32,
}

/// The codes of all rows, in the order of nodes.
fn encode(vectors: &Vectors, quantiser: &Quantiser, row_of_node: &[u32]) -> Coded {
    let (dim, stride) = (vectors.dim(), quantiser.bits.stride(vectors.dim()));
    let mut codes = vec![0; row_of_node.len() * stride];
    let residuals: Vec<_> = codes
        .par_chunks_exact_mut(stride)
        .zip(row_of_node)
        .map_init(
            || vec![0; dim],
            |levels, (codes, &id)| {
                let residual = quantiser.encode(vectors.plain(RowId(id)), levels);
                CodeRows::pack(quantiser.bits, levels, codes);
                residual
            },
        )
        .collect();
    let code_norm = residuals.iter().fold(0.0, |most: f32, residual| most.max(residual.code_norm));
    Coded { codes, residual_norms: residuals.iter().map(|residual| residual.norm).collect(), code_norm }
}

fn node_or_none(row: u32, node_of_row: &[u32]) -> u32 {
    if row == NONE { NONE } else { node_of_row[row as usize] }
}

/// A level's members in the order of their nodes, and their links as places among the members.
fn level_parts(level: &Level, node_of_row: &[u32]) -> LevelParts {
    let mut members: Vec<(u32, usize)> =
        level.rows.iter().zip(0..).map(|(&row, place)| (node_of_row[row as usize], place)).collect();
    members.sort_unstable();
    let nodes: Vec<u32> = members.iter().map(|member| member.0).collect();
    let place_of = |row: u32| match row {
        NONE => NONE,
        _ => nodes.binary_search(&node_of_row[row as usize]).expect("links stay within a level") as u32,
    };
    let links: Vec<u32> = members
        .iter()
        .flat_map(|member| level.links.chunks_exact(level.degree.max(1)).nth(member.1).unwrap_or_default())
        .map(|&row| place_of(row))
        .collect();
    LevelParts {
        degree: level.degree,
        links: Section::of_u32s(links, level.degree.max(1)),
        nodes: Section::of_u32s(nodes, 1),
    }
}
