//! The pooler in front of a database: RDS Proxy.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::clouds::aws::draft::Draft;
use crate::clouds::aws::encryption::Purpose;
use crate::clouds::aws::expression::{attribute, reference, sub};
use crate::clouds::aws::network::{self, firewall};
use crate::clouds::aws::{names, role};
use crate::model::database::Database;
use crate::model::network::Network;
use crate::model::reference::Reference;
use crate::model::stack::Stack;

/// The logical id of a database's proxy.
pub(crate) fn proxy(database: &str) -> String {
    format!("{database}Pooler")
}

/// The logical id of its security group.
pub(crate) fn group(database: &str) -> String {
    format!("{database}PoolerSecurityGroup")
}

/// What a component logs in to as a user. The proxy's identifier is the last part of its Amazon Resource Name (RDS user
/// guide, "Connecting to a database through RDS Proxy").
pub(crate) fn login_arn(database: &str, user: &str) -> Value {
    json!({ "Fn::Join": ["", [
        sub("arn:${AWS::Partition}:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:"),
        { "Fn::Select": [6, { "Fn::Split": [":", attribute(proxy(database), "DBProxyArn")] }] },
        format!("/{user}"),
    ]] })
}

/// Adds the proxy.
pub(crate) fn render(draft: &mut Draft<'_>, of: &Reference, database: &Database, network: &Network) {
    let component = of.to_string();
    let id = names::logical(of);
    let proxy = proxy(&id);
    let role_id = format!("{proxy}Role");
    draft.add(
        &component,
        group(&id),
        "AWS::EC2::SecurityGroup",
        json!({
            "GroupDescription": format!("pooler of {of}"),
            "VpcId": network::id(),
            // What goes out is the path to the database below; the rule keeps the group from the default, which is everything.
            "SecurityGroupEgress": [{ "IpProtocol": "-1", "CidrIp": "127.0.0.1/32", "Description": "nothing else goes out" }],
        }),
    );
    firewall::path(draft, of, &group(&id), &firewall::group(of), super::port());
    let statements = if database.identity_login { own_logins(draft.stack, of) } else { kept_login(draft, of) };
    role::role(draft, &component, &role_id, role::taken_for_this_account_by("rds.amazonaws.com"), statements);
    let secrets = json!([{
        "AuthScheme": "SECRETS",
        "SecretArn": super::login(draft.stack, &of.name),
        "IAMAuth": "DISABLED",
    }]);
    draft.add(
        &component,
        &proxy,
        "AWS::RDS::DBProxy",
        json!({
            "DBProxyName": names::physical(draft.target, &of.name, names::PROXY),
            "EngineFamily": "POSTGRESQL",
            "RequireTLS": true,
            "RoleArn": attribute(&role_id, "Arn"),
            // With cloud identities the proxy passes each component's own on and knows no password.
            "DefaultAuthScheme": if database.identity_login { "IAM_AUTH" } else { "NONE" },
            "Auth": (!database.identity_login).then_some(secrets),
            "VpcSubnetIds": network::private_subnets(network),
            "VpcSecurityGroupIds": [firewall::group_id(&group(&id))],
        }),
    );
    draft.add(
        &component,
        format!("{proxy}Target"),
        "AWS::RDS::DBProxyTargetGroup",
        json!({
            "DBProxyName": reference(&proxy),
            // The only name there is (CloudFormation reference, AWS::RDS::DBProxyTargetGroup).
            "TargetGroupName": "default",
            "DBInstanceIdentifiers": [reference(&id)],
        }),
    );
}

/// The proxy logs in as the users of those components that may connect, and as nobody else.
fn own_logins(stack: &Stack, of: &Reference) -> Vec<Value> {
    let functions = stack.functions.iter().map(|(name, function)| (name, &function.access));
    let services = stack.services.iter().map(|(name, service)| (name, &service.access));
    let users: BTreeSet<String> = functions
        .chain(services)
        .filter(|(_, access)| access.contains_key(of))
        .map(|(name, _)| names::database_user(name))
        .collect();
    let id = names::logical(of);
    let arns: Vec<Value> = users.iter().map(|user| super::instance_login_arn(&id, user)).collect();
    if arns.is_empty() { Vec::new() } else { vec![role::allow("LogInAsComponents", &["rds-db:connect"], arns)] }
}

/// The proxy logs in as the first user, whose password is kept in a secret.
fn kept_login(draft: &mut Draft<'_>, of: &Reference) -> Vec<Value> {
    let key = draft.key(Purpose::Data);
    vec![
        role::allow("ReadLogin", &["secretsmanager:GetSecretValue"], [super::login(draft.stack, &of.name)]),
        role::allow_if(
            "DecryptLogin",
            &["kms:Decrypt"],
            [key],
            json!({ "StringEquals": { "kms:ViaService": sub("secretsmanager.${AWS::Region}.amazonaws.com") } }),
        ),
    ]
}
