//! Lin-Kernighan's search with three exchanged edges a step, Or-opt's moves among them.
//!
//! A chain begins by taking out the edge from a base to the city after it (`last`). What is left is a path from `last`
//! forward to the base. A step exchanges two more edges of the path, so that it is a path again with another `last`; closing
//! it gives a tour. Steps are weighed without touching the tour, in each of the four ways in which three edges in a row can be
//! exchanged; the first that closes to a shorter tour is carried out and ends the chain. Where none does, the step that leaves
//! most to spend is carried out and the chain goes on from there; a chain that comes to nothing is taken back.

use std::collections::VecDeque;

use super::{neighbours::Neighbours, point::Point, tour::Tour};

/// Steps of a chain at most. Longer chains find more each but cost more kicks than they are worth (measured: 8 is worse).
const DEPTH: usize = 5;
/// A step that does not close is tried only if it reverses paths of at most this many cities: most such steps are taken back,
/// and long paths are what they cost.
const REACH: usize = 100;
/// How many candidates are looked at for the second edge put in.
const SECOND_CANDIDATES: usize = 5;

/// A tour with what improving it needs.
#[derive(Debug)]
pub(super) struct LinKernighan<'a> {
    points: &'a [Point],
    neighbours: &'a Neighbours,
    /// The tour as it stands.
    pub(super) tour: Tour,
    queue: VecDeque<u32>,
    queued: Vec<bool>,
    /// The cities whose edges the chain under way has changed.
    touched: Vec<u32>,
}

/// A way to exchange edges. `t1 → t2` is what the chain took out first; each joins `t2` to `t3` and, but for `Two`, `t4` to
/// `t5`, and takes out the edges from `t3` to `t4` and from `t5` to `t6`.
#[derive(Debug, Clone, Copy)]
enum Exchange {
    /// `t2 … t4 t3 …`: one path reversed.
    Two { t3: u32, t4: u32 },
    /// `t2 … t4 t3 … t6 t5 …`
    Later { t3: u32, t4: u32, t5: u32, t6: u32 },
    /// `t2 … t5 t6 … t4 t3 …`
    Earlier { t3: u32, t4: u32, t5: u32, t6: u32 },
    /// `t2 … t5 t6 … t3 t4 …`: two paths change places, neither reversed (Or-opt).
    Swap { t3: u32, t4: u32, t5: u32, t6: u32 },
    /// `t2 … t6 t5 … t3 t4 …`: two paths reversed where they stand.
    Both { t3: u32, t4: u32, t5: u32, t6: u32 },
}

impl<'a> LinKernighan<'a> {
    /// The tour in the points' own order, with every city waiting to be improved.
    pub(super) fn new(points: &'a [Point], neighbours: &'a Neighbours) -> Self {
        Self {
            points,
            neighbours,
            tour: Tour::identity(points.len()),
            queue: (0..points.len() as u32).collect(),
            queued: vec![true; points.len()],
            touched: Vec::with_capacity(64),
        }
    }

    #[inline]
    pub(super) fn distance(&self, a: u32, b: u32) -> i64 {
        self.points[a as usize].distance(self.points[b as usize])
    }

    /// Puts `city` where [`Self::improve_queued`] takes its cities from.
    #[inline]
    pub(super) fn enqueue(&mut self, city: u32) {
        if !std::mem::replace(&mut self.queued[city as usize], true) {
            self.queue.push_back(city);
        }
    }

    /// Improves around every waiting city until none waits, or `stop` says so (asked once a city). Returns the length
    /// saved.
    pub(super) fn improve_queued(&mut self, stop: &mut impl FnMut() -> bool) -> i64 {
        let mut gain = 0;
        while let Some(city) = self.queue.pop_front() {
            self.queued[city as usize] = false;
            loop {
                let saved = self.improve_at(city);
                gain += saved;
                if saved == 0 {
                    break;
                }
            }
            if stop() {
                break;
            }
        }
        gain
    }

    /// Carries out a chain that begins at `t1` and shortens the tour. Returns the length saved, nought when there is none.
    fn improve_at(&mut self, t1: u32) -> i64 {
        for _ in 0..2 {
            let start = self.tour.mark();
            let mut t2 = self.tour.next(t1);
            self.touched.clear();
            self.touched.extend([t1, t2]);
            let mut open = self.distance(t1, t2);
            for _ in 0..DEPTH {
                let (closed, exchange) = self.weigh(t1, t2, &mut open);
                let Some(exchange) = exchange else { break };
                t2 = self.carry_out(t2, exchange);
                if closed > 0 {
                    while let Some(city) = self.touched.pop() {
                        self.enqueue(city);
                    }
                    return closed;
                }
            }
            self.tour.undo_to(start);
            self.tour.turn();
        }
        0
    }

