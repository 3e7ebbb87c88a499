//! Hilbert's curve: an order in which what is near on the plane is near in memory.

use super::point::Point;

/// Bits a side of the square that the curve fills.
const BITS: u32 = 16;

/// The indices of `points` in the order in which Hilbert's curve meets them. A tour about a quarter too long, and the best
/// numbering for the caches.
pub(super) fn along_curve(points: &[Point]) -> Vec<usize> {
    let (mut low, mut high) = (Point { x: f64::MAX, y: f64::MAX }, Point { x: f64::MIN, y: f64::MIN });
    for point in points {
        low = Point { x: low.x.min(point.x), y: low.y.min(point.y) };
        high = Point { x: high.x.max(point.x), y: high.y.max(point.y) };
    }
    let scale = f64::from((1_u32 << BITS) - 1) / (high.x - low.x).max(high.y - low.y).max(f64::MIN_POSITIVE);
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by_cached_key(|&index| {
        let point = points[index];
        (along(((point.x - low.x) * scale) as u32, ((point.y - low.y) * scale) as u32), index)
    });
    order
}

/// How far along the curve the cell is.
fn along(mut x: u32, mut y: u32) -> u64 {
    let mut distance = 0;
    for bit in (0..BITS).rev() {
        let (right, up) = ((x >> bit) & 1, (y >> bit) & 1);
        distance = (distance << 2) | u64::from((3 * right) ^ up);
        if up == 0 {
            if right == 1 {
                (x, y) = (!x, !y);
            }
            (x, y) = (y, x);
        }
    }
    distance
}

#[cfg(test)]
mod tests {
    use super::{Point, along_curve};

    #[test]
    fn each_step_along_a_full_grid_is_to_the_cell_beside() {
        let side = 16_u32;
        let points: Vec<Point> =
            (0..side * side).map(|i| Point { x: f64::from(i % side), y: f64::from(i / side) }).collect();
        let order = along_curve(&points);
        assert!(order.windows(2).all(|pair| points[pair[0]].distance(points[pair[1]]) == 1));
    }
}
