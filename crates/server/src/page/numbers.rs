//! Numbers as people read them.

/// `1 paper`, `2,000 papers`.
pub(super) fn papers(number: usize) -> String {
    format!("{} paper{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// A number with commas.
pub(super) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
