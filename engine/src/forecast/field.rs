//! A field of numbers at regular steps on a plane, and its value between them.

use grib::projection::{Ellipsoid, Lcc, LccParams, Project};

use crate::routing::crew_route::Place;

/// Degrees that two ways of writing one longitude may differ by.
const ROUNDING: f64 = 1e-9;

/// The plane on which a field's steps are regular.
pub enum Plane {
    /// Longitude and latitude themselves, in degrees.
    Degrees,
    /// A Lambert conformal conic projection, in metres.
    Lambert(Lcc),
}

impl std::fmt::Debug for Plane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Degrees => "Degrees",
            Self::Lambert(_) => "Lambert",
        })
    }
}

impl Plane {
    /// A Lambert plane on a sphere or ellipsoid with these half axes (metres), true at the two latitudes.
    ///
    /// # Errors
    /// When the parameters make no cone.
    pub fn lambert(axes: (f64, f64), origin: Place, true_at: (f64, f64)) -> Result<Self, &'static str> {
        let ellipsoid = Ellipsoid::from_a_and_b(axes.0, axes.1);
        // The crate sees two different latitudes only when the greater is the first; their order does not matter.
        let (lat_1, lat_2) = (true_at.0.max(true_at.1), true_at.0.min(true_at.1));
        let params = LccParams { ellipsoid, lat_0: origin.latitude, lon_0: origin.longitude, lat_1, lat_2 };
        Ok(Self::Lambert(Lcc::new(&params)?))
    }

    /// The plane of the HRRR and of our own grid: sphere of 6,371,229 m, cone at 38.5° N, 97.5° W (GRIB2 template 3.30 of any
    /// HRRR file).
    ///
    /// # Errors
    /// Never, but for a fault in the projection.
    pub fn hrrr() -> Result<Self, &'static str> {
        Self::lambert((6_371_229.0, 6_371_229.0), Place { latitude: 38.5, longitude: -97.5 }, (38.5, 38.5))
    }

    /// Where a place is on the plane.
    ///
    /// # Errors
    /// When the projection has no point for it.
    pub fn point(&self, place: Place) -> Result<(f64, f64), &'static str> {
        match self {
            Self::Degrees => Ok((place.longitude, place.latitude)),
            Self::Lambert(cone) => cone.project(&(place.longitude.to_radians(), place.latitude.to_radians()), false),
        }
    }

    /// What place a point of the plane is.
    ///
    /// # Errors
    /// When the projection has none for it.
    pub fn place(&self, point: (f64, f64)) -> Result<Place, &'static str> {
        let (longitude, latitude) = match self {
            Self::Degrees => point,
            Self::Lambert(cone) => {
                let (longitude, latitude) = cone.project(&point, true)?;
                (longitude.to_degrees(), latitude.to_degrees())
            }
        };
        Ok(Place { latitude, longitude })
    }
}

/// Numbers at regular steps, row after row.
#[derive(Debug)]
pub struct Field {
    /// The plane on which the steps are regular.
    pub plane: Plane,
    /// Where the first number stands on it.
    pub origin: (f64, f64),
    /// From one column to the next and from one row to the next; either may be negative.
    pub step: (f64, f64),
    /// Numbers a row.
    pub columns: usize,
    /// The numbers; not a number where the source has none.
    pub values: Vec<f32>,
}

impl Field {
    /// The value at a place: bilinear between the four numbers around it on the plane. Nothing outside the field or where
    /// one of the four is missing.
    pub fn at(&self, place: Place) -> Option<f32> {
        let (mut x, y) = self.plane.point(place).ok()?;
        if matches!(self.plane, Plane::Degrees) {
            // Sources count longitudes from 0 to 360 or from -180 to 180.
            let width = self.step.0 * (self.columns as f64 - 1.0);
            let (west, east) = (self.origin.0.min(self.origin.0 + width), self.origin.0.max(self.origin.0 + width));
            if x < west - ROUNDING || x > east + ROUNDING {
                x = west + (x - west).rem_euclid(360.0);
            }
        }
        let rows = self.values.len().checked_div(self.columns)?;
        let (column, across) = split((x - self.origin.0) / self.step.0, self.columns)?;
        let (row, down) = split((y - self.origin.1) / self.step.1, rows)?;
        let corners = [
            (row, column, (1.0 - down) * (1.0 - across)),
            (row, column + 1, (1.0 - down) * across),
            (row + 1, column, down * (1.0 - across)),
            (row + 1, column + 1, down * across),
        ];
        // A number without weight is not asked for: it may be missing, or beyond the last.
        let value: f64 = corners
            .iter()
            .filter(|(.., weight)| *weight > 0.0)
            .map(|&(row, column, weight)| f64::from(self.values[row * self.columns + column]) * weight)
            .sum();
        value.is_finite().then_some(value as f32)
    }
}

/// The index below and the way from there to the next; nothing outside `0..count`.
fn split(at: f64, count: usize) -> Option<(usize, f64)> {
    // A thousandth of a step outside is rounding, not another region.
    if count == 0 || !(-1e-3..=count as f64 - 1.0 + 1e-3).contains(&at) {
        return None;
    }
    let at = at.clamp(0.0, count as f64 - 1.0);
    Some((at as usize, at.fract()))
}

#[cfg(test)]
mod tests {
    use super::{Field, Place, Plane};

    #[test]
    fn between_four_numbers_the_value_is_their_bilinear_mean() {
        let field = Field {
            plane: Plane::Degrees,
            origin: (262.0, 33.0),
            step: (1.0, -1.0),
            columns: 3,
            values: vec![0.0, 10.0, 20.0, 100.0, 110.0, f32::NAN],
        };
        let at = |latitude, longitude| field.at(Place { latitude, longitude });
        assert_eq!(at(33.0, -98.0), Some(0.0));
        assert_eq!(at(32.5, -97.5), Some(55.0));
        assert_eq!(at(32.0, -97.0), Some(110.0), "the corner itself");
        assert_eq!(at(32.5, -96.5), None, "one of the four is missing");
        assert_eq!(at(33.5, -97.5), None, "north of the field");
        assert_eq!(at(32.5, -99.0), None, "west of the field");
    }

    #[test]
    fn figures_without_sense_have_no_value_and_take_no_time() {
        let figures = [f64::NAN, f64::INFINITY, -1e300, 1e300, 0.0, -0.0, 1e-300, 260.0];
        for x in figures {
            for step in figures {
                let field = Field {
                    plane: Plane::Degrees,
                    origin: (x, 33.0),
                    step: (step, -1.0),
                    columns: 2,
                    values: vec![1.0; 4],
                };
                let value = field.at(Place { latitude: 32.5, longitude: -97.5 });
                assert!(value.is_none_or(|value| value == 1.0), "{x} {step}: {value:?}");
            }
        }
    }

    #[test]
    fn the_plane_is_the_one_that_the_hrrr_documents() {
        // First point of the HRRR's CONUS grid, 3 km steps: 21.138123 N, 122.719528 W is (-2697520.14, -1587306.15) m.
        let plane = Plane::hrrr().unwrap();
        let (x, y) = plane.point(Place { latitude: 21.138_123, longitude: -122.719_528 }).unwrap();
        assert!((x + 2_697_520.14).abs() < 1.0 && (y + 1_587_306.15).abs() < 1.0, "{x} {y}");
        let back = plane.place((x, y)).unwrap();
        assert!((back.latitude - 21.138_123).abs() < 1e-6 && (back.longitude + 122.719_528).abs() < 1e-6);
    }
}
