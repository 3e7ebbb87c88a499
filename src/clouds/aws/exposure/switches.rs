//! Switches that open a resource to the public, or give somebody a key.

use std::collections::BTreeMap;

use crate::clouds::aws::policy::text;
use crate::plan::exposure::Exposure;
use crate::plan::resource::Resource;

/// A property that opens something when it has one of these values.
struct Switch {
    kind: &'static str,
    /// Names from the outside in.
    path: &'static str,
    /// The values that open, in lower case; none written counts as the empty text.
    open: &'static [&'static str],
    what: &'static str,
    public: bool,
}

/// The switches. Sources: each property's entry on its type's page in the CloudFormation template reference.
static SWITCHES: &[Switch] = &[
    Switch {
        kind: "AWS::AmazonMQ::Broker",
        path: "PubliclyAccessible",
        open: &["true"],
        what: "gets a public address",
        public: true,
    },
    Switch {
        kind: "AWS::ApiGateway::Method",
        path: "AuthorizationType",
        open: &["none"],
        what: "can be called without authorisation",
        public: true,
    },
    Switch {
        kind: "AWS::ApiGatewayV2::Route",
        path: "AuthorizationType",
        open: &["none", ""],
        what: "can be called without authorisation",
        public: true,
    },
    Switch {
        kind: "AWS::CloudFront::Distribution",
        path: "DistributionConfig.Enabled",
        open: &["true"],
        what: "serves what its origins hold to anybody",
        public: true,
    },
    Switch {
        kind: "AWS::DMS::ReplicationInstance",
        path: "PubliclyAccessible",
        open: &["true", ""],
        what: "gets a public address",
        public: true,
    },
    Switch {
        kind: "AWS::EC2::Subnet",
        path: "MapPublicIpOnLaunch",
        open: &["true"],
        what: "gives every new network interface a public address",
        public: false,
    },
    Switch {
        kind: "AWS::ECS::Service",
        path: "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp",
        open: &["enabled"],
        what: "gives its tasks public addresses",
        public: false,
    },
    Switch {
        kind: "AWS::EKS::Cluster",
        path: "ResourcesVpcConfig.EndpointPublicAccess",
        open: &["true", ""],
        what: "has an API endpoint on the internet",
        public: true,
    },
    Switch {
        kind: "AWS::ElasticLoadBalancing::LoadBalancer",
        path: "Scheme",
        open: &["internet-facing", ""],
        what: "faces the internet",
        public: true,
    },
    Switch {
        kind: "AWS::ElasticLoadBalancingV2::LoadBalancer",
        path: "Scheme",
        open: &["internet-facing", ""],
        what: "faces the internet",
        public: true,
    },
    Switch {
        kind: "AWS::Lambda::Url",
        path: "AuthType",
        open: &["none"],
        what: "can be called by anybody who knows its address",
        public: true,
    },
    Switch {
        kind: "AWS::RDS::DBCluster",
        path: "PubliclyAccessible",
        open: &["true"],
        what: "gets a public address",
        public: true,
    },
    Switch {
        kind: "AWS::RDS::DBInstance",
        path: "PubliclyAccessible",
        open: &["true"],
        what: "gets a public address",
        public: true,
    },
    Switch {
        kind: "AWS::Redshift::Cluster",
        path: "PubliclyAccessible",
        open: &["true"],
        what: "gets a public address",
        public: true,
    },
    Switch {
        kind: "AWS::RedshiftServerless::Workgroup",
        path: "PubliclyAccessible",
        open: &["true"],
        what: "gets a public address",
        public: true,
    },
    Switch {
        kind: "AWS::S3::Bucket",
        path: "AccessControl",
        open: &["publicread", "publicreadwrite"],
        what: "can be read by anybody, as far as public access is not blocked",
        public: true,
    },
    Switch {
        kind: "AWS::S3::Bucket",
        path: "AccessControl",
        open: &["authenticatedread"],
        what: "can be read by every AWS account, as far as public access is not blocked",
        public: true,
    },
    Switch {
        kind: "AWS::SageMaker::NotebookInstance",
        path: "DirectInternetAccess",
        open: &["enabled", ""],
        what: "reaches the internet without going through the network",
        public: false,
    },
];

/// Types whose creation gives somebody a key or a membership.
static KEYS: &[(&str, &str, &str)] = &[
    ("AWS::IAM::AccessKey", "UserName", "is a new long-lived key of user"),
    ("AWS::IAM::UserToGroupAddition", "GroupName", "puts users into the group"),
];

/// The four parts of an S3 public access block, and what each one gone allows.
const BLOCKS: [(&str, &str); 4] = [
    ("BlockPublicAcls", "public ACLs can be set"),
    ("BlockPublicPolicy", "public bucket policies can be set"),
    ("IgnorePublicAcls", "public ACLs count"),
    ("RestrictPublicBuckets", "a public bucket policy lets anybody in"),
];

