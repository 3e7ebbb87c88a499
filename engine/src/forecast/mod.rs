//! Forecasts: what came over the wire, as one field that can be asked anywhere.

pub mod field;
pub mod grib2;
pub mod grid;
pub mod npy;

use serde::Serialize;
use time::OffsetDateTime;

use field::Field;

/// What a field's numbers measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Hail size in millimetres.
    HailMm,
    /// Composite reflectivity in dBZ: a proxy, which hints at hail and says nothing of its size.
    ReflectivityProxy,
}

impl Measure {
    /// The word in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::HailMm => "hail_mm",
            Self::ReflectivityProxy => "reflectivity_proxy",
        }
    }

    /// Whether the numbers only stand in for hail.
    pub fn is_proxy(self) -> bool {
        self == Self::ReflectivityProxy
    }

    /// The value from which hail, or its proxy, is worth an alert. 25.4 mm (one inch) is where the US National Weather
    /// Service calls hail severe; 50 dBZ is where the hail kinetic energy weight of Witt and others (1998, An Enhanced Hail
    /// Detection Algorithm for the WSR-88D, equation 4) reaches one.
    pub fn alert(self) -> f64 {
        match self {
            Self::HailMm => 25.4,
            Self::ReflectivityProxy => 50.0,
        }
    }
}

/// One field of one forecast run.
#[derive(Debug)]
pub struct Forecast {
    /// When the model began.
    pub reference_time: OffsetDateTime,
    /// Minutes from then to the moment that the field shows.
    pub lead_minutes: i32,
    /// The field's name in the source.
    pub name: String,
    /// What it measures.
    pub measure: Measure,
    /// The field.
    pub field: Field,
}

/// The names under which a source may hold what we look for.
#[derive(Debug, Clone)]
pub struct Names {
    /// Fields of hail size, the best first.
    pub hail: Vec<String>,
    /// Fields of composite reflectivity.
    pub reflectivity: Vec<String>,
}

impl Names {
    /// Splits the configuration's lists.
    pub fn new(hail: &str, reflectivity: &str) -> Self {
        let split =
            |text: &str| text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        Self { hail: split(hail), reflectivity: split(reflectivity) }
    }

    /// The names with what they measure, in the order in which they are looked for.
    fn wanted(&self) -> impl Iterator<Item = (&String, Measure)> {
        let hail = self.hail.iter().map(|name| (name, Measure::HailMm));
        hail.chain(self.reflectivity.iter().map(|name| (name, Measure::ReflectivityProxy)))
    }
}

/// Bytes that are no forecast of ours.
#[derive(Debug, thiserror::Error)]
pub enum ForecastError {
    /// Neither GRIB2 nor tar.
    #[error("the forecast is neither GRIB2 nor a tar archive: its first bytes are {0:02x?}")]
    Format(Vec<u8>),
    /// Neither hail nor reflectivity is in it.
    #[error("the forecast holds none of {wanted:?}; it holds {found:?}. Set FORECAST_HAIL or FORECAST_REFLECTIVITY")]
    NoField {
        /// What was looked for.
        wanted: Vec<String>,
        /// What is there.
        found: Vec<String>,
    },
    /// A part is broken or of a kind that is not supported.
    #[error("{part} of the forecast cannot be read: {why}")]
    Broken {
        /// Which part.
        part: String,
        /// What is wrong.
        why: String,
    },
    /// The field does not cover the grid.
    #[error("the field covers {covered} of the grid's {cells} cells: it is of another region")]
    Elsewhere {
        /// Cells with a value.
        covered: usize,
        /// Cells in all.
        cells: usize,
    },
}

impl ForecastError {
    fn broken(part: &str, why: impl std::fmt::Display) -> Self {
        Self::Broken { part: part.to_owned(), why: why.to_string() }
    }
}

/// Reads the best field that `bytes` hold: hail if there is any, else the reflectivity proxy.
///
/// # Errors
/// When the format is unknown, the bytes are broken, or neither field is there.
pub fn read(bytes: &[u8], names: &Names) -> Result<Forecast, ForecastError> {
    if bytes.starts_with(b"GRIB") {
        grib2::read(bytes, names)
    } else if bytes.get(257..262) == Some(b"ustar") {
        npy::read(bytes, names)
    } else {
        Err(ForecastError::Format(bytes.iter().take(8).copied().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::{ForecastError, Names, read};

    #[test]
    fn bytes_of_another_kind_are_refused_by_what_they_are() {
        let names = Names::new("hail", "refc");
        assert!(matches!(read(b"<html>no such run</html>", &names), Err(ForecastError::Format(_))));
        assert!(matches!(read(b"", &names), Err(ForecastError::Format(_))));
        assert!(matches!(read(b"GRIB and then nothing", &names), Err(ForecastError::Broken { .. })));
    }
}
