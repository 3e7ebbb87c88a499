//! `landfall init`

use std::io;

use clap::Args;
use minijinja::{Environment, UndefinedBehavior, context};

use super::session::Session;
use crate::environment::schema::editor_schema;
use crate::exit_code::Exit;
use crate::model::name::Name;

/// Writes a commented starter system that can be planned and applied at once, and the JSON Schema beside it.
#[derive(Clone, Debug, Args)]
pub struct Init {
    /// The system's name: lower-case letters, digits and hyphens.
    #[arg(value_name = "SYSTEM", default_value = "hello")]
    pub system: Name,
}

const FILES: [(&str, &str); 3] = [
    ("base", include_str!("../../templates/init/base.yaml")),
    ("dev", include_str!("../../templates/init/dev.yaml")),
    ("prod", include_str!("../../templates/init/prod.yaml")),
];

/// Writes it; nothing that is there already is touched.
pub fn run(arguments: &Init, session: &mut Session) -> io::Result<Exit> {
    let folder = session.root.join("environments");
    let system = folder.join(arguments.system.as_str());
    if session.files.list(&system).is_ok() {
        session.output.say(&format!(
            "error: environments/{} is there already\n  = help: choose another name: `landfall init NAME`\n",
            arguments.system
        ))?;
        return Ok(Exit::Failed);
    }
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, template) in FILES {
        let text = templates
            .render_str(template, context! { system => arguments.system.as_str() })
            .map_err(io::Error::other)?;
        // The template engine drops the last line's end.
        session
            .files
            .put(&system.join(format!("{name}.yaml")), format!("{text}\n").as_bytes())
            .map_err(io::Error::other)?;
        session.output.result(&format!("wrote environments/{}/{name}.yaml\n", arguments.system))?;
    }
    let schema = format!("{:#}\n", editor_schema());
    session.files.put(&folder.join("landfall.schema.json"), schema.as_bytes()).map_err(io::Error::other)?;
    session.output.result(&format!(
        "wrote environments/landfall.schema.json\n\nNext:\n  landfall validate {0}\n  landfall plan {0}/dev --sandbox\n  landfall apply {0}/dev --sandbox\n",
        arguments.system
    ))?;
    Ok(Exit::Done)
}
