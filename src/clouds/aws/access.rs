//! What components may do with one another, as IAM statements on exact resources.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::draft::Draft;
use super::encryption::Purpose;
use super::expression::{attribute, sub};
use super::role::{allow, allow_if};
use super::{database, names, reference, setting};
use crate::model::access::{Access, Grant};
use crate::model::metric::EmittedMetric;
use crate::model::reference::{Kind, Reference};

/// What a role may do, as it is being put together.
#[derive(Default)]
pub(super) struct Permissions {
    statements: Vec<Value>,
    /// Uses of keys: which key and whether to encrypt too, by the services that may use it for the role.
    keys: BTreeMap<(Purpose, bool), BTreeSet<&'static str>>,
    /// Secrets that may be read.
    secrets: BTreeMap<Reference, Value>,
}

impl Permissions {
    /// Adds a statement.
    pub(super) fn add(&mut self, statement: Value) {
        self.statements.push(statement);
    }

    /// Adds the use of a key through a service, to decrypt or also to encrypt.
    pub(super) fn key(&mut self, purpose: Purpose, encrypt: bool, service: &'static str) {
        self.keys.entry((purpose, encrypt)).or_default().insert(service);
    }

    /// Adds the reading of a secret.
    pub(super) fn secret(&mut self, of: &Reference, arn: Value) {
        self.secrets.insert(of.clone(), arn);
        self.key(Purpose::Data, false, "secretsmanager");
    }

    /// Adds everything that a workload's `access` grants.
    pub(super) fn access(&mut self, draft: &Draft<'_>, who: &Reference, access: &Access) {
        for (to, grants) in access {
            // What isn't there is found by the checks on references; a statement about nothing would only hide it.
            if !draft.stack.has(to) {
                continue;
            }
            for grant in grants {
                self.grant(draft, who, to, *grant);
            }
        }
    }

    fn grant(&mut self, draft: &Draft<'_>, who: &Reference, to: &Reference, grant: Grant) {
        let id = names::logical(to);
        let sid = |what: &str| format!("{what}{id}");
        match (to.kind, grant) {
            (Kind::Database, Grant::Connect) => {
                if draft.stack.databases.get(&to.name).is_some_and(|database| database.identity_login) {
                    self.add(allow(
                        &sid("Connect"),
                        &["rds-db:connect"],
                        database::login_arns(draft.stack, &to.name, &names::database_user(&who.name)),
                    ));
                }
            }
            // Caches know only their token; who may open a connection is the firewall's business.
            (Kind::Cache, Grant::Connect) => {}
            (Kind::Bucket, Grant::Read) => {
                self.add(allow(&sid("List"), &["s3:ListBucket"], [attribute(&id, "Arn")]));
                self.add(allow(&sid("Read"), &["s3:GetObject", "s3:GetObjectVersion"], [objects(&id)]));
                self.key(Purpose::Data, false, "s3");
            }
            (Kind::Bucket, Grant::Write) => {
                self.add(allow(&sid("Write"), &["s3:AbortMultipartUpload", "s3:PutObject"], [objects(&id)]));
                // Decrypting too: the parts of a large object are read back when they are put together.
                self.key(Purpose::Data, true, "s3");
            }
            (Kind::Bucket, Grant::Delete) => {
                self.add(allow(&sid("Delete"), &["s3:DeleteObject"], [objects(&id)]));
            }
            (Kind::Secret, Grant::Read) => {
                if let Some(arn) = reference::secret_arn(draft.stack, to) {
                    self.secret(to, arn);
                }
            }
            (Kind::Setting, Grant::Read) => {
                self.add(allow(
                    &sid("Read"),
                    &["ssm:GetParameter", "ssm:GetParameters"],
                    [setting::arn(draft.target, draft.stack, &to.name)],
                ));
            }
            (Kind::Queue, Grant::Send) => {
                self.add(allow(
                    &sid("Send"),
                    &["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"],
                    [attribute(&id, "Arn")],
                ));
                self.key(Purpose::Messages, true, "sqs");
            }
            (Kind::Queue, Grant::Receive) => self.receive(&id),
            (Kind::Topic, Grant::Publish) => {
                self.add(allow(&sid("Publish"), &["sns:Publish"], [super::expression::reference(&id)]));
                self.key(Purpose::Messages, true, "sns");
            }
            (Kind::Function, Grant::Invoke) => {
                self.add(allow(
                    &sid("Invoke"),
                    &["lambda:InvokeFunction"],
                    [reference::function_arn(draft.target, &to.name)],
                ));
            }
            // Not granted on that kind (`Grant::on`); the checks refuse it.
            (
                Kind::Alarm
                | Kind::Api
                | Kind::Artifact
                | Kind::Bucket
                | Kind::Budget
                | Kind::Cache
                | Kind::CostAnomaly
                | Kind::Dashboard
                | Kind::Database
                | Kind::Function
                | Kind::Queue
                | Kind::Registry
                | Kind::Schedule
                | Kind::Secret
                | Kind::Service
                | Kind::Setting
                | Kind::Site
                | Kind::Topic,
                Grant::Connect
                | Grant::Read
                | Grant::Write
                | Grant::Delete
                | Grant::Send
                | Grant::Receive
                | Grant::Publish
                | Grant::Invoke,
            ) => {}
        }
    }

