//! Walks the graph's two files and checks everything that reading them takes for granted.
//!
//! A checksum says that a file is the one that was written, unless someone mended the checksum as well. `hnsw_rs` then
//! indexes lists with numbers from the file, allocates what it is told to, and copies as many bytes as one file says
//! from a buffer as long as another says. This walk allows none of that: every count is met by bytes that are there,
//! every link leads to a point that exists, every row occurs once, and nothing follows the end.
//!
//! Cost: one pass over both files, one bit per row.

use super::HnswParams;
use super::dump::{DATA_FILE, GRAPH_FILE};

/// What the files must say to belong to an index.
pub(super) struct Expected {
    pub(super) rows: usize,
    pub(super) params: HnswParams,
    /// The name of the distance, as the compiler spells it.
    pub(super) distance: &'static str,
}

/// Where a file is not what it should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) file: &'static str,
    pub(super) offset: usize,
    pub(super) problem: &'static str,
}

const MAGIC_GRAPH: u32 = 0x002a_6779;
const MAGIC_LAYER: u32 = 0x000a_676f;
const MAGIC_POINT: u32 = 0x000a_678f;
const MAGIC_DATA: u32 = 0xa67f_0000;
const LAYERS: usize = 16;
/// Links that name each neighbour's layer and rank, the only kind that can be read back.
const FULL: u8 = 1;

pub(super) fn check(graph: &[u8], data: &[u8], expected: &Expected) -> Result<(), Fault> {
    let mut graph = Walk { file: GRAPH_FILE, bytes: graph, offset: 0 };
    let mut data = Walk { file: DATA_FILE, bytes: data, offset: 0 };
    description(&mut graph, expected)?;
    data.must_be(MAGIC_DATA, "no magic number")?;
    data.must_be(1_u64, "a point should have one number")?;

    // Links may lead to layers further on in the file, so what they name is compared at the end.
    let mut points_in = [0_usize; LAYERS];
    let mut named_in = [0_usize; LAYERS];
    let mut seen = vec![false; expected.rows];
    graph.must_be(LAYERS as u8, "wrong number of layers")?;
    for (layer, points) in points_in.iter_mut().enumerate() {
        graph.must_be(MAGIC_LAYER, "no layer begins here")?;
        *points = graph.count(expected.rows, "more points in a layer than rows")?;
        for rank in 0..*points {
            let row = point(&mut graph, layer, rank, expected, &mut named_in)?;
            if std::mem::replace(&mut seen[row], true) {
                return Err(graph.fault("a row occurs twice"));
            }
            datum(&mut data, row)?;
        }
    }
    graph.count(expected.rows.saturating_sub(1), "the entry point is no row")?;
    place(&mut graph, &mut named_in)?;

    if points_in.iter().sum::<usize>() != expected.rows {
        return Err(graph.fault("a row is missing"));
    }
    if named_in.iter().zip(points_in).any(|(named, points)| *named > points) {
        return Err(graph.fault("a link leads to a point that does not exist"));
    }
    graph.must_end()?;
    data.must_end()
}

/// The head of the graph file.
fn description(graph: &mut Walk<'_>, expected: &Expected) -> Result<(), Fault> {
    graph.must_be(MAGIC_GRAPH, "no magic number")?;
    graph.must_be(FULL, "not a full graph")?;
    graph.must_be(expected.params.m as u8, "m differs from the index")?;
    let scale = f64::from_le_bytes(graph.take()?);
    if !(scale.is_finite() && scale > 0.0) {
        return Err(graph.fault("the level scale is no positive number"));
    }
    graph.must_be(LAYERS as u8, "wrong number of layers")?;
    graph.must_be(expected.params.ef_construction as u64, "ef_construction differs from the index")?;
    graph.must_be(expected.rows as u64, "the number of rows differs from the index")?;
    graph.must_be(1_u64, "a point should have one number")?;
    graph.must_be_text(expected.distance, "another distance")?;
    graph.must_be_text("f32", "another kind of number")
}

