//! Our words, measured once, in a process of its own: the Rust side of `benches/lexical`.
//!
//! ```text
//! lexical build --papers FILE --index DIR
//! lexical ask   --questions FILE --index DIR --found FILE
//! lexical words --papers FILE --questions FILE --out FILE
//! ```
//!
//! `papers` and `questions` have a JSON object a line. The answer is one line of JSON after `lexical: `. The rows found,
//! ten a question, go to FILE, i32, −1 where there are fewer. `words` writes which stems a paper and a question have, so
//! that a BM25 in another language can tell whether the rows are right. `benches/lab/lexical_worker.py` is the same for
//! the peers.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use semsearch_lexical::analyse::{TokenKind, for_each_token, is_stop_word, stem};
use semsearch_lexical::{Analysed, LexicalIndex, LexicalSegment, LexicalWriter, Paper, WeightedStem};
use serde_json::{Value, json};

type Fallible<T> = Result<T, Box<dyn Error>>;
/// Rows, best first, with their scores.
type Hits = Vec<(u32, f32)>;

/// Papers asked for.
const K: usize = 10;
/// The questions are asked again until this much time has passed, and at least so often.
const AT_LEAST: (Duration, usize) = (Duration::from_millis(500), 5);

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let report = match words[..] {
        ["build", "--papers", papers, "--index", folder] => build(papers, &index_in(folder))?,
        ["ask", "--questions", questions, "--index", folder, "--found", found] => {
            ask(questions, &index_in(folder), found)?
        }
        ["words", "--papers", papers, "--questions", questions, "--out", out] => write_words(papers, questions, out)?,
        // What `cargo bench` gives; its figures would stand beside nothing.
        _ => return say("left out: benches/lexical runs this beside other libraries"),
    };
    say(&format!("lexical: {report}"))
}

fn index_in(folder: &str) -> PathBuf {
    Path::new(folder).join("words.lexical")
}

