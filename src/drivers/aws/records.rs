//! Where names lead, in Route 53. Source: Route 53 API Reference, ListResourceRecordSets, ChangeResourceRecordSets, GetChange.

use async_trait::async_trait;
use aws_sdk_route53::types::{AliasTarget, Change, ChangeAction, ChangeBatch, ChangeStatus, ResourceRecordSet, RrType};

use super::Aws;
use super::call::{Call, Effect};
use crate::ledger::drill::Led;
use crate::ports::cloud::CloudError;
use crate::ports::records::Records;

#[async_trait]
impl Records for Aws {
    async fn leads(&self, zone: &str, host: &str) -> Result<Option<Led>, CloudError> {
        let arn = zone_arn(zone);
        let call = Call { permission: "route53:ListResourceRecordSets", resource: &arn };
        let send = || {
            let request = self.route53.list_resource_record_sets().hosted_zone_id(zone);
            request.start_record_name(host).start_record_type(RrType::A).max_items(1).send()
        };
        let answer = self.caller.make(call, Effect::Read, send).await?;
        let same = |set: &&ResourceRecordSet| bare(set.name()) == bare(host) && *set.r#type() == RrType::A;
        let Some(set) = answer.resource_record_sets().iter().find(same) else { return Ok(None) };
        let Some(alias) = set.alias_target() else {
            let why =
                format!("the record of {host} names addresses, and landfall switches those that lead to a name of AWS");
            return Err(CloudError::Unsupported(why));
        };
        Ok(Some(Led {
            host: host.to_owned(),
            zone: zone.to_owned(),
            to: bare(alias.dns_name()),
            to_zone: alias.hosted_zone_id().to_owned(),
            healthy: alias.evaluate_target_health(),
        }))
    }

    async fn lead(&self, led: &Led) -> Result<String, CloudError> {
        self.verified_identity().await?;
        let arn = zone_arn(&led.zone);
        let call = Call { permission: "route53:ChangeResourceRecordSets", resource: &arn };
        let batch =
            batch(led).map_err(|why| CloudError::Unsupported(format!("{} can't be switched: {why}", led.host)))?;
        let send =
            || self.route53.change_resource_record_sets().hosted_zone_id(&led.zone).change_batch(batch.clone()).send();
        // It says what shall be there: said again, it is the same.
        let answer = self.caller.make(call, Effect::Read, send).await?;
        Ok(answer.change_info().map(|info| info.id().to_owned()).unwrap_or_default())
    }

    async fn is_everywhere(&self, change: &str) -> Result<bool, CloudError> {
        let arn = format!("arn:aws:route53:::{}", change.trim_start_matches('/'));
        let call = Call { permission: "route53:GetChange", resource: &arn };
        let send = || self.route53.get_change().id(change).send();
        let answer = self.caller.make(call, Effect::Read, send).await?;
        Ok(answer.change_info().is_some_and(|info| *info.status() == ChangeStatus::Insync))
    }
}

fn zone_arn(zone: &str) -> String {
    format!("arn:aws:route53:::hostedzone/{zone}")
}

/// A name without the dot at its end.
fn bare(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn batch(led: &Led) -> Result<ChangeBatch, aws_smithy_types::error::operation::BuildError> {
    let alias = AliasTarget::builder().dns_name(&led.to).hosted_zone_id(&led.to_zone);
    let alias = alias.evaluate_target_health(led.healthy).build()?;
    let set = ResourceRecordSet::builder().name(&led.host).r#type(RrType::A).alias_target(alias).build()?;
    let change = Change::builder().action(ChangeAction::Upsert).resource_record_set(set).build()?;
    ChangeBatch::builder().changes(change).build()
}
