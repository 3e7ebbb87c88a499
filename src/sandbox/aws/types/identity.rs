//! What the cloud makes up for a new resource: its id, its name and its attributes.
//!
//! Everything is drawn from the sandbox's identifiers, so a run can be repeated, and has the shape that the service gives it.

use serde_json::{Map, Value, json};

use super::facts::{self, Facts, NameRule};
use crate::clouds::aws::registry::{self, TypeSchema};
use crate::sandbox::aws::cloudformation::evaluate::scalar_text;
use crate::sandbox::engine::inventory::Place;
use crate::sandbox::ids::IdSource;

/// What identifies a new resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// What `Ref` gives.
    pub id: String,
    /// Its name, given or generated.
    pub name: String,
    /// What `Fn::GetAtt` gives, by the attribute's dotted name.
    pub attributes: Map<String, Value>,
}

/// Whose resource it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its type.
    pub kind: String,
    /// Where it is.
    pub place: Place,
    /// The stack's id.
    pub stack_id: String,
    /// The stack's name.
    pub stack_name: String,
    /// Its name in the stack.
    pub logical_id: String,
}

/// The property that names a resource of this type, if its user can name it.
pub fn name_property(kind: &str) -> Option<String> {
    if let Some(facts) = facts::find(kind) {
        return facts.name.map(|rule| rule.property.to_owned());
    }
    let schema = registry::find(kind)?;
    let identifier = schema.primary_identifier();
    let mut parts = identifier.iter();
    let (only, None) = (parts.next()?, parts.next()) else { return None };
    (!schema.read_only().covers(&[only]) && schema.property(&[only]).is_some()).then(|| only.to_owned())
}

/// What `Ref` gives of a resource: what it is found by, but for a type whose names are only unique beside something else. Each API
/// may have a stage `$default`, and its `Ref` gives that name (CloudFormation Template Reference, AWS::ApiGatewayV2::Stage); so does
/// that of a deployment group (AWS::CodeDeploy::DeploymentGroup). A zone may have records of several types under one name, and the `Ref` of
/// each gives the name (AWS::Route53::RecordSet).
pub fn referred<'id>(kind: &str, id: &'id str) -> &'id str {
    const BESIDE: [&str; 3] =
        ["AWS::ApiGatewayV2::Stage", "AWS::CodeDeploy::DeploymentGroup", "AWS::Route53::RecordSet"];
    match id.rsplit_once('|') {
        Some((_, name)) if BESIDE.contains(&kind) => name,
        _ => id,
    }
}

/// The name that the user gave, if any.
pub fn given_name(kind: &str, properties: &Map<String, Value>) -> Option<String> {
    properties.get(&name_property(kind)?).and_then(scalar_text)
}

/// Makes up the identity of a new resource.
pub fn invent(subject: &Subject, properties: &Map<String, Value>, ids: &mut IdSource) -> Identity {
    let facts = facts::find(&subject.kind);
    let schema = registry::find(&subject.kind);
    let mut words = Words {
        subject,
        properties,
        name: String::new(),
        hex: ids.hex(40),
        other: ids.hex(40),
        uuid: ids.uuid(),
        letters: ids.letters(32),
        number: ids.below(9_000_000_000) + 1_000_000_000,
    };
    words.name = given_name(&subject.kind, properties).unwrap_or_else(|| words.generated_name(facts));
    let id = match facts {
        Some(facts) => words.fill(facts.id),
        None => words.id_from_schema(schema),
    };
    let mut attributes = Map::new();
    for (name, template) in facts.map(|facts| facts.attributes).unwrap_or_default() {
        attributes.insert((*name).to_owned(), Value::String(words.fill(template)));
    }
    for name in schema.map(TypeSchema::attributes).unwrap_or_default() {
        let path: Vec<&str> = name.split('.').collect();
        // What the user can set is read from the properties.
        let settable = schema.is_some_and(|schema| !schema.read_only().covers(&path));
        if !name.contains('*') && !settable && !attributes.contains_key(name) {
            let value = words.attribute(schema, name, &id);
            attributes.insert(name.to_owned(), value);
        }
    }
    Identity { id, name: words.name, attributes }
}

/// What the placeholders stand for.
struct Words<'a> {
    subject: &'a Subject,
    properties: &'a Map<String, Value>,
    name: String,
    hex: String,
    other: String,
    uuid: String,
    letters: String,
    number: u64,
}

