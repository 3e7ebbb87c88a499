//! For each city the few others worth an edge.

use super::point::Point;

/// The candidate neighbours of every city, nearest first, all of equal number so that they lie in one array.
#[derive(Debug)]
pub(super) struct Neighbours {
    cities: Vec<u32>,
    distances: Vec<i64>,
    each: usize,
}

/// From each of the four quadrants around a city this many are taken first: the nearest alone would never leave a
/// cluster.
const PER_QUADRANT: usize = 2;

impl Neighbours {
    /// The `each` candidates of every point: the nearest of each quadrant, filled up with the nearest of all.
    pub(super) fn new(points: &[Point], each: usize) -> Self {
        let each = each.min(points.len().saturating_sub(1));
        let grid = Grid::new(points);
        let mut cities = Vec::with_capacity(points.len() * each);
        let mut distances = Vec::with_capacity(points.len() * each);
        let mut near = Vec::new();
        for city in 0..points.len() {
            grid.nearest(points, city, each * 3, &mut near);
            let mut chosen: Vec<u32> = Vec::with_capacity(each);
            let mut taken = [0_usize; 4];
            for &(_, other) in &near {
                let quadrant = quadrant(points[city], points[other as usize]);
                if taken[quadrant] < PER_QUADRANT && chosen.len() < each {
                    taken[quadrant] += 1;
                    chosen.push(other);
                }
            }
            for &(_, other) in &near {
                if chosen.len() < each && !chosen.contains(&other) {
                    chosen.push(other);
                }
            }
            chosen.sort_by_key(|&other| (points[city].distance(points[other as usize]), other));
            distances.extend(chosen.iter().map(|&other| points[city].distance(points[other as usize])));
            cities.extend(chosen);
        }
        Self { cities, distances, each }
    }

    /// The candidates of `city` with their distances, nearest first.
    #[inline]
    pub(super) fn of(&self, city: u32) -> impl Iterator<Item = (u32, i64)> + '_ {
        let range = city as usize * self.each..(city as usize + 1) * self.each;
        self.cities[range.clone()].iter().copied().zip(self.distances[range].iter().copied())
    }

    /// The candidate of `city` at `rank`, counted round.
    #[inline]
    pub(super) fn at(&self, city: u32, rank: usize) -> u32 {
        self.cities[city as usize * self.each + rank % self.each]
    }

    /// How many candidates each city has.
    pub(super) fn each(&self) -> usize {
        self.each
    }
}

fn quadrant(from: Point, to: Point) -> usize {
    usize::from(to.x < from.x) * 2 + usize::from(to.y < from.y)
}

/// Square cells holding about two points each.
struct Grid {
    low: Point,
    cell: f64,
    columns: usize,
    rows: usize,
    starts: Vec<u32>,
    members: Vec<u32>,
}

impl Grid {
    fn new(points: &[Point]) -> Self {
        let (mut low, mut high) = (Point { x: f64::MAX, y: f64::MAX }, Point { x: f64::MIN, y: f64::MIN });
        for point in points {
            low = Point { x: low.x.min(point.x), y: low.y.min(point.y) };
            high = Point { x: high.x.max(point.x), y: high.y.max(point.y) };
        }
        let (width, height) = ((high.x - low.x).max(0.0), (high.y - low.y).max(0.0));
        // At most about as many cells along one side as there are points, whatever the shape.
        let cell = (width * height * 2.0 / points.len() as f64)
            .sqrt()
            .max(width.max(height) / points.len() as f64)
            .max(f64::MIN_POSITIVE);
        let count = |side: f64| ((side / cell) as usize).min(points.len()) + 1;
        let (columns, rows) = (count(width), count(height));
        let mut grid =
            Self { low, cell, columns, rows, starts: vec![0; columns * rows + 1], members: vec![0; points.len()] };
        for &point in points {
            let cell = grid.cell_of(point);
            grid.starts[cell.1 * columns + cell.0 + 1] += 1;
        }
        for cell in 1..grid.starts.len() {
            grid.starts[cell] += grid.starts[cell - 1];
        }
        let mut filled = grid.starts.clone();
        for (index, &point) in points.iter().enumerate() {
            let (column, row) = grid.cell_of(point);
            let slot = &mut filled[row * columns + column];
            grid.members[*slot as usize] = index as u32;
            *slot += 1;
        }
        grid
    }

