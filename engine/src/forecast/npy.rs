//! A tar of `.npy` arrays, as Earth-2's services answer.
//!
//! Read are `<field>.npy` (rows by columns, with any leading dimensions of one), `lat.npy` and `lon.npy` (one axis each, or
//! both rows by columns) and `run.json` with `reference_time` (RFC 3339) and `lead_minutes`. Two-dimensional coordinates must
//! be regular on the HRRR's plane: interpolation is bilinear there.

mod header;

use std::{collections::BTreeMap, io::Read};

use serde::Deserialize;
use time::OffsetDateTime;

use crate::routing::crew_route::Place;

use super::{
    Forecast, ForecastError, Names,
    field::{Field, Plane},
};

/// Most octets that all parts of an archive may have together: a sparse file of few octets may claim any number.
const MOST_BYTES: u64 = 512 << 20;
/// How far a coordinate may be from its regular place, in steps.
const IRREGULAR: f64 = 0.02;

#[derive(Deserialize)]
struct Run {
    #[serde(with = "time::serde::rfc3339")]
    reference_time: OffsetDateTime,
    lead_minutes: i32,
}

struct Array {
    shape: Vec<usize>,
    numbers: Vec<f64>,
}

/// Reads the best field of the archive.
///
/// # Errors
/// When the archive or an array in it is broken, a part is missing, or the coordinates are irregular.
pub fn read(bytes: &[u8], names: &Names) -> Result<Forecast, ForecastError> {
    let mut parts = BTreeMap::new();
    let broken = |error: std::io::Error| ForecastError::broken("the tar archive", error);
    let mut left = MOST_BYTES;
    for entry in tar::Archive::new(bytes).entries().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let name = entry.path().map_err(broken)?.file_name().map(|name| name.to_string_lossy().into_owned());
        let mut content = Vec::new();
        let length = entry.take(left + 1).read_to_end(&mut content).map_err(broken)? as u64;
        left = left.checked_sub(length).ok_or_else(|| {
            ForecastError::broken("the tar archive", format!("its parts have more than {MOST_BYTES} octets"))
        })?;
        if let Some(name) = name {
            parts.insert(name, content);
        }
    }
    let part = |name: &str| {
        parts.get(name).ok_or_else(|| ForecastError::broken("the tar archive", format!("{name} is not in it")))
    };
    let run: Run =
        serde_json::from_slice(part("run.json")?).map_err(|error| ForecastError::broken("run.json", error))?;
    let held = names.wanted().find(|(name, _)| parts.contains_key(&format!("{name}.npy")));
    let Some((name, measure)) = held else {
        return Err(ForecastError::NoField {
            wanted: names.wanted().map(|(name, _)| name.clone()).collect(),
            found: parts.keys().filter_map(|name| name.strip_suffix(".npy")).map(str::to_owned).collect(),
        });
    };
    let file = format!("{name}.npy");
    let values = array(&file, part(&file)?)?;
    let (rows, columns) = match values.shape.as_slice() {
        [leading @ .., rows, columns] if leading.iter().all(|&length| length == 1) && *rows > 1 && *columns > 1 => {
            (*rows, *columns)
        }
        shape => return Err(ForecastError::broken(&file, format!("its shape {shape:?} is not rows by columns"))),
    };
    let (lat, lon) = (array("lat.npy", part("lat.npy")?)?, array("lon.npy", part("lon.npy")?)?);
    let (plane, origin, step) = if lat.shape.len() == 1 && lon.shape.len() == 1 {
        let (x, y) = (axis("lon.npy", &lon.numbers, columns)?, axis("lat.npy", &lat.numbers, rows)?);
        (Plane::Degrees, (x.0, y.0), (x.1, y.1))
    } else {
        cone(&lat, &lon, rows, columns)?
    };
    let values = values.numbers.into_iter().map(|number| number as f32).collect();
    let field = Field { plane, origin, step, columns, values };
    Ok(Forecast {
        reference_time: run.reference_time,
        lead_minutes: run.lead_minutes,
        name: name.clone(),
        measure,
        field,
    })
}

