//! How long AWS usually takes for a resource: what a progress display expects, and nothing is decided by.
//!
//! The figures are round ones from deployments of small stacks; AWS promises none. A type that isn't here is done in seconds.

/// Seconds to create, update and delete a resource of a type; none where that takes seconds.
pub fn usual_seconds(kind: &str) -> Option<[u64; 3]> {
    SLOW.iter().find(|(slow, _)| *slow == kind).map(|(_, seconds)| *seconds)
}

/// The types that make people wait, half a minute and more.
const SLOW: [(&str, [u64; 3]); 18] = [
    ("AWS::CertificateManager::Certificate", [60, 10, 5]),
    ("AWS::CloudFront::Distribution", [240, 180, 300]),
    ("AWS::EC2::NatGateway", [95, 5, 50]),
    ("AWS::EC2::VPCEndpoint", [60, 10, 60]),
    ("AWS::ECS::Service", [120, 150, 60]),
    ("AWS::EFS::MountTarget", [90, 5, 30]),
    ("AWS::EKS::Cluster", [600, 600, 180]),
    ("AWS::EKS::Nodegroup", [120, 180, 180]),
    ("AWS::ElastiCache::ReplicationGroup", [600, 300, 300]),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", [150, 20, 15]),
    ("AWS::IAM::InstanceProfile", [120, 5, 3]),
    ("AWS::KMS::Key", [65, 30, 10]),
    ("AWS::OpenSearchService::Domain", [1200, 1200, 600]),
    ("AWS::RDS::DBCluster", [300, 120, 240]),
    ("AWS::RDS::DBInstance", [540, 300, 300]),
    ("AWS::RDS::DBProxy", [300, 30, 120]),
    ("AWS::RDS::DBProxyTargetGroup", [60, 10, 10]),
    ("AWS::Route53::RecordSet", [30, 30, 30]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clouds::aws::registry;

    #[test]
    fn every_type_exists_and_the_rest_is_quick() {
        for (kind, _) in SLOW {
            assert!(registry::find(kind).is_some(), "{kind}");
        }
        assert_eq!(usual_seconds("AWS::SQS::Queue"), None);
    }
}
