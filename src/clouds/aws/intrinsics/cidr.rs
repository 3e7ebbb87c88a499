//! `Fn::Cidr`: an address block divided into smaller ones.

use ipnet::IpNet;

use super::IntrinsicError;

/// The most blocks that one call gives (CloudFormation user guide, `Fn::Cidr`).
const MOST: u64 = 256;

/// The first `count` blocks inside `block`, each with `host_bits` bits for hosts (`8` makes `/24` in IPv4).
///
/// # Errors
/// A block that isn't one, or one that doesn't hold that many.
pub fn divide(block: &str, count: u64, host_bits: u8) -> Result<Vec<String>, IntrinsicError> {
    let error = |why: String| IntrinsicError::Cidr { block: block.to_owned(), why };
    let net: IpNet = block.parse().map_err(|_| error("it is no address block such as 10.0.0.0/16".to_owned()))?;
    if !(1..=MOST).contains(&count) {
        return Err(error(format!("{count} blocks were asked for; 1 to {MOST} are allowed")));
    }
    let prefix = net
        .max_prefix_len()
        .checked_sub(host_bits)
        .ok_or_else(|| error(format!("{host_bits} host bits are more than an address has")))?;
    let subnets = net
        .trunc()
        .subnets(prefix)
        .map_err(|_| error(format!("a block with {host_bits} host bits (/{prefix}) doesn't fit into it")))?;
    let found: Vec<_> = subnets.take(usize::try_from(count).unwrap_or(usize::MAX)).map(|net| net.to_string()).collect();
    if (found.len() as u64) < count {
        return Err(error(format!("it holds {} blocks of /{prefix}, {count} were asked for", found.len())));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_divided_from_its_start() {
        assert_eq!(divide("10.0.0.0/16", 3, 8).unwrap(), ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]);
        assert_eq!(divide("2001:db8::/56", 2, 64).unwrap(), ["2001:db8::/64", "2001:db8:0:1::/64"]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(divide("10.0.0.0/24", 3, 7).is_err());
        assert!(divide("10.0.0.0/24", 1, 9).is_err());
        assert!(divide("10.0.0.0/24", 257, 0).is_err());
        assert!(divide("ten", 1, 8).is_err());
        assert!(divide("10.0.0.0/24", 1, 33).is_err());
    }
}