impl Words<'_> {
    /// `Stack-Logical-XXXXXXXXXXXX`, the middle cut where it's too long.
    fn generated_name(&self, facts: Option<&Facts>) -> String {
        let rule = facts.and_then(|facts| facts.name).unwrap_or(NameRule { property: "", limit: 255, lower: false });
        let suffix = &self.letters[..12];
        let room = rule.limit.saturating_sub(suffix.len() + 1);
        let mut stem = format!("{}-{}", self.subject.stack_name, self.subject.logical_id);
        stem.truncate(room);
        let name = format!("{}-{suffix}", stem.trim_end_matches('-'));
        let fifo = self.properties.get("FifoQueue").or_else(|| self.properties.get("FifoTopic"));
        let name = if fifo.and_then(scalar_text).as_deref() == Some("true") { format!("{name}.fifo") } else { name };
        if rule.lower { name.to_lowercase() } else { name }
    }

    fn id_from_schema(&self, schema: Option<&TypeSchema>) -> String {
        let Some(schema) = schema else { return format!("{}-{}", self.subject.logical_id, &self.hex[..12]) };
        let parts: Vec<String> = schema
            .primary_identifier()
            .iter()
            .map(|property| {
                self.properties.get(property).and_then(scalar_text).unwrap_or_else(|| {
                    if property.ends_with("Arn") {
                        self.default_arn()
                    } else if property.ends_with("Name") {
                        self.name.clone()
                    } else {
                        self.uuid.clone()
                    }
                })
            })
            .collect();
        if parts.is_empty() { self.name.clone() } else { parts.join("|") }
    }

    fn default_arn(&self) -> String {
        let mut parts = self.subject.kind.split("::").skip(1);
        let service = parts.next().unwrap_or_default().to_lowercase();
        let resource = parts.next().unwrap_or_default().to_lowercase();
        let Place { account, region } = &self.subject.place;
        format!("arn:aws:{service}:{region}:{account}:{resource}/{}", self.name)
    }

    /// An attribute that the table doesn't give: a plausible value of the type that the schema asks for.
    fn attribute(&self, schema: Option<&TypeSchema>, name: &str, id: &str) -> Value {
        let path: Vec<&str> = name.split('.').collect();
        let property = schema.and_then(|schema| schema.property(&path));
        let last = path.last().copied().unwrap_or(name);
        match property.map(|property| property.types()).unwrap_or_default().first() {
            Some(&"integer" | &"number") => json!(1),
            Some(&"boolean") => json!(false),
            Some(&"array") => json!([]),
            Some(&"object") => json!({}),
            _ if last.ends_with("Port") => Value::String(self.fill("{port}")),
            _ if last.ends_with("Arn") || last == "ARN" => Value::String(self.default_arn()),
            _ if last.ends_with("Name") => Value::String(self.name.clone()),
            _ if last.ends_with("Id") => Value::String(id.to_owned()),
            _ => Value::String(format!("{}-{}", last.to_lowercase(), &self.hex[..12])),
        }
    }

    /// Replaces the placeholders: `{name}`, `{account}`, `{region}`, `{stack}`, `{logical}`, `{uuid}`, `{hexN}`, `{otherN}`,
    /// `{lettersN}`, `{digitsN}`, `{property:P}`, `{last:P}` (after the last slash), `{lastcolon:P}`, `{after:P}` (an ARN's path
    /// without its first part), `{arn:P}` (a function's ARN from its name or ARN), `{host:P}`, `{lower:…}`, `{address}`, `{zone}`,
    /// `{port}`, `{path}`, `{revision}`, `{stack16}`.
    fn fill(&self, template: &str) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some(start) = rest.find('{') {
            out.push_str(&rest[..start]);
            let after = &rest[start + 1..];
            let Some(end) = after.find('}') else { break };
            if end == 0 {
                out.push_str("{}");
            } else {
                out.push_str(&self.word(&after[..end]));
            }
            rest = &after[end + 1..];
        }
        out.push_str(rest);
        out
    }

    fn word(&self, word: &str) -> String {
        let Place { account, region } = &self.subject.place;
        let property = |name: &str| self.properties.get(name).and_then(scalar_text).unwrap_or_default();
        if let Some((how, what)) = word.split_once(':') {
            return match how {
                "property" => property(what),
                "last" => property(what)
                    .rsplit('/')
                    .next()
                    .map(str::to_owned)
                    .filter(|last| !last.is_empty())
                    .unwrap_or_else(|| "default".to_owned()),
                "lastcolon" => property(what).rsplit(':').next().unwrap_or_default().to_owned(),
                "after" => property(what).split_once('/').map(|(_, path)| path.to_owned()).unwrap_or_default(),
                "arn" => {
                    let name = property(what);
                    if name.starts_with("arn:") {
                        name
                    } else {
                        format!("arn:aws:lambda:{region}:{account}:function:{name}")
                    }
                }
                "host" => property(what).trim_start_matches("https://").to_owned(),
                "lower" => self.word(what).to_lowercase(),
                _ => String::new(),
            };
        }
        let cut = |text: &str, prefix: &str| {
            let length: usize = word[prefix.len()..].parse().unwrap_or(text.len());
            text.chars().take(length).collect::<String>()
        };
        match word {
            "name" => self.name.clone(),
            "account" => account.clone(),
            "region" => region.clone(),
            "stack" => self.subject.stack_name.clone(),
            "stack16" => self.subject.stack_name.chars().take(16).collect(),
            "logical" => self.subject.logical_id.clone(),
            "uuid" => self.uuid.clone(),
            "address" => {
                format!("52.{}.{}.{}", self.number % 250 + 1, self.number / 250 % 250, self.number / 62_500 % 250 + 1)
            }
            "zone" => Some(property("AvailabilityZone"))
                .filter(|zone| !zone.is_empty())
                .unwrap_or_else(|| format!("{region}a")),
            "port" => self.port(),
            "path" => Some(property("Path")).filter(|path| !path.is_empty()).unwrap_or_else(|| "/".to_owned()),
            "revision" => "1".to_owned(),
            _ if word.starts_with("hex") => cut(&self.hex, "hex"),
            _ if word.starts_with("other") => cut(&self.other, "other"),
            _ if word.starts_with("letters") => cut(&self.letters, "letters"),
            _ if word.starts_with("digits") => cut(&self.number.to_string(), "digits"),
            _ => String::new(),
        }
    }

    fn port(&self) -> String {
        if let Some(port) = self.properties.get("Port").and_then(scalar_text) {
            return port;
        }
        let engine = self.properties.get("Engine").and_then(scalar_text).unwrap_or_default();
        let port = match engine.as_str() {
            "mysql" | "mariadb" | "aurora-mysql" => "3306",
            "redis" | "valkey" => "6379",
            "sqlserver-ee" | "sqlserver-se" | "sqlserver-ex" | "sqlserver-web" => "1433",
            "oracle-ee" | "oracle-se2" => "1521",
            _ => "5432",
        };
        port.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{Identity, Subject, invent};
    use crate::sandbox::engine::inventory::Place;
    use crate::sandbox::ids::IdSource;

    fn identity(kind: &str, properties: Value) -> Identity {
        let subject = Subject {
            kind: kind.to_owned(),
            place: Place { account: "123456789012".to_owned(), region: "eu-west-1".to_owned() },
            stack_id: "arn".to_owned(),
            stack_name: "shop-dev".to_owned(),
            logical_id: "Thing".to_owned(),
        };
        let properties: Map<String, Value> = properties.as_object().cloned().unwrap_or_default();
        invent(&subject, &properties, &mut IdSource::new("seed"))
    }

    #[test]
    fn ids_and_attributes_have_the_shape_that_the_service_gives_them() {
        let queue = identity("AWS::SQS::Queue", json!({"QueueName": "jobs"}));
        assert_eq!(queue.id, "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs");
        assert_eq!(queue.attributes["Arn"], "arn:aws:sqs:eu-west-1:123456789012:jobs");
        let vpc = identity("AWS::EC2::VPC", json!({"CidrBlock": "10.0.0.0/16"}));
        assert!(vpc.id.starts_with("vpc-") && vpc.id.len() == 21);
        assert_eq!(vpc.attributes["VpcId"], json!(vpc.id));
        assert_eq!(vpc.attributes["CidrBlockAssociations"], json!([]));
        let bucket = identity("AWS::S3::Bucket", json!({}));
        assert!(bucket.id.starts_with("shop-dev-thing-") && bucket.id == bucket.id.to_lowercase());
        let database = identity("AWS::RDS::DBInstance", json!({"Engine": "postgres"}));
        assert_eq!(database.attributes["Endpoint.Port"], "5432");
        let fifo = identity("AWS::SQS::Queue", json!({"FifoQueue": true}));
        assert!(fifo.id.ends_with(".fifo"));
    }

    #[test]
    fn a_long_generated_name_is_cut_to_its_limit() {
        let group = identity("AWS::ElasticLoadBalancingV2::TargetGroup", json!({}));
        assert!(group.name.len() <= 32, "{}", group.name);
    }

    #[test]
    fn a_type_without_facts_is_named_from_its_schema() {
        let group = identity("AWS::Athena::WorkGroup", json!({"Name": "people"}));
        assert_eq!(group.id, "people");
    }
}
