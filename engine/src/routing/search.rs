//! The search itself: a local optimum, kicked in one place and improved again there, over and over until time is up.

use super::{lin_kernighan::LinKernighan, neighbours::Neighbours, point::Point};

/// Candidate neighbours a city.
const CANDIDATES: usize = 8;
/// Steps of the walk over candidates that spreads a kick's three cuts around one place.
const WALK: usize = 14;
/// How much worse a kicked tour may be at the start and still stand, in mean edges, as the scale of an exponential draw; it
/// falls to nought over the time given. Measured on shuffled TSPLIB instances (benches/compare_routes.py): a quarter of it
/// freezes into a worse tour.
const TEMPERATURE: f64 = 1.6;
/// The clock is asked every so many rounds: asking costs as much as a tenth of a kick.
const ASK_EVERY: u32 = 16;

/// Asks how much of the time given is used, from 0 to 1, but not every time.
struct Clock<'a, F> {
    progress: &'a mut F,
    rounds: u32,
    last: f64,
}

impl<F: FnMut() -> f64> Clock<'_, F> {
    fn now(&mut self) -> f64 {
        if self.rounds.is_multiple_of(ASK_EVERY) {
            self.last = (self.progress)();
        }
        self.rounds = self.rounds.wrapping_add(1);
        self.last
    }
}

/// A short tour over `points` (four or more, better in an order where neighbours are near in memory). `progress` tells how
/// much of the time given is used; at 1 the best tour so far is returned.
pub(super) fn search(points: &[Point], rng: &mut fastrand::Rng, progress: &mut impl FnMut() -> f64) -> Vec<u32> {
    let mut clock = Clock { progress, rounds: 0, last: 0.0 };
    let neighbours = Neighbours::new(points, CANDIDATES);
    let mut local = LinKernighan::new(points, &neighbours);
    local.improve_queued(&mut || clock.now() >= 1.0);
    local.tour.keep();
    let mut best = local.tour.order().to_vec();
    let mean_edge = mean_edge(&local);
    // Lengths relative to the first local optimum.
    let (mut length, mut shortest) = (0, 0);
    loop {
        let progress = clock.now();
        if progress >= 1.0 {
            return best;
        }
        let lengthened = kick(&mut local, &neighbours, rng);
        let change = lengthened - local.improve_queued(&mut || false);
        let allowed = -rng.f64().max(f64::MIN_POSITIVE).ln() * TEMPERATURE * (1.0 - progress) * mean_edge;
        if change <= allowed as i64 {
            local.tour.keep();
            length += change;
            if length < shortest {
                shortest = length;
                best.copy_from_slice(local.tour.order());
            }
        } else {
            local.tour.undo_to(0);
        }
    }
}

fn mean_edge(local: &LinKernighan<'_>) -> f64 {
    let order = local.tour.order();
    let length: i64 = order.iter().map(|&city| local.distance(city, local.tour.next(city))).sum();
    length as f64 / order.len() as f64
}

/// A double bridge between three cities near each other: the two shorter of the three paths between them change places.
/// Returns how much longer the tour became; the ends are queued.
fn kick(local: &mut LinKernighan<'_>, neighbours: &Neighbours, rng: &mut fastrand::Rng) -> i64 {
    let start = rng.u32(0..local.tour.len() as u32);
    let mut walk = || (0..WALK).fold(start, |city, _| neighbours.at(city, rng.usize(0..neighbours.each())));
    let first = walk();
    let (second, third) = loop {
        let (second, third) = (walk(), walk());
        if first != second && second != third && third != first {
            break (second, third);
        }
    };
    let tour = &local.tour;
    let (second, third) =
        if tour.steps(first, second) < tour.steps(first, third) { (second, third) } else { (third, second) };
    let (to_second, to_third) = (tour.steps(first, second), tour.steps(second, third));
    let to_first = tour.len() - to_second - to_third;
    // a | b … c | d … e | f, with the longest path from f round to a.
    let (a, c, e) = if to_first >= to_second.max(to_third) {
        (first, second, third)
    } else if to_second >= to_third {
        (second, third, first)
    } else {
        (third, first, second)
    };
    let (b, d, f) = (tour.next(a), tour.next(c), tour.next(e));
    let lengthened = local.distance(a, d) + local.distance(e, b) + local.distance(c, f)
        - local.distance(a, b)
        - local.distance(c, d)
        - local.distance(e, f);
    local.tour.reverse(b, e);
    local.tour.reverse(e, d);
    local.tour.reverse(c, b);
    for city in [a, b, c, d, e, f] {
        local.enqueue(city);
    }
    lengthened
}
