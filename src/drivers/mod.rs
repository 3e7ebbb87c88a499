//! The only IO. A driver implements a port; only `main` and tests name one.

#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
pub mod answer;
#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "azure")]
pub mod azure;
pub mod cause;
#[cfg(any(feature = "azure", feature = "gcp"))]
pub mod chance;
pub mod clouds;
#[cfg(feature = "gcp")]
pub mod gcp;
pub mod ledger;
pub mod local;
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
pub mod made;
pub mod patience;
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
pub mod registry;
pub mod retry;
pub mod sandbox;
#[cfg(feature = "gcp")]
pub mod terraform;
