//! `semsearch similar`: papers in, papers like them out.

use semsearch_engine::similar;
use semsearch_report::ask::HitLine;
use semsearch_report::similar as report;
use semsearch_store::Collection;

use super::ask::{nothing, search_options, timings};
use crate::args::Similar;
use crate::exit::Exit;
use crate::{hits, output, setup};

pub(crate) fn run(args: &Similar) -> anyhow::Result<Exit> {
    let options = search_options(&args.vectors, &args.order).with_k(args.k).with_filter(args.filters.filter()?);
    let collection = Collection::open(&setup::index_path(&args.index)?)?;
    let answer = similar(&collection, &args.papers, &options)?;
    if args.json {
        output::print_json(&report::Similar::new(&args.papers, collection.model().name(), &answer, &options))?;
    } else if args.jsonl {
        let request = semsearch_engine::Request::default().with_like(&args.papers);
        for line in HitLine::all(&request, &answer) {
            output::print_json_line(&line)?;
        }
    } else {
        output::print(&hits::human(&answer.hits))?;
        output::say(timings(&answer, &collection));
    }
    if answer.hits.is_empty() {
        output::say(match options.filter.is_everything() {
            true => "the index holds no other paper".to_owned(),
            false => nothing(&options),
        });
        return Ok(Exit::NoHit);
    }
    Ok(Exit::Success)
}
