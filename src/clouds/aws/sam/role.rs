//! The role that a function gets when it doesn't bring one along.

use serde_json::{Value, json};

use super::made::{Attributes, Made, attribute, object, trust};
use super::policies::{Granted, managed_arn};

/// A role under construction: events add to it.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) id: String,
    pub(super) trust: Option<Value>,
    pub(super) managed: Vec<Value>,
    pub(super) inline: Vec<Value>,
    pub(super) path: Option<Value>,
    pub(super) boundary: Option<Value>,
    pub(super) tags: Vec<Value>,
    partition: &'static str,
}

impl Role {
    pub(super) fn new(function: &str, partition: &'static str) -> Self {
        Self {
            id: format!("{function}Role"),
            trust: None,
            managed: Vec::new(),
            inline: Vec::new(),
            path: None,
            boundary: None,
            tags: Vec::new(),
            partition,
        }
    }

    /// The value that gives its ARN.
    pub(super) fn arn(&self) -> Value {
        attribute(&self.id, "Arn")
    }

    /// Adds a policy of AWS's own, once.
    pub(super) fn manage(&mut self, name: &str) {
        self.add_managed(managed_arn(self.partition, name));
    }

    fn add_managed(&mut self, arn: Value) {
        if !self.managed.contains(&arn) {
            self.managed.push(arn);
        }
    }

    /// Adds what the user grants.
    pub(super) fn grant(&mut self, granted: Granted) {
        for arn in granted.managed {
            self.add_managed(arn);
        }
        self.inline.extend(granted.inline);
    }

    /// Adds an inline policy unless one grants the same already.
    pub(super) fn add_once(&mut self, policy: Value) {
        let grants = |policy: &Value| policy.get("PolicyDocument").cloned();
        if !self.inline.iter().any(|known| grants(known) == grants(&policy)) {
            self.inline.push(policy);
        }
    }

    pub(super) fn make(self, attributes: &Attributes) -> Made {
        let properties = object([
            ("AssumeRolePolicyDocument", Some(self.trust.unwrap_or_else(|| trust("lambda.amazonaws.com")))),
            ("ManagedPolicyArns", Some(Value::Array(self.managed))),
            ("Path", self.path),
            ("Policies", (!self.inline.is_empty()).then_some(Value::Array(self.inline))),
            ("PermissionsBoundary", self.boundary),
            ("Tags", Some(Value::Array(self.tags))),
        ]);
        attributes.make(self.id, "AWS::IAM::Role", properties)
    }
}

/// An inline policy that lets something be done to the destination of a failed or finished event.
pub(super) fn destination_policy(kind: &str, id: &str, arn: &Value) -> Option<Value> {
    let (suffix, statement) = match kind {
        "SQS" => ("SQSPolicy", json!([{"Action": "sqs:SendMessage", "Effect": "Allow", "Resource": arn}])),
        "SNS" => ("SNSPolicy", json!([{"Action": "sns:publish", "Effect": "Allow", "Resource": arn}])),
        "EventBridge" => {
            ("EventBridgePolicy", json!([{"Action": "events:PutEvents", "Effect": "Allow", "Resource": arn}]))
        }
        "Lambda" => ("LambdaPolicy", json!([{"Action": "lambda:InvokeFunction", "Effect": "Allow", "Resource": arn}])),
        "S3" | "S3Bucket" => (
            "S3Policy",
            json!([
                {"Action": "s3:PutObject", "Effect": "Allow", "Resource": {"Fn::Join": ["/", [arn, "*"]]}},
                {"Action": "s3:ListBucket", "Effect": "Allow", "Resource": arn},
            ]),
        ),
        _ => return None,
    };
    Some(json!({"PolicyName": format!("{id}{suffix}"), "PolicyDocument": {"Statement": statement}}))
}
