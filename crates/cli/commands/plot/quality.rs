//! Measures with their intervals: a group for each measure, and in it a point for each mode.
//!
//! Points are labelled with their values, so that the plot can be read without a table. The axis begins below the lowest
//! interval: what is compared are modes within a group, and not heights.

use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::*;
use semsearch_report::shared::Interval;

use super::{FAMILY, Picture, SIZE, drawing, titled};

/// The colours of series, which can be told apart by people who see fewer colours, on white and on near-black (Okabe and
/// Ito, 2008, blue a little lighter). Shapes tell them apart, too.
const COLOURS: [RGBColor; 4] =
    [RGBColor(20, 125, 190), RGBColor(213, 94, 0), RGBColor(0, 158, 115), RGBColor(190, 105, 155)];

/// Measures of several modes.
pub(crate) struct Quality {
    /// What was measured.
    pub(crate) title: String,
    /// The index and the day; the title names the model.
    pub(crate) about: String,
    /// The names of the groups, from left to right.
    pub(crate) groups: Vec<String>,
    /// The modes.
    pub(crate) series: Vec<Series>,
}

/// One mode.
pub(crate) struct Series {
    pub(crate) name: String,
    /// A value for each group, if there is one.
    pub(crate) values: Vec<Option<Interval>>,
}

impl Picture for Quality {
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, unit: i32) -> anyhow::Result<()> {
        area.fill(&WHITE).map_err(drawing)?;
        let font = |size: i32| (FAMILY, size * unit).into_font();
        let measured = || self.series.iter().flat_map(|series| series.values.iter().flatten());
        let lowest = measured().map(|value| value.low).fold(1.0, f64::min);
        let highest = measured().map(|value| value.high).fold(0.0, f64::max);
        let bottom = ((lowest - 0.03) * 10.0).floor().max(0.0) / 10.0;
        let top = ((highest + 0.04) * 20.0).ceil() / 20.0;
        let right = self.groups.len() as f64;

        let below = titled(area, &self.title, &self.about, unit)?;
        let mut chart = ChartBuilder::on(&below)
            .margin(18 * unit)
            .margin_top(6 * unit)
            .margin_bottom(24 * unit)
            .x_label_area_size(46 * unit)
            .y_label_area_size(60 * unit)
            .build_cartesian_2d(Groups { names: self.groups.clone(), right }, bottom..top)
            .map_err(drawing)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(self.groups.len())
            .axis_desc_style(font(15))
            .label_style(font(13))
            .y_label_formatter(&|value| format!("{value:.2}"))
            .y_desc("mean over queries, with 95 % interval")
            .light_line_style(WHITE)
            .bold_line_style(BLACK.mix(0.12))
            .axis_style(BLACK.mix(0.5))
            .set_all_tick_mark_size(4 * unit)
            .draw()
            .map_err(drawing)?;

        for (number, series) in self.series.iter().enumerate() {
            let colour = COLOURS[number % COLOURS.len()];
            // Within its group, with a tenth of the width free on either side.
            let place = |group: usize| group as f64 + 0.1 + 0.8 * (number as f64 + 0.5) / self.series.len() as f64;
            let values: Vec<(f64, Interval)> =
                series.values.iter().enumerate().filter_map(|(group, value)| Some((place(group), (*value)?))).collect();
            let intervals = values.iter().map(|(x, value)| {
                PathElement::new([(*x, value.low), (*x, value.high)], colour.stroke_width(2 * unit as u32))
            });
            chart.draw_series(intervals).map_err(drawing)?;
            chart
                .draw_series(
                    values
                        .iter()
                        .map(|&(x, value)| EmptyElement::at((x, value.mean)) + mark((0, 0), number, colour, unit)),
                )
                .map_err(drawing)?;
            let labels = values.iter().map(|&(x, value)| {
                // Above the interval, where nothing is in the way.
                EmptyElement::at((x, value.high))
                    + Text::new(label(value.mean), (-13 * unit, -15 * unit), font(12).color(&BLACK))
            });
            chart.draw_series(labels).map_err(drawing)?;
        }
        self.legend(area, unit)
    }
}

impl Quality {
    /// The names of the series beside their marks, in a row below the axis, where no point can be.
    fn legend<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, unit: i32) -> anyhow::Result<()> {
        let style = (FAMILY, 15 * unit).into_font().color(&BLACK);
        let (mut x, y) = (80 * unit, (SIZE.1 as i32 - 24) * unit);
        for (number, series) in self.series.iter().enumerate() {
            area.draw(&mark((x, y), number, COLOURS[number % COLOURS.len()], unit)).map_err(drawing)?;
            let name = Text::new(series.name.as_str(), (x + 12 * unit, y - 6 * unit), style.clone());
            area.draw(&name).map_err(drawing)?;
            let (width, _) = area.estimate_text_size(&series.name, &style).map_err(drawing)?;
            x += width as i32 + 40 * unit;
        }
        Ok(())
    }
}

/// A value beside its point: `.740` or `1.00`, short enough to stand beside another one.
fn label(value: f64) -> String {
    let text = format!("{value:.3}");
    text.strip_prefix('0').map_or_else(|| format!("{value:.2}"), str::to_owned)
}

/// The mark of a series: circle, square, triangle, and so on again.
fn mark<B: DrawingBackend>(
    at: (i32, i32),
    number: usize,
    colour: RGBColor,
    unit: i32,
) -> DynElement<'static, B, (i32, i32)> {
    let (x, y) = at;
    let half = 4 * unit;
    match number % 3 {
        0 => Circle::new(at, half + unit / 2, colour.filled()).into_dyn(),
        1 => Rectangle::new([(x - half, y - half), (x + half, y + half)], colour.filled()).into_dyn(),
        _ => Polygon::new(
            [(x, y - half - unit), (x + half + unit, y + half), (x - half - unit, y + half)],
            colour.filled(),
        )
        .into_dyn(),
    }
}

/// An axis of named groups, each of width 1, named in its middle.
#[derive(Clone)]
struct Groups {
    names: Vec<String>,
    right: f64,
}

impl Ranged for Groups {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        limit.0 + (value / self.right * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _hint: Hint) -> Vec<f64> {
        (0..self.names.len()).map(|group| group as f64 + 0.5).collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        0.0..self.right
    }
}

impl ValueFormatter<f64> for Groups {
    fn format_ext(&self, value: &f64) -> String {
        self.names.get(*value as usize).cloned().unwrap_or_default()
    }
}
