//! The way that releases of a system take, as places on a drawing: boxes in columns, lines between them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::words::{Light, ago, current, deployed_by, light, release};
use super::{Row, Stands};
use crate::ledger::sighting::Seen;
use crate::release::ahead::Way;
use crate::views::output::printable::inside;

/// Sizes in pixels: a box, what lies between boxes, and the edge of the drawing.
const BOX: (u32, u32) = (252, 136);
const BETWEEN: (u32, u32) = (176, 30);
const EDGE: u32 = 10;

/// How wide a box's or a line's text may be, in pixels.
const INSIDE: u32 = BOX.0 - 32;
const ALONG: u32 = BETWEEN.0 - 34;

/// A system's drawing.
#[derive(Debug, Serialize)]
pub(super) struct Picture {
    width: u32,
    height: u32,
    boxes: Vec<Drawn>,
    lines: Vec<Line>,
    /// All of it in words.
    words: String,
}

/// A box of an environment.
#[derive(Debug, Serialize)]
struct Drawn {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    light: &'static str,
    symbol: &'static str,
    said: &'static str,
    name: String,
    release: String,
    since: String,
    notes: String,
}

/// A line from one box to the next.
#[derive(Debug, Serialize)]
struct Line {
    path: String,
    way: &'static str,
    label: String,
    x: u32,
    y: u32,
}

/// Draws the environments of one system.
pub(super) fn draw(rows: &[&Row], now: Timestamp) -> Picture {
    let places = places(rows);
    let at = |index: usize| {
        let (column, line) = places[index];
        (EDGE + column * (BOX.0 + BETWEEN.0), EDGE + line * (BOX.1 + BETWEEN.1))
    };
    let boxes = rows.iter().enumerate().map(|(index, row)| drawn(row, at(index), now)).collect();
    let mut lines = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let from = row.from.as_ref().and_then(|from| position(rows, from));
        if let Some(from) = from.filter(|from| places[*from].0 < places[index].0) {
            lines.push(line(row, at(from), at(index)));
        }
    }
    // Where lines lie over each other, the one that leads somewhere is seen.
    lines.sort_by_key(|line| ["nothing", "there", "closed", "open"].iter().position(|way| *way == line.way));
    let most = |of: fn(&(u32, u32)) -> u32| places.iter().map(of).max().unwrap_or(0) + 1;
    let (columns, rows_down) = (most(|place| place.0), most(|place| place.1));
    Picture {
        width: 2 * EDGE + columns * BOX.0 + (columns - 1) * BETWEEN.0,
        height: 2 * EDGE + rows_down * BOX.1 + (rows_down - 1) * BETWEEN.1,
        boxes,
        lines,
        words: rows.iter().map(|row| words(row)).collect::<Vec<_>>().join(" "),
    }
}

fn position(rows: &[&Row], environment: &str) -> Option<usize> {
    rows.iter().position(|row| row.target.environment.as_str() == environment)
}

/// How many environments follow each other from here, `most` at most.
fn length(from: usize, next: &BTreeMap<usize, Vec<usize>>, most: usize) -> usize {
    if most == 0 {
        return 0;
    }
    next.get(&from).into_iter().flatten().map(|one| 1 + length(*one, next, most - 1)).max().unwrap_or(0)
}

/// The column and the line of each environment: to the right of where its releases come from, the longest way of several beside it and the
/// others below. What takes releases in a circle begins a line of its own.
fn places(rows: &[&Row]) -> Vec<(u32, u32)> {
    let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut first = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match row.from.as_ref().and_then(|from| position(rows, from)) {
            Some(from) => next.entry(from).or_default().push(index),
            None => first.push(index),
        }
    }
    let mut places: Vec<Option<(u32, u32)>> = vec![None; rows.len()];
    let mut line = 0;
    let begins = first.into_iter().chain(0..rows.len());
    for begin in begins {
        if places[begin].is_some() {
            continue;
        }
        let mut open = vec![(begin, 0)];
        while let Some((index, column)) = open.pop() {
            if places[index].is_some() {
                continue;
            }
            places[index] = Some((column, line));
            let mut after: Vec<usize> =
                next.get(&index).into_iter().flatten().copied().filter(|one| places[*one].is_none()).collect();
            after.sort_by_key(|one| std::cmp::Reverse(length(*one, &next, rows.len())));
            if after.is_empty() {
                line += 1;
            }
            open.extend(after.into_iter().rev().map(|one| (one, column + 1)));
        }
    }
    places.into_iter().map(Option::unwrap_or_default).collect()
}

fn drawn(row: &Row, (x, y): (u32, u32), now: Timestamp) -> Drawn {
    let light = light(row);
    let stands = row.stands.as_ref().ok();
    let deployed = stands.and_then(|stands| stands.standing.deployed.as_ref());
    let since = deployed.map(|deployed| format!("{} by {}", ago(deployed.entry.at, now), deployed.entry.by.who));
    let none = if stands.is_some() { "" } else { "could not be read" };
    Drawn {
        x,
        y,
        width: BOX.0,
        height: BOX.1,
        light: light.word(),
        symbol: light.symbol(),
        said: light.said(),
        name: fit(row.target.environment.as_str(), 17, INSIDE),
        release: fit(&stands.and_then(called).unwrap_or_else(|| none.to_owned()), 15, INSIDE),
        since: fit(&since.unwrap_or_default(), 13, INSIDE),
        notes: fit(&notes(row).join(" · "), 13, INSIDE),
    }
}

