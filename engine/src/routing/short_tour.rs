//! A short closed tour over points, for any number of them.

use super::{curve::along_curve, point::Point, search::search};

/// A short closed tour over `points`: their indices, each once, in the order of the visit.
///
/// `progress` tells how much of the time given is used: below 0 never, 1 when it is up. The search may be stopped at any
/// moment and then returns the best tour so far; with no time at all that is the order along a space-filling curve, improved
/// once. The same seed and the same answers of `progress` give the same tour. Coordinates must be finite.
pub fn short_tour(points: &[Point], seed: u64, progress: &mut impl FnMut() -> f64) -> Vec<usize> {
    let curve = along_curve(points);
    // Three points have one tour only; neither neighbours nor kicks make sense below eight.
    match points.len() {
        0..=3 => curve,
        4..=EXACT => shortest_of_all(points),
        _ => {
            let along: Vec<Point> = curve.iter().map(|&index| points[index]).collect();
            let mut rng = fastrand::Rng::with_seed(seed);
            search(&along, &mut rng, progress).into_iter().map(|city| curve[city as usize]).collect()
        }
    }
}

/// Up to this many points every tour is tried, by Held and Karp's table: it takes no time worth naming.
const EXACT: usize = 9;

fn shortest_of_all(points: &[Point]) -> Vec<usize> {
    let rest = points.len() - 1;
    // Shortest way from point `rest` through every point of `set`, ending at `end`, with the point before it.
    let mut table = vec![vec![(i64::MAX, usize::MAX); rest]; 1 << rest];
    for end in 0..rest {
        table[1 << end][end] = (points[rest].distance(points[end]), rest);
    }
    for set in 1_usize..1 << rest {
        for end in (0..rest).filter(|end| set >> end & 1 == 1) {
            let (length, _) = table[set][end];
            if length == i64::MAX {
                continue;
            }
            for next in (0..rest).filter(|next| set >> next & 1 == 0) {
                let longer = length + points[end].distance(points[next]);
                let slot = &mut table[set | 1 << next][next];
                if longer < slot.0 {
                    *slot = (longer, end);
                }
            }
        }
    }
    let mut set = (1 << rest) - 1;
    let closed = |&end: &usize| table[set][end].0 + points[end].distance(points[rest]);
    let mut end = (0..rest).min_by_key(closed).unwrap_or(0);
    let mut order = vec![rest];
    while end != rest {
        order.push(end);
        let before = table[set][end].1;
        set &= !(1 << end);
        end = before;
    }
    order
}

#[cfg(test)]
mod tests {
    use super::{Point, short_tour};
    use crate::routing::point::tour_length;
    use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, proptest};

    fn after_rounds(rounds: u32) -> impl FnMut() -> f64 {
        let mut asked = 0;
        move || {
            asked += 1;
            f64::from(asked) / f64::from(rounds)
        }
    }

    fn places(most: usize) -> impl Strategy<Value = Vec<Point>> {
        let place = (-300_i32..300, -300_i32..300).prop_map(|(x, y)| Point { x: f64::from(x), y: f64::from(y) });
        proptest::collection::vec(place, 0..most)
    }

    proptest! {
        #[test]
        fn every_point_is_visited_once(points in places(60), seed: u64) {
            let mut order = short_tour(&points, seed, &mut after_rounds(6));
            order.sort_unstable();
            prop_assert_eq!(order, (0..points.len()).collect::<Vec<_>>());
        }

        // Ten or eleven points are each other's candidates, so that every exchange has been looked at.
        #[test]
        fn no_two_edges_can_be_exchanged_for_a_shorter_tour(points in places(12), seed: u64) {
            let order = short_tour(&points, seed, &mut after_rounds(6));
            let at = |index: usize| points[order[index % order.len()]];
            for first in 0..points.len() {
                for second in first + 2..points.len() {
                    let now = at(first).distance(at(first + 1)) + at(second).distance(at(second + 1));
                    let then = at(first).distance(at(second)) + at(first + 1).distance(at(second + 1));
                    prop_assert!(then >= now);
                }
            }
        }

        #[test]
        fn the_same_seed_and_clock_give_the_same_tour(points in places(40), seed: u64) {
            let first = short_tour(&points, seed, &mut after_rounds(6));
            prop_assert_eq!(first, short_tour(&points, seed, &mut after_rounds(6)));
        }
    }

    #[test]
    fn few_points_get_the_shortest_of_all_tours() {
        let mut rng = fastrand::Rng::with_seed(7);
        for len in 4..=7 {
            let points: Vec<Point> = (0..len).map(|_| Point { x: rng.f64() * 100.0, y: rng.f64() * 100.0 }).collect();
            let found = tour_length(&points, &short_tour(&points, 1, &mut || 1.0));
            let mut order: Vec<usize> = (0..len).collect();
            let mut shortest = i64::MAX;
            permute(&mut order, 1, &mut |order| shortest = shortest.min(tour_length(&points, order)));
            assert_eq!(found, shortest);
        }
    }

    fn permute(order: &mut Vec<usize>, from: usize, see: &mut impl FnMut(&[usize])) {
        if from == order.len() {
            return see(order);
        }
        for other in from..order.len() {
            order.swap(from, other);
            permute(order, from + 1, see);
            order.swap(from, other);
        }
    }

    #[test]
    fn points_on_a_ring_are_walked_round_it() {
        let count = 200;
        let mut points: Vec<Point> = (0..count)
            .map(|i| {
                let angle = f64::from(i) * std::f64::consts::TAU / f64::from(count);
                Point { x: (angle.cos() * 10_000.0).round(), y: (angle.sin() * 10_000.0).round() }
            })
            .collect();
        let round = tour_length(&points, &(0..points.len()).collect::<Vec<_>>());
        fastrand::Rng::with_seed(3).shuffle(&mut points);
        assert_eq!(tour_length(&points, &short_tour(&points, 3, &mut after_rounds(200))), round);
    }

    #[test]
    fn points_that_all_coincide_are_no_trouble() {
        let points = vec![Point { x: 4.0, y: 4.0 }; 50];
        assert_eq!(short_tour(&points, 1, &mut after_rounds(20)).len(), 50);
    }

    #[test]
    fn points_on_a_line_are_walked_there_and_back() {
        let mut points: Vec<Point> = (0..300).map(|i| Point { x: f64::from(i), y: 0.0 }).collect();
        fastrand::Rng::with_seed(5).shuffle(&mut points);
        assert_eq!(tour_length(&points, &short_tour(&points, 5, &mut after_rounds(100))), 598);
    }

    #[test]
    fn time_that_is_up_before_it_begins_still_gives_a_whole_tour() {
        let mut rng = fastrand::Rng::with_seed(11);
        let points: Vec<Point> = (0..500).map(|_| Point { x: rng.f64(), y: rng.f64() }).collect();
        assert_eq!(short_tour(&points, 1, &mut || 1.0).len(), 500);
    }

    #[test]
    fn more_time_gives_a_shorter_tour() {
        let mut rng = fastrand::Rng::with_seed(2);
        let points: Vec<Point> = (0..200).map(|_| Point { x: rng.f64() * 1e4, y: rng.f64() * 1e4 }).collect();
        let length = |rounds| tour_length(&points, &short_tour(&points, 1, &mut after_rounds(rounds)));
        assert!(length(60) < length(14));
    }
}
