//! GRIB2, as weather services send it: the WMO's Manual on Codes, FM 92. Its figures come from somebody else: each is checked
//! before anything is made of it.

mod message;
mod octets;
mod packing;
mod points;

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

use super::{Forecast, ForecastError, Measure, Names, field::Field};

use message::Message;
use octets::Octets;
use points::Points;

/// Reads the first field of a wanted parameter, written `discipline.category.number`.
///
/// # Errors
/// When the bytes are broken, on a grid other than latitude-longitude or Lambert, or without a wanted parameter.
pub fn read(bytes: &[u8], names: &Names) -> Result<Forecast, ForecastError> {
    let messages = message::messages(bytes).map_err(|why| ForecastError::broken("the GRIB2 file", why))?;
    let mut found: Vec<(String, &Message<'_>)> = Vec::new();
    for message in &messages {
        let broken = |why| ForecastError::broken(&format!("message {}", message.number), why);
        let parameter = message.parameter().map_err(broken)?;
        if !found.iter().any(|(held, _)| *held == parameter) {
            found.push((parameter, message));
        }
    }
    for (name, measure) in names.wanted() {
        if let Some((parameter, message)) = found.iter().find(|(parameter, _)| parameter == name) {
            let part = format!("message {} ({parameter})", message.number);
            return forecast(message, parameter, measure).map_err(|why| ForecastError::broken(&part, why));
        }
    }
    Err(ForecastError::NoField {
        wanted: names.wanted().map(|(name, _)| name.clone()).collect(),
        found: found.into_iter().map(|(parameter, _)| parameter).collect(),
    })
}

fn forecast(message: &Message<'_>, parameter: &str, measure: Measure) -> Result<Forecast, String> {
    let reference_time = reference(message.identification)?.ok_or("its reference time is no moment")?;
    let lead_minutes = lead(message.product)?;
    let points = Points::of(message.grid)?;
    let values = points.in_rows(packing::values(message, points.columns * points.rows)?);
    let Points { plane, origin, step, columns, .. } = points;
    let field = Field { plane, origin, step, columns, values };
    Ok(Forecast { reference_time, lead_minutes, name: parameter.to_owned(), measure, field })
}

/// The reference time of section 1; nothing where its figures are no moment.
fn reference(section: Octets<'_>) -> Result<Option<OffsetDateTime>, &'static str> {
    let (year, month, day) = (section.short(13)?, section.byte(15)?, section.byte(16)?);
    let (hour, minute, second) = (section.byte(17)?, section.byte(18)?, section.byte(19)?);
    let date = Month::try_from(month).and_then(|month| Date::from_calendar_date(i32::from(year), month, day));
    let time = Time::from_hms(hour, minute, second);
    Ok(date.ok().zip(time.ok()).map(|(date, time)| PrimitiveDateTime::new(date, time).assume_utc()))
}

/// Minutes from the reference time to the moment that the field shows (code tables 4.0 and 4.4).
fn lead(section: Octets<'_>) -> Result<i32, String> {
    let template = section.short(8)?;
    if template > 15 {
        return Err(format!("its product is template 4.{template}; forecasts at a place and time (up to 15) are read"));
    }
    let minutes = match section.byte(18)? {
        0 => 1,
        1 => 60,
        2 => 24 * 60,
        10 => 3 * 60,
        11 => 6 * 60,
        12 => 12 * 60,
        other => return Err(format!("the unit of its forecast time ({other}, code table 4.4) is not known")),
    };
    i32::try_from(section.long(19)?)
        .ok()
        .and_then(|ahead| ahead.checked_mul(minutes))
        .ok_or_else(|| "its forecast time lies too far ahead".into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop, proptest};

    use super::{points::Points, read};
    use crate::{
        forecast::{ForecastError, Measure, Names, grid},
        routing::crew_route::Place,
    };

    /// A message of the NAM of 17 September 2018 (NOAA, public domain), as cfgrib's source package carries it: relative
    /// humidity at 250 hPa, complex packing with spatial differences, Lambert at 81 km.
    const NAM: &[u8] = include_bytes!("../../tests/data/nam_20180917.grib2");

    macro_rules! sample {
        ($name:literal) => {
            (
                $name,
                include_bytes!(concat!("../../tests/data/grib2/", $name, ".grib2")) as &[u8],
                include_str!(concat!("../../tests/data/grib2/", $name, ".txt")),
            )
        };
    }

    /// Synthetic fields in each packing and order, with what eccodes reads in them.
    const SAMPLES: [(&str, &[u8], &str); 7] = [
        sample!("simple_with_gaps"),
        sample!("grouped_with_gaps"),
        sample!("differences_with_gaps"),
        sample!("first_differences"),
        sample!("by_columns"),
        sample!("hail"),
        sample!("image"),
    ];

    fn any_of_them() -> Names {
        Names::new("209.3.28", "0.16.196,0.1.1")
    }

    #[test]
    fn every_packing_gives_the_values_that_eccodes_reads_at_their_places() {
        for (name, bytes, expected) in SAMPLES {
            let forecast = read(bytes, &any_of_them()).unwrap();
            assert_eq!(
                (forecast.reference_time.unix_timestamp(), forecast.lead_minutes),
                (1_777_658_400, 45),
                "{name}"
            );
            for line in expected.lines() {
                let figures: Vec<&str> = line.split(' ').collect();
                let place = Place { latitude: figures[0].parse().unwrap(), longitude: figures[1].parse().unwrap() };
                let found = forecast.field.at(place);
                match figures[2].parse::<f32>() {
                    Ok(value) => assert!((found.unwrap() - value).abs() < 1e-3, "{name}, {line}: {found:?}"),
                    Err(_) => assert_eq!(found, None, "{name}, {line}"),
                }
            }
        }
    }

    #[test]
    fn a_field_of_hail_is_hail_and_no_proxy() {
        let forecast = read(SAMPLES[5].1, &any_of_them()).unwrap();
        assert_eq!((forecast.measure, forecast.name.as_str()), (Measure::HailMm, "209.3.28"));
    }

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

    /// The crate `grib` reads the same numbers, all 11,000 of them.
    #[test]
    fn another_reader_finds_the_same_number_at_every_point() {
        let file = grib::from_bytes(NAM).unwrap();
        let (_, message) = file.iter().next().unwrap();
        let decoder = grib::Grib2SubmessageDecoder::from(message).unwrap();
        let theirs: Vec<f32> = decoder.dispatch().unwrap().collect();
        let ours = read(NAM, &any_of_them()).unwrap().field.values;
        assert_eq!(ours.len(), theirs.len());
        let apart = ours.iter().zip(&theirs).filter(|(a, b)| (*a - *b).abs() > 1e-3).count();
        assert_eq!(apart, 0);
    }

    #[test]
    fn a_file_without_the_wanted_field_says_what_it_holds() {
        let error = read(NAM, &Names::new("209.3.28", "0.16.196")).unwrap_err();
        assert!(matches!(&error, ForecastError::NoField { .. }));
        assert!(error.to_string().contains("0.1.1") && error.to_string().contains("0.16.196"), "{error}");
    }

    #[test]
    fn the_second_message_of_a_file_is_found_behind_a_heading() {
        let file = [NAM, b"\r\nHEADING GRI\r\n", SAMPLES[0].1].concat();
        assert_eq!(read(&file, &Names::new("", "0.16.196")).unwrap().name, "0.16.196");
    }

    #[test]
    fn a_file_cut_short_anywhere_is_refused() {
        for (_, bytes, _) in SAMPLES {
            for end in 0..bytes.len() {
                assert!(read(&bytes[..end], &any_of_them()).is_err(), "{end}");
            }
        }
        assert!(read(&NAM[..NAM.len() / 2], &any_of_them()).is_err());
    }

    /// The first octet of a section in a sample.
    fn section(bytes: &[u8], number: u8) -> usize {
        let mut at = 16;
        while bytes[at + 4] != number {
            at += u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        }
        at
    }

    #[test]
    fn figures_that_ask_for_more_than_there_is_are_refused_before_anything_is_made_of_them() {
        let with = |sample: usize, number: u8, octets: &[(usize, u32)]| {
            let mut bytes = SAMPLES[sample].1.to_vec();
            let start = section(&bytes, number);
            for (octet, figure) in octets {
                bytes[start + octet - 1..start + octet + 3].copy_from_slice(&figure.to_be_bytes());
            }
            read(&bytes, &any_of_them()).unwrap_err().to_string()
        };
        let most = u32::MAX;
        assert!(with(0, 3, &[(31, most), (35, most)]).contains("4294967295 by 4294967295"));
        assert!(with(0, 3, &[(7, 60_000 * 50_000), (31, 60_000), (35, 50_000)]).contains("at most 30000000"));
        assert!(with(0, 5, &[(6, most)]).contains("4294967295 numbers are packed"));
        // Groups without a bit, each of four thousand million numbers.
        assert!(with(3, 5, &[(32, most)]).contains("4294967295 groups"));
        assert!(with(3, 5, &[(38, most)]).contains("more than the 84"));
        assert!(with(3, 5, &[(43, most)]).contains("more than the 84"));
    }

    #[test]
    fn no_flipped_bit_of_a_sample_is_more_than_a_wrong_number_or_a_refusal() {
        for (_, bytes, _) in SAMPLES {
            for bit in 0..bytes.len() * 8 {
                let mut bytes = bytes.to_vec();
                bytes[bit / 8] ^= 1 << (bit % 8);
                let read = read(&bytes, &any_of_them());
                if bit % 61 == 0
                    && let Ok(forecast) = read
                {
                    let _laid = grid::lay(&forecast.field);
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn any_sections_are_read_or_refused(sections in prop::collection::vec((1..8_u8, prop::collection::vec(any::<u8>(), 0..120)), 0..12)) {
            let mut body = Vec::new();
            for (number, content) in sections {
                body.extend(((content.len() + 5) as u32).to_be_bytes());
                body.push(number);
                body.extend(content);
            }
            let mut bytes = b"GRIB\0\0\0\x02".to_vec();
            bytes.extend(((body.len() + 20) as u64).to_be_bytes());
            bytes.extend(body);
            bytes.extend(b"7777");
            let _read_or_refused = read(&bytes, &Names::new("0.0.0", "0.16.196"));
        }

        #[test]
        fn any_octets_in_a_sample_are_read_or_refused(which in 0..SAMPLES.len(), changes in prop::collection::vec((16..300_usize, any::<u8>()), 1..20)) {
            let mut bytes = SAMPLES[which].1.to_vec();
            for (at, octet) in changes {
                bytes[at] = octet;
            }
            if let Ok(forecast) = read(&bytes, &any_of_them()) {
                assert!(forecast.field.values.len() <= 30_000_000);
                let _value = forecast.field.at(Place { latitude: 32.8, longitude: -97.0 });
            }
        }

        #[test]
        fn any_grid_is_points_or_a_refusal(octets in prop::collection::vec(any::<u8>(), 0..90), template in prop::sample::select(vec![0_u8, 30])) {
            let mut octets = octets;
            if let Some(place) = octets.get_mut(12..14) {
                place.copy_from_slice(&[0, template]);
            }
            let _points_or_a_refusal = Points::of(super::Octets::new(&octets));
        }
    }

    const EXPECTED: [(f64, f64, f32); 3] =
        [(32.825_580, -96.723_118, 48.0), (44.794_150, -99.827_477, 16.0), (19.688_291, -80.285_140, 7.0)];
}
