//! Words that may not stand in some places: a cloud's in the model, a system's in Rust at all.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use crate::Breach;
use crate::source::{Source, Word};

/// The clouds' words. The model says what is wanted; a cloud's folder says what that is called there.
const CLOUD_WORDS: &[&str] = &[
    "amazon",
    "arn",
    "aurora",
    "aws",
    "azure",
    "blob",
    "bigquery",
    "cloudformation",
    "cloudwatch",
    "dynamodb",
    "ebs",
    "ec2",
    "ecr",
    "ecs",
    "eks",
    "elasticache",
    "eventbridge",
    "fargate",
    "firestore",
    "gce",
    "gcp",
    "gcs",
    "gke",
    "glacier",
    "google",
    "iam",
    "kinesis",
    "kms",
    "lambda",
    "pubsub",
    "rds",
    "route53",
    "s3",
    "sagemaker",
    "sam",
    "sns",
    "sqs",
    "ssm",
    "vpc",
];

/// Where the clouds' own names are the subject: which clouds there are.
const MAY_NAME_CLOUDS: &[&str] = &["model/placement.rs", "model/overrides.rs"];

pub(crate) fn breaches(sources: &[Source], systems: &BTreeSet<String>) -> Vec<Breach> {
    let mut breaches = vec![];
    for source in sources {
        for word in &source.words {
            let parts = parts(&word.text);
            let mut breach = |what: String| breaches.push(Breach { file: source.path.clone(), line: word.line, what });
            if source.module() == Some("model") && !MAY_NAME_CLOUDS.contains(&source.path.as_str()) {
                for part in parts.iter().filter(|part| CLOUD_WORDS.contains(&part.as_str())) {
                    breach(format!(
                        "`{part}` is a cloud's word in `{}`: the model says what is wanted, clouds/ what it is called there",
                        shown(word)
                    ));
                }
            }
            for part in parts.iter().filter(|part| systems.contains(*part)) {
                breach(format!(
                    "`{part}` is a system of environments/ in `{}`: nothing is special-cased for a system, its files say it",
                    shown(word)
                ));
            }
        }
    }
    breaches
}

fn shown(word: &Word) -> String {
    word.text.chars().take(60).collect()
}

/// The words of a name or a text, in lower case: `AwsQueue` and `aws_queue` are both `aws`, `queue`.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut before = ' ';
    for character in text.chars() {
        let begins = character.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit());
        if begins || !character.is_alphanumeric() {
            parts.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(last) = parts.last_mut()
        {
            last.extend(character.to_lowercase());
        }
        before = character;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// The folders of `environments/`.
fn systems() -> Result<BTreeSet<String>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("environments");
    let mut systems = BTreeSet::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.path().is_dir() {
                systems.insert(entry.file_name().to_string_lossy().into_owned());
            }
        }
    }
    Ok(systems)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{none, source};

    #[test]
    fn words_stand_where_they_belong() -> Result<(), Box<dyn Error>> {
        Ok(none(breaches(&source::all()?, &systems()?))?)
    }

    fn found(path: &str, text: &str) -> usize {
        let systems = BTreeSet::from(["orchard".to_owned()]);
        breaches(&[Source::parse(path, text).unwrap()], &systems).len()
    }

    #[test]
    fn a_clouds_word_in_the_model_is_refused_in_names_and_strings_alike() {
        assert_eq!(found("model/queue.rs", "struct SqsQueue;"), 1);
        assert_eq!(found("model/queue.rs", "const KIND: &str = \"AWS::Queue\";"), 1);
        assert_eq!(found("model/queue.rs", "fn f() { format!(\"an s3 bucket\") }"), 1);
        assert_eq!(found("clouds/aws/queue.rs", "const KIND: &str = \"AWS::SQS::Queue\";"), 0);
    }

    #[test]
    fn words_that_only_contain_a_clouds_word_are_let_through() {
        assert_eq!(found("model/queue.rs", "/// Not the word sqs.\nfn sample_learns(warn: bool) {}"), 0);
    }

    #[test]
    fn a_systems_name_in_rust_is_refused() {
        assert_eq!(found("clouds/aws/queue.rs", "fn f(name: &str) -> bool { name == \"orchard/prod\" }"), 1);
        assert_eq!(found("commands/init.rs", "fn orchard_only() {}"), 1);
        assert_eq!(found("commands/init.rs", "fn orchards() {}"), 0);
    }
}
