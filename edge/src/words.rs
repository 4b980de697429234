//! Words of messages.

use std::fmt::Display;

/// `count`, a whole number of any type, of what `one` names: "1 thread", "2 threads", "0 identities".
pub fn counted(count: impl Display, one: &str) -> String {
    let count = count.to_string();
    match one.strip_suffix('y') {
        _ if count == "1" => format!("1 {one}"),
        Some(stem) => format!("{count} {stem}ies"),
        None => format!("{count} {one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_all_else_is_many() {
        assert_eq!([0, 1, 2].map(|n| counted(n, "thread")), ["0 threads", "1 thread", "2 threads"]);
        assert_eq!([1_u64, 2].map(|n| counted(n, "identity")), ["1 identity", "2 identities"]);
    }
}
