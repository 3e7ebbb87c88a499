//! Buckets that copies of a stack's objects go into and that the stack doesn't make: looked at before anything is begun, as the cloud
//! would refuse to copy there half-way.

use super::refusal::Refusal;

/// A bucket that copies go into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The id of the resource whose objects are copied.
    pub resource: String,
    /// The bucket's name.
    pub bucket: String,
    /// The region that it has to stand in.
    pub region: String,
}

/// How such a bucket was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is the account's own, stands there and keeps versions.
    Fit,
    /// There is none of that name.
    Missing,
    /// It isn't the account's, or this account may not look at it.
    Hidden,
    /// It stands in another region.
    Elsewhere,
    /// It keeps no versions.
    Forgetful,
}

impl Destination {
    /// What the cloud would refuse of it, as it was found; none where it is fit.
    pub fn refusal(&self, found: Found, account: &str) -> Option<Refusal> {
        let Destination { resource, bucket, region } = self;
        let make = || {
            format!(
                "make it in {region}, in account {account}, and have it keep versions; or name another one: `copied-into: NAME`"
            )
        };
        let (wrong, remedy) = match found {
            Found::Fit => return None,
            Found::Missing => ("which isn't there".to_owned(), make()),
            Found::Hidden => (
                format!("which belongs to another account than {account}, or may not be looked at"),
                format!("{}; or have looking at its versions allowed", make()),
            ),
            Found::Elsewhere => (
                format!("which isn't in {region}"),
                "name one that is: `copied-into: NAME`; or the region that it stands in: `copied-to: REGION`"
                    .to_owned(),
            ),
            Found::Forgetful => (
                "which keeps no versions, and only versions are copied".to_owned(),
                "have it keep versions, or name another one: `copied-into: NAME`".to_owned(),
            ),
        };
        Some(Refusal {
            resource: resource.clone(),
            why: format!("{resource}: its objects are to be copied into the bucket {bucket}, {wrong}"),
            remedy,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_bucket_is_said_and_a_fit_one_is_let_through() {
        let there =
            Destination { resource: "BucketFiles".into(), bucket: "shop-copies".into(), region: "us-west-2".into() };
        assert_eq!(there.refusal(Found::Fit, "1"), None);
        for (found, said) in [
            (Found::Missing, "isn't there"),
            (Found::Hidden, "another account than 1"),
            (Found::Elsewhere, "isn't in us-west-2"),
            (Found::Forgetful, "keeps no versions"),
        ] {
            let refusal = there.refusal(found, "1").unwrap();
            assert!(refusal.why.contains("BucketFiles: ") && refusal.why.contains(said), "{}", refusal.why);
        }
    }
}
