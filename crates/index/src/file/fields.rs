//! Numbers in a fixed order. One list of fields serves the writer and the reader, so the two cannot disagree.

/// A visitor of the fields of a page: [`Writing`] or [`Reading`].
pub(super) trait Fields {
    /// Writes or reads the next number.
    fn number<T: Number>(&mut self, number: &mut T);

    /// Refuses what was read at `offset`.
    fn refuse(&mut self, offset: usize, problem: &'static str);
}

/// A field with a value that no valid index has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FieldFault {
    /// Where in the page.
    pub(crate) offset: usize,
    /// What is wrong there.
    pub(crate) problem: &'static str,
}

/// Writes fields from `at` on.
pub(super) struct Writing<'a> {
    pub(super) page: &'a mut [u8],
    pub(super) at: usize,
}

/// Reads fields from `at` on.
pub(super) struct Reading<'a> {
    pub(super) page: &'a [u8],
    pub(super) at: usize,
    /// The last field that was refused.
    pub(super) fault: Option<FieldFault>,
}

impl Fields for Writing<'_> {
    fn number<T: Number>(&mut self, number: &mut T) {
        number.write(&mut self.page[self.at..][..size_of::<T>()]);
        self.at += size_of::<T>();
    }

    fn refuse(&mut self, _: usize, problem: &'static str) {
        unreachable!("what is written has no {problem}");
    }
}

impl Fields for Reading<'_> {
    fn number<T: Number>(&mut self, number: &mut T) {
        *number = T::read(&self.page[self.at..][..size_of::<T>()]);
        self.at += size_of::<T>();
    }

    fn refuse(&mut self, offset: usize, problem: &'static str) {
        self.fault = Some(FieldFault { offset, problem });
    }
}

impl Reading<'_> {
    /// The next number.
    pub(super) fn next<T: Number + Default>(&mut self) -> T {
        let mut number = T::default();
        self.number(&mut number);
        number
    }
}

/// A number of a fixed width, little-endian in the file.
pub(super) trait Number {
    fn read(bytes: &[u8]) -> Self;
    fn write(&self, bytes: &mut [u8]);
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl Number for $kind {
            fn read(bytes: &[u8]) -> Self {
                Self::from_le_bytes(bytes.try_into().expect("as many bytes as the number has"))
            }

            fn write(&self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}

numbers!(u32, u64, f32, f64);