    fn cell_of(&self, point: Point) -> (usize, usize) {
        let along = |value: f64, low: f64, count: usize| (((value - low) / self.cell) as usize).min(count - 1);
        (along(point.x, self.low.x, self.columns), along(point.y, self.low.y, self.rows))
    }

    /// Fills `near` with at least the `count` nearest others (fewer when there are fewer), nearest first.
    fn nearest(&self, points: &[Point], city: usize, count: usize, near: &mut Vec<(f64, u32)>) {
        near.clear();
        let here = points[city];
        let (column, row) = self.cell_of(here);
        let wanted = count.min(points.len() - 1);
        let widest = self.columns.max(self.rows);
        for ring in 0..=widest {
            let mut visit = |column: isize, row: isize| {
                if column < 0 || row < 0 || column >= self.columns as isize || row >= self.rows as isize {
                    return;
                }
                let cell = row as usize * self.columns + column as usize;
                for &other in &self.members[self.starts[cell] as usize..self.starts[cell + 1] as usize] {
                    if other as usize != city {
                        let (dx, dy) = (points[other as usize].x - here.x, points[other as usize].y - here.y);
                        near.push((dx * dx + dy * dy, other));
                    }
                }
            };
            let (column, row, ring) = (column as isize, row as isize, ring as isize);
            for across in column - ring..=column + ring {
                visit(across, row - ring);
                if ring > 0 {
                    visit(across, row + ring);
                }
            }
            for down in row - ring + 1..row + ring {
                visit(column - ring, down);
                visit(column + ring, down);
            }
            // Every point nearer than the ring's inner edge has been seen.
            let seen = ring as f64 * self.cell;
            if near.len() >= wanted && near.iter().filter(|(squared, _)| *squared <= seen * seen).count() >= wanted {
                break;
            }
        }
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.truncate(wanted.max(1) * 2);
    }
}

#[cfg(test)]
mod tests {
    use super::{Neighbours, Point};
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    proptest! {
        #[test]
        fn the_nearest_city_is_always_a_candidate(places in proptest::collection::vec((-50_i32..50, -5_i32..5), 2..80)) {
            let points: Vec<Point> = places.iter().map(|&(x, y)| Point { x: f64::from(x), y: f64::from(y) }).collect();
            let neighbours = Neighbours::new(&points, 8);
            for city in 0..points.len() {
                let nearest = (0..points.len()).filter(|&other| other != city).map(|other| points[city].distance(points[other])).min();
                prop_assert_eq!(neighbours.of(city as u32).map(|(_, distance)| distance).next(), nearest);
                let mut seen: Vec<u32> = neighbours.of(city as u32).map(|(other, _)| other).collect();
                prop_assert_eq!(seen.len(), 8.min(points.len() - 1));
                prop_assert!(!seen.contains(&(city as u32)));
                seen.sort_unstable();
                seen.dedup();
                prop_assert_eq!(seen.len(), neighbours.each());
            }
        }
    }

    #[test]
    fn a_city_in_a_cluster_has_candidates_outside_it() {
        let mut points: Vec<Point> = (0..20).map(|i| Point { x: f64::from(i % 5), y: f64::from(i / 5) }).collect();
        points.push(Point { x: -1000.0, y: -1000.0 });
        let neighbours = Neighbours::new(&points, 8);
        assert!(neighbours.of(0).any(|(other, _)| other == 20), "the only city of its quadrant is left out");
    }
}
