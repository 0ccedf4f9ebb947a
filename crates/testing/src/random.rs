//! Random numbers from a seed: the same seed gives the same numbers on every machine.
//!
//! The generator is SplitMix64 (Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014). Seeds of failed
//! runs are written down in tests and documents, so the numbers of a seed must never change.

/// A source of random numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Starts the sequence of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// Starts the sequence of part `part` of a run with this seed. Parts are independent of each other, so a single part can
    /// be run again alone.
    #[must_use]
    pub fn part(seed: u64, part: u64) -> Self {
        let mut random = Random(seed ^ part.wrapping_mul(0xd134_2543_de82_ef95));
        random.number();
        random
    }

    /// The next number: 64 random bits.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 if `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number().checked_rem(end).unwrap_or(0)
    }

    /// An index of a list with `len` elements; 0 if `len` is 0.
    pub fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// One element of a list, or `None` if the list is empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.index(list.len()))
    }

    /// `true` in `percent` of 100 cases.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A number from -1 to 1, all equally likely.
    pub fn float(&mut self) -> f32 {
        (self.number() >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }

    /// A number that is roughly normally distributed around 0, from -2 to 2: the sum of four uniform numbers.
    pub fn normal(&mut self) -> f32 {
        (0..4).map(|_| (self.number() >> 40) as f32 / (1 << 24) as f32 - 0.5).sum::<f32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_seed_are_those_of_the_paper() {
        // Test vector of the reference implementation: https://prng.di.unimi.it/splitmix64.c with the seed 1234567.
        let mut random = Random::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(expected.map(|_| random.number()), expected);
    }

    #[test]
    fn a_seed_gives_the_same_numbers_again_and_parts_differ() {
        let some = |mut random: Random| [random.number(), random.number()];
        assert_eq!(some(Random::part(7, 1)), some(Random::part(7, 1)));
        assert_ne!(some(Random::part(7, 1)), some(Random::part(7, 2)));
        assert_ne!(some(Random::part(7, 1)), some(Random::part(8, 1)));
    }

    #[test]
    fn numbers_lie_where_they_should_and_reach_everything_there() {
        let mut random = Random::new(1);
        let mut drawn = [0; 5];
        let (mut lowest, mut highest) = (0.0_f32, 0.0_f32);
        for _ in 0..1000 {
            drawn[random.index(5)] += 1;
            let number = random.float();
            assert!((-1.0..1.0).contains(&number) && (-2.0..2.0).contains(&random.normal()));
            (lowest, highest) = (lowest.min(number), highest.max(number));
        }
        assert!(drawn.iter().all(|count| (150..250).contains(count)), "{drawn:?}");
        assert!(lowest < -0.99 && highest > 0.99, "{lowest} to {highest}");
        assert_eq!((random.below(0), random.index(0), random.pick::<u8>(&[])), (0, 0, None));
    }
}
