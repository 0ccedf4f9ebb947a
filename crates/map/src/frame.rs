//! Places as whole numbers of a square.

/// The greatest number of a place along an axis.
pub const SIDE: u16 = u16::MAX;
/// What is left free at each side, in parts of the side.
const MARGIN: f32 = 0.02;

/// Places within a square, in the same proportions. A single place, and places that are all the same, lie in the middle.
#[must_use]
pub fn framed(places: &[[f32; 2]]) -> Vec<[u16; 2]> {
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
}
