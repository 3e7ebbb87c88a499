//! A description that is longer than AWS stores it.
//!
//! Why: the component would fail to be created.
//! Mend: say it in fewer words: functions 256 characters, schedules 512, alarms, APIs and settings 1,024, secrets 2,048.
//! Source: CloudFormation registry schemas, `Description` of AWS::Lambda::Function, AWS::Scheduler::Schedule and
//! AWS::SecretsManager::Secret, `AlarmDescription` of AWS::CloudWatch::Alarm; API Gateway V2 API
//! reference, CreateApi; Systems Manager API reference, PutParameter.

use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

pub(super) const CODE: &str = "aws-description";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let long = |kind: Kind, name: &Name, text: Option<&str>, most: usize| {
        let length = text?.chars().count();
        (length > most).then(|| {
            let reference = Reference::new(kind, name);
            let path = reference.path().into_iter().chain(["description".to_owned()]);
            Finding::error(CODE, path, format!("the description of {reference} is too long"))
                .why(format!("it has {length} characters, and AWS stores {most}"))
                .fix("say it in fewer words")
        })
    };
    let functions =
        stack.functions.iter().filter_map(|(name, one)| long(Kind::Function, name, one.description.as_deref(), 256));
    let schedules =
        stack.schedules.iter().filter_map(|(name, one)| long(Kind::Schedule, name, one.description.as_deref(), 512));
    let alarms = stack.alarms.iter().filter_map(|(name, one)| long(Kind::Alarm, name, Some(&one.description), 1_024));
    let secrets =
        stack.secrets.iter().filter_map(|(name, one)| long(Kind::Secret, name, Some(&one.description), 2_048));
    let apis = stack.apis.iter().filter_map(|(name, one)| long(Kind::Api, name, one.description.as_deref(), 1_024));
    let settings =
        stack.settings.iter().filter_map(|(name, one)| long(Kind::Setting, name, Some(&one.description), 1_024));
    // CloudFront API reference, DistributionConfig, `Comment`.
    let sites = stack.sites.iter().filter_map(|(name, one)| long(Kind::Site, name, one.description.as_deref(), 128));
    functions.chain(schedules).chain(alarms).chain(secrets).chain(apis).chain(settings).chain(sites).collect()
}
