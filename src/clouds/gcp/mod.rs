//! Google Cloud: a Terraform document for the google provider, as Infrastructure Manager takes it.

pub mod deployable;
