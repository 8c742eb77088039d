//! Was it there then? An append-only Merkle log in the forms of C2SP.
