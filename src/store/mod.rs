//! Where does it stay? Durable bytes and compare-and-swap; no domain word.
