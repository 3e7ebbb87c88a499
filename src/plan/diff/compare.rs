//! Walks two meanings side by side and reports each place where they differ.

use std::collections::BTreeSet;

use crate::plan::field_path::FieldPath;
use crate::plan::meaning::{Meaning, left_over};

/// Called for each difference with its place, the value before and the value after.
pub(super) type Report<'r> = dyn FnMut(&FieldPath, Option<&Meaning>, Option<&Meaning>) + 'r;

/// Reports the smallest differences between two meanings, in the order of their places.
pub(super) fn compare(old: Option<&Meaning>, new: Option<&Meaning>, path: &FieldPath, report: &mut Report<'_>) {
    let (Some(was), Some(is)) = (old, new) else {
        // What the cloud takes anyhow is no difference to nothing.
        let given = [old, new].into_iter().flatten().next();
        if given.is_some_and(|value| !matches!(value, Meaning::Assumed(_))) {
            report(path, old, new);
        }
        return;
    };
    if was == is {
        return;
    }
    match (was.given(), is.given()) {
        (Meaning::Fields(a), Meaning::Fields(b)) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                compare(a.get(name), b.get(name), &path.field(name), report);
            }
        }
        (Meaning::List(a), Meaning::List(b)) => lists(a, b, path, report),
        (Meaning::Set { items: a, key }, Meaning::Set { items: b, .. }) => {
            sets(a, b, *key, path, report);
        }
        _ => report(path, old, new),
    }
}

/// Lists where order matters: what both ends share is the same, the middle is compared place by place.
fn lists(a: &[Meaning], b: &[Meaning], path: &FieldPath, report: &mut Report<'_>) {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let room = a.len().min(b.len()) - start;
    let end = a.iter().rev().zip(b.iter().rev()).take(room).take_while(|(x, y)| x == y).count();
    let (old, new) = (start..a.len() - end, start..b.len() - end);
    for at in start..old.end.max(new.end) {
        let was = a.get(at).filter(|_| old.contains(&at));
        let is = b.get(at).filter(|_| new.contains(&at));
        compare(was, is, &path.index(at), report);
    }
}

/// Sets: equal elements are the same wherever they stand; of the others those that belong together are compared.
///
/// Places are those in the new set, and in the old one for elements that are gone.
fn sets(a: &[Meaning], b: &[Meaning], key: Option<&'static str>, path: &FieldPath, report: &mut Report<'_>) {
    if let ([Meaning::Scalar(_)], [Meaning::Scalar(_)]) = (a, b) {
        // The only one that there was became the only one that there is.
        compare(a.first(), b.first(), &path.index(0), report);
        return;
    }
    let gone = left_over(a, b);
    let mut come = left_over(b, a);
    let mut alone = Vec::new();
    for at in gone {
        let Some(was) = a.get(at) else { continue };
        let partner = come
            .iter()
            .enumerate()
            .filter_map(|(slot, place)| b.get(*place).map(|is| (likeness(was, is, key), slot, *place)))
            .filter(|(like, _, _)| *like > 0)
            .max_by_key(|(like, slot, _)| (*like, std::cmp::Reverse(*slot)));
        match partner {
            Some((_, slot, place)) => {
                come.remove(slot);
                compare(Some(was), b.get(place), &path.index(place), report);
            }
            None => alone.push(at),
        }
    }
    for at in alone {
        compare(a.get(at), None, &path.index(at), report);
    }
    for at in come {
        compare(None, b.get(at), &path.index(at), report);
    }
}

/// How much two elements of a set look like the same thing, changed: 0 for not at all.
///
/// The same name counts most. Without a name it takes more equal fields than different ones.
fn likeness(was: &Meaning, is: &Meaning, key: Option<&'static str>) -> usize {
    let (Meaning::Fields(a), Meaning::Fields(b)) = (was.given(), is.given()) else {
        return 0;
    };
    if let Some(key) = key
        && (a.contains_key(key) || b.contains_key(key))
    {
        let same = a.get(key).is_some() && a.get(key) == b.get(key);
        return if same { usize::MAX } else { 0 };
    }
    let equal = a.iter().filter(|(name, value)| b.get(*name) == Some(*value)).count();
    let all = a.keys().chain(b.keys()).collect::<BTreeSet<_>>().len();
    if equal * 2 > all { equal } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Lists stand for themselves, except those under a field named `set…`; the element's name is `k`.
    fn meaning(value: &serde_json::Value, is_set: bool) -> Meaning {
        match value {
            serde_json::Value::Object(fields) => Meaning::Fields(
                fields.iter().map(|(name, v)| (name.clone(), meaning(v, name.starts_with("set")))).collect(),
            ),
            serde_json::Value::Array(items) => {
                let items = items.iter().map(|v| meaning(v, false)).collect();
                if is_set { Meaning::Set { items, key: Some("k") } } else { Meaning::List(items) }
            }
            other => Meaning::scalar(other.clone(), other.to_string()),
        }
    }

    fn differences(a: serde_json::Value, b: serde_json::Value) -> Vec<String> {
        let mut found = Vec::new();
        compare(Some(&meaning(&a, false)), Some(&meaning(&b, false)), &FieldPath::root(), &mut |path, was, is| {
            let sign = match (was.is_some(), is.is_some()) {
                (true, true) => '~',
                (true, false) => '-',
                (false, _) => '+',
            };
            found.push(format!("{sign}{path}"));
        });
        found
    }

    #[test]
    fn an_element_put_in_front_of_a_list_is_one_addition() {
        assert_eq!(differences(json!({"l": [1, 2]}), json!({"l": [0, 1, 2]})), ["+l[0]"]);
        assert_eq!(differences(json!({"l": [1, 2, 3]}), json!({"l": [1, 3]})), ["-l[1]"]);
        assert_eq!(differences(json!({"l": [1, 1]}), json!({"l": [1]})), ["-l[1]"]);
    }

    #[test]
    fn named_elements_of_a_set_are_compared_with_each_other_wherever_they_stand() {
        let a = json!({"set": [{"k": "a", "v": 1}, {"k": "b", "v": 2}]});
        let b = json!({"set": [{"k": "b", "v": 3}, {"k": "a", "v": 1}]});
        assert_eq!(differences(a, b), ["~set[0].v"]);
    }

    #[test]
    fn nameless_elements_that_mostly_agree_are_one_change_and_others_are_two() {
        let a = json!({"set": [{"p": 1, "q": 2, "r": 3}]});
        let b = json!({"set": [{"p": 1, "q": 2, "r": 4}]});
        let c = json!({"set": [{"p": 5, "q": 6, "r": 4}]});
        assert_eq!(differences(a.clone(), b), ["~set[0].r"]);
        assert_eq!(differences(a, c), ["-set[0]", "+set[0]"]);
    }

    #[test]
    fn the_only_value_of_a_set_becomes_another_and_among_several_one_goes_and_one_comes() {
        assert_eq!(differences(json!({"set": [1]}), json!({"set": [2]})), ["~set[0]"]);
        assert_eq!(differences(json!({"set": [1, 2]}), json!({"set": [1, 3]})), ["-set[1]", "+set[1]"]);
    }

    #[test]
    fn a_nested_difference_is_reported_where_it_is() {
        let a = json!({"x": {"y": [{"z": 1}]}});
        let b = json!({"x": {"y": [{"z": 2, "w": 3}]}});
        assert_eq!(differences(a, b), ["+x.y[0].w", "~x.y[0].z"]);
    }
}
