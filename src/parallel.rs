//! Work on several processors at once, whose result doesn't depend on how many there are.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

/// Does the work on each item, on as many threads as the machine has processors, and gives what came of it in the items' order.
pub fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    if workers == 1 || items.len() < 2 {
        return items.iter().map(work).collect();
    }
    let mut parts = items.chunks(items.len().div_ceil(workers).max(1));
    let work = &work;
    let own = parts.next().unwrap_or_default();
    thread::scope(|scope| {
        let running: Vec<_> =
            parts.map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<R>>())).collect();
        let mut done: Vec<R> = own.iter().map(work).collect();
        for part in running {
            done.extend(part.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    })
}

/// Does two pieces of work at once.
pub fn both<A: Send, B>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| {
        let running = scope.spawn(one);
        let other = other();
        (running.join().unwrap_or_else(|panic| resume_unwind(panic)), other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_of_each_item_stands_in_the_items_order() {
        for count in [0, 1, 2, 3, 7, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(each(&items, |item| item * 2), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn two_pieces_of_work_give_what_each_gives() {
        assert_eq!(both(|| 1, || "two"), (1, "two"));
    }

    #[test]
    #[should_panic(expected = "in one of them")]
    fn a_panic_in_a_piece_of_work_is_everybodys() {
        both(|| panic!("in one of them"), || ());
    }
}
