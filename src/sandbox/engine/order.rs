//! Who waits for whom.

use std::collections::{BTreeMap, BTreeSet};

/// Each name with those that must come first.
pub type Dependencies = BTreeMap<String, BTreeSet<String>>;

/// The same dependencies read backwards: for deleting, where what depends goes first.
pub fn reversed(dependencies: &Dependencies) -> Dependencies {
    let mut backwards: Dependencies = dependencies.keys().map(|name| (name.clone(), BTreeSet::new())).collect();
    for (name, after) in dependencies {
        for other in after {
            if let Some(waiting) = backwards.get_mut(other) {
                waiting.insert(name.clone());
            }
        }
    }
    backwards
}

/// The dependencies among `kept` only, where a path through names left out still counts.
pub fn restricted(dependencies: &Dependencies, kept: &BTreeSet<String>) -> Dependencies {
    kept.iter()
        .map(|name| {
            let mut found = BTreeSet::new();
            let mut seen = BTreeSet::new();
            let mut open: Vec<&String> = dependencies.get(name).into_iter().flatten().collect();
            while let Some(next) = open.pop() {
                if !seen.insert(next) {
                    continue;
                }
                if kept.contains(next) {
                    found.insert(next.clone());
                } else {
                    open.extend(dependencies.get(next).into_iter().flatten());
                }
            }
            (name.clone(), found)
        })
        .collect()
}

/// The names so that each comes after all it waits for.
///
/// # Errors
/// The names on cycles, when there are any.
pub fn sorted(dependencies: &Dependencies) -> Result<Vec<String>, Vec<String>> {
    let mut left = dependencies.clone();
    let mut order = Vec::new();
    loop {
        let ready: Vec<String> = left
            .iter()
            .filter(|(_, after)| after.iter().all(|other| !left.contains_key(other)))
            .map(|(name, _)| name.clone())
            .collect();
        if ready.is_empty() {
            break;
        }
        for name in ready {
            left.remove(&name);
            order.push(name);
        }
    }
    if left.is_empty() {
        return Ok(order);
    }
    // What's left is the cycles and what waits for them; peel off the latter.
    loop {
        let needed: BTreeSet<&String> = left.values().flatten().collect();
        let idle: Vec<String> = left.keys().filter(|name| !needed.contains(name)).cloned().collect();
        if idle.is_empty() {
            return Err(left.into_keys().collect());
        }
        for name in idle {
            left.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Dependencies, restricted, reversed, sorted};

    fn graph(edges: &[(&str, &[&str])]) -> Dependencies {
        edges
            .iter()
            .map(|(name, after)| {
                let after = after.iter().map(|other| (*other).to_owned()).collect();
                ((*name).to_owned(), after)
            })
            .collect()
    }

    #[test]
    fn everything_comes_after_what_it_waits_for() {
        let order = sorted(&graph(&[("c", &["b"]), ("b", &["a"]), ("a", &[])]));
        assert_eq!(order, Ok(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]));
    }

    #[test]
    fn a_cycle_names_its_members_only() {
        let order = sorted(&graph(&[("a", &["b"]), ("b", &["a"]), ("waits", &["a"]), ("free", &[])]));
        assert_eq!(order, Err(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn backwards_turns_every_arrow() {
        let backwards = reversed(&graph(&[("b", &["a"]), ("a", &[])]));
        assert_eq!(backwards, graph(&[("a", &["b"]), ("b", &[])]));
    }

    #[test]
    fn a_path_through_what_is_left_out_still_counts() {
        let kept = ["a".to_owned(), "c".to_owned()].into();
        let found = restricted(&graph(&[("c", &["b"]), ("b", &["a"]), ("a", &[])]), &kept);
        assert_eq!(found, graph(&[("c", &["a"]), ("a", &[])]));
    }
}
