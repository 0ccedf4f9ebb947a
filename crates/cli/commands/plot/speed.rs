//! Recall against speed.
//!
//! Speed is on a logarithmic scale, because beam widths double. Each point is labelled with its `ef` and has its 95 %
//! interval of recall. Exact search is the point at recall 1.

use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::*;
use semsearch_report::bench::Bench;

use super::labels::Labels;
use super::{FAMILY, Picture, SIZE, drawing, titled};
use crate::output::count;

const LINE: RGBColor = RGBColor(20, 125, 190);
const EXACT: RGBColor = RGBColor(213, 94, 0);

/// Recall and speed of each beam width.
pub(crate) struct RecallAgainstSpeed<'a> {
    /// What was measured.
    pub(crate) bench: &'a Bench,
    /// The model, the index and the day.
    pub(crate) about: String,
}

impl Picture for RecallAgainstSpeed<'_> {
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, unit: i32) -> anyhow::Result<()> {
        let bench = self.bench;
        let font = |size: i32| (FAMILY, size * unit).into_font();
        let title = format!("{}, {}", count(bench.documents, "paper"), count(bench.queries, "question"));
        let k = bench.k;
        area.fill(&WHITE).map_err(drawing)?;
        let points: Vec<(f64, f64)> = bench.results.iter().map(|p| (p.recall, p.speed.qps_1)).collect();
        let exact = (1.0, bench.exact.qps_1);
        let lowest = bench.results.iter().map(|point| point.recall_low).fold(1.0, f64::min);
        let left = ((lowest - 0.002) * 100.0).floor() / 100.0;
        let right = 1.0 + (1.0 - left) * 0.06;
        let speeds = || points.iter().map(|point| point.1).chain([exact.1]);
        let low = speeds().fold(f64::INFINITY, f64::min) / 1.6;
        let high = speeds().fold(0.0, f64::max) * 1.9;

        let below = titled(area, &title, &self.about, unit)?;
        let mut chart = ChartBuilder::on(&below)
            .margin(18 * unit)
            .margin_top(6 * unit)
            .x_label_area_size(46 * unit)
            .y_label_area_size(76 * unit)
            .build_cartesian_2d(left..right, Log { low, high })
            .map_err(drawing)?;
        chart
            .configure_mesh()
            .x_desc(format!("recall@{k}: share of the exact top {k} that was found"))
            .y_desc("queries a second, one thread")
            .axis_desc_style(font(15))
            .label_style(font(13))
            .x_label_formatter(&|recall| format!("{recall:.3}"))
            .set_all_tick_mark_size(4 * unit)
            .light_line_style(WHITE)
            .bold_line_style(BLACK.mix(0.12))
            .draw()
            .map_err(drawing)?;

        let intervals = bench.results.iter().map(|point| {
            PathElement::new(
                [(point.recall_low, point.speed.qps_1), (point.recall_high, point.speed.qps_1)],
                LINE.mix(0.45).stroke_width(2 * unit as u32),
            )
        });
        chart.draw_series(intervals).map_err(drawing)?;
        chart
            .draw_series(LineSeries::new(points.iter().copied(), LINE.stroke_width(2 * unit as u32)))
            .map_err(drawing)?;
        chart.draw_series(points.iter().map(|&at| Circle::new(at, 4 * unit, LINE.filled()))).map_err(drawing)?;
        chart.draw_series([Circle::new(exact, 5 * unit, EXACT.filled())]).map_err(drawing)?;

        // In pixels of the picture, since labels keep their distance there.
        let plotted = chart.plotting_area();
        let pixels: Vec<(i32, i32)> = points.iter().chain([&exact]).map(|at| plotted.map_coordinate(at)).collect();
        let mut labels = Labels::new((0, 0, SIZE.0 as i32 * unit, SIZE.1 as i32 * unit), &pixels, 5 * unit);
        labels.keep_off_lines(&pixels[..points.len()], 2 * unit);
        let names = bench.results.iter().map(|point| (format!("ef {}", point.ef), BLACK));
        for ((name, colour), at) in names.chain([("exact".to_owned(), EXACT)]).zip(&pixels) {
            let style = font(14).color(&colour);
            let (width, height) = area.estimate_text_size(&name, &style).map_err(drawing)?;
            let corner = labels.place(*at, (width as i32, height as i32), 7 * unit);
            area.draw(&Text::new(name, corner, style)).map_err(drawing)?;
        }
        Ok(())
    }
}

/// A logarithmic axis with marks at 1, 2 and 5 times each power of ten.
#[derive(Clone)]
struct Log {
    low: f64,
    high: f64,
}

impl Ranged for Log {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value / self.low).ln() / (self.high / self.low).ln();
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _hint: Hint) -> Vec<f64> {
        let first = self.low.log10().floor() as i32;
        let last = self.high.log10().ceil() as i32;
        (first..=last)
            .flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10f64.powi(power)))
            .filter(|mark| (self.low..=self.high).contains(mark))
            .collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Log {
    fn format_ext(&self, value: &f64) -> String {
        crate::output::thousands(value.round() as u64)
    }
}
