//! Ids that have a number because what was proposed was taken.

/// Whether `id` is a proposal, or the proposal with a number because it was taken.
pub(crate) fn is_made_from(id: &str, proposal: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    id.strip_prefix(proposal).is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(is_number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_id_is_told_from_another_title() {
        assert!(is_made_from("on-tides", "on-tides") && is_made_from("on-tides-12", "on-tides"));
        assert!(!is_made_from("on-tides-2a", "on-tides") && !is_made_from("on-tides-", "on-tides"));
        assert!(!is_made_from("on", "on-tides") && !is_made_from("on-tidesx", "on-tides"));
    }
}
