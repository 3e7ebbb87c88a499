//! The ways of the lines: where each leaves a box and arrives at another, and the rows in which it passes columns in between.

use std::collections::BTreeMap;

use super::grounds::{Grounds, LEAVING, room};
use super::lanes::{Upright, lanes};

/// The least distance of two level lines that are not one.
const CLEAR: i32 = 5;
/// The least distance of a level line from a box that it passes.
const PAST: i32 = 9;
/// What a line's text takes above it.
const TEXT: i32 = 14;

/// What the titles of the network and its subnets take, and the edges below.
const TITLES: i32 = 74;
const FEET: i32 = 22;

/// The way of a line, in columns and rows. The space right of a column has the column's place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Where it leaves the boxes that it begins at, by their place.
    pub leaves: BTreeMap<usize, i32>,
    /// Where it arrives.
    pub arrives: i32,
    /// Where it passes columns, by the space that it comes from.
    pub passes: BTreeMap<usize, i32>,
    /// The lane in which it goes up or down, by the space; none where it goes straight on.
    pub lanes: BTreeMap<usize, usize>,
}

/// Every way, and how many lanes each space has.
#[derive(Clone, Debug)]
pub struct Ways {
    /// By the place of the line.
    pub ways: Vec<Way>,
    /// By the place of the space.
    pub lanes: Vec<usize>,
}

/// The space that a line leaves a box to.
pub fn leaving(grounds: &Grounds, net: usize, from: usize) -> usize {
    let (begins, ends) = columns(grounds, net, from);
    if begins > ends { begins.saturating_sub(1) } else { begins }
}

/// The space in which a line arrives.
pub fn arriving(grounds: &Grounds, net: usize) -> usize {
    let Some(one) = grounds.nets.get(net) else { return 0 };
    let column = grounds.at(one.to).map_or(0, |to| to.column);
    if one.from_left { column.saturating_sub(1) } else { column }
}

fn columns(grounds: &Grounds, net: usize, from: usize) -> (usize, usize) {
    let to = grounds.nets.get(net).and_then(|net| grounds.at(net.to)).map_or(0, |to| to.column);
    (grounds.at(from).map_or(0, |from| from.column), to)
}

/// What is taken already of the spaces between columns.
struct Taken {
    /// Level lines: the space, the row, and whose it is.
    level: Vec<(usize, i32, usize)>,
    /// Text beside lines: the space, from and to which row, and whose it is.
    texts: Vec<(usize, i32, i32, usize)>,
}

impl Taken {
    fn free(&self, space: usize, y: i32, net: usize) -> bool {
        self.level.iter().all(|(at, row, whose)| *at != space || *whose == net || (row - y).abs() >= CLEAR)
            && self
                .texts
                .iter()
                .all(|(at, top, bottom, whose)| *at != space || *whose == net || y < *top || y > *bottom)
    }
}

/// Finds the ways of all lines.
pub fn ways(grounds: &Grounds) -> Ways {
    let mut ways: Vec<Way> = vec![Way::default(); grounds.nets.len()];
    let mut taken = Taken { level: Vec::new(), texts: Vec::new() };
    let sides = || (0..grounds.boxes.len()).flat_map(|index| [(index, true), (index, false)]);
    // Where one line only arrives, it arrives where it comes from, so that it goes straight on.
    let (later, first): (Vec<_>, Vec<_>) = sides().partition(|(index, left)| {
        let ends = ends(grounds, *index, *left);
        ends.len() == 1 && ends.iter().all(|end| end.arrives)
    });
    for (index, left) in first.into_iter().chain(later) {
        side(grounds, index, left, &mut ways, &mut taken);
    }
    for net in 0..grounds.nets.len() {
        passes(grounds, net, &mut ways, &mut taken);
    }
    let spaces = grounds.columns.len();
    let mut counts = vec![0; spaces];
    for (space, count) in counts.iter_mut().enumerate() {
        let uprights: Vec<Upright> = (0..grounds.nets.len())
            .filter_map(|net| upright(grounds, net, space, ways.get(net)?))
            .filter(|upright| !upright.is_level())
            .collect();
        let (placed, lanes) = lanes(uprights);
        for (net, lane) in placed {
            if let Some(way) = ways.get_mut(net) {
                way.lanes.insert(space, lane);
            }
        }
        *count = lanes;
    }
    Ways { ways, lanes: counts }
}

/// A line's end at a box's side.
struct End {
    net: usize,
    arrives: bool,
    room: i32,
    /// Where the other end is, so that lines leave in the order in which they go.
    other: i32,
}

/// The lines' ends at one side of a box, from top to bottom.
fn ends(grounds: &Grounds, index: usize, left: bool) -> Vec<End> {
    let middle = |index: usize| grounds.at(index).map_or(0, |one| one.y + one.height / 2);
    let mut ends: Vec<End> = Vec::new();
    for (place, net) in grounds.nets.iter().enumerate() {
        if net.to == index && net.from_left == left {
            let count = i32::try_from(net.from.len().max(1)).unwrap_or(1);
            let other = net.from.iter().map(|from| middle(*from)).sum::<i32>() / count;
            ends.push(End { net: place, arrives: true, room: room(net), other });
        }
        // Where both stand in one column, the line leaves and arrives at the right.
        let (begins, to) = columns(grounds, place, index);
        if net.from.contains(&index) && left == (begins > to) && !grounds.is_tall(index) {
            ends.push(End { net: place, arrives: false, room: LEAVING, other: middle(net.to) });
        }
    }
    ends.sort_by_key(|end| (end.other, end.arrives, end.net));
    ends
}

