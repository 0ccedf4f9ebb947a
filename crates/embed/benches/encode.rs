//! One engine of this crate, measured once, in a process of its own: the Rust side of `benches/encoders`.
//!
//! ```text
//! encode engines                                                        what this build can run, one a line
//! encode throughput ENGINE --model NAME|DIR --threads N --texts FILE --vectors FILE
//! encode latency    ENGINE --model NAME|DIR --threads N --texts FILE --count N
//! ```
//!
//! Texts are a JSON list of strings, the answer is one JSON line. Vectors are written as rows of little-endian f32, in the
//! texts' order. An engine is timed end to end, from text to a vector of length 1, after it was loaded and has encoded 32
//! texts. CPU time is read from `/proc`; it is null on systems without it.
//!
//! `candle` is stock candle-transformers as this crate used it before it had kernels of its own, for comparison: one batch
//! a thread, side by side, which is how candle is fastest.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use rayon::prelude::*;
use semsearch_embed::{
    Encoder, EncoderOptions, ModelFolder, ModelStore, Precision, PrecisionChoice, SentenceTransformer, TextKind, Tokens,
};
use semsearch_task::NoProgress;
use semsearch_vector::normalise;
use serde_json::json;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Every engine of this build.
const ENGINES: [&str; 4] = ["semsearch-int8", "semsearch-f32", "semsearch-static", "candle"];

/// Texts encoded before the clock starts.
const WARM_UP: usize = 32;

/// Texts are encoded again until this has passed: the system counts CPU time in hundredths of a second.
const AT_LEAST: Duration = Duration::from_secs(1);

/// Texts in one of candle's batches.
const CANDLE_BATCH: usize = 4;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["engines"] => ENGINES.iter().for_each(|engine| say(engine)),
        [mode @ ("throughput" | "latency"), engine, ref flags @ ..] => {
            let flags: HashMap<&str, &str> = flags.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
            let flag = |name: &str| flags.get(name).copied().ok_or(format!("{mode} needs {name}"));
            let model = ModelStore::from_env(true).resolve(flag("--model")?, &NoProgress)?;
            let texts: Vec<String> = serde_json::from_slice(&fs::read(flag("--texts")?)?)?;
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(flag("--threads")?.parse()?).build()?;
            let engine = load(engine, &model)?;
            let report = match mode {
                "throughput" => pool.install(|| throughput(&*engine, &texts, Path::new(flag("--vectors")?)))?,
                _ => pool.install(|| latency(&*engine, &texts, flag("--count")?.parse()?))?,
            };
            say(&report.to_string());
        }
        // The arguments of `cargo bench`. Figures of one engine alone would have nothing to compare with.
        _ => say("left out: benches/encoders runs this beside other engines"),
    }
    Ok(())
}

fn throughput(engine: &dyn Engine, texts: &[&str], out: &Path) -> Fallible<serde_json::Value> {
    engine.passages(&texts[..texts.len().min(WARM_UP)])?;
    let (cpu, started) = (cpu_time(), Instant::now());
    let (vectors, tokens) = engine.passages(texts)?;
    let mut passes = 1;
    while started.elapsed() < AT_LEAST {
        engine.passages(texts)?;
        passes += 1;
    }
    let (wall, cpu) = (started.elapsed(), cpu_since(cpu));
    fs::write(out, vectors.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>())?;
    Ok(json!({ "texts": passes * texts.len(), "tokens": passes * tokens, "wall_s": wall.as_secs_f64(), "cpu_s": cpu }))
}

