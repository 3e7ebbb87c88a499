//! Which of a stack's alarms ring.

use aws_sdk_cloudwatch::types::{AlarmType, StateValue};
use jiff::SignedDuration;

use super::super::Aws;
use super::super::call::{Call, Effect};
use super::super::stack::time;
use super::of;
use crate::ports::cloud::{CloudError, StackResource};
use crate::ports::sight::Ringing;

/// The most alarms named in one call (CloudWatch API Reference, DescribeAlarms).
const AT_ONCE: usize = 100;

/// How much of a time the SDK may cut off: it comes as a binary fraction, which lies as often just below its millisecond as above.
const CUT: SignedDuration = SignedDuration::from_millis(1);

impl Aws {
    pub(super) async fn alarms(&self, resources: &[StackResource]) -> Result<Vec<Ringing>, CloudError> {
        let alarms: Vec<(&str, &str)> = of(resources, "AWS::CloudWatch::Alarm").collect();
        let mut ringing = Vec::new();
        for some in alarms.chunks(AT_ONCE) {
            let names: Vec<String> = some.iter().map(|(_, name)| (*name).to_owned()).collect();
            // A permission of its own for each alarm is no use here: AWS checks this action against all of them.
            let call = Call { permission: "cloudwatch:DescribeAlarms", resource: "*" };
            let send = || {
                let request = self.cloudwatch.describe_alarms().alarm_types(AlarmType::MetricAlarm);
                request.set_alarm_names(Some(names.clone())).max_records(100).send()
            };
            let answer = self.caller.make(call, Effect::Read, send).await?;
            for (id, name) in some {
                let alarm = answer.metric_alarms().iter().find(|alarm| alarm.alarm_name() == Some(*name));
                let alarm = alarm.ok_or_else(|| CloudError::NotFound { what: format!("the alarm {id} ({name})") })?;
                if alarm.state_value() == Some(&StateValue::Alarm) {
                    let since = alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp());
                    ringing.push(Ringing {
                        id: (*id).to_owned(),
                        since: since.and_then(time).and_then(|since| since.checked_add(CUT).ok()),
                        why: alarm.state_reason().unwrap_or("no reason given").to_owned(),
                    });
                }
            }
        }
        Ok(ringing)
    }
}
