//! Where the points of a message are, and in which order their numbers come.

use crate::{forecast::field::Plane, routing::crew_route::Place};

use super::octets::Octets;

/// Most points of a field that is read: the largest grid that a weather service sends us, the radar mosaic of the United States at
/// a hundredth of a degree, has 24.5 million. More is a mistake or an attack.
const MOST_POINTS: usize = 30_000_000;

/// The points of a message.
#[derive(Debug)]
pub(super) struct Points {
    /// The plane on which their steps are regular.
    pub(super) plane: Plane,
    /// Where the first one stands on it.
    pub(super) origin: (f64, f64),
    /// From one column to the next and from one row to the next.
    pub(super) step: (f64, f64),
    /// Points a row.
    pub(super) columns: usize,
    /// Rows.
    pub(super) rows: usize,
    order: u8,
}

impl Points {
    /// Reads section 3.
    ///
    /// # Errors
    /// When the grid is neither latitude-longitude nor Lambert, or its figures make no grid.
    pub(super) fn of(section: Octets<'_>) -> Result<Self, String> {
        let (columns, rows) = (section.count(31)?, section.count(35)?);
        let announced = section.count(7)?;
        if columns.checked_mul(rows) != Some(announced) || announced == 0 || section.byte(11)? != 0 {
            return Err(format!("its grid is {columns} by {rows} points, {announced} are announced"));
        }
        if announced > MOST_POINTS {
            return Err(format!("its grid has {announced} points; at most {MOST_POINTS} are read"));
        }
        let (plane, origin, step, order) = match section.short(13)? {
            0 => degrees(section, columns, rows)?,
            30 => lambert(section)?,
            other => {
                return Err(format!(
                    "its grid is neither latitude-longitude nor Lambert (templates 3.0 and 3.30), but 3.{other}"
                ));
            }
        };
        if order & 0x0f != 0 {
            return Err("its rows are shifted against each other".into());
        }
        if order & 0x30 == 0x30 {
            return Err("its columns run to and fro, which readers understand differently".into());
        }
        let sane = [origin.0, origin.1, step.0, step.1].iter().all(|figure| figure.is_finite());
        if !sane || step.0 == 0.0 || step.1 == 0.0 {
            return Err("the steps of its grid are none".into());
        }
        Ok(Self { plane, origin, step, columns, rows, order })
    }

    /// The numbers row after row, from the first point on, out of the file's order (flag table 3.4).
    pub(super) fn in_rows(&self, numbers: Vec<f32>) -> Vec<f32> {
        let (by_columns, turning) = (self.order & 0x20 != 0, self.order & 0x10 != 0);
        if !by_columns && !turning {
            return numbers;
        }
        let length = if by_columns { self.rows } else { self.columns };
        let mut rows = vec![f32::NAN; numbers.len()];
        for (at, number) in numbers.into_iter().enumerate() {
            let (line, along) = (at / length, at % length);
            let along = if turning && line % 2 == 1 { length - 1 - along } else { along };
            let (row, column) = if by_columns { (along, line) } else { (line, along) };
            if let Some(slot) = rows.get_mut(row * self.columns + column) {
                *slot = number;
            }
        }
        rows
    }
}

/// Millionths of a degree.
const DEGREE: f64 = 1e-6;
/// Thousandths of a metre.
const METRE: f64 = 1e-3;

type Layout = (Plane, (f64, f64), (f64, f64), u8);

fn degrees(section: Octets<'_>, columns: usize, rows: usize) -> Result<Layout, String> {
    if !matches!(section.long(39)?, 0 | u32::MAX) {
        return Err("its angles have a unit of their own".into());
    }
    let at = |octet: usize| section.signed_long(octet).map(|angle| angle * DEGREE);
    let (origin, last, order) = ((at(51)?, at(47)?), (at(60)?, at(56)?), section.byte(72)?);
    // East or west as the flags say; the figures alone do not tell, as longitudes begin anew at 360.
    let east = (last.0 - origin.0).rem_euclid(360.0);
    let width = if order & 0x80 == 0 { east } else { east - 360.0 };
    let steps = |count: usize| (count as f64 - 1.0).max(1.0);
    Ok((Plane::Degrees, origin, (width / steps(columns), (last.1 - origin.1) / steps(rows)), order))
}

fn lambert(section: Octets<'_>) -> Result<Layout, String> {
    let angle = |octet: usize| section.signed_long(octet).map(|angle| angle * DEGREE);
    let order = section.byte(65)?;
    if section.byte(64)? & 0xc0 != 0 {
        return Err("its cone stands on the south pole, or on both".into());
    }
    let axes = earth(section)?;
    let middle = Place { latitude: angle(48)?, longitude: angle(52)? };
    let plane = Plane::lambert(axes, middle, (angle(66)?, angle(70)?))?;
    let origin = plane.point(Place { latitude: angle(39)?, longitude: angle(43)? })?;
    let step = |octet: usize| section.long(octet).map(|step| f64::from(step) * METRE);
    let (x, y) = (step(56)?, step(60)?);
    let step = (if order & 0x80 == 0 { x } else { -x }, if order & 0x40 == 0 { -y } else { y });
    Ok((plane, origin, step, order))
}

/// The half axes of the earth, in metres (code table 3.2).
fn earth(section: Octets<'_>) -> Result<(f64, f64), String> {
    let scaled = |octet: usize| -> Result<f64, &'static str> {
        Ok(f64::from(section.long(octet + 1)?) * 10_f64.powi(-i32::from(section.byte(octet)?)))
    };
    Ok(match section.byte(15)? {
        0 => (6_367_470.0, 6_367_470.0),
        1 => (scaled(16)?, scaled(16)?),
        2 => (6_378_160.0, 6_356_775.0),
        3 => (scaled(21)? * 1e3, scaled(26)? * 1e3),
        4 => (6_378_137.0, 6_356_752.314),
        5 => (6_378_137.0, 6_356_752.314_2),
        6 => (6_371_229.0, 6_371_229.0),
        7 => (scaled(21)?, scaled(26)?),
        8 => (6_371_200.0, 6_371_200.0),
        other => return Err(format!("the shape of its earth ({other}, code table 3.2) is not known")),
    })
}

#[cfg(test)]
mod tests {
    use super::{Plane, Points};

    /// Flag table 3.4, bit 4. eccodes leaves such rows as they come; the WMO's table and other readers turn every second one.
    #[test]
    fn rows_that_run_to_and_fro_are_turned() {
        let points =
            |order| Points { plane: Plane::Degrees, origin: (0.0, 0.0), step: (1.0, 1.0), columns: 3, rows: 2, order };
        let numbers = vec![1.0, 2.0, 3.0, 6.0, 5.0, 4.0];
        assert_eq!(points(0x10).in_rows(numbers.clone()), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(points(0x40).in_rows(numbers.clone()), numbers);
        assert_eq!(points(0x20).in_rows(vec![1.0, 4.0, 2.0, 5.0, 3.0, 6.0]), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }
}
