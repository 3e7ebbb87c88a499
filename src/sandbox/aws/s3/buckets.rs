//! Buckets themselves: made, found, deleted.

use s3s::{S3Request, S3Response, S3Result, dto, s3_error};

use super::bucket::Bucket;
use super::face::{Face, caller, own};
use super::wire::time;

pub(super) fn create_bucket(
    face: &Face,
    request: S3Request<dto::CreateBucketInput>,
) -> S3Result<S3Response<dto::CreateBucketOutput>> {
    let caller = caller(&request)?;
    let name = request.input.bucket.clone();
    let constraint = request
        .input
        .create_bucket_configuration
        .as_ref()
        .and_then(|configuration| configuration.location_constraint.as_ref())
        .map(|constraint| constraint.as_str().to_owned());
    let home = caller.region == "us-east-1";
    match &constraint {
        None if !home => {
            return Err(s3_error!(
                IllegalLocationConstraintException,
                "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."
            ));
        }
        Some(region) if home && region == "us-east-1" => {
            return Err(s3_error!(InvalidLocationConstraint, "The specified location-constraint is not valid"));
        }
        Some(region) if !home && *region != caller.region => {
            return Err(s3_error!(
                IllegalLocationConstraintException,
                "The {region} location constraint is incompatible for the region specific endpoint this request was sent to."
            ));
        }
        _ => {}
    }
    let region = constraint.unwrap_or_else(|| caller.region.clone());
    face.with(|world, now| {
        match world.buckets.get(&name) {
            Some(bucket) if bucket.account != caller.account => {
                return Err(s3_error!(
                    BucketAlreadyExists,
                    "The requested bucket name is not available. The bucket namespace is access by all users of the system. Please select a different name and try again."
                ));
            }
            // Source: S3 API Reference, CreateBucket: in us-east-1 asking again is no error.
            Some(bucket) if bucket.region == "us-east-1" && home => {}
            Some(_) => {
                return Err(s3_error!(
                    BucketAlreadyOwnedByYou,
                    "Your previous request to create the named bucket succeeded and you already own it."
                ));
            }
            None => world.buckets.put(name.clone(), Bucket::new(&name, &caller.account, &region, now)),
        }
        let output = dto::CreateBucketOutput { location: Some(format!("/{name}")) };
        Ok(S3Response::new(output))
    })
}

pub(super) fn delete_bucket(
    face: &Face,
    request: S3Request<dto::DeleteBucketInput>,
) -> S3Result<S3Response<dto::DeleteBucketOutput>> {
    let caller = caller(&request)?;
    let input = request.input;
    face.with(|world, _| {
        let bucket = own(world, &caller, &input.bucket, input.expected_bucket_owner.as_ref())?;
        if !bucket.is_empty() {
            return Err(s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty"));
        }
        world.buckets.remove(&input.bucket);
        Ok(S3Response::new(dto::DeleteBucketOutput::default()))
    })
}

pub(super) fn head_bucket(
    face: &Face,
    request: S3Request<dto::HeadBucketInput>,
) -> S3Result<S3Response<dto::HeadBucketOutput>> {
    let owner = request.input.expected_bucket_owner.clone();
    let region =
        face.on_bucket(&request, &request.input.bucket, owner.as_ref(), |bucket, _, _| Ok(bucket.region.clone()))?;
    Ok(S3Response::new(dto::HeadBucketOutput { bucket_region: Some(region), ..Default::default() }))
}

pub(super) fn list_buckets(
    face: &Face,
    request: S3Request<dto::ListBucketsInput>,
) -> S3Result<S3Response<dto::ListBucketsOutput>> {
    let caller = caller(&request)?;
    face.with(|world, _| {
        let buckets = world
            .buckets
            .iter()
            .filter(|(_, bucket)| bucket.account == caller.account)
            .map(|(name, bucket)| dto::Bucket {
                name: Some(name.clone()),
                creation_date: time(bucket.created),
                bucket_region: Some(bucket.region.clone()),
            })
            .collect();
        Ok(S3Response::new(dto::ListBucketsOutput { buckets: Some(buckets), ..Default::default() }))
    })
}

pub(super) fn get_bucket_location(
    face: &Face,
    request: S3Request<dto::GetBucketLocationInput>,
) -> S3Result<S3Response<dto::GetBucketLocationOutput>> {
    let owner = request.input.expected_bucket_owner.clone();
    let region =
        face.on_bucket(&request, &request.input.bucket, owner.as_ref(), |bucket, _, _| Ok(bucket.region.clone()))?;
    // Source: S3 API Reference, GetBucketLocation: buckets in us-east-1 have none.
    let constraint = (region != "us-east-1").then(|| dto::BucketLocationConstraint::from(region));
    Ok(S3Response::new(dto::GetBucketLocationOutput { location_constraint: constraint }))
}