/// From texts to a file, on one thread.
fn build(papers: &str, index: &Path) -> Fallible<Value> {
    let papers = lines(papers)?;
    let clock = Clock::start();
    let mut writer = LexicalWriter::new();
    for paper in &papers {
        let text = |field: &str| paper[field].as_str().unwrap_or_default();
        let authors = paper["authors"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        writer.push(Analysed::of(&Paper {
            title: text("title"),
            text: text("text"),
            authors,
            venue: paper["venue"].as_str(),
            identifiers: vec![text("id")],
        }));
    }
    fs::write(index, writer.finish())?;
    let (wall_s, cpu_s) = clock.seconds();
    let file_bytes = fs::metadata(index)?.len();
    Ok(json!({ "papers": papers.len(), "wall_s": wall_s, "cpu_s": cpu_s, "file_bytes": file_bytes }))
}

/// Questions as they are typed, one at a time: their words, the scores, the ten best.
fn ask(questions: &str, index: &Path, found: &str) -> Fallible<Value> {
    let questions = lines(questions)?;
    let kinds = kinds(&questions);
    let clock = Clock::start();
    let segment = LexicalSegment::open(fs::read(index)?.into())?;
    let index = LexicalIndex::new(vec![(Arc::new(segment), None)])?;
    let (open_s, _) = clock.seconds();

    let top = |question: &str| -> Fallible<Hits> { Ok(index.best(&terms(question), K, &|_| true)?) };
    // With the score of every paper, which those who fuse scores want.
    let all = |question: &str| -> Fallible<Hits> { Ok(index.scores(&terms(question))?.top(K, &|_| true)) };
    top("warming up")?;
    let mut rows = Vec::new();
    let mut first = serde_json::Map::new();
    for (kind, asked) in &kinds {
        let clock = Clock::start();
        for question in asked {
            let hits = top(question)?;
            rows.extend((0..K).map(|place| hits.get(place).map_or(-1, |hit| hit.0.cast_signed())));
        }
        first.insert((*kind).to_owned(), json!(clock.seconds().1));
    }
    let mut again = serde_json::Map::new();
    let mut scored = serde_json::Map::new();
    for (kind, asked) in &kinds {
        if asked.iter().any(|question| !matches!((top(question), all(question)), (Ok(a), Ok(b)) if a == b)) {
            return Err("the best papers are not those with the highest scores".into());
        }
        again.insert((*kind).to_owned(), json!(passes(asked, &top)?));
        scored.insert((*kind).to_owned(), json!(passes(asked, &all)?));
    }
    fs::write(found, rows.iter().flat_map(|row: &i32| row.to_le_bytes()).collect::<Vec<u8>>())?;
    let counts: serde_json::Map<_, _> =
        kinds.iter().map(|(kind, asked)| ((*kind).to_owned(), json!(asked.len()))).collect();
    Ok(
        json!({ "open_s": open_s, "questions": counts, "first_cpu_s": first, "one_cpu_s": again, "scores_cpu_s": scored }),
    )
}

/// Seconds of CPU for all of some questions, the median.
fn passes(asked: &[&str], answer: &dyn Fn(&str) -> Fallible<Hits>) -> Fallible<f64> {
    let (mut passes, started) = (Vec::new(), Instant::now());
    while passes.len() < AT_LEAST.1 || started.elapsed() < AT_LEAST.0 {
        let clock = Clock::start();
        for question in asked {
            std::hint::black_box(answer(question)?);
        }
        passes.push(clock.seconds().1);
    }
    passes.sort_by(f64::total_cmp);
    Ok(passes[passes.len() / 2])
}

/// The kinds of questions, each with its questions, in the order of the file.
fn kinds(questions: &[Value]) -> Vec<(&str, Vec<&str>)> {
    let mut kinds: Vec<(&str, Vec<&str>)> = Vec::new();
    for question in questions {
        let [kind, text] = ["kind", "text"].map(|field| question[field].as_str().unwrap_or_default());
        match kinds.last_mut() {
            Some((last, asked)) if *last == kind => asked.push(text),
            _ => kinds.push((kind, vec![text])),
        }
    }
    kinds
}

fn terms(question: &str) -> Vec<WeightedStem> {
    let mut terms = Vec::new();
    for_each_token(question, &mut |token| {
        if !is_stop_word(token.word) {
            terms.push(WeightedStem { stem: stem(token.word).into_owned(), weight: 1.0 });
        }
    });
    terms
}

/// A line for each paper and then for each question: its stems, stop words left out, and which of them do not count for
/// the length, since their parts do.
fn write_words(papers: &str, questions: &str, out: &str) -> Fallible<Value> {
    let mut file = BufWriter::new(File::create(out)?);
    let papers = lines(papers)?;
    for paper in &papers {
        let (title, title_joined) = stems(paper["title"].as_str().unwrap_or_default());
        let (text, text_joined) = stems(paper["text"].as_str().unwrap_or_default());
        let all = json!({ "title": title, "title_joined": title_joined, "text": text, "text_joined": text_joined });
        writeln!(file, "{all}")?;
    }
    for question in lines(questions)? {
        let terms = terms(question["text"].as_str().unwrap_or_default());
        let stems: Vec<&str> = terms.iter().map(|term| term.stem.as_str()).collect();
        writeln!(file, "{}", json!({ "question": stems }))?;
    }
    file.flush()?;
    Ok(json!({ "papers": papers.len() }))
}

fn stems(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut stems, mut joined) = (Vec::new(), Vec::new());
    for_each_token(text, &mut |token| {
        if !is_stop_word(token.word) {
            let list = if token.kind == TokenKind::Joined { &mut joined } else { &mut stems };
            list.push(stem(token.word).into_owned());
        }
    });
    (stems, joined)
}

fn lines(path: &str) -> Fallible<Vec<Value>> {
    let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    BufReader::new(file).lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

/// Seconds by the clock on the wall and of the processor.
struct Clock(Instant, Option<Duration>);

impl Clock {
    fn start() -> Self {
        Clock(Instant::now(), cpu_time())
    }

    /// Where the processor's time is not known, the first stands for both.
    fn seconds(&self) -> (f64, f64) {
        let wall = self.0.elapsed();
        let cpu = self.1.zip(cpu_time()).map_or(wall, |(before, now)| now.saturating_sub(before));
        (wall.as_secs_f64(), cpu.as_secs_f64())
    }
}

#[cfg(unix)]
fn cpu_time() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
}

#[cfg(not(unix))]
fn cpu_time() -> Option<Duration> {
    None
}

#[expect(clippy::print_stdout, clippy::unnecessary_wraps, reason = "a benchmark reports on standard output")]
fn say(line: &str) -> Fallible<()> {
    println!("{line}");
    Ok(())
}
