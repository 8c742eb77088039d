//! File and environment → each room's options.