/// One point with its links; returns its row.
fn point(
    graph: &mut Walk<'_>,
    layer: usize,
    rank: usize,
    expected: &Expected,
    named_in: &mut [usize; LAYERS],
) -> Result<usize, Fault> {
    graph.must_be(MAGIC_POINT, "no point begins here")?;
    let row = graph.count(expected.rows.saturating_sub(1), "a point is no row")?;
    graph.must_be(layer as u8, "a point names another layer than its own")?;
    graph.must_be(rank as i32, "a point names another rank than its own")?;
    for _ in 0..LAYERS {
        for _ in 0..graph.count(2 * expected.params.m, "more links than 2·m")? {
            graph.count(expected.rows.saturating_sub(1), "a link leads to no row")?;
            place(graph, named_in)?;
            let distance = f32::from_le_bytes(graph.take()?);
            if !(0.0..=f32::MAX).contains(&distance) {
                return Err(graph.fault("a distance is negative or no number"));
            }
        }
    }
    Ok(row)
}

/// A layer and a rank in it. Remembers how many points that layer must have for the place to exist.
fn place(graph: &mut Walk<'_>, named_in: &mut [usize; LAYERS]) -> Result<(), Fault> {
    let [layer] = graph.take()?;
    let rank = i32::from_le_bytes(graph.take()?);
    match (named_in.get_mut(usize::from(layer)), usize::try_from(rank)) {
        (Some(named), Ok(rank)) => *named = (*named).max(rank + 1),
        _ => return Err(graph.fault("a link leads to no layer or rank")),
    }
    Ok(())
}

/// One point of the data file: the row's id, in the bits of an `f32`.
fn datum(data: &mut Walk<'_>, row: usize) -> Result<(), Fault> {
    data.must_be(MAGIC_DATA, "no point begins here")?;
    data.must_be(row as u64, "points come in another order than in the graph")?;
    data.must_be(4_u64, "a point should have one number")?;
    data.must_be(row as u32, "a point does not hold its row's id")
}

/// Bytes of a file, read front to back.
struct Walk<'a> {
    file: &'static str,
    bytes: &'a [u8],
    offset: usize,
}

impl Walk<'_> {
    fn fault(&self, problem: &'static str) -> Fault {
        Fault { file: self.file, offset: self.offset, problem }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let taken = self.bytes[self.offset..].first_chunk().ok_or_else(|| self.fault("the file ends too early"))?;
        self.offset += N;
        Ok(*taken)
    }

    fn must_be<const N: usize>(&mut self, expected: impl LittleEndian<N>, problem: &'static str) -> Result<(), Fault> {
        let fault = self.fault(problem);
        if self.take()? == expected.bytes() { Ok(()) } else { Err(fault) }
    }

    fn must_be_text(&mut self, expected: &str, problem: &'static str) -> Result<(), Fault> {
        self.must_be(expected.len() as u64, problem)?;
        if !self.bytes[self.offset..].starts_with(expected.as_bytes()) {
            return Err(self.fault(problem));
        }
        self.offset += expected.len();
        Ok(())
    }

    /// A number up to `most`.
    fn count(&mut self, most: usize, problem: &'static str) -> Result<usize, Fault> {
        let fault = self.fault(problem);
        usize::try_from(u64::from_le_bytes(self.take()?)).ok().filter(|count| *count <= most).ok_or(fault)
    }

    fn must_end(&self) -> Result<(), Fault> {
        if self.offset == self.bytes.len() { Ok(()) } else { Err(self.fault("bytes follow the end")) }
    }
}

/// A number as the file spells it.
trait LittleEndian<const N: usize> {
    fn bytes(self) -> [u8; N];
}

macro_rules! little_endian {
    ($($number:ty: $len:literal),*) => {
        $(impl LittleEndian<$len> for $number {
            fn bytes(self) -> [u8; $len] {
                self.to_le_bytes()
            }
        })*
    };
}

little_endian!(u8: 1, u32: 4, i32: 4, u64: 8);
