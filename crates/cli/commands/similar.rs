//! `semsearch similar`: papers in, papers like them out.

use semsearch_engine::similar;
use semsearch_report::ask::{HitLine, NoHit, Vectors};
use semsearch_report::similar as report;
use semsearch_store::Collection;

use super::answers::timings;
use super::ask::search_options;
use crate::args::Similar;
use crate::exit::Exit;
use crate::{hits, near, output, setup};

pub(crate) fn run(args: &Similar) -> anyhow::Result<Exit> {
    let options =
        search_options(&args.vectors, &args.order, &args.shown).with_k(args.k).with_filter(args.filters.filter()?);
    let collection = Collection::open(&setup::index_path(&args.index)?)?;
    let answer = similar(&collection, &args.papers, &options)?;
    if args.json {
        let document = report::Similar::new(&args.papers, collection.model().name(), &answer, &options);
        let near = if answer.hits.is_empty() { near::of(&collection, &options.filter)? } else { Vec::new() };
        output::print_json(&document.with_near(near))?;
    } else if args.jsonl {
        let request = semsearch_engine::Request::default().with_like(&args.papers);
        for line in HitLine::all(&request, &answer) {
            output::print_json_line(&line)?;
        }
        if answer.hits.is_empty() {
            let near = near::of(&collection, &options.filter)?;
            output::print_json_line(&NoHit::new(&request, None).with_near(near))?;
        }
    } else {
        let document = report::Similar::new(&args.papers, collection.model().name(), &answer, &options);
        output::print(&hits::human(&document.hits, args.shown.full))?;
        let how = document.vectors.map(Vectors::as_str).unwrap_or_default();
        output::say(timings(document.hits.len(), document.documents, how, &document.took_us));
    }
    if answer.hits.is_empty() {
        match (answer.best_left_out, options.filter.is_everything()) {
            (None, true) => output::say("the index holds no other paper"),
            (best, _) => {
                near::nothing(&collection, &options.filter, best)?.into_iter().for_each(output::say);
            }
        }
        return Ok(Exit::NoHit);
    }
    Ok(Exit::Success)
}
