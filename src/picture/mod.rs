//! A stack as a picture: what stands where, what refers to what, and the ways of the lines between. It knows no cloud and no file format.
//!
//! The places are those that people draw by hand: who calls on the left, the network with its subnets in the middle, what the cloud keeps on
//! the right, what is watched below. General layouts of graphs know no nested boxes, and move everything when one thing is added.

mod across;
pub mod grounds;
pub mod lanes;
pub mod link;
pub mod part;
mod path;
pub mod routes;
pub mod sheet;
pub mod width;
