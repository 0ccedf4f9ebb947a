//! `semsearch encode`: prints the vectors of texts, one JSON line each.

use std::io::IsTerminal;

use semsearch_embed::{Encoder, SentenceTransformer, TextKind};
use semsearch_report::encode::EncodedText;

use crate::args::Encode;
use crate::exit::Exit;
use crate::output;
use crate::{setup, stdin};

/// The number of texts from a pipe that are encoded together.
const CHUNK: usize = 256;

pub(crate) fn run(args: &Encode, offline: bool) -> anyhow::Result<Exit> {
    let from_stdin = args.texts.is_empty() || args.texts == ["-"];
    let kind = TextKind::from(args.kind);
    let encoder = setup::load_encoder(&args.encoder, kind, offline)?;
    let pool = setup::pool(&args.encoder.run)?;
    if !from_stdin {
        pool.install(|| print_vectors(&encoder, &args.texts, kind))?;
        return Ok(Exit::Success);
    }
    // On a terminal, a line is answered as soon as it is typed.
    let chunk = if std::io::stdin().is_terminal() { 1 } else { CHUNK };
    let mut texts = Vec::with_capacity(chunk);
    for line in stdin::lines() {
        texts.push(line?);
        if texts.len() == chunk {
            pool.install(|| print_vectors(&encoder, &texts, kind))?;
            texts.clear();
        }
    }
    pool.install(|| print_vectors(&encoder, &texts, kind))?;
    Ok(Exit::Success)
}

fn print_vectors(encoder: &SentenceTransformer, texts: &[String], kind: TextKind) -> anyhow::Result<()> {
    let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
    let encoded = encoder.encode(&borrowed, kind)?;
    let mut cut = 0;
    for (index, text) in borrowed.iter().enumerate() {
        let line = EncodedText::new(text, encoded.vectors.row(index), encoded.tokens[index]);
        let is_cut = encoded.truncated.get(index).copied().unwrap_or(false);
        cut += u64::from(is_cut);
        output::print_json_line(&line.with_truncated(is_cut))?;
    }
    if cut > 0 {
        let texts = output::count(cut, "text");
        output::say(format!(
            "{texts} longer than the model reads, of which the end is left out; --windows mean reads all"
        ));
    }
    Ok(())
}
