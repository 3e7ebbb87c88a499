//! The buckets that S3 is to copy objects into. Source: S3 API Reference, GetBucketVersioning and "Error Responses"; S3 user guide,
//! "Requirements and considerations for replication".

use aws_config::Region;
use aws_sdk_s3::types::BucketVersioningStatus;

use super::Aws;
use super::call::{Call, Effect};
use crate::plan::destination::{Destination, Found};
use crate::ports::cloud::CloudError;

impl Aws {
    /// Asks for its versions in the region where it is to be, as a bucket of this account.
    pub(super) async fn find_destination(&self, destination: &Destination) -> Result<Found, CloudError> {
        let Destination { resource: _, bucket, region } = destination;
        let arn = format!("arn:aws:s3:::{bucket}");
        let call = Call { permission: "s3:GetBucketVersioning", resource: &arn };
        let send = || {
            let request = self.s3.get_bucket_versioning().bucket(bucket).expected_bucket_owner(&self.place.account);
            let there = aws_sdk_s3::config::Builder::new().region(Region::new(region.clone()));
            request.customize().config_override(there).send()
        };
        match self.caller.make(call, Effect::Read, send).await {
            Ok(answer) if answer.status() == Some(&BucketVersioningStatus::Enabled) => Ok(Found::Fit),
            Ok(_) => Ok(Found::Forgetful),
            Err(CloudError::Denied { .. }) => Ok(Found::Hidden),
            Err(CloudError::Refused { code, .. }) if code == "NoSuchBucket" => Ok(Found::Missing),
            // S3 leads on who asks in another region, or refuses the signature for it.
            Err(CloudError::Refused { code, .. })
                if matches!(code.as_str(), "PermanentRedirect" | "AuthorizationHeaderMalformed") =>
            {
                Ok(Found::Elsewhere)
            }
            Err(error) => Err(error),
        }
    }
}
