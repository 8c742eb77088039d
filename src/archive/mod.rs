//! What do we keep, and how long? The two pillars meet.
//! Placeholder, being written.

pub mod retention;
