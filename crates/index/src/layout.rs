//! An index as it lies in memory and in its file: plain sections, in the order in which a search reads them.
//!
//! Building makes [`Parts`] out of sections of its own, saving writes them, opening finds them again in the mapped file,
//! and searching does not know which of the three it has. A *row* is numbered as the caller gave it, a *node* is a
//! place in the order of the graph; two lists lead from one to the other.

use semsearch_vector::{CodeBits, CodeRows};

use crate::hit::RowId;
use crate::hnsw::HnswParams;
use crate::plan::WalkCost;
use crate::quantiser::Quantiser;
use crate::storage::{Damage, Section};
use crate::vectors::{Element, Vectors};

/// Marks a link that is not there. Links lie in front, these behind them.
pub(crate) const NONE: u32 = u32::MAX;

/// What is to be known about an index besides its sections. In the file, the header page; a new field is a line here
/// and a line in `storage/header.rs`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Header {
    /// How many rows there are.
    pub(crate) rows: u64,
    /// How many numbers a row has.
    pub(crate) dim: u32,
    /// The kind of number in the section of rows.
    pub(crate) element: Element,
    /// How long the build took, in seconds.
    pub(crate) build_seconds: f64,
    /// What drew the rows of the upper levels.
    pub(crate) seed: u64,
    /// Bits of a code: 4 or 8; 0 without a graph.
    pub(crate) code_bits: u32,
    /// Bytes of a row of codes: whole blocks of 64.
    pub(crate) stride: u32,
    /// Links of a node on level 0; 0 without a graph.
    pub(crate) degree: u32,
    /// Links of a member of an upper level.
    pub(crate) upper_degree: u32,
    /// What `degree` and `upper_degree` came from.
    pub(crate) m: u32,
    /// Candidates from which a row chose its links.
    pub(crate) ef_construction: u32,
    /// How much farther a link may be than one that leads the same way.
    pub(crate) alpha: f32,
    /// The largest of the section of errors.
    pub(crate) largest_error: f32,
    /// At least the length of any row of codes, counted from the middle one.
    pub(crate) spread: f32,
    /// The mean of the section of errors.
    pub(crate) typical_error: f32,
    /// Share of the rows' true neighbours among those they chose links from: 1 where all pairs were compared, and measured
    /// on a sample where they were not. 0 without a graph.
    pub(crate) neighbour_recall: f32,
    /// How many codes a walk scores.
    pub(crate) walk_cost: WalkCost,
    /// How many upper levels there are; at least one in an index with a graph and rows.
    pub(crate) levels: u32,
}

/// Everything a search reads.
///
/// An index without a graph has rows only: `header.degree` is 0 and all other sections are empty.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// Shape and parameters.
    pub(crate) header: Header,
    /// By row: full precision, for the last scores.
    pub(crate) rows: Vectors,
    /// By node: `header.stride` bytes of codes.
    pub(crate) codes: Section,
    /// By node: `header.degree` nodes, then [`NONE`].
    pub(crate) links: Section,
    /// By node: its row.
    pub(crate) row_of_node: Section,
    /// By row: its node.
    pub(crate) node_of_row: Section,
    /// By node: `f32`, how long the difference between the row and what its codes stand for is at most.
    pub(crate) errors: Section,
    /// Two records of `dim` `f32`: the mean that was taken off before coding, and the step of a code.
    pub(crate) quantiser: Section,
    /// Level 1 first, the top one last.
    pub(crate) levels: Vec<LevelParts>,
    /// By member of the top level: `header.stride` bytes of codes, the same as its node's.
    pub(crate) entry_codes: Section,
}

/// One upper level.
#[derive(Clone, Debug)]
pub(crate) struct LevelParts {
    /// Links of a member; 0 on the top level, which has none.
    pub(crate) degree: usize,
    /// The nodes that are members, ascending.
    pub(crate) nodes: Section,
    /// By member: `degree` places in `nodes`, then [`NONE`]. Empty on the top level.
    pub(crate) links: Section,
}

