//! Finds a short tour over the points of standard input (`x y` a line) within the CPU seconds named, and prints the points'
//! numbers in order: what `benches/compare_routes.py` runs beside other solvers.

use std::io::Read;

use engine::routing::{point::Point, short_tour};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(seconds), Some(seed)) = (arguments.next(), arguments.next()) else {
        return Err("usage: route CPU_SECONDS SEED < points".into());
    };
    let (seconds, seed): (f64, u64) = (seconds.parse()?, seed.parse()?);
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let numbers: Vec<f64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let points: Vec<Point> = numbers.chunks_exact(2).map(|pair| Point { x: pair[0], y: pair[1] }).collect();
    let start = cpu_time::ThreadTime::now();
    let order = short_tour(&points, seed, &mut || start.elapsed().as_secs_f64() / seconds);
    let lines: Vec<String> = order.iter().map(usize::to_string).collect();
    std::io::Write::write_all(&mut std::io::stdout(), (lines.join("\n") + "\n").as_bytes())?;
    Ok(())
}
