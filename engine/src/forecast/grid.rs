//! Our own grid: the Dallas-Fort Worth area in cells of one kilometre.

use crate::routing::crew_route::Place;

use super::{
    ForecastError,
    field::{Field, Plane},
};

/// Metres from one cell to the next.
pub const CELL_METRES: f64 = 1_000.0;
/// Cells from west to east.
pub const COLUMNS: usize = 180;
/// Cells from south to north.
pub const ROWS: usize = 140;
/// The middle of the grid: between Dallas and Fort Worth.
const MIDDLE: Place = Place { latitude: 32.80, longitude: -97.05 };
/// Less of the grid than this in a field means that the field is of another region.
const LEAST_COVERED: f64 = 0.5;

/// One cell with its value.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// Its number: row by row from the south-west.
    pub number: i32,
    /// Its middle.
    pub place: Place,
    /// The field's value there.
    pub value: f32,
}

/// Lays a field on the grid: the value at the middle of each cell, bilinear on the field's own plane. Cells outside the field
/// or without a value are left out.
///
/// # Errors
/// When less than half of the grid has a value.
pub fn lay(field: &Field) -> Result<Vec<Cell>, ForecastError> {
    let wrong = |why: &'static str| ForecastError::broken("the grid's projection", why);
    let plane = Plane::hrrr().map_err(wrong)?;
    let middle = plane.point(MIDDLE).map_err(wrong)?;
    let corner =
        (middle.0 - CELL_METRES * (COLUMNS as f64 - 1.0) / 2.0, middle.1 - CELL_METRES * (ROWS as f64 - 1.0) / 2.0);
    let mut cells = Vec::with_capacity(COLUMNS * ROWS);
    for number in 0..COLUMNS * ROWS {
        let (row, column) = (number / COLUMNS, number % COLUMNS);
        let point = (corner.0 + column as f64 * CELL_METRES, corner.1 + row as f64 * CELL_METRES);
        let place = plane.place(point).map_err(wrong)?;
        if let Some(value) = field.at(place) {
            cells.push(Cell { number: number as i32, place, value });
        }
    }
    if (cells.len() as f64) < LEAST_COVERED * (COLUMNS * ROWS) as f64 {
        return Err(ForecastError::Elsewhere { covered: cells.len(), cells: COLUMNS * ROWS });
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, Field, ForecastError, Plane, ROWS, lay};

    /// A field whose value is its latitude.
    fn latitudes(north: f64) -> Field {
        let values = (0..40).flat_map(|row| (0..40).map(move |_| (north - f64::from(row) * 0.1) as f32)).collect();
        Field { plane: Plane::Degrees, origin: (-99.0, north), step: (0.1, -0.1), columns: 40, values }
    }

    #[test]
    fn every_cell_gets_the_value_of_its_own_place() {
        let cells = lay(&latitudes(35.0)).unwrap();
        assert_eq!(cells.len(), COLUMNS * ROWS);
        assert!(cells.iter().all(|cell| (f64::from(cell.value) - cell.place.latitude).abs() < 1e-4));
        let (first, last) = (cells[0].place, cells[cells.len() - 1].place);
        assert!(first.latitude < 32.2 && first.longitude < -97.9, "{first:?}");
        assert!(last.latitude > 33.4 && last.longitude > -96.2, "{last:?}");
    }

    #[test]
    fn a_field_of_another_region_is_refused() {
        assert!(matches!(lay(&latitudes(60.0)), Err(ForecastError::Elsewhere { covered: 0, .. })));
    }
}
