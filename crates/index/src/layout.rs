//! An index as it lies in memory and in its file: sections, in the order in which a search reads them.
//!
//! Building makes [`Parts`] of sections in memory, saving writes them, and opening finds them in the mapped file; a search
//! does not know which it has. A *row* is numbered as the caller gave it, a *node* is a place in the order of the graph;
//! two sections lead from one to the other.

use semsearch_vector::CodeRows;

use crate::file::{Damage, Header, Section};
use crate::hit::RowId;
use crate::quantiser::Quantiser;
use crate::vectors::Vectors;

/// The mark of a place without a link. A node's links come first, then this mark in its other places.
pub(crate) const NONE: u32 = u32::MAX;

/// Everything a search reads.
///
/// An index without a graph has rows only: all other sections are empty.
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
    /// By node: `f32`, the residual norm: at least the length of the difference between the row and its decoded codes.
    pub(crate) residual_norms: Section,
    /// Two records of `dim` `f32`: the mean that was subtracted before coding, and the step of a code.
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

impl Parts {
    /// Rows without a graph.
    pub(crate) fn without_graph(header: Header, rows: Vectors) -> Self {
        let empty = Section::of_u32s(Vec::new(), 1);
        Parts {
            header,
            rows,
            codes: empty.clone(),
            links: empty.clone(),
            row_of_node: empty.clone(),
            node_of_row: empty.clone(),
            residual_norms: empty.clone(),
            quantiser: empty.clone(),
            levels: Vec::new(),
            entry_codes: empty,
        }
    }

    /// Every section, in the order of the file.
    pub(crate) fn sections(&self) -> Vec<&Section> {
        let mut sections = vec![self.rows.section()];
        if self.header.has_graph() {
            sections.extend([&self.codes, &self.links, &self.row_of_node, &self.node_of_row]);
            sections.extend([&self.residual_norms, &self.quantiser]);
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
    /// The top level, which is scored whole.
    pub(crate) fn top(nodes: Section) -> Self {
        LevelParts { degree: 0, nodes, links: Section::of_u32s(Vec::new(), 1) }
    }
}

impl Parts {
    /// The number of rows, and of nodes.
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

    /// The codes of all nodes.
    pub(crate) fn code_rows(&self) -> CodeRows<'_> {
        CodeRows::new(self.codes.bytes(), self.header.bits(), self.dim())
    }

    /// The codes of the top level's members.
    pub(crate) fn entry_code_rows(&self) -> CodeRows<'_> {
        CodeRows::new(self.entry_codes.bytes(), self.header.bits(), self.dim())
    }

    /// The quantiser that made the codes.
    ///
    /// # Errors
    /// If its section is damaged.
    pub(crate) fn quantiser(&self) -> Result<Quantiser, Damage> {
        self.quantiser.verify_all()?;
        let (mean, step) = self.quantiser.f32s().split_at(self.dim());
        Ok(Quantiser { bits: self.header.bits(), mean: mean.to_vec(), step: step.to_vec() })
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

    /// Whether all that a beam search reads, full rows aside, has been compared with its checksums.
    pub(crate) fn graph_is_verified(&self) -> bool {
        let levels = self.levels.iter().all(|level| level.nodes.is_verified() && level.links.is_verified());
        levels && self.codes.is_verified() && self.links.is_verified() && self.entry_codes.is_verified()
    }
}
