//! `semsearch doctor`: what this machine gets, and what to do about the rest.

use std::path::Path;
use std::sync::Arc;

use semsearch_embed::{DEFAULT_MODEL, ModelStore};
use semsearch_engine::machine::Machine;
use semsearch_engine::{Session, SessionOptions};
use semsearch_report::doctor::{Check, Doctor, Health};
use semsearch_report::info::Cpu;
use semsearch_store::{Collection, CollectionError, Verdict, verify};
use semsearch_task::{ErrorKind, NoProgress};

use crate::args;
use crate::exit::{self, Exit};
use crate::output::{self, STRONG, bytes, count};
use crate::{advice, setup};

/// Memory that embedding takes by default, with the model.
const COMFORTABLE_MEMORY: u64 = 2 << 30;
/// Space that a model, an index of some thousand papers and its next generation take.
const COMFORTABLE_DISK: u64 = 1 << 30;

pub(crate) fn run(args: &args::Doctor) -> anyhow::Result<Exit> {
    let path = setup::index_path(&args.index)?;
    let cpu = Cpu::of_this_machine();
    let machine = Machine::here(&path);
    let found = Index::of(&path);
    let mut checks = vec![processor(&cpu), threads(&cpu), memory(&machine), disk(&machine, &found), gpu(&machine)];
    let (model, model_exit) = found.model();
    let (index, index_exit) = found.checks(&path);
    checks.push(model);
    checks.extend(index);
    let program = format!("semsearch {}", env!("CARGO_PKG_VERSION"));
    let mut report = Doctor::new(program, path.display().to_string(), cpu.cores, checks);
    report.memory_bytes = machine.memory_bytes;
    report.memory_available_bytes = machine.memory_available_bytes;
    report.disk_free_bytes = machine.disk_free_bytes;
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&human(&report))?;
    }
    Ok(if index_exit == Exit::Success { model_exit } else { index_exit })
}

fn processor(cpu: &Cpu) -> Check {
    let found = format!("{} for f32, {} for int8", cpu.f32, cpu.int8);
    if cpu.f32 == "scalar" {
        let advice =
            "this processor has none of the instructions that make embedding fast: `--model static` needs none";
        return Check::advice("processor", found, advice.to_owned());
    }
    Check::good("processor", found)
}

fn threads(cpu: &Cpu) -> Check {
    let cores = count(cpu.cores, "core");
    let limit =
        std::env::var("RAYON_NUM_THREADS").ok().and_then(|limit| limit.parse::<u64>().ok()).filter(|limit| *limit > 0);
    match limit {
        Some(limit) if limit < cpu.cores => Check::advice(
            "threads",
            format!("{limit} on {cores}"),
            "RAYON_NUM_THREADS holds semsearch back: unset it, or name --threads".to_owned(),
        ),
        _ => Check::good("threads", format!("one for each of {cores}")),
    }
}

fn memory(machine: &Machine) -> Check {
    let (Some(all), Some(free)) = (machine.memory_bytes, machine.memory_available_bytes) else {
        return Check::good("memory", "the system does not say".to_owned());
    };
    let found = format!("{} free of {}", bytes(free), bytes(all));
    if free < COMFORTABLE_MEMORY {
        return Check::advice("memory", found, "embed with --memory 256M".to_owned());
    }
    Check::good("memory", found)
}

fn disk(machine: &Machine, index: &Index) -> Check {
    let Some(free) = machine.disk_free_bytes else {
        return Check::good("disk", "the system does not say".to_owned());
    };
    let found = format!("{} free where the index is", bytes(free));
    // A vacuum writes the index a second time before it removes the first.
    if free < COMFORTABLE_DISK.max(index.bytes()) {
        let advice =
            "free some space: embedding and `semsearch vacuum` write a second copy before they remove the first";
        return Check::advice("disk", found, advice.to_owned());
    }
    Check::good("disk", found)
}

fn gpu(machine: &Machine) -> Check {
    let built = cfg!(feature = "cuda");
    match (machine.has_gpu, built) {
        (true, true) => Check::good("gpu", "an NVIDIA GPU, which this program uses".to_owned()),
        (true, false) => Check::advice(
            "gpu",
            "an NVIDIA GPU, which this program cannot use".to_owned(),
            "`cargo build --release --features cuda` makes one that can".to_owned(),
        ),
        (false, _) => Check::good("gpu", "none; the processor encodes".to_owned()),
    }
}

/// An index, read from end to end.
enum Index {
    Missing,
    Refused(CollectionError),
    Read { collection: Option<Arc<Collection>>, verdict: Verdict },
}

impl Index {
    fn of(path: &Path) -> Self {
        match verify(path, &NoProgress) {
            Ok(verdict) => Index::Read { collection: Collection::open(path).ok().map(Arc::new), verdict },
            Err(CollectionError::Missing { .. }) => Index::Missing,
            Err(error) => Index::Refused(error),
        }
    }

    fn collection(&self) -> Option<&Arc<Collection>> {
        match self {
            Index::Read { collection, .. } => collection.as_ref(),
            _ => None,
        }
    }

    fn bytes(&self) -> u64 {
        self.collection().map_or(0, |collection| collection.sizes().total())
    }