pub(super) fn widened(before: &[Resource], after: &[Resource]) -> Vec<Exposure> {
    let old: BTreeMap<(&str, &str), &Resource> =
        before.iter().map(|resource| ((resource.id.as_str(), resource.kind.as_str()), resource)).collect();
    let mut found = Vec::new();
    for resource in after {
        let was = old.get(&(resource.id.as_str(), resource.kind.as_str())).copied();
        for switch in SWITCHES.iter().filter(|switch| switch.kind == resource.kind) {
            let open = |resource: &Resource| switch.open.contains(&value(resource, switch.path).as_str());
            if open(resource) && !was.is_some_and(open) {
                found.push(Exposure {
                    resource: resource.id.clone(),
                    path: switch.path.to_owned(),
                    what: switch.what.to_owned(),
                    public: switch.public,
                });
            }
        }
        if matches!(resource.kind.as_str(), "AWS::S3::Bucket" | "AWS::S3::AccessPoint") {
            found.extend(unblocked(resource, was));
        }
        found.extend(given(resource, was));
        found.extend(routed(resource, was));
    }
    found
}

/// The value at a path as text in lower case; empty where nothing is written.
fn value(resource: &Resource, path: &str) -> String {
    let inner = path.split('.').try_fold(&resource.properties, |at, name| at.get(name));
    inner.map(text).unwrap_or_default().to_lowercase()
}

/// Parts of a public access block that are gone. A bucket is made with all of them; taking the property away takes the block away.
fn unblocked(resource: &Resource, was: Option<&Resource>) -> Option<Exposure> {
    const PROPERTY: &str = "PublicAccessBlockConfiguration";
    let blocks = |resource: &Resource, name: &str| value(resource, &format!("{PROPERTY}.{name}")) == "true";
    let lost: Vec<&str> = BLOCKS
        .iter()
        .filter(|(name, _)| {
            let now = blocks(resource, name);
            let before = match was {
                Some(was) => was.properties.get(PROPERTY).is_none() || blocks(was, name),
                None => true,
            };
            // Where neither says anything the service's own default stays.
            let silent = resource.properties.get(PROPERTY).is_none()
                && was.is_none_or(|was| was.properties.get(PROPERTY).is_none());
            before && !now && !silent
        })
        .map(|(_, what)| *what)
        .collect();
    if lost.is_empty() {
        return None;
    }
    Some(Exposure {
        resource: resource.id.clone(),
        path: PROPERTY.to_owned(),
        what: format!("public access is no longer blocked: {}", lost.join(", ")),
        public: true,
    })
}

fn given(resource: &Resource, was: Option<&Resource>) -> Option<Exposure> {
    let (_, name, what) = KEYS.iter().find(|(kind, _, _)| *kind == resource.kind)?;
    if was.is_some_and(|was| was.properties == resource.properties) {
        return None;
    }
    let whose = resource.properties.get(*name).map(text).unwrap_or_default();
    Some(Exposure {
        resource: resource.id.clone(),
        path: (*name).to_owned(),
        what: format!("{what} {whose}"),
        public: false,
    })
}

/// A route from everywhere through an internet gateway makes its table's subnets public.
fn routed(resource: &Resource, was: Option<&Resource>) -> Option<Exposure> {
    let open = |resource: &Resource| {
        resource.properties.get("GatewayId").is_some()
            && (value(resource, "DestinationCidrBlock") == "0.0.0.0/0"
                || value(resource, "DestinationIpv6CidrBlock") == "::/0")
    };
    if resource.kind != "AWS::EC2::Route" || !open(resource) || was.is_some_and(open) {
        return None;
    }
    Some(Exposure {
        resource: resource.id.clone(),
        path: "GatewayId".to_owned(),
        what: format!(
            "subnets of {} are open to the internet, as far as their security groups let in",
            value_of(resource, "RouteTableId")
        ),
        public: false,
    })
}

fn value_of(resource: &Resource, name: &str) -> String {
    resource.properties.get(name).map(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clouds::aws::registry;

    #[test]
    fn every_switch_is_a_property_that_its_type_has() {
        for switch in SWITCHES {
            let path: Vec<&str> = switch.path.split('.').collect();
            let schema = registry::find(switch.kind).unwrap_or_else(|| panic!("{}", switch.kind));
            assert!(schema.property(&path).is_some(), "{}.{}", switch.kind, switch.path);
        }
        for (kind, name, _) in KEYS {
            assert!(registry::find(kind).unwrap().property(&[name]).is_some(), "{kind}.{name}");
        }
    }
}
