//! The ways of lines, as SVG has them.

/// How round the corners of lines are.
const ROUND: i32 = 6;

/// A way with round corners, as an SVG path.
pub(super) fn rounded(points: &[(i32, i32)]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().copied().enumerate() {
        let before = index.checked_sub(1).and_then(|before| points.get(before)).copied();
        let after = points.get(index + 1).copied();
        match (before, after) {
            (None, _) => path.push_str(&format!("M{x} {y}")),
            (Some(_), None) => path.push_str(&format!("L{x} {y}")),
            (Some(before), Some(after)) => {
                let near = |(a, b): (i32, i32), all: bool| {
                    let (dx, dy) = (a - x, b - y);
                    let length = dx.abs() + dy.abs();
                    let round = ROUND.min(if all { length } else { length / 2 });
                    (x + dx.signum() * round, y + dy.signum() * round)
                };
                let first = near(before, index == 1);
                let second = near(after, index + 2 == points.len());
                if first == (x, y) || second == (x, y) {
                    path.push_str(&format!("L{x} {y}"));
                } else {
                    path.push_str(&format!("L{} {}Q{x} {y} {} {}", first.0, first.1, second.0, second.1));
                }
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_turn_round_corners_and_stay_on_their_rows() {
        assert_eq!(rounded(&[(0, 0), (20, 0), (20, 40), (60, 40)]), "M0 0L14 0Q20 0 20 6L20 34Q20 40 26 40L60 40");
        assert_eq!(rounded(&[(0, 5), (60, 5)]), "M0 5L60 5");
    }
}
