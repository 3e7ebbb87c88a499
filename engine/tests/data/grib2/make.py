"""Writes the GRIB2 files beside this script, and what ECMWF's eccodes reads in them: latitude, longitude and value a line.

Run by hand, when a case is added:  pip install eccodes==2.50.0 && python make.py
Everything in them is synthetic; eccodes packs every file but the image, which it only reads.
"""

import pathlib
import struct
import zlib

import eccodes
import numpy

HERE = pathlib.Path(__file__).parent
COLUMNS, ROWS = 12, 7
NOTHING = 9999.0
REFLECTIVITY, HAIL = (0, 16, 196), (209, 3, 28)
PLACES = numpy.arange(COLUMNS * ROWS)


def message(packing="grid_simple", gaps=False, order=None, parameter=REFLECTIVITY, **scanning):
    handle = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib2")
    figures = {
        "dataDate": 20260501, "dataTime": 1800, "indicatorOfUnitOfTimeRange": 0, "forecastTime": 45,
        "discipline": parameter[0], "parameterCategory": parameter[1], "parameterNumber": parameter[2],
        "Ni": COLUMNS, "Nj": ROWS,
        "latitudeOfFirstGridPointInDegrees": 35.0, "longitudeOfFirstGridPointInDegrees": 260.0,
        "latitudeOfLastGridPointInDegrees": 32.0, "longitudeOfLastGridPointInDegrees": 265.5,
        "iDirectionIncrementInDegrees": 0.5, "jDirectionIncrementInDegrees": 0.5, **scanning,
    }
    for key, figure in figures.items():
        eccodes.codes_set(handle, key, figure)
    values = numpy.round(30 + 25 * numpy.sin(PLACES / 9.0) + (PLACES % 5) * 1.37, 2)
    if gaps:
        eccodes.codes_set(handle, "bitmapPresent", 1)
        eccodes.codes_set(handle, "missingValue", NOTHING)
        values[[0, 5, 17, 18, 19, 80]] = NOTHING
    eccodes.codes_set_values(handle, values)
    eccodes.codes_set(handle, "changeDecimalPrecision", 2)
    if packing != "grid_simple":
        eccodes.codes_set(handle, "packingType", packing)
    if order:
        eccodes.codes_set(handle, "orderOfSpatialDifferencing", order)
        eccodes.codes_set_values(handle, values)
    return eccodes.codes_get_message(handle)


def image():
    """Sections 5 and 7 of a simple message, written anew: 16-bit greys in a PNG."""
    plain, at, body = message(), 16, b""
    codes = PLACES * 977 % 60000
    lines = b"".join(b"\0" + b"".join(struct.pack(">H", code) for code in row) for row in codes.reshape(ROWS, COLUMNS))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in [
            (b"IHDR", struct.pack(">IIBBBBB", COLUMNS, ROWS, 16, 0, 0, 0, 0)), (b"IDAT", zlib.compress(lines)), (b"IEND", b""),
        ]
    )
    others = {
        5: struct.pack(">IBIHfHHBB", 21, 5, COLUMNS * ROWS, 41, -3.5, 0x8001, 2, 16, 0),
        7: struct.pack(">IB", 5 + len(png), 7) + png,
    }
    while plain[at:] != b"7777":
        section = plain[at:at + struct.unpack(">I", plain[at:at + 4])[0]]
        body += others.get(section[4], section)
        at += len(section)
    return plain[:8] + struct.pack(">Q", len(body) + 20) + body + b"7777"


def write(name, octets):
    (HERE / f"{name}.grib2").write_bytes(octets)
    handle = eccodes.codes_new_from_message(octets)
    eccodes.codes_set(handle, "missingValue", NOTHING)
    iterator, lines = eccodes.codes_grib_iterator_new(handle, 0), []
    while point := eccodes.codes_grib_iterator_next(iterator):
        latitude, longitude, value = point
        lines.append(f"{latitude:.6f} {longitude:.6f} {'-' if value == NOTHING else f'{value:.4f}'}\n")
    (HERE / f"{name}.txt").write_text("".join(lines))


write("simple_with_gaps", message(gaps=True))
write("grouped_with_gaps", message("grid_complex", gaps=True))
write("differences_with_gaps", message("grid_complex_spatial_differencing", gaps=True))
write("first_differences", message("grid_complex_spatial_differencing", order=1))
write("by_columns", message(jPointsAreConsecutive=1))
write("hail", message(parameter=HAIL))
write("image", image())
