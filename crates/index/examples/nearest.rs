//! Builds an index over a thousand vectors, saves it, opens it, and finds the three nearest to a query.
//!
//! ```text
//! cargo run -p semsearch-index --example nearest
//! ```

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use std::error::Error;
use std::path::Path;

use semsearch_index::{
    Hit, HnswIndex, HnswParams, Index, IndexMeta, Matrix, NoProgress, SearchParams, Vectors, normalise, open,
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    for hit in nearest(folder.path())? {
        println!("row {}: {:.4}", hit.id.0, hit.score);
    }
    Ok(())
}

pub(crate) fn nearest(folder: &Path) -> Result<Vec<Hit>, Box<dyn Error>> {
    // Rows usually come from an encoder; these lie on a spiral.
    let mut rows = Matrix::new(8);
    for number in 0..1000 {
        let mut row =
            [1.0, 2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0].map(|speed| (number as f32 * 0.01 * speed).sin() + 0.1);
        normalise(&mut row);
        rows.push(&row);
    }
    let query = rows.row(500).to_vec();

    let built = HnswIndex::build(Vectors::new(rows)?, &HnswParams::default(), &NoProgress)?;
    built.save(folder, &IndexMeta::new("a spiral"))?;
    let index = open(folder)?.hnsw()?;
    Ok(index.search(&query, &SearchParams::new(3))?)
}
