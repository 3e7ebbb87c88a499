//! `landfall diff`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use super::session::Session;
use super::trouble::Trouble;
use crate::clouds::aws::comparison::{Side, compare};
use crate::clouds::aws::document::Template;
use crate::clouds::aws::resolved::Given;
use crate::clouds::azure;
use crate::clouds::gcp;
use crate::exit_code::Exit;
use crate::parallel;
use crate::ports::files::Files;
use crate::views;
use crate::views::plan::Around;

/// The largest document that is read, in bytes: CloudFormation's own limit is 1 MB, and some leave it to a packager to get below.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Compares two documents offline: what changes, what each change does and how that is known, and which access widens.
///
/// Any two of a cloud do: CloudFormation templates in JSON or YAML, with the SAM transform or without; ARM templates; Terraform documents
/// in JSON (`*.tf.json`) for the google provider. They are compared by meaning: parameters' defaults, mappings and conditions are
/// worked in, sets have no order, and a number as text is a number.
#[derive(Clone, Debug, Args)]
pub struct Diff {
    /// The document before.
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The document after.
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// A value for a parameter or variable of both documents; else its default counts. Can be given several times.
    #[arg(long = "parameter", value_name = "NAME=VALUE", env = "LANDFALL_PARAMETERS", value_delimiter = '\n')]
    pub parameters: Vec<String>,
    /// The region, where the templates ask for it.
    #[arg(long, value_name = "REGION", env = "LANDFALL_REGION")]
    pub region: Option<String>,
    /// Exit with 2 where something differs.
    #[arg(long, env = "LANDFALL_DETAILED_EXITCODE")]
    pub detailed_exitcode: bool,
}

/// Compares them.
pub fn run(arguments: &Diff, session: &mut Session) -> Result<Exit, Trouble> {
    let given = given(arguments)?;
    let name = arguments.new.display().to_string();
    let files = &*session.files;
    let (before, after) = parallel::both(|| read(files, &arguments.old), || read(files, &arguments.new));
    let (before, after) = (before?, after?);
    let plan = match (before, after) {
        (Document::CloudFormation(before), Document::CloudFormation(after)) => {
            let side = |template: Box<Template>| Side { template: *template, given: &given };
            compare(&name, side(before), side(after))
        }
        (Document::Arm(before), Document::Arm(after)) => {
            let side = |template| azure::comparison::Side { template, parameters: &given.parameters };
            azure::comparison::compare(&name, side(&before), side(&after))
        }
        (Document::Terraform(before), Document::Terraform(after)) => {
            gcp::comparison::compare(&name, (&before, &given.parameters), (&after, &given.parameters))
        }
        _ => {
            return Err(Trouble::Failed {
                what: format!("{} and {name} are of different clouds", arguments.old.display()),
                remedy: "give two documents of one cloud".to_owned(),
            });
        }
    };
    let around = Around { nothing: "No changes. Both documents mean the same.".to_owned(), ..Around::default() };
    views::plan::show_plan(&mut session.output, &plan, &around)?;
    Ok(if arguments.detailed_exitcode && !plan.is_empty() { Exit::Differences } else { Exit::Done })
}

/// What is known beside the templates.
fn given(arguments: &Diff) -> Result<Given, Trouble> {
    let mut given = Given::default();
    for argument in &arguments.parameters {
        let (name, value) = argument
            .split_once('=')
            .ok_or_else(|| Trouble::Usage(format!("--parameter {argument} has no value: write NAME=VALUE")))?;
        given.parameters.insert(name.to_owned(), value.to_owned());
    }
    if let Some(region) = &arguments.region {
        given.pseudo = BTreeMap::from([("AWS::Region".to_owned(), Value::String(region.clone()))]);
    }
    Ok(given)
}

/// What a JSON document says that it is.
#[derive(Deserialize)]
struct Declared {
    #[serde(rename = "$schema")]
    schema: Option<String>,
}

/// A document, by what takes it.
enum Document {
    /// Of CloudFormation.
    CloudFormation(Box<Template>),
    /// Of Azure Resource Manager.
    Arm(Box<azure::document::Template>),
    /// Of Terraform.
    Terraform(Box<gcp::document::Document>),
}

/// Reads a document. Those of Azure name their schema; those of Terraform are known by their file's name.
fn read(files: &dyn Files, path: &Path) -> Result<Document, Trouble> {
    let bytes = files.read(path, MAX_BYTES)?;
    let wrong = |error: String| {
        Trouble::Failed {
        what: format!("{}: {error}", path.display()),
        remedy: "give two CloudFormation templates, in JSON or YAML, two ARM templates, or two Terraform documents named *.tf.json".to_owned(),
    }
    };
    if path.to_string_lossy().ends_with(".tf.json") {
        let read = gcp::document::Document::read(&bytes);
        return read.map(|document| Document::Terraform(Box::new(document))).map_err(|error| wrong(error.to_string()));
    }
    let named = std::str::from_utf8(&bytes).is_ok_and(|text| text.contains(r#""$schema""#));
    let declared = if named { serde_json::from_slice::<Declared>(&bytes).ok() } else { None };
    let schema = declared.and_then(|document| document.schema);
    if schema.is_some_and(|schema| schema.to_ascii_lowercase().contains("deploymenttemplate.json")) {
        let read = azure::document::Template::read(&bytes);
        return read.map(|template| Document::Arm(Box::new(template))).map_err(|error| wrong(error.to_string()));
    }
    let read = Template::read(&bytes).map(|template| Document::CloudFormation(Box::new(template)));
    read.map_err(|error| wrong(error.to_string()))
}
