//! Lists in sentences.

/// `a`, `a or b`, `a, b or c`.
pub fn alternatives<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    joined(items, "or")
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    joined(items, "and")
}

fn joined<T: AsRef<str>>(items: impl IntoIterator<Item = T>, word: &str) -> String {
    let items: Vec<T> = items.into_iter().collect();
    let mut text = String::new();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            text.push_str(if at + 1 == items.len() { " " } else { ", " });
            if at + 1 == items.len() {
                text.push_str(word);
                text.push(' ');
            }
        }
        text.push_str(item.as_ref());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(alternatives(["a"]), "a");
        assert_eq!(alternatives(["a", "b"]), "a or b");
        assert_eq!(listed(["a", "b", "c"]), "a, b and c");
        assert_eq!(listed::<&str>([]), "");
    }
}
