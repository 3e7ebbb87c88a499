//! One crew's round: out from the depot, past every stop that can be reached, and home.

use serde::{Deserialize, Serialize};

use super::{
    point::{Point, tour_length},
    short_tour::short_tour,
};

/// A place on the earth, in degrees (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// A stop to be visited.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    /// What the caller knows it by, for instance a lead's number.
    pub id: i64,
    /// Where it is.
    pub place: Place,
}

/// Why a stop is in no route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreachable {
    /// Its coordinates are no place on the earth (not finite, or out of range).
    NoPlace,
    /// It is farther from the depot than a crew drives.
    TooFar,
}

/// A round and what is left out of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrewRoute {
    /// The stops' ids in the order of the visit; the depot stands before the first and after the last. Stops at one place
    /// follow each other in the order given; the same id given twice is visited once.
    pub stops: Vec<i64>,
    /// The stops left out, with the reason, in the order given.
    pub unreachable: Vec<(i64, Unreachable)>,
    /// Metres from the depot round to the depot, in straight lines between stops.
    pub metres: f64,
}

/// Metres a degree of latitude, on a sphere of the earth's mean radius (6,371,008.8 m, IUGG).
const METRES_PER_DEGREE: f64 = 111_195.08;
/// The search's unit: a tenth of a metre, well below the precision of an address.
const UNITS_PER_METRE: f64 = 10.0;

/// The shortest round from `depot` past `stops` that the time given finds. Stops farther from the depot than `reach` metres
/// are left out. `progress` is [`short_tour`]'s. With no stop that can be reached the round is empty and nought long.
pub fn crew_route(
    depot: Place,
    stops: &[Stop],
    reach: f64,
    seed: u64,
    progress: &mut impl FnMut() -> f64,
) -> CrewRoute {
    let plane = Plane::around(depot);
    let mut unreachable = Vec::new();
    // Stops that share a place are one point of the tour.
    let mut points: Vec<(Point, Vec<i64>)> = vec![(plane.point(depot), Vec::new())];
    let mut at = std::collections::BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    for stop in stops {
        if !seen.insert(stop.id) {
            continue;
        }
        let point = plane.point(stop.place);
        if !stop.place.is_on_earth() {
            unreachable.push((stop.id, Unreachable::NoPlace));
        } else if point.x.hypot(point.y) > reach * UNITS_PER_METRE {
            unreachable.push((stop.id, Unreachable::TooFar));
        } else {
            let place = (point.x as i64, point.y as i64);
            let index = *at.entry(place).or_insert_with(|| {
                points.push((point, Vec::new()));
                points.len() - 1
            });
            points[index].1.push(stop.id);
        }
    }
    let plain: Vec<Point> = points.iter().map(|(point, _)| *point).collect();
    let mut order = short_tour(&plain, seed, progress);
    let depot_at = order.iter().position(|&index| index == 0).unwrap_or(0);
    order.rotate_left(depot_at);
    CrewRoute {
        metres: tour_length(&plain, &order) as f64 / UNITS_PER_METRE,
        stops: order.iter().flat_map(|&index| points[index].1.iter().copied()).collect(),
        unreachable,
    }
}

impl Place {
    /// Whether the coordinates are finite and in range.
    pub fn is_on_earth(self) -> bool {
        (-90.0..=90.0).contains(&self.latitude) && (-180.0..=180.0).contains(&self.longitude)
    }
}

/// The plane that touches the earth at the depot: exact there, 0.1 % off at 150 km, which is farther than a crew drives.
struct Plane {
    depot: Place,
    shrink: f64,
}

impl Plane {
    fn around(depot: Place) -> Self {
        Self { depot, shrink: depot.latitude.to_radians().cos() }
    }

    fn point(&self, place: Place) -> Point {
        let unit = METRES_PER_DEGREE * UNITS_PER_METRE;
        Point {
            x: ((place.longitude - self.depot.longitude) * self.shrink * unit).round(),
            y: ((place.latitude - self.depot.latitude) * unit).round(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Stop, Unreachable, crew_route};
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    const DALLAS: Place = Place { latitude: 32.78, longitude: -96.8 };
    const REACH: f64 = 120_000.0;

    fn stop(id: i64, north: f64, east: f64) -> Stop {
        Stop { id, place: Place { latitude: DALLAS.latitude + north, longitude: DALLAS.longitude + east } }
    }

    #[test]
    fn no_stop_gives_an_empty_round() {
        let route = crew_route(DALLAS, &[], REACH, 1, &mut || 1.0);
        assert_eq!((route.stops.len(), route.metres), (0, 0.0));
    }

    #[test]
    fn one_stop_is_there_and_back() {
        let route = crew_route(DALLAS, &[stop(7, 0.1, 0.0)], REACH, 1, &mut || 1.0);
        assert_eq!(route.stops, [7]);
        assert!((route.metres - 2.0 * 11_119.5).abs() < 1.0, "{}", route.metres);
    }

    #[test]
    fn stops_at_one_place_are_visited_together() {
        let stops = [stop(1, 0.1, 0.0), stop(2, -0.1, 0.0), stop(3, 0.1, 0.0), stop(1, 0.1, 0.0)];
        let route = crew_route(DALLAS, &stops, REACH, 1, &mut || 1.0);
        let joined: Vec<i64> = route.stops.clone();
        assert!(joined == [1, 3, 2] || joined == [2, 1, 3], "{joined:?}");
    }

    #[test]
    fn a_stop_at_the_depot_itself_costs_no_way() {
        let route = crew_route(DALLAS, &[stop(5, 0.0, 0.0)], REACH, 1, &mut || 1.0);
        assert_eq!((route.stops.as_slice(), route.metres), ([5].as_slice(), 0.0));
    }

    #[test]
    fn what_cannot_be_reached_is_named_with_its_reason() {
        let nowhere = Stop { id: 9, place: Place { latitude: f64::NAN, longitude: 0.0 } };
        let off = Stop { id: 10, place: Place { latitude: 95.0, longitude: 0.0 } };
        let stops = [nowhere, stop(1, 0.1, 0.1), stop(2, 5.0, 0.0), off];
        let route = crew_route(DALLAS, &stops, REACH, 1, &mut || 1.0);
        assert_eq!(route.stops, [1]);
        assert_eq!(
            route.unreachable,
            [(9, Unreachable::NoPlace), (2, Unreachable::TooFar), (10, Unreachable::NoPlace)]
        );
    }

    proptest! {
        #[test]
        fn every_reachable_stop_is_in_the_round_once(places in proptest::collection::vec((-30_i32..30, -30_i32..30), 0..60)) {
            let stops: Vec<Stop> = places.iter().enumerate()
                .map(|(id, &(north, east))| stop(id as i64, f64::from(north) / 50.0, f64::from(east) / 50.0)).collect();
            let mut asked = 0.0;
            let route = crew_route(DALLAS, &stops, 1e6, 3, &mut || { asked += 0.2; asked });
            let mut ids = route.stops.clone();
            ids.sort_unstable();
            prop_assert_eq!(ids, (0..stops.len() as i64).collect::<Vec<_>>());
            prop_assert!(route.unreachable.is_empty());
        }
    }
}
