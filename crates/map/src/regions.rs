//! Regions of the picture: hills of the density of places, coarse ones and finer ones within them.
//!
//! Places are counted in the cells of a grid and the counts are blurred. From each cell one climbs to the steepest neighbour
//! until a peak is reached; cells of one peak are a basin. Then, again and again, the basin with the fewest places joins the
//! neighbour with which it shares the highest pass, until as many are left as wanted: first the fine regions, later the coarse
//! ones, so that each fine region lies in one coarse region.
//!
//! Cost: next to nothing beside the arranging.

use std::collections::BTreeMap;

use crate::frame::SIDE;

/// A region.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Region {
    /// The place in its middle: that of the row which is nearest to the mean of all its rows.
    pub middle: [u16; 2],
    /// The number of its rows.
    pub rows: u32,
    /// The coarse region that it lies in; `None` if it is a coarse one.
    pub parent: Option<u16>,
}

/// The regions of a picture.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Regions {
    /// The coarse regions, the one with most rows first, then the fine ones in the same order. A coarse region that is not
    /// divided has no fine ones.
    pub regions: Vec<Region>,
    /// The finest region of each row.
    pub of_rows: Vec<u16>,
}

/// Divides places into regions.
#[must_use]
pub fn regions(places: &[[u16; 2]]) -> Regions {
    if places.is_empty() {
        return Regions::default();
    }
    let (coarse, fine) = wanted(places.len());
    let grid = Grid::of(places);
    let mut basins = Basins::of(&grid, places);
    basins.join_until(fine);
    let fine_of_rows: Vec<usize> = places.iter().map(|place| basins.of_cell(grid.cell(*place))).collect();
    basins.join_until(coarse);
    let coarse_of_rows: Vec<usize> = places.iter().map(|place| basins.of_cell(grid.cell(*place))).collect();
    numbered(places, &fine_of_rows, &coarse_of_rows)
}

/// How many coarse and fine regions so many rows have: 6 and 7 of 225, 13 and 45 of 10,000, 18 and 110 of 60,000.
fn wanted(rows: usize) -> (usize, usize) {
    let rows = rows as f64;
    let coarse = (2.0 * rows.powf(0.2)).round().min(rows / 10.0).max(1.0) as usize;
    let fine = (0.45 * rows.sqrt()).round().min(160.0) as usize;
    (coarse, if fine >= 2 * coarse { fine } else { coarse })
}

/// Regions with their final numbers, from basins.
fn numbered(places: &[[u16; 2]], fine: &[usize], coarse: &[usize]) -> Regions {
    let mut regions = Vec::new();
    let mut number_of_coarse = BTreeMap::new();
    for (basin, rows) in largest_first(coarse) {
        number_of_coarse.insert(basin, regions.len() as u16);
        regions.push(Region { middle: middle(places, &rows), rows: rows.len() as u32, parent: None });
    }
    let parents: BTreeMap<usize, usize> = fine.iter().copied().zip(coarse.iter().copied()).collect();
    let mut parts: BTreeMap<usize, usize> = BTreeMap::new();
    parents.values().for_each(|parent| *parts.entry(*parent).or_default() += 1);
    let mut number_of_fine = BTreeMap::new();
    for (basin, rows) in largest_first(fine) {
        let parent = parents[&basin];
        let is_divided = parts[&parent] > 1;
        let parent = number_of_coarse[&parent];
        // The only part of a coarse region is that region.
        number_of_fine.insert(basin, if is_divided { regions.len() as u16 } else { parent });
        if is_divided {
            regions.push(Region { middle: middle(places, &rows), rows: rows.len() as u32, parent: Some(parent) });
        }
    }
    Regions { regions, of_rows: fine.iter().map(|basin| number_of_fine[basin]).collect() }
}

/// The rows of each basin, the one with most rows first.
fn largest_first(of_rows: &[usize]) -> Vec<(usize, Vec<usize>)> {
    let mut rows: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    of_rows.iter().enumerate().for_each(|(row, basin)| rows.entry(*basin).or_default().push(row));
    let mut rows: Vec<(usize, Vec<usize>)> = rows.into_iter().collect();
    rows.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(&b.0)));
    rows
}