    /// Adds the taking of messages from a queue (Lambda developer guide, "Using Lambda with Amazon SQS").
    pub(super) fn receive(&mut self, queue: &str) {
        self.add(allow(
            &format!("Receive{queue}"),
            &["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            [attribute(queue, "Arn")],
        ));
        self.key(Purpose::Messages, false, "sqs");
    }

    /// Adds the emitting of metrics. CloudWatch has no resources for them; the namespace is what can be held
    /// (service authorization reference, Amazon CloudWatch, PutMetricData).
    pub(super) fn emits(&mut self, metrics: &[EmittedMetric]) {
        let namespaces: BTreeSet<&str> = metrics.iter().map(|metric| metric.namespace.as_str()).collect();
        if !namespaces.is_empty() {
            self.add(allow_if(
                "EmitMetrics",
                &["cloudwatch:PutMetricData"],
                [json!("*")],
                json!({ "StringEquals": { "cloudwatch:namespace": namespaces } }),
            ));
        }
    }

    /// Adds the writing of a log group's streams.
    pub(super) fn logs(&mut self, group: &str) {
        self.add(allow("WriteLogs", &["logs:CreateLogStream", "logs:PutLogEvents"], [attribute(group, "Arn")]));
    }

    /// The statements, those for secrets and keys last.
    pub(super) fn finish(mut self, draft: &mut Draft<'_>) -> Vec<Value> {
        if !self.secrets.is_empty() {
            let arns: Vec<Value> = std::mem::take(&mut self.secrets).into_values().collect();
            self.add(allow("ReadSecrets", &["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], arns));
        }
        for ((purpose, encrypt), services) in std::mem::take(&mut self.keys) {
            let actions: &[&str] = if encrypt { &["kms:Decrypt", "kms:GenerateDataKey"] } else { &["kms:Decrypt"] };
            let through: Vec<Value> =
                services.iter().map(|service| sub(format!("{service}.${{AWS::Region}}.amazonaws.com"))).collect();
            let sid = format!("{}{}", if encrypt { "Encrypt" } else { "Decrypt" }, purpose.logical());
            let key = draft.key(purpose);
            self.add(allow_if(&sid, actions, [key], json!({ "StringEquals": { "kms:ViaService": through } })));
        }
        self.statements
    }
}

/// The Amazon Resource Name of a bucket's objects.
fn objects(bucket: &str) -> Value {
    sub(format!("${{{bucket}.Arn}}/*"))
}
