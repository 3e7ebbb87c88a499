//! The engine as its users meet it: the binary itself, on real PostgreSQL with PostGIS and Redis, with a forecast source and a
//! customer system on loopback that fail, hang and recover.

mod api;
mod lambda;
mod migrations;
mod operators_page;
mod program;
mod servers;
mod storm;
mod stub;
mod tls;
