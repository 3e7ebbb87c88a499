//! The order of the upright lines between two columns: the one in which they cross least.

/// A line's upright part between two columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upright {
    /// Which line.
    pub net: usize,
    /// Where it meets level parts from the left.
    pub left: Vec<i32>,
    /// Where it meets level parts to the right.
    pub right: Vec<i32>,
}

impl Upright {
    fn ends(&self) -> (i32, i32) {
        let all = || self.left.iter().chain(&self.right).copied();
        (all().min().unwrap_or(0), all().max().unwrap_or(0))
    }

    /// Whether it only goes on level, so that it needs no lane.
    pub fn is_level(&self) -> bool {
        let (top, bottom) = self.ends();
        top == bottom
    }

    fn meets(&self, y: i32) -> bool {
        let (top, bottom) = self.ends();
        top <= y && y <= bottom
    }
}

/// How often two lines cross, the first left of the second.
fn crossings(left: &Upright, right: &Upright) -> usize {
    let over = left.right.iter().filter(|y| right.meets(**y)).count();
    over + right.left.iter().filter(|y| left.meets(**y)).count()
}

/// How many times the order is gone over; it settles in two or three.
const PASSES: usize = 8;

/// The lane of each line, counted from the left, and how many lanes that makes. Lines that never stand side by side share one.
pub fn lanes(mut lines: Vec<Upright>) -> (Vec<(usize, usize)>, usize) {
    lines.sort_by_key(|line| (line.ends(), line.net));
    for _ in 0..PASSES {
        let mut better = false;
        for index in 1..lines.len() {
            let (Some(one), Some(other)) = (lines.get(index - 1), lines.get(index)) else { continue };
            if crossings(other, one) < crossings(one, other) {
                lines.swap(index - 1, index);
                better = true;
            }
        }
        for index in 0..lines.len() {
            better |= moved(&mut lines, index);
        }
        if !better {
            break;
        }
    }
    let mut placed = Vec::new();
    let mut here: Vec<(i32, i32)> = Vec::new();
    let mut lane = 0;
    for line in &lines {
        let (top, bottom) = line.ends();
        if here.iter().any(|(from, to)| top - 12 < *to && *from < bottom + 12) {
            lane += 1;
            here.clear();
        }
        here.push((top, bottom));
        placed.push((line.net, lane));
    }
    let count = if lines.is_empty() { 0 } else { lane + 1 };
    (placed, count)
}

/// Moves a line to where it crosses the others least, if that is less than now.
fn moved(lines: &mut Vec<Upright>, index: usize) -> bool {
    if index >= lines.len() {
        return false;
    }
    let line = lines.remove(index);
    let cost = |at: usize| -> usize {
        let (before, after) = lines.split_at(at);
        before.iter().map(|other| crossings(other, &line)).sum::<usize>()
            + after.iter().map(|other| crossings(&line, other)).sum::<usize>()
    };
    let best = (0..=lines.len()).min_by_key(|at| (cost(*at), at.abs_diff(index))).unwrap_or(index);
    lines.insert(best, line);
    best != index
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(net: usize, left: i32, right: i32) -> Upright {
        Upright { net, left: vec![left], right: vec![right] }
    }

    #[test]
    fn lines_that_go_down_side_by_side_do_not_cross() {
        let (placed, count) = lanes(vec![line(0, 10, 60), line(1, 20, 70), line(2, 30, 80)]);
        assert_eq!((placed, count), (vec![(2, 0), (1, 1), (0, 2)], 3));
    }

    #[test]
    fn lines_above_each_other_share_a_lane() {
        let (placed, count) = lanes(vec![line(0, 10, 30), line(1, 100, 130)]);
        assert_eq!((placed, count), (vec![(0, 0), (1, 0)], 1));
        assert_eq!(lanes(Vec::new()), (Vec::new(), 0));
    }
}