    /// Looks at every step from the path `t2 … t1` with `open` to spend. Returns what closing after the step saves and the
    /// step: the first that saves something, else, with nought, the one that leaves most to spend, which `open` then tells.
    fn weigh(&self, t1: u32, t2: u32, open: &mut i64) -> (i64, Option<Exchange>) {
        let (g0, tour) = (*open, &self.tour);
        let (mut most, mut chosen) = (0, None);
        let after_t2 = tour.next(t2);
        let steps_all = tour.steps(t2, t1);
        let near = |a: usize, b: usize| a.max(b).min(steps_all + 1 - a.max(b)) <= REACH;
        for (t3, spent) in self.neighbours.of(t2) {
            let g1 = g0 - spent;
            if g1 <= 0 {
                break;
            }
            if t3 == t1 {
                continue;
            }
            let to_t3 = tour.steps(t2, t3);
            // Cut before t3: closing at once gives a tour.
            if t3 != after_t2 {
                let t4 = tour.previous(t3);
                let g2 = g1 + self.distance(t3, t4);
                let closed = g2 - self.distance(t4, t1);
                if closed > 0 {
                    return (closed, Some(Exchange::Two { t3, t4 }));
                }
                for (t5, spent) in self.neighbours.of(t4).take(SECOND_CANDIDATES) {
                    let g3 = g2 - spent;
                    if g3 <= 0 {
                        break;
                    }
                    let to_t5 = tour.steps(t2, t5);
                    let (t6, exchange) = if to_t5 > to_t3 {
                        let t6 = tour.previous(t5);
                        (t6, Exchange::Later { t3, t4, t5, t6 })
                    } else if to_t5 + 1 < to_t3 {
                        let t6 = tour.next(t5);
                        if t6 == t4 {
                            continue;
                        }
                        (t6, Exchange::Earlier { t3, t4, t5, t6 })
                    } else {
                        continue;
                    };
                    let g4 = g3 + self.distance(t5, t6);
                    let closed = g4 - self.distance(t6, t1);
                    if closed > 0 {
                        return (closed, Some(exchange));
                    }
                    if g4 > most && near(to_t3, to_t5) {
                        (most, chosen) = (g4, Some(exchange));
                    }
                }
            }
            // Cut behind t3: a ring from t2 to t3, which t5 opens again.
            if to_t3 < steps_all {
                let t4 = tour.next(t3);
                let g2 = g1 + self.distance(t3, t4);
                for (t5, spent) in self.neighbours.of(t4).take(SECOND_CANDIDATES) {
                    let g3 = g2 - spent;
                    if g3 <= 0 {
                        break;
                    }
                    let to_t5 = tour.steps(t2, t5);
                    if to_t5 > to_t3 {
                        continue;
                    }
                    if to_t5 < to_t3 {
                        let t6 = tour.next(t5);
                        let g4 = g3 + self.distance(t5, t6);
                        let closed = g4 - self.distance(t6, t1);
                        let exchange = Exchange::Swap { t3, t4, t5, t6 };
                        if closed > 0 {
                            return (closed, Some(exchange));
                        }
                        if g4 > most && near(to_t3, to_t5) {
                            (most, chosen) = (g4, Some(exchange));
                        }
                    }
                    if to_t5 > 0 && t5 != t3 {
                        let t6 = tour.previous(t5);
                        let g4 = g3 + self.distance(t5, t6);
                        let closed = g4 - self.distance(t6, t1);
                        let exchange = Exchange::Both { t3, t4, t5, t6 };
                        if closed > 0 {
                            return (closed, Some(exchange));
                        }
                        if g4 > most && near(to_t3, to_t5) {
                            (most, chosen) = (g4, Some(exchange));
                        }
                    }
                }
            }
        }
        *open = most;
        (0, chosen)
    }

    /// Carries `exchange` out on the path that begins at `t2` and returns the city at which it then begins.
    fn carry_out(&mut self, t2: u32, exchange: Exchange) -> u32 {
        let tour = &mut self.tour;
        match exchange {
            Exchange::Two { t3, t4 } => {
                self.touched.extend([t3, t4]);
                tour.reverse(t2, t4);
                t4
            }
            Exchange::Later { t3, t4, t5, t6 } => {
                self.touched.extend([t3, t4, t5, t6]);
                tour.reverse(t2, t6);
                tour.reverse(t4, t2);
                t6
            }
            Exchange::Earlier { t3, t4, t5, t6 } => {
                self.touched.extend([t3, t4, t5, t6]);
                tour.reverse(t2, t4);
                tour.reverse(t4, t6);
                t6
            }
            Exchange::Swap { t3, t4, t5, t6 } => {
                self.touched.extend([t3, t4, t5, t6]);
                tour.reverse(t2, t3);
                tour.reverse(t3, t6);
                tour.reverse(t5, t2);
                t6
            }
            Exchange::Both { t3, t4, t5, t6 } => {
                self.touched.extend([t3, t4, t5, t6]);
                tour.reverse(t2, t6);
                tour.reverse(t5, t3);
                t6
            }
        }
    }
}
