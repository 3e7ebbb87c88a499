//! The floor under `landfall render`: reads one document, then serialises and writes it as often as asked, and does nothing else.
//!
//! `write_documents TEMPLATE COUNT DIR` writes `DIR/<number>/<name of TEMPLATE>`. `benches/compare` runs it beside
//! `landfall render`, whole process against whole process.
#![expect(clippy::disallowed_methods, reason = "a program of its own, measured as such")]

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use landfall::clouds::aws::document::Template;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [template, count, folder] = arguments.as_slice() else {
        // `cargo bench` calls every bench its own way: this one has nothing to say to it.
        return Ok(());
    };
    let (template, folder) = (Path::new(template), Path::new(folder));
    let name = template.file_name().ok_or("TEMPLATE names no file")?;
    let is_json = template.extension().is_some_and(|extension| extension == "json");
    let document = Template::read(&fs::read(template)?)?;
    for number in 0..count.parse::<usize>()? {
        let place = folder.join(number.to_string());
        fs::create_dir_all(&place)?;
        let bytes = if is_json {
            serde_json::to_vec_pretty(&document)?
        } else {
            serde_yaml::to_string(&document)?.into_bytes()
        };
        fs::write(place.join(name), bytes)?;
    }
    Ok(())
}