fn array(name: &str, bytes: &[u8]) -> Result<Array, ForecastError> {
    header::read(bytes)
        .and_then(|(header, data)| Ok(Array { numbers: header.numbers(data)?, shape: header.shape }))
        .map_err(|why| ForecastError::broken(name, why))
}

/// The first number of a regular axis and its step.
fn axis(name: &str, numbers: &[f64], length: usize) -> Result<(f64, f64), ForecastError> {
    let (Some(&first), Some(&last)) = (numbers.first(), numbers.last()) else {
        return Err(ForecastError::broken(name, "it is empty"));
    };
    if numbers.len() != length {
        return Err(ForecastError::broken(name, format!("it has {} numbers, the field needs {length}", numbers.len())));
    }
    let step = (last - first) / (length as f64 - 1.0);
    let regular = numbers
        .iter()
        .enumerate()
        .all(|(at, number)| (number - (first + step * at as f64)).abs() <= IRREGULAR * step.abs());
    if !regular || step == 0.0 || !step.is_finite() {
        return Err(ForecastError::broken(name, "its steps are not regular"));
    }
    Ok((first, step))
}

/// The HRRR's plane, on which the coordinates must be regular.
#[expect(clippy::type_complexity, reason = "three answers to one question, taken apart at once")]
fn cone(
    lat: &Array,
    lon: &Array,
    rows: usize,
    columns: usize,
) -> Result<(Plane, (f64, f64), (f64, f64)), ForecastError> {
    let broken = |why: &str| ForecastError::broken("lat.npy and lon.npy", why);
    if lat.numbers.len() != rows * columns || lon.numbers.len() != rows * columns {
        return Err(broken("their shape is not the field's"));
    }
    let plane = Plane::hrrr().map_err(broken)?;
    let mut points = Vec::with_capacity(rows * columns);
    for (&latitude, &longitude) in lat.numbers.iter().zip(&lon.numbers) {
        let longitude = if longitude > 180.0 { longitude - 360.0 } else { longitude };
        points.push(plane.point(Place { latitude, longitude }).map_err(broken)?);
    }
    let (first, last) = (points[0], points[rows * columns - 1]);
    let step = ((last.0 - first.0) / (columns as f64 - 1.0), (last.1 - first.1) / (rows as f64 - 1.0));
    let regular = points.iter().enumerate().all(|(at, point)| {
        let (row, column) = (at / columns, at % columns);
        (point.0 - first.0 - step.0 * column as f64).abs() <= IRREGULAR * step.0.abs()
            && (point.1 - first.1 - step.1 * row as f64).abs() <= IRREGULAR * step.1.abs()
    });
    if regular { Ok((plane, first, step)) } else { Err(broken("they are not regular on the HRRR's plane")) }
}

#[cfg(test)]
mod tests {
    use super::{Place, read};
    use crate::forecast::{ForecastError, Measure, Names, field::Plane};
    use npyz::WriterBuilder;

