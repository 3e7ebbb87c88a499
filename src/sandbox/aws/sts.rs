//! STS: who am I, and temporary credentials for a role.

use jiff::{SignedDuration, Timestamp};

use super::caller::{Caller, PARTITION, Session, is_account};
use super::error::{ApiError, iso8601};
use super::query::Query;
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// The namespace of STS's answers.
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Carries out an action.
///
/// # Errors
/// As STS answers them.
pub fn call(world: &mut World, caller: &Caller, action: &str, query: &Query, now: Timestamp) -> Result<Xml, ApiError> {
    match action {
        "GetCallerIdentity" => Ok(get_caller_identity(caller)),
        "AssumeRole" => assume_role(world, caller, query, now),
        _ => Err(ApiError::new(
            400,
            "InvalidAction",
            format!("Could not find operation {action} for version 2011-06-15"),
        )),
    }
}

fn get_caller_identity(caller: &Caller) -> Xml {
    let mut xml = Xml::new();
    xml.text("Arn", &caller.arn);
    xml.text("UserId", &caller.user_id);
    xml.text("Account", &caller.account);
    xml
}

/// Any role of any account may be assumed: the sandbox has no policies to forbid it.
fn assume_role(world: &mut World, _caller: &Caller, query: &Query, now: Timestamp) -> Result<Xml, ApiError> {
    let role = query.required("RoleArn")?;
    let name = query.required("RoleSessionName")?;
    let parts: Vec<&str> = role.split(':').collect();
    let (account, path) = match parts[..] {
        ["arn", PARTITION, "iam", "", account, path] if is_account(account) => (account, path),
        _ => return Err(ApiError::validation(format!("{role} is invalid"))),
    };
    let Some(role_name) = path.strip_prefix("role/").map(|path| path.rsplit('/').next().unwrap_or(path)) else {
        return Err(ApiError::validation(format!("{role} is invalid")));
    };
    let seconds = query.number("DurationSeconds")?.unwrap_or(3600);
    if !(900..=43_200).contains(&seconds) {
        return Err(ApiError::constraint(
            &seconds.to_string(),
            "durationSeconds",
            "Member must have value between 900 and 43200",
        ));
    }
    let seconds = i64::try_from(seconds).unwrap_or(3600);
    let role_id = format!("AROA{}", world.ids.letters(17));
    let session = Session {
        account: account.to_owned(),
        token: format!("sandbox-session-{}", world.ids.hex(32)),
        arn: format!("arn:{PARTITION}:sts::{account}:assumed-role/{role_name}/{name}"),
        user_id: format!("{role_id}:{name}"),
        expires: now + SignedDuration::from_secs(seconds),
    };
    let access_key = format!("ASIA{}", world.ids.letters(16));
    let mut xml = Xml::new();
    xml.inside("AssumedRoleUser", |xml| {
        xml.text("AssumedRoleId", &session.user_id);
        xml.text("Arn", &session.arn);
    });
    xml.inside("Credentials", |xml| {
        xml.text("AccessKeyId", &access_key);
        xml.text("SecretAccessKey", "sandbox");
        xml.text("SessionToken", &session.token);
        xml.text("Expiration", iso8601(session.expires));
    });
    world.sessions.put(access_key, session);
    Ok(xml)
}
