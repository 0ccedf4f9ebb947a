//! The measurements. `benches/lab/index_worker.py` makes the same for other libraries.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::engine::{Engine, Kind, Setting};
use crate::{DIM, Fallible, K};

/// Settings are chosen on one half of the queries; the figures are measured on the other.
const HALVES: [&str; 2] = ["even", "odd"];
/// A pass is repeated for at least this much time and this often; the fastest counts.
const AT_LEAST: (Duration, usize) = (Duration::from_millis(100), 3);
/// Passes on several threads are made at least this long, so that starting threads does not count.
const LONG: Duration = Duration::from_millis(300);
/// Queries that a thread takes at a time.
const SHARE: usize = 25;

pub(crate) fn build(kind: Kind, rows: &[f32], folder: &Path, threads: usize) -> Fallible<Value> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    fs::create_dir_all(folder)?;
    let (cpu, started) = (cpu_time(), Instant::now());
    let save = pool.install(|| kind.build(rows))?;
    let (wall, cpu) = (started.elapsed(), cpu_since(cpu));
    let saving = Instant::now();
    let built = save(folder)?;
    Ok(json!({
        "rows": rows.len() / DIM,
        "wall_s": wall.as_secs_f64(),
        "cpu_s": cpu,
        "save_s": saving.elapsed().as_secs_f64(),
        "file_bytes": bytes_in(folder)?,
        "hot_bytes": built.hot_bytes,
    }))
}

/// Opening and the first two answers of this process.
pub(crate) fn first(kind: Kind, queries: &[&[f32]], folder: &Path, setting: Setting) -> Fallible<Value> {
    let started = Instant::now();
    let engine = kind.open(folder)?;
    let opened = started.elapsed();
    let mut found = Vec::new();
    engine.search(queries[0], setting, &mut found);
    let answered = started.elapsed();
    engine.search(queries[1], setting, &mut found);
    let again = started.elapsed() - answered;
    Ok(json!({ "open_ms": millis(opened), "first_ms": millis(answered), "second_ms": millis(again) }))
}

/// Queries with even numbers or with odd ones; one thread goes by CPU time, several by the clock on the wall.
pub(crate) fn sweep(
    engine: &dyn Engine,
    queries: &[&[f32]],
    settings: &[Setting],
    threads: usize,
    half: &str,
    ids: &str,
) -> Fallible<Value> {
    let mut found = vec![-1; settings.len() * queries.len() * K];
    let mut points = Vec::new();
    let start = HALVES.iter().position(|name| *name == half).ok_or("--half is even or odd")?;
    let asked: Vec<&[f32]> = queries.iter().skip(start).step_by(2).copied().collect();
    for (setting, found) in settings.iter().zip(found.chunks_exact_mut(queries.len() * K)) {
        let began = Instant::now();
        let mut answer = Vec::new();
        for (query, found) in asked.iter().zip(found.chunks_exact_mut(K).skip(start).step_by(2)) {
            engine.search(query, *setting, &mut answer);
            keep(&answer, found);
        }
        let times = match threads {
            1 => 1,
            _ => (LONG.as_secs_f64() * threads as f64 / began.elapsed().as_secs_f64()).ceil() as usize,
        };
        let (wall, cpu) = fastest(|| search_all(engine, &asked, *setting, times, threads));
        let each = |seconds: f64| seconds / times as f64;
        let timed = json!({ "queries": asked.len(), "wall_s": each(wall), "cpu_s": cpu.map(each) });
        points.push(json!({ "setting": setting.text(), half: timed }));
    }
    write_ids(ids, &found)?;
    Ok(json!({ "points": points }))
}

/// Searches all queries, `times` times, on several threads, each of which takes the next few when it is done.
fn search_all(engine: &dyn Engine, queries: &[&[f32]], setting: Setting, times: usize, threads: usize) {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        loop {
            let start = next.fetch_add(SHARE, Ordering::Relaxed);
            if start >= times * queries.len() {
                return;
            }
            for number in start..(start + SHARE).min(times * queries.len()) {
                engine.search(queries[number % queries.len()], setting, &mut found);
            }
        }
    };
    if threads == 1 {
        return work();
    }
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
}

/// One query at a time: the median and the 99th percentile, and the pages that had to be read from disk.
pub(crate) fn single(
    engine: &dyn Engine,
    queries: &[&[f32]],
    settings: &[Setting],
    ids: Option<&str>,
) -> Fallible<Value> {
    let mut found = vec![-1; settings.len() * queries.len() * K];
    let mut points = Vec::new();
    for (setting, found) in settings.iter().zip(found.chunks_exact_mut(queries.len() * K)) {
        let mut answer = Vec::new();
        let mut times = Vec::with_capacity(queries.len());
        let (cpu, faults) = (cpu_time(), major_faults());
        for (query, found) in queries.iter().zip(found.chunks_exact_mut(K)) {
            let started = Instant::now();
            engine.search(query, *setting, &mut answer);
            times.push(started.elapsed());
            keep(&answer, found);
        }
        let faults = faults.and_then(|before| Some(major_faults()? - before));
        let cpu = cpu_since(cpu).map(|seconds| seconds * 1e3 / queries.len() as f64);
        times.sort_unstable();
        points.push(json!({
            "setting": setting.text(),
            "cpu_ms": cpu,
            "p50_ms": millis(times[times.len() / 2]),
            "p99_ms": millis(times[times.len() * 99 / 100]),
            "major_faults": faults,
        }));
    }
    if let Some(ids) = ids {
        write_ids(ids, &found)?;
    }
    Ok(json!({ "points": points }))
}

