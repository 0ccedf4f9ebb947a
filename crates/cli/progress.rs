//! Progress on standard error: a bar on a terminal, a line from time to time elsewhere, nothing with `--quiet`.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use semsearch_task::{Progress, Stage};

use crate::{interrupt, output};

/// The time between two lines when standard error is not a terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows the stages of an ingest, and passes Ctrl-C on to it.
pub(crate) struct IngestProgress {
    state: Mutex<State>,
    bar_wanted: bool,
}

struct State {
    stage: Stage,
    total: u64,
    done: u64,
    /// The number of documents that were already embedded at the start.
    resumed: u64,
    tokens: u64,
    started: Instant,
    last_line: Instant,
    bar: ProgressBar,
}

impl IngestProgress {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        let state = State {
            stage: Stage::Encode,
            total: 0,
            done: 0,
            resumed: 0,
            tokens: 0,
            started: now,
            last_line: now,
            bar: ProgressBar::hidden(),
        };
        IngestProgress { state: Mutex::new(state), bar_wanted: std::io::stderr().is_terminal() && !output::is_quiet() }
    }

    /// Removes the bar from the screen.
    pub(crate) fn finish(&self) {
        self.lock().bar.finish_and_clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Progress for IngestProgress {
    fn begin(&self, stage: Stage, documents: usize) {
        let mut state = self.lock();
        state.bar.finish_and_clear();
        let now = Instant::now();
        (state.stage, state.total, state.done, state.tokens) = (stage, documents as u64, 0, 0);
        state.resumed = 0;
        (state.started, state.last_line) = (now, now);
        // The total of reading is unknown, and reading prints its own lines.
        let is_shown = self.bar_wanted && stage != Stage::Read;
        let columns = terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
        state.bar = if is_shown { new_bar(stage, state.total, columns) } else { ProgressBar::hidden() };
    }

    fn resumed(&self, resumed: usize, documents: usize, damaged: u64) {
        if resumed == 0 && damaged == 0 {
            return;
        }
        let mut state = self.lock();
        (state.done, state.resumed) = (resumed as u64, resumed as u64);
        let (resumed, documents) = (output::thousands(resumed as u64), output::count(documents as u64, "paper"));
        let mut text = format!("resumed: {resumed} of {documents} were already embedded");
        if damaged > 0 {
            text.push_str(&format!("; {} damaged, left out", output::count(damaged, "vector")));
        }
        state.bar.suspend(|| output::say(text));
        state.bar.set_position(state.done);
        // Otherwise the rate would count documents that were embedded before.
        state.bar.reset_eta();
    }

    fn advance(&self, documents: usize, tokens: usize) {
        let mut state = self.lock();
        state.done += documents as u64;
        state.tokens += tokens as u64;
        state.bar.set_position(state.done);
        let seconds = state.started.elapsed().as_secs_f64();
        if state.tokens > 0 {
            let rate = state.tokens as f64 / seconds.max(1e-3);
            state.bar.set_message(format!(", {} tokens/s", output::thousands(rate as u64)));
        }
        if !self.bar_wanted && state.stage != Stage::Read && state.last_line.elapsed() >= LINE_EVERY {
            state.last_line = Instant::now();
            output::say(line(&state, seconds));
        }
    }

    fn is_stopped(&self) -> bool {
        interrupt::stopped()
    }
}

fn verb(stage: Stage) -> &'static str {
    match stage {
        Stage::Encode => "embedding",
        Stage::Index => "linking",
        Stage::Write => "writing",
        Stage::Verify => "checking",
        Stage::Measure => "asking",
        Stage::Compare => "comparing",
        Stage::Arrange => "arranging",
        _ => "working",
    }
}

fn new_bar(stage: Stage, total: u64, columns: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(&template(total, columns)) {
        let papers_per_second = |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = write!(out, "{:.0}/s", state.per_sec());
        };
        bar.set_style(style.with_key("per_sec", papers_per_second).progress_chars("━╸ "));
    }
    bar.set_prefix(verb(stage));
    bar
}

/// Columns of all that stands beside the bar, without the two counts.
const BESIDE: usize = 50;
/// The widest and the narrowest bar.
const WIDEST: usize = 24;
const NARROWEST: usize = 4;

/// What a line of progress shows, as far as there is room: a bar, counts, rates, the time left.
fn template(total: u64, columns: usize) -> String {
    let room = columns.saturating_sub(BESIDE + 2 * output::thousands(total).len());
    if room >= NARROWEST {
        return format!(
            "{{prefix:>9}} {{bar:{}}} {{human_pos}}/{{human_len}}  {{per_sec}}{{msg}}, {{eta}} left",
            room.min(WIDEST)
        );
    }
    "{prefix} {human_pos}/{human_len}, {eta} left".to_owned()
}

fn line(state: &State, seconds: f64) -> String {
    let rate = (state.done - state.resumed) as f64 / seconds.max(1e-3);
    let tokens = match state.tokens {
        0 => String::new(),
        tokens => format!(", {} tokens/s", output::thousands((tokens as f64 / seconds.max(1e-3)) as u64)),
    };
    let left = (state.total - state.done.min(state.total)) as f64 / rate.max(1e-3);
    format!(
        "{} {} of {}, {rate:.0}/s{tokens}, {} left",
        verb(state.stage),
        output::thousands(state.done),
        output::thousands(state.total),
        output::seconds(left)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The columns of a line of progress at its widest.
    fn columns(total: u64, width: usize) -> usize {
        let count = output::thousands(total);
        let texts = [
            ("{prefix:>9}", "embedding".to_owned()),
            ("{prefix}", "embedding".to_owned()),
            ("{human_pos}", count.clone()),
            ("{human_len}", count),
            ("{per_sec}", "1234/s".to_owned()),
            ("{msg}", ", 123,456 tokens/s".to_owned()),
            ("{eta}", "59m".to_owned()),
        ];
        let line = texts.iter().fold(template(total, width), |line, (key, text)| line.replace(key, text));
        let bar = line.split_once("{bar:").and_then(|(_, rest)| rest.split_once('}')).map(|(bar, _)| bar.to_owned());
        let Some(bar) = bar else { return line.chars().count() };
        line.replace(&format!("{{bar:{bar}}}"), "").chars().count() + bar.parse::<usize>().unwrap()
    }

    #[test]
    fn a_line_of_progress_fits_the_terminal() {
        for total in [9, 225, 10_000, 1_000_000] {
            for width in [40, 60, 80, 100, 200] {
                assert!(columns(total, width) <= width, "{total} {width}: {}", template(total, width));
            }
        }
        assert!(template(10_000, 80).contains("{bar:18}") && !template(10_000, 40).contains("bar"));
    }
}
