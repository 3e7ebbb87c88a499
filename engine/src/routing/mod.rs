//! Crew routes: a depot, stops, and the shortest way round that the time given finds.
//!
//! [`crew_route`] is what the roles use: it knows depots, duplicates and stops that cannot be reached. Below it, [`short_tour`]
//! sees points only: neighbour lists ([`neighbours`]), Lin-Kernighan moves with Or-opt among them ([`lin_kernighan`]) on an
//! array tour ([`tour`]), kicked and improved until the deadline ([`search`]).

pub mod crew_route;
mod curve;
mod lin_kernighan;
mod neighbours;
pub mod point;
mod search;
mod short_tour;
mod tour;

pub use short_tour::short_tour;