    fn npy(shape: &[u64], numbers: &[f32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().unwrap();
        writer.extend(numbers.iter().copied()).unwrap();
        writer.finish().unwrap();
        bytes
    }

    fn archive(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, content) in parts {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            builder.append_data(&mut header, name, content.as_slice()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    const RUN: &[u8] = br#"{"reference_time": "2026-05-01T18:00:00Z", "lead_minutes": 30}"#;

    fn degrees(field: &str) -> Vec<(&str, Vec<u8>)> {
        vec![
            ("run.json", RUN.to_vec()),
            ("lat.npy", npy(&[2], &[33.0, 32.0])),
            ("lon.npy", npy(&[3], &[-98.0, -97.0, -96.0])),
            (
                Box::leak(format!("{field}.npy").into_boxed_str()),
                npy(&[1, 1, 2, 3], &[0.0, 10.0, 20.0, 30.0, 40.0, 50.0]),
            ),
        ]
    }

    #[test]
    fn a_hail_field_is_preferred_to_the_proxy() {
        let mut parts = degrees("refc");
        parts.push(("hail.npy", npy(&[2, 3], &[1.0; 6])));
        let names = Names::new("hail", "refc");
        assert_eq!(read(&archive(&parts), &names).unwrap().measure, Measure::HailMm);
        let proxy = read(&archive(&degrees("refc")), &names).unwrap();
        assert_eq!((proxy.measure, proxy.lead_minutes), (Measure::ReflectivityProxy, 30));
        assert_eq!(proxy.field.at(Place { latitude: 32.5, longitude: -96.5 }), Some(30.0));
    }

    #[test]
    fn coordinates_on_a_cone_are_interpolated_on_the_cone() {
        let plane = Plane::hrrr().unwrap();
        let (mut lat, mut lon, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..8_u8 {
            for column in 0..8_u8 {
                let place = plane.place((f64::from(column) * 6_000.0, -600_000.0 + f64::from(row) * 6_000.0)).unwrap();
                lat.push(place.latitude as f32);
                lon.push(place.longitude as f32);
                values.push(f32::from(column));
            }
        }
        let parts = [
            ("run.json", RUN.to_vec()),
            ("lat.npy", npy(&[8, 8], &lat)),
            ("lon.npy", npy(&[8, 8], &lon)),
            ("refc.npy", npy(&[8, 8], &values)),
        ];
        let forecast = read(&archive(&parts), &Names::new("hail", "refc")).unwrap();
        let place = plane.place((9_000.0, -590_000.0)).unwrap();
        assert!((forecast.field.at(place).unwrap() - 1.5).abs() < 0.01);
        // Bent coordinates are refused, not interpolated wrongly.
        lat[20] += 0.05;
        let mut bent = parts;
        bent[1].1 = npy(&[8, 8], &lat);
        assert!(read(&archive(&bent), &Names::new("hail", "refc")).unwrap_err().to_string().contains("not regular"));
    }

    #[test]
    fn a_part_that_claims_more_than_it_has_is_refused() {
        let names = Names::new("hail", "refc");
        // GNU's sparse files: a few octets that unpack to four thousand million.
        let mut header = tar::Header::new_gnu();
        header.set_path("refc.npy").unwrap();
        header.set_entry_type(tar::EntryType::GNUSparse);
        header.set_size(0);
        header.as_gnu_mut().unwrap().realsize.copy_from_slice(b"37777777777\0");
        header.as_gnu_mut().unwrap().sparse[0].offset.copy_from_slice(b"37777777777\0");
        header.as_gnu_mut().unwrap().sparse[0].numbytes.copy_from_slice(b"00000000000\0");
        header.set_cksum();
        let mut sparse = header.as_bytes().to_vec();
        sparse.extend([0; 1024]);
        let error = read(&sparse, &names).unwrap_err().to_string();
        assert!(error.contains("more than 536870912 octets"), "{error}");

        let mut parts = degrees("refc");
        for (claim, why) in
            [("(4294967296, 4294967296)", "holds more than"), ("(3, 3)", "9 numbers are announced and 6")]
        {
            let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {claim}, }}\n");
            let mut bytes = b"\x93NUMPY\x01\0".to_vec();
            bytes.extend((text.len() as u16).to_le_bytes());
            bytes.extend(text.as_bytes());
            bytes.extend([0; 24]);
            parts[3].1 = bytes;
            let error = read(&archive(&parts), &names).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn no_flipped_bit_is_more_than_a_wrong_number_or_a_refusal() {
        let archive = archive(&degrees("refc"));
        for bit in 0..archive.len() * 8 {
            let mut archive = archive.clone();
            archive[bit / 8] ^= 1 << (bit % 8);
            let _read_or_refused = read(&archive, &Names::new("hail", "refc"));
        }
    }

    #[test]
    fn a_part_that_is_missing_or_of_the_wrong_shape_is_named() {
        let names = Names::new("hail", "refc");
        let fault = |parts: &[(&str, Vec<u8>)]| read(&archive(parts), &names).unwrap_err().to_string();
        let parts = degrees("refc");
        assert!(fault(&parts[1..]).contains("run.json"));
        assert!(fault(&[parts[0].clone(), parts[1].clone(), parts[3].clone()]).contains("lon.npy"));
        let mut short = parts.clone();
        short[1].1 = npy(&[3], &[33.0, 32.0, 31.0]);
        assert!(fault(&short).contains("lat.npy"));
        assert!(matches!(read(&archive(&degrees("t2m")), &names), Err(ForecastError::NoField { .. })));
    }
}
