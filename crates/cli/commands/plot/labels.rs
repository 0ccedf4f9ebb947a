//! Where labels go, so that none lies on another, on a point, or outside of the picture.
//!
//! Each takes the first free place among those around its point, nearest first. Points are few, so every place is compared with
//! everything that is there.

/// A rectangle: left, top, right, bottom.
type Area = (i32, i32, i32, i32);

/// How many lines above and below its point a label may go.
const MOST_STEPS: i32 = 24;

/// What is already somewhere.
pub(super) struct Labels {
    within: Area,
    taken: Vec<Area>,
}

impl Labels {
    /// Labels in a picture with these points, each a circle of a radius.
    pub(super) fn new(within: Area, points: &[(i32, i32)], radius: i32) -> Self {
        let around = |&(x, y): &(i32, i32)| (x - radius, y - radius, x + radius, y + radius);
        Labels { within, taken: points.iter().map(around).collect() }
    }

    /// Keeps labels off the lines from each of these points to the next.
    pub(super) fn keep_off_lines(&mut self, points: &[(i32, i32)], half: i32) {
        for pair in points.windows(2) {
            let [(x, y), (to_x, to_y)] = [pair[0], pair[1]];
            let steps = ((to_x - x).abs().max((to_y - y).abs()) / (2 * half).max(1)).max(1);
            self.taken.extend((0..=steps).map(|step| {
                let (x, y) = (x + (to_x - x) * step / steps, y + (to_y - y) * step / steps);
                (x - half, y - half, x + half, y + half)
            }));
        }
    }

    /// The left upper corner of a label of this size beside a point.
    pub(super) fn place(&mut self, (x, y): (i32, i32), (width, height): (i32, i32), gap: i32) -> (i32, i32) {
        let sides = [x + gap, x - gap - width, x - width / 2];
        let levels = (0..MOST_STEPS).flat_map(|step| {
            let away = gap / 2 + step * height / 2;
            [y - away - height, y + away]
        });
        let free = |&(left, top): &(i32, i32)| {
            let area = (left, top, left + width, top + height);
            is_inside(area, self.within) && !self.taken.iter().any(|other| overlap(area, *other))
        };
        let places = levels.flat_map(|top| sides.map(|left| (left, top)));
        // Where all is taken, the usual place is as good as any.
        let place = places.into_iter().find(free).unwrap_or((x + gap, y - gap / 2 - height));
        self.taken.push((place.0, place.1, place.0 + width, place.1 + height));
        place
    }
}

fn is_inside(one: Area, other: Area) -> bool {
    one.0 >= other.0 && one.1 >= other.1 && one.2 <= other.2 && one.3 <= other.3
}

fn overlap(one: Area, other: Area) -> bool {
    one.0 < other.2 && other.0 < one.2 && one.1 < other.3 && other.1 < one.3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_points_in_one_place_lie_apart_and_inside() {
        let points = [(800, 300); 6];
        let mut labels = Labels::new((0, 0, 860, 540), &points, 5);
        let places: Vec<Area> = points
            .iter()
            .map(|at| {
                let (left, top) = labels.place(*at, (50, 16), 7);
                (left, top, left + 50, top + 16)
            })
            .collect();
        for (number, place) in places.iter().enumerate() {
            assert!(is_inside(*place, (0, 0, 860, 540)), "{places:?}");
            assert!(places[..number].iter().all(|other| !overlap(*place, *other)), "{places:?}");
            assert!(!overlap(*place, (795, 295, 805, 305)), "{places:?}");
        }
    }
}
