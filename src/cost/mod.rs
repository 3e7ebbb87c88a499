//! What a month costs: quantities that a cloud bills, times prices of a dated book.
//!
//! ```text
//! document ─► clouds: Bill (what is billed, how much of it) ─┐
//!                                                            ├─► Estimate ─► views, plan
//!             prices/<cloud>.tsv ─► Book ────────────────────┘
//! ```
//!
//! A bill is read from the rendered document, never from the model: what is estimated is what is deployed, overrides and all, and what was
//! deployed years ago can be estimated as well. What depends on use is assumed in the open ([`assumption`]); what has no price in the book is
//! named and left out of the sum ([`estimate::Unpriced`]), never counted as nothing.

pub mod assumption;
pub mod bill;
pub mod book;
pub mod estimate;
pub mod quantity;
pub mod unit_price;