/// All queries at once against one by one, both on the same number of threads.
pub(crate) fn batch(engine: &dyn Engine, queries: &[&[f32]], threads: usize) -> Fallible<Value> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let setting = Setting { ef: 0, rerank: None };
    let (one_wall, one_cpu) = fastest(|| search_all(engine, queries, setting, 1, threads));
    let one = json!({ "wall_s": one_wall, "cpu_s": one_cpu });
    let Some(together) = pool.install(|| engine.search_batch(queries)) else {
        return Ok(json!({ "queries": queries.len(), "one_by_one": one, "batch": null }));
    };
    let mut alone = Vec::new();
    for (query, ids) in queries.iter().zip(&together) {
        engine.search(query, setting, &mut alone);
        if *ids != alone {
            return Err(format!("a query of a batch found {ids:?}, alone it finds {alone:?}").into());
        }
    }
    let (wall, cpu) = fastest(|| drop(pool.install(|| engine.search_batch(queries))));
    Ok(json!({ "queries": queries.len(), "one_by_one": one, "batch": { "wall_s": wall, "cpu_s": cpu } }))
}

/// Queries with a filter for the rows whose bit is set, on one thread; `ways` counts how queries were answered.
pub(crate) fn filter(
    engine: &dyn Engine,
    queries: &[&[f32]],
    settings: &[Setting],
    allowed: &[u8],
    ids: &str,
) -> Fallible<Value> {
    let search = engine.filtered(allowed).ok_or("this engine has no filter")?;
    let mut found = vec![-1; settings.len() * queries.len() * K];
    let mut points = Vec::new();
    let mut answer = Vec::new();
    for (setting, found) in settings.iter().zip(found.chunks_exact_mut(queries.len() * K)) {
        let mut ways = serde_json::Map::new();
        for (query, found) in queries.iter().zip(found.chunks_exact_mut(K)) {
            let way = search(query, *setting, &mut answer);
            keep(&answer, found);
            let count = ways.get(way).and_then(Value::as_u64).unwrap_or(0);
            ways.insert(way.to_owned(), json!(count + 1));
        }
        let mut point = json!({ "setting": setting.text(), "ways": ways });
        for (start, half) in HALVES.into_iter().enumerate() {
            let asked: Vec<&[f32]> = queries.iter().skip(start).step_by(2).copied().collect();
            let (wall, cpu) = fastest(|| {
                let mut answer = Vec::new();
                for query in &asked {
                    search(query, *setting, &mut answer);
                }
            });
            point[half] = json!({ "queries": asked.len(), "wall_s": wall, "cpu_s": cpu });
        }
        points.push(point);
    }
    write_ids(ids, &found)?;
    Ok(json!({ "points": points }))
}

/// The shortest time of a pass, on the wall and of CPUs, in seconds.
fn fastest(pass: impl Fn()) -> (f64, Option<f64>) {
    let (mut walls, mut cpus) = (Vec::new(), Vec::new());
    let began = Instant::now();
    while walls.len() < AT_LEAST.1 || began.elapsed() < AT_LEAST.0 {
        let (cpu, started) = (cpu_time(), Instant::now());
        pass();
        walls.push(started.elapsed().as_secs_f64());
        cpus.push(cpu_since(cpu));
    }
    let cpu = cpus.into_iter().flatten().min_by(f64::total_cmp);
    (walls.into_iter().fold(f64::INFINITY, f64::min), cpu)
}

/// Ids as they are written; what was not found stays −1.
fn keep(ids: &[u32], out: &mut [i32]) {
    for (out, id) in out.iter_mut().zip(ids) {
        *out = *id as i32;
    }
}

fn write_ids(path: &str, ids: &[i32]) -> Fallible<()> {
    Ok(fs::write(path, ids.iter().flat_map(|id| id.to_le_bytes()).collect::<Vec<u8>>())?)
}

fn bytes_in(folder: &Path) -> Fallible<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// CPU time of this process, user and system, all threads, counted by the scheduler in nanoseconds.
#[cfg(unix)]
fn cpu_time() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
}

#[cfg(not(unix))]
fn cpu_time() -> Option<Duration> {
    None
}

/// Seconds of CPU since `before`.
fn cpu_since(before: Option<Duration>) -> Option<f64> {
    Some(cpu_time()?.saturating_sub(before?).as_secs_f64())
}

/// Major page faults of this process (the twelfth field of `/proc/self/stat`); `None` on systems without that file.
fn major_faults() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in brackets, which may hold anything.
    stat.rsplit_once(')')?.1.split_whitespace().nth(9)?.parse().ok()
}