/// What is deployed, as short as people call it.
fn called(stands: &Stands) -> Option<String> {
    let name =
        stands.standing.release().map(|release| release.name.clone().unwrap_or_else(|| release.id.short().to_owned()));
    name.or_else(|| release(stands))
}

/// What is open about it, in single words.
fn notes(row: &Row) -> Vec<String> {
    let Ok(stands) = &row.stands else { return Vec::new() };
    let mut notes = Vec::new();
    if stands.standing.held.is_some() {
        notes.push("held".to_owned());
    }
    match current(stands.drift.as_ref(), deployed_by(stands)).map(|sighting| &sighting.found) {
        Some(Seen::Gone) => notes.push("stack gone".to_owned()),
        Some(Seen::Compared { open, .. }) if !open.is_empty() => notes.push(format!("drift in {}", open.len())),
        Some(Seen::Compared { .. } | Seen::NotDeployed) => {}
        None if stands.standing.deployed.is_some() => notes.push("drift unknown".to_owned()),
        None => {}
    }
    if let Some(lock) = &stands.lock {
        notes.push(format!("locked by {}", lock.lock.holder.who));
    }
    notes
}

fn line(row: &Row, from: (u32, u32), to: (u32, u32)) -> Line {
    let middle = BOX.1 / 2;
    let (start, begin) = (from.0 + BOX.0, from.1 + middle);
    let (end, down) = (to.0, to.1 + middle);
    let bend = end - BETWEEN.0 + 22;
    let path = if begin == down && start + BETWEEN.0 == end {
        format!("M{start} {begin}H{}", end - 9)
    } else {
        format!("M{start} {begin}H{bend}V{down}H{}", end - 9)
    };
    let (way, label) = match &row.ahead {
        Some(ahead) => {
            let way = ahead.way();
            let closed = ahead.coming.iter().flat_map(|coming| &coming.gates).filter(|gate| !gate.open);
            match way {
                Way::Nothing => ("nothing", "nothing to come".to_owned()),
                Way::There => ("there", "up to date".to_owned()),
                Way::Closed => {
                    let names: Vec<&str> = closed.map(|gate| gate.name).collect();
                    ("closed", format!("✕ {}", names.join(", ")))
                }
                Way::Open => ("open", "may come".to_owned()),
            }
        }
        None => ("nothing", String::new()),
    };
    Line { path, way, label: fit(&label, 13, ALONG), x: (bend + end) / 2, y: down - 9 }
}

/// The line of a box in words.
fn words(row: &Row) -> String {
    let name = row.target.environment.as_str();
    let stands = row.stands.as_ref().ok();
    let release = stands.and_then(release).unwrap_or_else(|| {
        if stands.is_some() { "nothing is deployed".to_owned() } else { "it could not be read".to_owned() }
    });
    let way = match row.ahead.as_ref().map(|ahead| (&ahead.from, ahead.way())) {
        Some((from, Way::Nothing)) => format!("; nothing can come from {from}"),
        Some((from, Way::There)) => format!("; it has the release of {from}"),
        Some((from, Way::Closed)) => format!("; the release of {from} is kept out by a gate"),
        Some((from, Way::Open)) => format!("; the release of {from} may come"),
        None => String::new(),
    };
    inside(&format!("{name}: {}, {release}{way}.", Light::said(light(row))))
}

/// Text that is at most so many pixels wide at a size, cut where it is longer. Letters count as three fifths of the size, what isn't
/// ASCII as all of it.
fn fit(text: &str, size: u32, width: u32) -> String {
    let text = inside(text);
    let most = width * 10;
    let wide = |character: char| if character.is_ascii() { size * 6 } else { size * 10 };
    if text.chars().map(wide).sum::<u32>() <= most {
        return text;
    }
    let (mut cut, mut used) = (String::new(), size * 10);
    for character in text.chars() {
        used += wide(character);
        if used > most {
            break;
        }
        cut.push(character);
    }
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, from: Option<&str>) -> Row {
        let target = format!("shop/{name}").parse().unwrap();
        Row { target, from: from.map(str::to_owned), stands: Err("x".into()), ahead: None }
    }

    fn placed(rows: &[(&str, Option<&str>)]) -> Vec<(u32, u32)> {
        let rows: Vec<Row> = rows.iter().map(|(name, from)| row(name, *from)).collect();
        places(&rows.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_chain_is_one_line_and_branches_go_below() {
        assert_eq!(
            placed(&[("dev", None), ("prod", Some("staging")), ("staging", Some("dev"))]),
            [(0, 0), (2, 0), (1, 0)]
        );
        let branches = [("dev", None), ("eu", Some("dev")), ("lab", None), ("us", Some("dev")), ("us2", Some("us"))];
        assert_eq!(placed(&branches), [(0, 0), (1, 1), (0, 2), (1, 0), (2, 0)]);
    }

    #[test]
    fn a_circle_is_drawn_all_the_same() {
        assert_eq!(placed(&[("a", Some("b")), ("b", Some("a"))]), [(0, 0), (1, 0)]);
        assert_eq!(placed(&[("a", Some("a"))]), [(0, 0)]);
        assert_eq!(placed(&[("a", Some("elsewhere"))]), [(0, 0)]);
    }

    #[test]
    fn text_is_cut_where_it_would_leave_its_box() {
        assert_eq!(fit("short", 15, 100), "short");
        assert_eq!(fit(&"x".repeat(50), 15, 100), format!("{}…", "x".repeat(9)));
        assert_eq!(fit(&"漢".repeat(50), 15, 100).chars().count(), 6);
    }
}
