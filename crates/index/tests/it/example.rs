//! The example runs, and finds what it says.

#[allow(dead_code, reason = "its `main` prints")]
#[path = "../../examples/nearest.rs"]
mod nearest;

#[test]
fn the_example_finds_the_row_that_is_the_query_and_its_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let hits = nearest::nearest(folder.path()).unwrap();
    let mut ids: Vec<u32> = hits.iter().map(|hit| hit.id.0).collect();
    assert_eq!((ids.len(), ids[0]), (3, 500));
    ids.sort_unstable();
    assert_eq!(ids, [499, 500, 501]);
}
