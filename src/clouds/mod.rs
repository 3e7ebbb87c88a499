//! From the model to native documents, one folder a cloud. Pure: no cloud is asked, no file is read.

pub mod aws;
