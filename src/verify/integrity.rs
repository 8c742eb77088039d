//! Mathematics alone: is the digest the signed one, and does the signature value fit the key? VALIDATION 3.6 (CV-1..3).
//! Independent of trust, time and policy; computed also where the container is broken.
