//! Two models made up: texts as points of a space, and what each model sees of them.

use semsearch_testing::Random;
use semsearch_vector::{Matrix, normalise};

/// The same texts in two spaces.
pub(super) struct Spaces {
    pub(super) documents: (Matrix, Matrix),
    pub(super) queries: (Matrix, Matrix),
    pub(super) own: Vec<Option<usize>>,
}

/// Texts as one model sees them.
pub(super) struct Texts {
    documents: Matrix,
    queries: Matrix,
}

/// `documents` in groups, as papers are, and as many `queries`, each near a document.
pub(super) fn texts(documents: usize, queries: usize, dim: usize) -> Texts {
    let (centres, spread) = (noise(20, dim, 1), noise(documents, dim, 2));
    let mut rows = Matrix::new(dim);
    for (number, spread) in spread.iter().enumerate() {
        rows.push(&between(centres.row(number % 20), spread, 0.5));
    }
    let (mut asked, apart) = (Matrix::new(dim), noise(queries, dim, 3));
    for (number, apart) in apart.iter().enumerate() {
        asked.push(&between(rows.row(number * 7 % documents), apart, 0.3));
    }
    Texts { documents: rows, queries: asked }
}

impl Texts {
    /// The texts with an old model that sees each as `old` says; the new model sees it as it is.
    pub(super) fn seen(self, old: impl Fn(&[f32]) -> Vec<f32>) -> Spaces {
        let Texts { documents, queries } = self;
        let own = (0..queries.rows()).map(|number| Some(number * 7 % documents.rows())).collect();
        let seen = |rows: Matrix| {
            let old: Vec<Vec<f32>> = rows.iter().map(|row| unit(old(row))).collect();
            let width = old.first().map_or(1, Vec::len);
            let old = Matrix::from_vec(old.concat(), width).expect("all rows are equally wide");
            (rows, old)
        };
        Spaces { documents: seen(documents), queries: seen(queries), own }
    }
}

/// `row` turned: reflected at some planes that depend on nothing but its width.
pub(super) fn reflected(row: &[f32], dim: usize) -> Vec<f32> {
    let mut turned = row.to_vec();
    for plane in &noise(5, dim, 4) {
        let along = 2.0 * semsearch_vector::dot(&turned, plane);
        turned.iter_mut().zip(plane).for_each(|(number, plane)| *number -= along * plane);
    }
    turned
}

/// Rows of length 1 in all directions.
pub(super) fn noise(rows: usize, dim: usize, seed: u64) -> Matrix {
    let mut random = Random::new(seed);
    let mut matrix = Matrix::new(dim);
    for _ in 0..rows {
        // Normal numbers point every way alike.
        matrix.push(&unit((0..dim).map(|_| random.normal()).collect()));
    }
    matrix
}

fn between(a: &[f32], b: &[f32], share: f32) -> Vec<f32> {
    unit(a.iter().zip(b).map(|(a, b)| a * (1.0 - share) + b * share).collect())
}

fn unit(mut row: Vec<f32>) -> Vec<f32> {
    normalise(&mut row);
    row
}