/// The place of the row that is nearest to the mean of rows. There is a row at least.
fn middle(places: &[[u16; 2]], rows: &[usize]) -> [u16; 2] {
    let mean =
        [0, 1].map(|axis| rows.iter().map(|row| i64::from(places[*row][axis])).sum::<i64>() / rows.len().max(1) as i64);
    let far = |row: &&usize| {
        let [x, y] = [0, 1].map(|axis| i64::from(places[**row][axis]) - mean[axis]);
        x * x + y * y
    };
    rows.iter().min_by_key(far).map_or([0, 0], |row| places[*row])
}

/// The density of places in the cells of a square.
struct Grid {
    side: usize,
    density: Vec<f32>,
}

impl Grid {
    fn of(places: &[[u16; 2]]) -> Self {
        // A few places a cell, so that a blur over two cells is smooth.
        let side = ((places.len() as f64).sqrt() * 1.1).round().clamp(24.0, 256.0) as usize;
        let mut grid = Grid { side, density: vec![0.0; side * side] };
        for place in places {
            let cell = grid.cell(*place);
            grid.density[cell] += 1.0;
        }
        for _ in 0..3 {
            grid.blur();
        }
        grid
    }

    fn cell(&self, place: [u16; 2]) -> usize {
        let along = |x: u16| usize::from(x) * self.side / (usize::from(SIDE) + 1);
        along(place[1]) * self.side + along(place[0])
    }

    /// The mean with both neighbours along one axis, then along the other: three times this is nearly a bell.
    fn blur(&mut self) {
        for stride in [1, self.side] {
            let before = self.density.clone();
            for cell in 0..before.len() {
                let at = cell / stride % self.side;
                let mut sum = 2.0 * before[cell];
                if at > 0 {
                    sum += before[cell - stride];
                }
                if at + 1 < self.side {
                    sum += before[cell + stride];
                }
                self.density[cell] = 0.25 * sum;
            }
        }
    }

    /// The up to eight cells around a cell.
    fn around(&self, cell: usize) -> impl Iterator<Item = usize> + '_ {
        let (x, y) = ((cell % self.side) as isize, (cell / self.side) as isize);
        let side = self.side as isize;
        (-1..=1).flat_map(move |down| (-1..=1).map(move |right| (x + right, y + down))).filter_map(move |(x2, y2)| {
            let is_there = (0..side).contains(&x2) && (0..side).contains(&y2) && (x2, y2) != (x, y);
            is_there.then_some((y2 * side + x2) as usize)
        })
    }
}

/// Cells by the peaks that they lead to.
struct Basins {
    of_cells: Vec<usize>,
    /// The basin that a basin has joined, itself at first.
    joined: Vec<usize>,
    rows: Vec<u32>,
    /// The highest pass between two basins, the one with the lower number first.
    passes: BTreeMap<(usize, usize), f32>,
    left: usize,
}

impl Basins {
    fn of(grid: &Grid, places: &[[u16; 2]]) -> Self {
        // Of cells of the same density the one with the lower number is higher, so that every way up ends.
        let higher = |a: usize, b: usize| grid.density[a].total_cmp(&grid.density[b]).then(b.cmp(&a));
        let up = |cell: usize| grid.around(cell).chain([cell]).max_by(|&a, &b| higher(a, b)).unwrap_or(cell);
        let mut order: Vec<usize> = (0..grid.density.len()).collect();
        order.sort_unstable_by(|&a, &b| higher(b, a));
        let (mut of_cells, mut peaks) = (vec![0; order.len()], 0);
        for cell in order {
            let above = up(cell);
            of_cells[cell] = if above == cell { peaks } else { of_cells[above] };
            peaks += usize::from(above == cell);
        }
        let mut rows = vec![0; peaks];
        places.iter().for_each(|place| rows[of_cells[grid.cell(*place)]] += 1);
        let mut passes: BTreeMap<(usize, usize), f32> = BTreeMap::new();
        for cell in 0..of_cells.len() {
            for other in grid.around(cell).filter(|other| of_cells[*other] != of_cells[cell]) {
                let (a, b) = (of_cells[cell], of_cells[other]);
                let pass = passes.entry((a.min(b), a.max(b))).or_insert(0.0);
                *pass = pass.max(grid.density[cell].min(grid.density[other]));
            }
        }
        Basins { of_cells, joined: (0..peaks).collect(), rows, passes, left: peaks }
    }

