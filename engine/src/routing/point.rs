//! Places on a plane, and how far apart they are.

/// A place on a projected plane. The unit is the caller's: the router sees only rounded distances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Eastwards.
    pub x: f64,
    /// Northwards.
    pub y: f64,
}

impl Point {
    /// The straight distance, rounded to the nearest whole unit: TSPLIB's `EUC_2D`. Whole numbers keep gains exact, so
    /// that a search that undoes what it did ends at the very length it began with.
    #[inline]
    pub fn distance(self, other: Self) -> i64 {
        let (dx, dy) = (self.x - other.x, self.y - other.y);
        (dx * dx + dy * dy).sqrt().round_ties_even() as i64
    }
}

/// The length of the closed tour that visits `order`, in the points' units.
pub fn tour_length(points: &[Point], order: &[usize]) -> i64 {
    let Some(&last) = order.last() else { return 0 };
    let mut length = 0;
    let mut from = last;
    for &to in order {
        length += points[from].distance(points[to]);
        from = to;
    }
    length
}
