//! Places as whole numbers of a square.

/// The greatest number of a place along an axis.
pub const SIDE: u16 = u16::MAX;
/// What is left free at each side, in parts of the side.
const MARGIN: f32 = 0.02;

/// The share of places that lie where they lie; those farther from the middle come nearer.
const KEPT: f32 = 0.98;
/// How much farther than the kept ones the farthest may lie.
const BEYOND: f32 = 0.2;

/// Places within a square, in the same proportions, but for a few that lie far from all others: these come nearer, or the
/// picture would be small and its frame empty. A single place, and places that are all the same, lie in the middle.
#[must_use]
pub fn framed(places: &[[f32; 2]]) -> Vec<[u16; 2]> {
    let places = &gathered(places);
    let range = |axis: usize| {
        let all = places.iter().map(|place| place[axis]).filter(|x| x.is_finite());
        all.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
    };
    let ranges = [range(0), range(1)];
    let widest = ranges.iter().map(|(low, high)| high - low).fold(0.0, f32::max);
    let room = f32::from(SIDE) * (1.0 - 2.0 * MARGIN);
    let scale = if widest > 0.0 { room / widest } else { 0.0 };
    let number = |place: &[f32; 2], axis: usize| {
        let (low, high) = ranges[axis];
        let from_middle = (place[axis] - 0.5 * (low + high)) * scale;
        let from_middle = if from_middle.is_finite() { from_middle } else { 0.0 };
        // Within the square: the scale was chosen so.
        (0.5 * f32::from(SIDE) + from_middle).round().clamp(0.0, f32::from(SIDE)) as u16
    };
    places.iter().map(|place| [number(place, 0), number(place, 1)]).collect()
}

/// Places of which none lies far from all others.
fn gathered(places: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let middle = [0, 1].map(|axis| {
        let mut along: Vec<f32> = places.iter().map(|place| place[axis]).filter(|x| x.is_finite()).collect();
        along.sort_unstable_by(f32::total_cmp);
        along.get(along.len() / 2).copied().unwrap_or(0.0)
    });
    let far = |place: &[f32; 2]| (place[0] - middle[0]).hypot(place[1] - middle[1]);
    let mut all: Vec<f32> = places.iter().map(far).collect();
    all.sort_unstable_by(f32::total_cmp);
    let kept = all.get((all.len() as f32 * KEPT) as usize).copied().unwrap_or(0.0);
    let nearer = |place: &[f32; 2]| {
        let far = far(place);
        if far <= kept || !far.is_finite() || kept <= 0.0 {
            return *place;
        }
        let beyond = far - kept;
        let share = (kept + beyond / (1.0 + beyond / (BEYOND * kept))) / far;
        [0, 1].map(|axis| middle[axis] + (place[axis] - middle[axis]) * share)
    };
    places.iter().map(nearer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proportions_stay_and_odd_places_lie_in_the_middle() {
        let found = framed(&[[-3.0, 1.0], [7.0, 1.0], [2.0, 6.0]]);
        assert!((62_912..=62_915).contains(&(found[1][0] - found[0][0])));
        assert_eq!(found[0][1], found[1][1]);
        assert!((31_455..=31_458).contains(&(found[2][1] - found[0][1])));
        for places in [vec![[5.0, 5.0]], vec![[1e9, 1e9]; 3], vec![[f32::NAN, 0.0]]] {
            assert!(framed(&places).iter().flatten().all(|x| (32_767..=32_768).contains(x)));
        }
        assert_eq!(framed(&[]), Vec::<[u16; 2]>::new());
    }

    #[test]
    fn a_place_far_from_all_others_does_not_make_them_small() {
        let mut places: Vec<[f32; 2]> = (0..400).map(|at| [(at % 20) as f32, (at / 20) as f32]).collect();
        places.push([1000.0, 10.0]);
        let found = framed(&places);
        assert!(found[19][0] - found[0][0] > 40_000, "{:?} {:?}", found[0], found[19]);
        assert!(found[400][0] > found[399][0], "and is still the farthest");
    }
}
