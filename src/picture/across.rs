//! Where columns and lanes stand from left to right.

use super::grounds::{Column, FACT, Grounds, INSIDE};
use super::routes::{Ways, arriving};
use crate::model::network::Network;

/// The edge of the picture.
pub(super) const EDGE: i32 = 24;
/// What lies between two upright lines.
pub(super) const LANE: i32 = 9;
/// What lies between a box and the frame of its subnets, and between that and the network's.
pub(super) const FRAME: i32 = 13;
/// The least width of an entry of a list.
pub(super) const ENTRY: i32 = 270;
/// What lies between a box and the nearest lane, and what an arrow takes.
const STUB: i32 = 13;
/// The least that lies between two columns.
const LEAST: i32 = 40;

/// The network that is drawn around what stands in it.
pub(super) struct Framed<'a> {
    pub(super) network: &'a Network,
    /// Whether load balancers stand in it.
    pub(super) edge: bool,
}

/// Where columns begin and end from left to right, and where the lanes between them begin.
pub(super) struct Across {
    pub(super) columns: Vec<(i32, i32)>,
    pub(super) lanes: Vec<i32>,
    /// What frames take at the left and the right of each column.
    pub(super) margins: Vec<(i32, i32)>,
    /// The right edge of what stands left of what the cloud keeps: at least a list has room there.
    pub(super) before_kept: i32,
    /// The right edge of everything.
    pub(super) right: i32,
}

/// Where everything that is drawn stands.
pub(super) fn across(grounds: &Grounds, ways: &Ways, framed: Option<&Framed<'_>>) -> Across {
    let spoken = |space: usize, left: bool| {
        let arrive = grounds
            .nets
            .iter()
            .enumerate()
            .filter(|(place, net)| net.from_left == left && arriving(grounds, *place) == space);
        arrive.flat_map(|(_, net)| &net.label).map(|text| FACT.width(text) + 4).max().unwrap_or(0)
    };
    let last_inside = grounds.place(Column::Data).or_else(|| grounds.place(Column::Work));
    let margin = |place: usize, column: Column| {
        let Some(framed) = framed else { return (0, 0) };
        let right = if Some(place) == last_inside { 2 * FRAME } else { 0 };
        match column {
            Column::Edge if framed.edge => (2 * FRAME, FRAME),
            Column::Work => (if framed.edge { FRAME } else { 2 * FRAME }, right),
            Column::Data => (0, right),
            Column::Internet | Column::Callers | Column::Edge | Column::Kept => (0, 0),
        }
    };
    let margins: Vec<(i32, i32)> =
        grounds.columns.iter().enumerate().map(|(place, column)| margin(place, *column)).collect();
    let told = grounds.boxes.last().is_some_and(Option::is_some);
    let mut all = Across { columns: Vec::new(), lanes: Vec::new(), margins, before_kept: 0, right: 0 };
    let margin = |place: usize| all.margins.get(place).copied().unwrap_or_default();
    let mut x = EDGE + margin(0).0;
    for (space, width) in grounds.widths.iter().enumerate() {
        let end = x + width + 2 * INSIDE;
        all.columns.push((x, end));
        let left = margin(space + 1).0;
        let mut beside = end + margin(space).1;
        if told && grounds.columns.get(space + 1) == Some(&Column::Kept) {
            beside = beside.max(EDGE + ENTRY + 2 * INSIDE);
            all.before_kept = beside;
        }
        let count = i32::try_from(ways.lanes.get(space).copied().unwrap_or(0)).unwrap_or(0);
        let (back, forth) = (spoken(space, false), spoken(space, true));
        all.lanes.push(beside + back + STUB);
        let lanes = (count - 1).max(0) * LANE;
        all.right = beside;
        x = beside + left + (back + forth + lanes + 2 * STUB).max(LEAST);
        if space + 1 == grounds.widths.len() && count > 0 {
            all.right = beside + back + lanes + 2 * STUB;
        }
    }
    all
}
