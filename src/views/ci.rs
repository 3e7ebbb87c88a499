//! What `landfall ci` writes: workflows, from the texts in `templates/github`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, context};
use serde::Serialize;

use super::output::{Format, Output};

/// The workflows' texts. GitHub's own expressions are written `${{ … }}`, so ours are written `<< … >>`.
const WORKFLOWS: [(&str, &str); 5] = [
    ("landfall-apply.yml", include_str!("../../templates/github/landfall-apply.yml")),
    ("landfall-drift.yml", include_str!("../../templates/github/landfall-drift.yml")),
    ("landfall-plan.yml", include_str!("../../templates/github/landfall-plan.yml")),
    ("landfall-promote.yml", include_str!("../../templates/github/landfall-promote.yml")),
    ("landfall-rollback.yml", include_str!("../../templates/github/landfall-rollback.yml")),
];
const STEPS: &str = include_str!("../../templates/github/steps.yml");

/// What the workflows are about.
#[derive(Clone, Debug, Serialize)]
pub struct Pipelines {
    /// The command that puts landfall on the path.
    pub install: String,
    /// The branch of environments without one of their own.
    pub branch: String,
    /// Every target.
    pub targets: Vec<Step>,
    /// Those that releases begin in.
    pub firsts: Vec<Step>,
    /// Where releases go from there.
    pub promotions: Vec<Promotion>,
}

/// A target in a workflow.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The target.
    pub target: String,
    /// Its system.
    pub system: String,
    /// Its environment.
    pub environment: String,
    /// Its stack's name, which is also the name of the environment in GitHub.
    pub stack: String,
    /// Its region.
    pub region: String,
    /// The address of its ledger, where its own file doesn't say it.
    pub ledger: Option<String>,
    /// The branch that it is deployed from, if it says so.
    pub branch: Option<String>,
    /// The ARNs of its roles by duty.
    pub roles: BTreeMap<String, String>,
    /// How long a session of each may last, in seconds.
    pub seconds: BTreeMap<String, String>,
}

/// A release's way from one environment to the next.
#[derive(Clone, Debug, Serialize)]
pub struct Promotion {
    /// What people choose it by.
    pub name: String,
    /// The environment that the release comes from.
    pub from: String,
    /// Where it goes.
    pub to: Step,
}

/// The workflows by file name. Without promotions there is no workflow for them.
///
/// # Errors
/// Where a text of ours asks for what isn't there.
pub fn workflows(pipelines: &Pipelines) -> Result<BTreeMap<&'static str, String>, Error> {
    let mut texts = Environment::new();
    texts.set_undefined_behavior(UndefinedBehavior::Strict);
    // What isn't a checked name is quoted where it stands.
    texts.set_auto_escape_callback(|_| AutoEscape::None);
    let syntax = SyntaxConfig::builder()
        .block_delimiters("<%", "%>")
        .variable_delimiters("<<", ">>")
        .comment_delimiters("<#", "#>")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()?;
    texts.set_syntax(syntax);
    texts.add_template("steps.yml", STEPS)?;
    let own = |step: &Step| step.branch.clone();
    let branches: BTreeSet<String> =
        pipelines.firsts.iter().map(|step| own(step).unwrap_or_else(|| pipelines.branch.clone())).collect();
    let promoted_branches: BTreeSet<String> = pipelines.promotions.iter().filter_map(|step| own(&step.to)).collect();
    let mut written = BTreeMap::new();
    for (name, text) in WORKFLOWS {
        let unused = match name {
            "landfall-promote.yml" => pipelines.promotions.is_empty(),
            "landfall-apply.yml" => pipelines.firsts.is_empty(),
            _ => false,
        };
        if unused {
            continue;
        }
        texts.add_template(name, text)?;
        let text = texts.get_template(name)?.render(context! {
            install => &pipelines.install,
            branch => &pipelines.branch,
            branches => Value::from(Serde(&branches)),
            promoted_branches => Value::from(Serde(&promoted_branches)),
            targets => Value::from(Serde(&pipelines.targets)),
            firsts => Value::from(Serde(&pipelines.firsts)),
            promotions => Value::from(Serde(&pipelines.promotions)),
        })?;
        // Macros end with a line of their own.
        let lines: Vec<&str> = text.trim().lines().collect();
        written.insert(name, format!("{}\n", joined(&lines)));
    }
    Ok(written)
}

/// Lines without the empty ones that stand where a macro ended, inside a list of steps.
fn joined(lines: &[&str]) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let next = lines.get(index + 1).map_or("", |next| next.trim_start());
        let inside = ["- ", "# ", "steps:"].iter().any(|start| next.starts_with(start));
        if line.is_empty() && (inside || next.is_empty()) {
            continue;
        }
        kept.push(line);
    }
    kept.join("\n")
}

/// Says what was written, and what is left to do by hand.
///
/// # Errors
/// Where nobody reads it any more.
pub fn written(output: &mut Output, files: &[&str], unbounded: &[String], crossing: &[String]) -> io::Result<()> {
    let shares = files.iter().any(|name| name.starts_with("deploy-roles/ledger-"));
    if output.format == Format::Json {
        let report =
            serde_json::json!({ "format_version": 1, "files": files, "unbounded": unbounded, "crossing": crossing });
        return output.result(&format!("{report:#}\n"));
    }
    let mut text: String = files.iter().map(|name| format!("wrote {name}\n")).collect();
    text.push_str(
        "\nNext:\n  1. Once an account, by somebody who may make roles:\n     aws cloudformation deploy --stack-name landfall-deploy-roles \
         --template-file deploy-roles/ACCOUNT.yaml --capabilities CAPABILITY_NAMED_IAM\n  2. In GitHub, make three environments for each \
         stack: STACK, STACK-release and STACK-rollback. Let the first two be deployed to from\n     the stack's branch only, and say \
         of the first and the last who has to approve.\n  3. Set the secret LANDFALL_KEY (it signs releases) in STACK-release, and for \
         the repository the variable LANDFALL_TRUST\n     (the public keys by one of which a release has to be signed before it is applied).\n",
    );
    if shares {
        text.push_str(
            "  4. After the roles, which it names, by whoever owns the ledger's bucket; where the bucket has a policy already, add the \
             statements to it:\n     aws cloudformation deploy --stack-name landfall-ledger --template-file deploy-roles/ledger-BUCKET.yaml\n",
        );
    }
    if !unbounded.is_empty() {
        text.push_str(&format!(
            "\nwarning: the roles of {} have no bounds, so whoever may deploy there may also make a role that may do more\n  = help: set \
             `placement.roles-bounded-by` to `landfall/SYSTEM-ENVIRONMENT-bounds`, apply the roles, then apply the target\n",
            unbounded.join(", ")
        ));
    }
    if !crossing.is_empty() {
        text.push_str(&format!(
            "\nwarning: these promotions go from one ledger to another, and find releases in one only: {}\n  = help: give the environments of \
             a system one `ledger` with its owner: {{url: s3://BUCKET/PREFIX, account: …, region: …}}\n",
            crossing.join(", ")
        ));
    }
    output.result(&super::safe(&text))
}
