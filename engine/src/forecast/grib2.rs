//! GRIB2, as weather services send it.

use grib::{Grib2SubmessageDecoder, GridDefinitionTemplateValues, GridPointIndex};
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

use crate::routing::crew_route::Place;

use super::{
    Forecast, ForecastError, Names,
    field::{Field, Plane},
};

/// Reads the first message of a wanted parameter, written `discipline.category.number`.
///
/// # Errors
/// When the bytes are broken, on a grid other than latitude-longitude or Lambert, or without a wanted parameter.
pub fn read(bytes: &[u8], names: &Names) -> Result<Forecast, ForecastError> {
    let file = grib::from_bytes(bytes).map_err(|error| ForecastError::broken("the GRIB2 file", error))?;
    let mut found = Vec::new();
    for (name, measure) in names.wanted() {
        for (index, message) in file.iter() {
            let product = message.prod_def();
            let parameter = format!(
                "{}.{}.{}",
                message.indicator().discipline,
                product.parameter_category().map_or(-1, i32::from),
                product.parameter_number().map_or(-1, i32::from)
            );
            if parameter != *name {
                if !found.contains(&parameter) {
                    found.push(parameter);
                }
                continue;
            }
            let part = format!("message {}.{} ({parameter})", index.0, index.1);
            let broken = |error: &dyn std::fmt::Display| ForecastError::broken(&part, error);
            let grid = GridDefinitionTemplateValues::try_from(message.grid_def()).map_err(|error| broken(&error))?;
            let (plane, origin, step) = steps(&grid).map_err(|why| broken(&why))?;
            let (columns, rows) = grid.grid_shape();
            let raw = message.temporal_raw_info();
            let reference_time =
                reference(&raw.ref_time_unchecked).ok_or_else(|| broken(&"its reference time is no moment"))?;
            let lead_minutes = raw
                .forecast_time_diff
                .as_ref()
                .and_then(|ahead| {
                    let minutes = match ahead.unit {
                        grib::Code::Name(grib::codetables::grib2::Table4_4::Minute) => 1,
                        grib::Code::Name(grib::codetables::grib2::Table4_4::Hour) => 60,
                        _ => return None,
                    };
                    i32::try_from(ahead.value).ok()?.checked_mul(minutes)
                })
                .unwrap_or(0);
            let places: Vec<(usize, usize)> = message.ij().map_err(|error| broken(&error))?.collect();
            let decoder = Grib2SubmessageDecoder::from(message).map_err(|error| broken(&error))?;
            let mut values = vec![f32::NAN; columns * rows];
            for ((column, row), value) in places.into_iter().zip(decoder.dispatch().map_err(|error| broken(&error))?) {
                if let Some(slot) = values.get_mut(row * columns + column) {
                    *slot = value;
                }
            }
            let field = Field { plane, origin, step, columns, values };
            return Ok(Forecast { reference_time, lead_minutes, name: parameter, measure, field });
        }
    }
    Err(ForecastError::NoField { wanted: names.wanted().map(|(name, _)| name.clone()).collect(), found })
}

fn reference(at: &grib::def::grib2::template::param_set::DateTime) -> Option<OffsetDateTime> {
    let date = Date::from_calendar_date(i32::from(at.year), Month::try_from(at.month).ok()?, at.day).ok()?;
    let time = Time::from_hms(at.hour, at.minute, at.second).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc())
}

/// The plane, the first point on it and the steps of a grid definition.
#[expect(clippy::type_complexity, reason = "three answers to one question, taken apart at once")]
fn steps(grid: &GridDefinitionTemplateValues) -> Result<(Plane, (f64, f64), (f64, f64)), String> {
    let sign = |positive: bool| if positive { 1.0 } else { -1.0 };
    match grid {
        GridDefinitionTemplateValues::Template0(grid) => {
            let grid = &grid.lat_lon.grid;
            let unit = 1e-6;
            let origin = (f64::from(grid.first_point_lon) * unit, f64::from(grid.first_point_lat) * unit);
            let last = (f64::from(grid.last_point_lon) * unit, f64::from(grid.last_point_lat) * unit);
            let width = if last.0 < origin.0 { last.0 + 360.0 - origin.0 } else { last.0 - origin.0 };
            let step = (
                width / (f64::from(grid.ni) - 1.0).max(1.0),
                (last.1 - origin.1) / (f64::from(grid.nj) - 1.0).max(1.0),
            );
            Ok((Plane::Degrees, origin, step))
        }
        GridDefinitionTemplateValues::Template30(grid) => {
            let degrees = |value: f64| value * 1e-6;
            let longitude = degrees(f64::from(grid.lov));
            let axes = grid.earth_shape.radii().ok_or("the shape of its earth is not known")?;
            let plane = Plane::lambert(
                axes,
                Place { latitude: degrees(f64::from(grid.lad)), longitude },
                (degrees(f64::from(grid.latin1)), degrees(f64::from(grid.latin2))),
            )?;
            let first = Place {
                latitude: degrees(f64::from(grid.first_point_lat)),
                longitude: degrees(f64::from(grid.first_point_lon)),
            };
            let step = (
                f64::from(grid.dx) * 1e-3 * sign(grid.scanning_mode.scans_positively_for_i()),
                f64::from(grid.dy) * 1e-3 * sign(grid.scanning_mode.scans_positively_for_j()),
            );
            let origin = plane.point(first)?;
            Ok((plane, origin, step))
        }
        _ => Err("its grid is neither latitude-longitude nor Lambert (templates 3.0 and 3.30)".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, read};
    use crate::forecast::{ForecastError, Measure, Names};

    /// A message of the NAM of 17 September 2018 (NOAA, public domain), as cfgrib's source package carries it: relative
    /// humidity at 250 hPa, complex packing with spatial differences, Lambert at 81 km.
    const NAM: &[u8] = include_bytes!("../../tests/data/nam_20180917.grib2");

    #[test]
    fn a_weather_services_own_bytes_give_the_values_that_eccodes_reads() {
        let forecast = read(NAM, &Names::new("209.3.28", "0.1.1")).unwrap();
        assert_eq!(forecast.measure, Measure::ReflectivityProxy);
        assert_eq!(
            (forecast.reference_time.to_string().as_str(), forecast.lead_minutes),
            ("2018-09-17 0:00:00.0 +00:00:00", 0)
        );
        // Grid points with their values as eccodes 2 finds them.
        for (latitude, longitude, value) in EXPECTED {
            let found = forecast.field.at(Place { latitude, longitude }).unwrap();
            assert!((found - value).abs() < 0.05, "{latitude} {longitude}: {found} instead of {value}");
        }
    }

    #[test]
    fn a_file_without_the_wanted_field_says_what_it_holds() {
        let error = read(NAM, &Names::new("209.3.28", "0.16.196")).unwrap_err();
        assert!(matches!(&error, ForecastError::NoField { .. }));
        assert!(error.to_string().contains("0.1.1") && error.to_string().contains("0.16.196"), "{error}");
    }

    #[test]
    fn a_file_cut_short_is_refused() {
        assert!(read(&NAM[..NAM.len() / 2], &Names::new("", "0.1.1")).is_err());
    }

    const EXPECTED: [(f64, f64, f32); 3] =
        [(32.825_580, -96.723_118, 48.0), (44.794_150, -99.827_477, 16.0), (19.688_291, -80.285_140, 7.0)];
}