impl Header {
    /// How the graph was built.
    pub(crate) fn params(&self) -> HnswParams {
        HnswParams {
            m: self.m as usize,
            ef_construction: self.ef_construction as usize,
            alpha: self.alpha,
            seed: self.seed,
            codes: if self.code_bits == 8 { CodeBits::Eight } else { CodeBits::Four },
        }
    }
}

impl Parts {
    /// Rows and nothing else.
    pub(crate) fn without_graph(header: Header, rows: Vectors) -> Self {
        let empty = Section::of_u32s(Vec::new(), 1);
        Parts {
            header,
            rows,
            codes: empty.clone(),
            links: empty.clone(),
            row_of_node: empty.clone(),
            node_of_row: empty.clone(),
            errors: empty.clone(),
            quantiser: empty.clone(),
            levels: Vec::new(),
            entry_codes: empty,
        }
    }

    /// Whether there is a graph; an empty one counts.
    pub(crate) fn has_graph(&self) -> bool {
        self.header.degree > 0
    }

    /// Every section, in the order of the file.
    pub(crate) fn sections(&self) -> Vec<&Section> {
        let mut sections = vec![self.rows.section()];
        if self.has_graph() {
            sections.extend([&self.codes, &self.links, &self.row_of_node, &self.node_of_row]);
            sections.extend([&self.errors, &self.quantiser]);
            for level in &self.levels {
                sections.push(&level.nodes);
                if level.degree > 0 {
                    sections.push(&level.links);
                }
            }
            sections.push(&self.entry_codes);
        }
        sections
    }
}

impl LevelParts {
    /// The level that is scored whole.
    pub(crate) fn top(nodes: Section) -> Self {
        LevelParts { degree: 0, nodes, links: Section::of_u32s(Vec::new(), 1) }
    }
}

impl Parts {
    /// How many rows there are, and nodes.
    pub(crate) fn len(&self) -> usize {
        self.header.rows as usize
    }

    /// How many numbers a row has.
    pub(crate) fn dim(&self) -> usize {
        self.header.dim as usize
    }

    /// Places for links that a node has.
    pub(crate) fn degree(&self) -> usize {
        self.header.degree as usize
    }

    /// The kind of code.
    pub(crate) fn bits(&self) -> CodeBits {
        if self.header.code_bits == 8 { CodeBits::Eight } else { CodeBits::Four }
    }

    /// The codes of all nodes.
    pub(crate) fn code_rows(&self) -> CodeRows<'_> {
        CodeRows::new(self.codes.bytes(), self.bits(), self.dim())
    }

    /// The codes of the top level's members.
    pub(crate) fn entry_code_rows(&self) -> CodeRows<'_> {
        CodeRows::new(self.entry_codes.bytes(), self.bits(), self.dim())
    }

    /// What made the codes.
    ///
    /// # Errors
    /// If its section is damaged.
    pub(crate) fn quantiser(&self) -> Result<Quantiser, Damage> {
        self.quantiser.verify_all()?;
        let (mean, step) = self.quantiser.f32s().split_at(self.dim());
        Ok(Quantiser { bits: self.bits(), mean: mean.to_vec(), step: step.to_vec() })
    }

    /// The row of a node.
    ///
    /// # Errors
    /// If the section is damaged there.
    #[inline]
    pub(crate) fn row_of(&self, node: u32) -> Result<RowId, Damage> {
        self.row_of_node.verify(node as usize)?;
        Ok(RowId(self.row_of_node.u32s()[node as usize]))
    }

    /// The node of a row.
    ///
    /// # Errors
    /// If the section is damaged there.
    #[inline]
    pub(crate) fn node_of(&self, row: RowId) -> Result<u32, Damage> {
        self.node_of_row.verify(row.index())?;
        Ok(self.node_of_row.u32s()[row.index()])
    }

    /// Whether all that a walk reads, full rows aside, has been compared with its checksums.
    pub(crate) fn walk_is_verified(&self) -> bool {
        let levels = self.levels.iter().all(|level| level.nodes.is_verified() && level.links.is_verified());
        levels && self.codes.is_verified() && self.links.is_verified() && self.entry_codes.is_verified()
    }
}