    /// The model of the index, or the default model where there is no index.
    fn model(&self) -> (Check, Exit) {
        // What is here, and not what a network has.
        let store = ModelStore::from_env(true);
        if let Some(collection) = self.collection() {
            let name = collection.model().name().to_owned();
            return match Session::over(collection.clone(), &store, &SessionOptions::default(), &NoProgress) {
                Ok(_) => (
                    Check::good("model", format!("{name}, the model of the index, is in place and loads")),
                    Exit::Success,
                ),
                Err(error) => {
                    let error = anyhow::Error::from(error);
                    let exit = exit_of(exit::kind(&error));
                    (Check::fault("model", sentence(&error), advice::advice(&error)), exit)
                }
            };
        }
        match store.find(DEFAULT_MODEL) {
            Ok(Some(folder)) => {
                (Check::good("model", format!("{DEFAULT_MODEL} is in {}", folder.path.display())), Exit::Success)
            }
            Ok(None) => {
                let advice = "the first `semsearch embed` fetches it (87 MiB), `semsearch model pull` does so now; `--model static` \
                              needs no network";
                (
                    Check::advice("model", format!("{DEFAULT_MODEL} is not on this machine"), advice.to_owned()),
                    Exit::Success,
                )
            }
            Err(error) => {
                let error = anyhow::Error::from(error);
                (Check::fault("model", sentence(&error), advice::advice(&error)), exit_of(exit::kind(&error)))
            }
        }
    }

    /// The index itself.
    fn checks(&self, path: &Path) -> (Vec<Check>, Exit) {
        match self {
            Index::Missing => {
                let advice = "`semsearch embed FILE...` makes one";
                let found = format!("no index in {}", path.display());
                (vec![Check::advice("index", found, advice.to_owned())], Exit::Success)
            }
            Index::Refused(error) => {
                let (found, exit) = (error.to_string(), exit_of(error.kind()));
                let name = if matches!(error, CollectionError::Schema { .. }) { "format" } else { "index" };
                let advice = if name == "format" {
                    "`semsearch repair` rewrites an older index; a newer one needs a newer program".to_owned()
                } else {
                    "`semsearch verify` says more".to_owned()
                };
                (vec![Check::fault(name, found, Some(advice))], exit)
            }
            Index::Read { collection, verdict } => read(collection.as_deref(), verdict, path),
        }
    }
}

fn read(collection: Option<&Collection>, verdict: &Verdict, path: &Path) -> (Vec<Check>, Exit) {
    let size = format!("{} in {}, {}", count(verdict.documents, "paper"), path.display(), bytes(verdict.bytes));
    if let Some(finding) = verdict.damages.first().or(verdict.unreadable.first()) {
        let is_damaged = !verdict.damages.is_empty();
        let problems = (verdict.damages.len() + verdict.unreadable.len()) as u64;
        let found = format!("{size}; {}, the first in {}", count(problems, "problem"), finding.path.display());
        let exit = if is_damaged { Exit::Index } else { Exit::Io };
        return (vec![Check::fault("index", found, Some(advice::remedy(finding.part.into(), is_damaged)))], exit);
    }
    let mut checks = vec![Check::good("index", format!("{size}; every file is whole"))];
    let Some(collection) = collection else { return (checks, Exit::Success) };
    match collection.lexical() {
        Ok(Some(_)) => checks.push(Check::good("format", "the newest; with words".to_owned())),
        Ok(None) => checks.push(Check::advice(
            "format",
            "of an earlier version, without words: questions are answered by vectors alone".to_owned(),
            "`semsearch vacuum` adds the words, without a model".to_owned(),
        )),
        Err(error) => {
            checks.push(Check::fault("format", error.to_string(), Some("`semsearch repair` makes it anew".to_owned())))
        }
    }
    (checks, Exit::Success)
}

fn exit_of(kind: ErrorKind) -> Exit {
    Exit::from(kind)
}

/// An error and its causes as one sentence.
fn sentence(error: &anyhow::Error) -> String {
    format!("{error:#}")
}

fn human(report: &Doctor) -> String {
    let mut text = String::new();
    for Check { name, state, found, advice, .. } in &report.checks {
        let sign = match state {
            Health::Good => "ok",
            Health::Advice => "advice",
            _ => "FAULT",
        };
        text.push_str(&output::row(&format!("{name:<10} {sign:<6}"), &output::plain(found)));
        if let Some(advice) = advice {
            text.push_str(&output::row(&format!("{:<10} {:<6}", "", "→"), advice));
        }
    }
    let (faults, advice) = (of(report, Health::Fault), of(report, Health::Advice));
    text.push_str(&match (faults, advice) {
        (0, 0) => format!("\n{STRONG}All is well.{STRONG:#}\n"),
        (0, advice) => format!("\n{STRONG}It works.{STRONG:#} {} above.\n", pieces(advice)),
        (faults, _) => format!("\n{STRONG}{} to mend.{STRONG:#}\n", count(faults, "fault")),
    });
    text
}

fn of(report: &Doctor, state: Health) -> u64 {
    report.checks.iter().filter(|check| check.state == state).count() as u64
}

fn pieces(advice: u64) -> String {
    if advice == 1 { "Advice on one point".to_owned() } else { format!("Advice on {advice} points") }
}
