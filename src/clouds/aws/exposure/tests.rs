//! What widens, and what doesn't.