fn latency(engine: &dyn Engine, texts: &[&str], count: usize) -> Fallible<serde_json::Value> {
    let ask = |number: usize| engine.query(texts[number % texts.len()]);
    (0..WARM_UP).try_for_each(ask)?;
    let cpu = cpu_time();
    let mut times = Vec::with_capacity(count);
    for number in 0..count {
        let started = Instant::now();
        ask(number)?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(json!({ "ms": times, "cpu_ms": cpu_since(cpu).map(|seconds| seconds * 1e3 / count as f64) }))
}

trait Engine: Sync {
    /// Vectors one after the other, and how many tokens they were made of.
    fn passages(&self, texts: &[&str]) -> Fallible<(Vec<f32>, usize)>;

    fn query(&self, text: &str) -> Fallible<()>;
}

fn load(name: &str, model: &ModelFolder) -> Fallible<Box<dyn Engine>> {
    match name {
        "semsearch-int8" => Ok(Box::new(load_ours(model, Precision::Int8)?)),
        "semsearch-f32" => Ok(Box::new(load_ours(model, Precision::F32)?)),
        // Not the model that was named: this one is part of the program.
        "semsearch-static" => {
            let model = ModelStore::from_env(true).resolve("static", &NoProgress)?;
            Ok(Box::new(SentenceTransformer::load(&model, &EncoderOptions::default())?))
        }
        "candle" => Ok(Box::new(Candle::load(model)?)),
        other => Err(format!("no engine `{other}`, there are {}", ENGINES.join(", ")).into()),
    }
}

/// As `semsearch` loads it, with the packed-weights cache.
fn load_ours(model: &ModelFolder, precision: Precision) -> Fallible<SentenceTransformer> {
    let options = EncoderOptions::default()
        .with_precision(PrecisionChoice::Fixed(precision))
        .with_weights_cache(ModelStore::from_env(true).weights_cache());
    Ok(SentenceTransformer::load(model, &options)?)
}

impl Engine for SentenceTransformer {
    fn passages(&self, texts: &[&str]) -> Fallible<(Vec<f32>, usize)> {
        let encoded = self.encode(texts, TextKind::Passage)?;
        Ok((encoded.vectors.as_slice().to_vec(), encoded.tokens.iter().sum()))
    }

    fn query(&self, text: &str) -> Fallible<()> {
        self.encode(&[text], TextKind::Query)?;
        Ok(())
    }
}

/// candle's own BERT, with mean pooling in tensors.
struct Candle {
    model: BertModel,
    /// Tokenises only; its network is not run.
    tokeniser: SentenceTransformer,
}

impl Candle {
    fn load(model: &ModelFolder) -> Fallible<Self> {
        let config: Config = serde_json::from_slice(&fs::read(model.path.join("config.json"))?)?;
        let weights = fs::read(model.path.join("model.safetensors"))?;
        let weights = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)?;
        let tokeniser = load_ours(model, Precision::Int8)?;
        Ok(Candle { model: BertModel::load(weights, &config)?, tokeniser })
    }

    fn forward(&self, batch: &[&Tokens]) -> Fallible<Vec<Vec<f32>>> {
        let longest = batch.iter().map(|text| text.ids.len()).max().unwrap_or(0);
        let (mut ids, mut mask) = (vec![0u32; batch.len() * longest], vec![0u32; batch.len() * longest]);
        for (row, text) in batch.iter().enumerate() {
            let own = row * longest..row * longest + text.ids.len();
            ids[own.clone()].copy_from_slice(&text.ids);
            mask[own].fill(1);
        }
        let ids = Tensor::from_vec(ids, (batch.len(), longest), &Device::Cpu)?;
        let mask = Tensor::from_vec(mask, (batch.len(), longest), &Device::Cpu)?;
        let hidden = self.model.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        let counted = mask.to_dtype(DType::F32)?.unsqueeze(2)?;
        let means = hidden.broadcast_mul(&counted)?.sum(1)?.broadcast_div(&counted.sum(1)?)?;
        let mut vectors = means.to_vec2::<f32>()?;
        vectors.iter_mut().for_each(|vector| normalise(vector));
        Ok(vectors)
    }
}

impl Engine for Candle {
    fn passages(&self, texts: &[&str]) -> Fallible<(Vec<f32>, usize)> {
        let tokens: Vec<Tokens> =
            texts.par_iter().map(|text| self.tokeniser.tokenise(text, TextKind::Passage)).collect::<Result<_, _>>()?;
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(tokens[index].ids.len()));
        let parts: Vec<Vec<Vec<f32>>> = order
            .par_chunks(CANDLE_BATCH)
            .with_max_len(1)
            .map(|members| self.forward(&members.iter().map(|&index| &tokens[index]).collect::<Vec<_>>()))
            .collect::<Fallible<_>>()?;
        let mut vectors: Vec<(usize, Vec<f32>)> = order.into_iter().zip(parts.into_iter().flatten()).collect();
        vectors.sort_unstable_by_key(|(index, _)| *index);
        let numbers = vectors.into_iter().flat_map(|(_, vector)| vector).collect();
        Ok((numbers, tokens.iter().map(|text| text.ids.len()).sum()))
    }

    fn query(&self, text: &str) -> Fallible<()> {
        self.forward(&[&self.tokeniser.tokenise(text, TextKind::Query)?])?;
        Ok(())
    }
}

/// CPU time of this process, user and system, all threads.
fn cpu_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in brackets, which may hold anything; fields 14 and 15 count in hundredths
    // of a second (proc_pid_stat(5)).
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks()? + ticks()?)))
}

/// Seconds of CPU since `before`.
fn cpu_since(before: Option<Duration>) -> Option<f64> {
    Some(cpu_time()?.saturating_sub(before?).as_secs_f64())
}

#[expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
fn say(line: &str) {
    println!("{line}");
}
