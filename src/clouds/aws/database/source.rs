//! The database that another one follows: what its Amazon Resource Name says.

/// Where it stands, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source<'a> {
    /// The region.
    pub(crate) region: &'a str,
    /// The account.
    pub(crate) account: &'a str,
    /// The instance.
    pub(crate) name: &'a str,
}

impl<'a> Source<'a> {
    /// Reads the name of an instance, `arn:aws:rds:REGION:ACCOUNT:db:NAME` (RDS user guide, "Amazon Resource Names in Amazon RDS"); none where it
    /// is anything else.
    pub(crate) fn of(identity: &'a str) -> Option<Source<'a>> {
        let parts: Vec<&str> = identity.split(':').collect();
        let ["arn", partition, "rds", region, account, "db", name] = parts.as_slice() else { return None };
        let whole = partition.starts_with("aws") && !region.is_empty() && !name.is_empty();
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let account_is = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        (whole && account_is && plain(region) && plain(name)).then_some(Source { region, account, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_told_from_anything_else() {
        let source = Source::of("arn:aws:rds:us-east-1:111122223333:db:shop");
        assert_eq!(source, Some(Source { region: "us-east-1", account: "111122223333", name: "shop" }));
        for other in ["shop", "arn:aws:rds:us-east-1:111122223333:cluster:shop", "arn:aws:rds:us-east-1::db:shop"] {
            assert_eq!(Source::of(other), None, "{other}");
        }
    }
}
