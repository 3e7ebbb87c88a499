//! `writer TEMPLATE COUNT DIR` reads a JSON document once, then serialises and writes it COUNT times
//! into `DIR/<number>/template.json`, or `.yaml` where the environment says YAML=1.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [template, count, folder] = arguments.as_slice() else {
        return Err("usage: writer TEMPLATE COUNT DIR".into());
    };
    let yaml = env::var_os("YAML").is_some();
    let document: serde_json::Value = serde_json::from_str(&fs::read_to_string(template)?)?;
    for number in 0..count.parse::<usize>()? {
        let place = Path::new(folder).join(number.to_string());
        fs::create_dir_all(&place)?;
        if yaml {
            fs::write(place.join("template.yaml"), serde_yaml_ng::to_string(&document)?)?;
        } else {
            fs::write(place.join("template.json"), serde_json::to_vec_pretty(&document)?)?;
        }
    }
    Ok(())
}