/// Gives the lines at one side of a box their rows.
fn side(grounds: &Grounds, index: usize, left: bool, ways: &mut [Way], taken: &mut Taken) {
    let Some(this) = grounds.at(index) else { return };
    let ends = ends(grounds, index, left);
    let space = if left { this.column.saturating_sub(1) } else { this.column };
    let all: i32 = ends.iter().map(|end| end.room).sum();
    let mut y = this.y + (this.height - all) / 2;
    let alone = ends.len() == 1;
    for end in ends {
        let inside = |y: &i32| *y > this.y + 7 && *y < this.y + this.height - 7;
        let middle = this.y + this.height / 2;
        let straight = || ways.get(end.net)?.leaves.values().copied().filter(inside).min_by_key(|y| y.abs_diff(middle));
        let wanted = match (alone, end.arrives) {
            (true, true) => straight().unwrap_or(middle),
            (true, false) => middle,
            (false, true) => y + end.room - 4,
            (false, false) => y + end.room / 2,
        };
        y += end.room;
        let reach = if end.arrives && !alone { 3 } else { 10 };
        let tries = (0..=reach).flat_map(|step| [wanted + step, wanted - step]);
        let row = tries.filter(inside).find(|y| taken.free(space, *y, end.net)).unwrap_or(wanted);
        taken.level.push((space, row, end.net));
        let Some(way) = ways.get_mut(end.net) else { continue };
        if end.arrives {
            way.arrives = row;
            let lines = i32::try_from(grounds.nets.get(end.net).map_or(0, |net| net.label.len())).unwrap_or(0);
            if lines > 0 {
                taken.texts.push((space, row - TEXT * lines, row + 2, end.net));
            }
        } else {
            way.leaves.insert(index, row);
        }
    }
}

/// Finds the rows in which a line passes the columns between its ends.
fn passes(grounds: &Grounds, net: usize, ways: &mut [Way], taken: &mut Taken) {
    let Some(one) = grounds.nets.get(net) else { return };
    let to = arriving(grounds, net);
    let mut spaces: Vec<usize> = one.from.iter().map(|from| leaving(grounds, net, *from)).collect();
    spaces.sort_unstable();
    spaces.dedup();
    for space in spaces {
        if space == to {
            let Some(way) = ways.get_mut(net) else { continue };
            let tall = one.from.iter().filter(|from| grounds.is_tall(**from));
            way.leaves.extend(tall.map(|from| (*from, way.arrives)));
            continue;
        }
        let (first, last) = (space.min(to), space.max(to));
        let blocked = |y: i32| {
            let between = |column: usize| column > first && column <= last;
            let boxes = grounds.boxes.iter().flatten();
            let hit = boxes.clone().any(|one| between(one.column) && y > one.y - PAST && y < one.y + one.height + PAST);
            let kept = grounds.columns.len().saturating_sub(1);
            let panel = y > grounds.band - PAST && (0..kept).any(between);
            let titles = |(top, bottom): (i32, i32)| y < top + TITLES || (y > bottom - FEET && y < bottom + PAST);
            let edge = grounds.network.is_some_and(titles);
            hit || panel || edge
        };
        let free = |y: i32| !blocked(y) && (first..=last).all(|space| taken.free(space, y, net));
        let Some(way) = ways.get(net) else { continue };
        let here = |from: &&usize| leaving(grounds, net, **from) == space;
        let begins: Vec<i32> = one.from.iter().filter(here).filter_map(|from| way.leaves.get(from)).copied().collect();
        let near = (1..400).flat_map(|step| [way.arrives + step * 2, way.arrives - step * 2]);
        let row =
            [way.arrives].into_iter().chain(begins).chain(near).find(|y| *y > 0 && free(*y)).unwrap_or(way.arrives);
        for space in first..=last {
            taken.level.push((space, row, net));
        }
        if let Some(way) = ways.get_mut(net) {
            way.passes.insert(space, row);
            let tall = one.from.iter().filter(|from| grounds.is_tall(**from) && leaving(grounds, net, **from) == space);
            way.leaves.extend(tall.map(|from| (*from, row)));
        }
    }
}

/// The upright part of a line in a space.
fn upright(grounds: &Grounds, net: usize, space: usize, way: &Way) -> Option<Upright> {
    let one = grounds.nets.get(net)?;
    let to = arriving(grounds, net);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for from in &one.from {
        let (begins, ends) = columns(grounds, net, *from);
        let out = leaving(grounds, net, *from);
        if out == space {
            let row = way.leaves.get(from).copied()?;
            (if begins <= ends { &mut left } else { &mut right }).push(row);
            if let Some(pass) = way.passes.get(&space) {
                (if begins <= ends { &mut right } else { &mut left }).push(*pass);
            }
        }
        if to == space && out != space {
            let pass = way.passes.get(&out).copied()?;
            (if begins <= ends { &mut left } else { &mut right }).push(pass);
        }
    }
    if to == space {
        (if one.from_left { &mut right } else { &mut left }).push(way.arrives);
    }
    if left.is_empty() && right.is_empty() {
        return None;
    }
    Some(Upright { net, left, right })
}