    fn of_cell(&self, cell: usize) -> usize {
        self.leader(self.of_cells[cell])
    }

    fn leader(&self, mut basin: usize) -> usize {
        while self.joined[basin] != basin {
            basin = self.joined[basin];
        }
        basin
    }

    /// Lets the smallest basins join others until at most `wanted` are left.
    fn join_until(&mut self, wanted: usize) {
        while self.left > wanted.max(1) {
            let leaders = (0..self.joined.len()).filter(|&basin| self.joined[basin] == basin);
            let Some(smallest) = leaders.min_by_key(|&basin| (self.rows[basin], basin)) else { return };
            // Every cell has neighbours, so every basin but the last has one too.
            let ways = self.passes.iter().filter(|((a, b), _)| *a == smallest || *b == smallest);
            let ways = ways.map(|((a, b), pass)| (if *a == smallest { *b } else { *a }, *pass));
            let Some((into, _)) = ways.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))) else { return };
            self.join(smallest, into);
        }
    }

    fn join(&mut self, basin: usize, into: usize) {
        self.joined[basin] = into;
        self.rows[into] += self.rows[basin];
        let ways: Vec<((usize, usize), f32)> = self
            .passes
            .iter()
            .filter(|((a, b), _)| *a == basin || *b == basin)
            .map(|(way, pass)| (*way, *pass))
            .collect();
        for ((a, b), pass) in ways {
            self.passes.remove(&(a, b));
            let other = if a == basin { b } else { a };
            if other != into {
                let kept = self.passes.entry((other.min(into), other.max(into))).or_insert(0.0);
                *kept = kept.max(pass);
            }
        }
        self.left -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many places around each of some middles.
    fn around(middles: &[[u16; 2]], each: usize) -> Vec<[u16; 2]> {
        let place = |number: usize| {
            let [x, y] = middles[number % middles.len()];
            let turn = number as f32 * 2.399_963;
            let out = 2_500.0 * ((number / middles.len()) as f32 / each as f32).sqrt();
            [(f32::from(x) + out * turn.cos()) as u16, (f32::from(y) + out * turn.sin()) as u16]
        };
        (0..each * middles.len()).map(place).collect()
    }

    #[test]
    fn places_around_one_middle_are_one_region() {
        let middles = [[10_000, 10_000], [50_000, 12_000], [30_000, 30_000], [12_000, 52_000], [55_000, 50_000]];
        let places = around(&middles, 40);
        let found = regions(&places);
        for (row, region) in found.of_rows.iter().enumerate() {
            assert_eq!(*region, found.of_rows[row % 5], "row {row}");
        }
        for (middle, &region) in middles.iter().zip(&found.of_rows) {
            let Region { middle: found, rows, parent } = &found.regions[usize::from(region)];
            let apart = found.iter().zip(middle).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(apart < 3_000 && (*rows, *parent) == (40, None), "{middle:?} {found:?} {rows}");
        }
    }

    #[test]
    fn a_fine_region_lies_in_a_coarse_one_and_every_row_in_one_of_each() {
        let middles: Vec<[u16; 2]> = (0..60).map(|at| [4_000 + at % 8 * 8_000, 4_000 + at / 8 * 8_000]).collect();
        let places = around(&middles, 80);
        let found = regions(&places);
        let coarse = found.regions.iter().filter(|region| region.parent.is_none()).count();
        assert!((8..=12).contains(&coarse) && found.regions.len() > 25, "{coarse} {}", found.regions.len());
        let sum = |parent: Option<u16>| {
            let parts = found.regions.iter().filter(|region| region.parent == parent);
            parts.map(|region| region.rows).sum::<u32>()
        };
        assert_eq!(sum(None) as usize, places.len());
        for (number, region) in (0..).zip(&found.regions[..coarse]) {
            let parts = found.regions.iter().any(|region| region.parent == Some(number));
            assert!(!parts || sum(Some(number)) == region.rows);
        }
        assert!(found.of_rows.iter().all(|region| usize::from(*region) < found.regions.len()));
    }

    #[test]
    fn few_places_are_one_region_and_none_are_none() {
        assert_eq!(regions(&[]), Regions::default());
        for rows in 1..9 {
            let found = regions(&vec![[7, 65_535]; rows]);
            assert_eq!((found.regions.len(), found.of_rows), (1, vec![0; rows]));
        }
    }
}
