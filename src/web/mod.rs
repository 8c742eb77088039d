//! How do I ask? HTTP.
