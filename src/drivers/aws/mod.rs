//! AWS through its SDK.
