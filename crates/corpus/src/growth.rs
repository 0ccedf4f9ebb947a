//! Vectors that grow with little slack.

/// Appends a value to a vector that grows by an eighth, where the standard one doubles.
pub(crate) fn push<T>(vector: &mut Vec<T>, value: T) {
    if vector.len() == vector.capacity() {
        vector.reserve_exact((vector.len() / 8).max(16));
    }
    vector.push(value);
}
