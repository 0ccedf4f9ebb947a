//! One index, measured once, in a process of its own: the Rust side of `benches/index`.
//!
//! ```text
//! ann engines                                                           what this build can run, one a line
//! ann build  ENGINE --vectors DIR --index DIR --threads N
//! ann sweep  ENGINE --vectors DIR --index DIR --threads N --settings SETTING,... --half even|odd --ids FILE
//! ann single ENGINE --vectors DIR --index DIR --settings SETTING,... [--ids FILE]
//! ann first  ENGINE --vectors DIR --index DIR --settings SETTING
//! ann batch  ENGINE --vectors DIR --index DIR --threads N
//! ann filter ENGINE --vectors DIR --index DIR --settings SETTING,... --allowed FILE --ids FILE
//! ```
//!
//! DIR of vectors holds `base.bin` and `queries.bin`, rows of 384 little-endian f32. `allowed` has a bit for each row,
//! the lowest of a byte first. A setting is `ef`, or `ef:rerank` for an engine that scores that many again in full
//! precision; 0 for engines without settings. The answer is one line of JSON after `index: `; ids found go to FILE, i32 of
//! settings × queries × 10, and `benches/index` scores them for every engine alike.
//!
//! | file          | what is in it                                    |
//! |---------------|--------------------------------------------------|
//! | `measure.rs`  | what is timed, and how                           |
//! | `engine.rs`   | the interface of an engine that is measured      |
//! | `ours.rs`     | our graph and our exact scan                     |
//! | `hnsw_rs.rs`  | the crate that was used before our graph         |

mod engine;
mod hnsw_rs;
mod measure;
mod ours;

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use engine::{Kind, Setting};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Numbers in a row.
const DIM: usize = 384;
/// Neighbours asked for.
const K: usize = 10;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["engines"] => Kind::ALL.iter().for_each(|kind| say(kind.name())),
        [mode @ ("build" | "sweep" | "single" | "first" | "batch" | "filter"), kind, ref flags @ ..] => {
            let report = run(mode, Kind::named(kind)?, &Flags::read(mode, flags))?;
            say(&format!("index: {report}"));
        }
        // The arguments of `cargo bench`. Figures of one engine alone would have nothing to compare with.
        _ => say("left out: benches/index runs this beside other libraries"),
    }
    Ok(())
}

fn run(mode: &str, kind: Kind, flags: &Flags<'_>) -> Fallible<serde_json::Value> {
    let vectors = Path::new(flags.get("--vectors")?);
    let index = Path::new(flags.get("--index")?);
    if mode == "build" {
        return measure::build(kind, &read_numbers(&vectors.join("base.bin"))?, index, flags.threads()?);
    }
    let queries = read_numbers(&vectors.join("queries.bin"))?;
    let queries: Vec<&[f32]> = queries.chunks_exact(DIM).collect();
    if mode == "first" {
        return measure::first(kind, &queries, index, flags.settings()?[0]);
    }
    let engine = kind.open(index)?;
    match mode {
        "sweep" => {
            let (half, ids) = (flags.get("--half")?, flags.get("--ids")?);
            measure::sweep(&*engine, &queries, &flags.settings()?, flags.threads()?, half, ids)
        }
        "single" => measure::single(&*engine, &queries, &flags.settings()?, flags.get("--ids").ok()),
        "batch" => measure::batch(&*engine, &queries, flags.threads()?),
        _ => {
            let allowed = fs::read(flags.get("--allowed")?)?;
            measure::filter(&*engine, &queries, &flags.settings()?, &allowed, flags.get("--ids")?)
        }
    }
}

struct Flags<'a> {
    mode: &'a str,
    given: HashMap<&'a str, &'a str>,
}

impl<'a> Flags<'a> {
    fn read(mode: &'a str, words: &[&'a str]) -> Self {
        Self { mode, given: words.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect() }
    }

    fn get(&self, name: &str) -> Fallible<&'a str> {
        self.given.get(name).copied().ok_or_else(|| format!("{} needs {name}", self.mode).into())
    }

    fn threads(&self) -> Fallible<usize> {
        Ok(self.get("--threads")?.parse()?)
    }

    /// At least one.
    fn settings(&self) -> Fallible<Vec<Setting>> {
        self.get("--settings")?.split(',').map(Setting::read).collect()
    }
}

fn read_numbers(path: &Path) -> Fallible<Vec<f32>> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    if bytes.len() % (4 * DIM) != 0 {
        return Err(format!("{}: expected rows of {DIM} f32, found {} bytes", path.display(), bytes.len()).into());
    }
    let (numbers, _) = bytes.as_chunks();
    Ok(numbers.iter().copied().map(f32::from_le_bytes).collect())
}

#[expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
fn say(line: &str) {
    println!("{line}");
}
