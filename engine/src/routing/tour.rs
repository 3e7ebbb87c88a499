//! A closed tour that can reverse any of its paths, and take that back.

/// One reversal, as the array saw it.
#[derive(Debug, Clone, Copy)]
struct Reversal {
    first: u32,
    last: u32,
    turned: bool,
}

/// A closed tour over cities `0..len`: an array and its inverse. A reversal touches the shorter side only; reversing the
/// other side is the same cycle walked the other way, which `turned` remembers.
#[derive(Debug)]
pub(super) struct Tour {
    order: Vec<u32>,
    place: Vec<u32>,
    turned: bool,
    log: Vec<Reversal>,
}

impl Tour {
    /// The tour `0, 1, 2, …`.
    pub(super) fn identity(len: usize) -> Self {
        let order: Vec<u32> = (0..len as u32).collect();
        Self { place: order.clone(), order, turned: false, log: Vec::with_capacity(256) }
    }

    /// The cities in the array's order.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// The number of cities.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    #[inline]
    fn after(&self, city: u32) -> u32 {
        let place = self.place[city as usize] as usize + 1;
        self.order[if place == self.order.len() { 0 } else { place }]
    }

    #[inline]
    fn before(&self, city: u32) -> u32 {
        let place = self.place[city as usize] as usize;
        self.order[if place == 0 { self.order.len() - 1 } else { place - 1 }]
    }

    /// The city visited after `city`.
    #[inline]
    pub(super) fn next(&self, city: u32) -> u32 {
        if self.turned { self.before(city) } else { self.after(city) }
    }

    /// The city visited before `city`.
    #[inline]
    pub(super) fn previous(&self, city: u32) -> u32 {
        if self.turned { self.after(city) } else { self.before(city) }
    }

    /// How many steps forward lead from `from` to `to`.
    #[inline]
    pub(super) fn steps(&self, from: u32, to: u32) -> usize {
        let (from, to) = (self.place[from as usize] as usize, self.place[to as usize] as usize);
        let (from, to) = if self.turned { (to, from) } else { (from, to) };
        if to >= from { to - from } else { to + self.order.len() - from }
    }

    /// Walks the same cycle the other way.
    pub(super) fn turn(&mut self) {
        self.turned = !self.turned;
    }

    /// Reverses the path forward from `from` to `to`: what came before `from` is then followed by `to`.
    pub(super) fn reverse(&mut self, from: u32, to: u32) {
        let len = self.order.len();
        let (from, to) = if self.turned { (to, from) } else { (from, to) };
        let (mut first, mut last) = (self.place[from as usize] as usize, self.place[to as usize] as usize);
        let inner = if last >= first { last - first + 1 } else { last + len - first + 1 };
        let other_side = inner * 2 > len;
        if other_side {
            (first, last) = (if last + 1 == len { 0 } else { last + 1 }, if first == 0 { len - 1 } else { first - 1 });
            self.turned = !self.turned;
        }
        let count = if other_side { len - inner } else { inner };
        self.swap_ends(first, last, count);
        self.log.push(Reversal { first: first as u32, last: last as u32, turned: other_side });
    }

    fn swap_ends(&mut self, mut first: usize, mut last: usize, count: usize) {
        let len = self.order.len();
        for _ in 0..count / 2 {
            let (a, b) = (self.order[first], self.order[last]);
            self.order[first] = b;
            self.place[b as usize] = first as u32;
            self.order[last] = a;
            self.place[a as usize] = last as u32;
            first += 1;
            if first == len {
                first = 0;
            }
            last = if last == 0 { len - 1 } else { last - 1 };
        }
    }

    /// How many reversals can be taken back.
    pub(super) fn mark(&self) -> usize {
        self.log.len()
    }

    /// Takes back every reversal since `mark`. Turns made in between by [`Tour::turn`] stay.
    pub(super) fn undo_to(&mut self, mark: usize) {
        let len = self.order.len();
        while self.log.len() > mark {
            let Some(Reversal { first, last, turned }) = self.log.pop() else { return };
            let (first, last) = (first as usize, last as usize);
            let count = if last >= first { last - first + 1 } else { last + len - first + 1 };
            // An empty other side is logged with its ends crossed: nothing was swapped, a full circle must not be now.
            if count < len {
                self.swap_ends(first, last, count);
            }
            self.turned ^= turned;
        }
    }

    /// Forgets what could be taken back: the tour stays as it is.
    pub(super) fn keep(&mut self) {
        self.log.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Tour;
    use proptest::prelude::{Strategy, prop_assert_eq, proptest};

    fn walk(tour: &Tour, from: u32) -> Vec<u32> {
        let mut cities = vec![from];
        let mut city = tour.next(from);
        while city != from {
            cities.push(city);
            city = tour.next(city);
        }
        cities
    }

    fn reversed_plainly(tour: &[u32], from: u32, to: u32) -> Vec<u32> {
        let start = tour.iter().position(|&city| city == from).unwrap();
        let mut turned = tour.to_vec();
        turned.rotate_left(start);
        let end = turned.iter().position(|&city| city == to).unwrap();
        turned[..=end].reverse();
        let zero = turned.iter().position(|&city| city == 0).unwrap();
        turned.rotate_left(zero);
        turned
    }

    fn cases() -> impl Strategy<Value = (u32, Vec<(u32, u32)>)> {
        (3_u32..40)
            .prop_flat_map(|len| (proptest::strategy::Just(len), proptest::collection::vec((0..len, 0..len), 0..20)))
    }

    proptest! {
        #[test]
        fn a_reversal_does_what_reversing_a_plain_list_does((len, paths) in cases()) {
            let mut tour = Tour::identity(len as usize);
            let mut plain: Vec<u32> = (0..len).collect();
            for (from, to) in paths {
                plain = reversed_plainly(&plain, from, to);
                tour.reverse(from, to);
                // The whole circle reversed is the same cycle: where it is cut does not show.
                if plain != walk(&tour, 0) {
                    plain[1..].reverse();
                }
                prop_assert_eq!(&plain, &walk(&tour, 0));
            }
        }

        #[test]
        fn undoing_everything_gives_the_tour_it_began_with((len, paths) in cases()) {
            let mut tour = Tour::identity(len as usize);
            for (from, to) in paths {
                tour.reverse(from, to);
                prop_assert_eq!(tour.previous(tour.next(from)), from);
                prop_assert_eq!(tour.steps(from, tour.next(tour.next(from))), 2);
            }
            tour.undo_to(0);
            prop_assert_eq!(tour.order().to_vec(), (0..len).collect::<Vec<_>>());
            prop_assert_eq!(walk(&tour, 0), (0..len).collect::<Vec<_>>());
        }
    }
}
