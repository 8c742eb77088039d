#!/usr/bin/env python3
"""Re-derives every tile of a tlog-tiles directory from its entry bundles and verifies the checkpoint's signature.

Written from RFC 6962, RFC 8032 and C2SP tlog-tiles, signed-note, tlog-checkpoint; it shares no code with sigill and
needs nothing but Python. Usage: fsck.py DIRECTORY VKEY. Exit status: 0 sound, 1 not.
"""

import base64
import hashlib
import os
import sys

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


class Bad(Exception):
    pass


def need(holds, what):
    if not holds:
        raise Bad(what)


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    w, x, y, z = f - e, d - c, d + c, f + e
    return w * x % P, y * z % P, x * y % P, w * z % P


def times(scalar, point):
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point, scalar = add(point, point), scalar >> 1
    return total


def decompress(raw):
    number = int.from_bytes(raw, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    need(len(raw) == 32 and y < P, "a point is not encoded as it must be")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    need((x * x - square) % P == 0, "a point is not on the curve")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = decompress(int.to_bytes(4 * pow(5, P - 2, P) % P, 32, "little"))


def signed(key, message, signature):
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or scalar >= Q:
        return False
    a, r = decompress(key), decompress(signature[:32])
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % Q
    left, right = times(scalar, BASE), add(r, times(h, a))
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


def read_checkpoint(note, vkey):
    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key)
    need(key[0] == 1 and len(key) == 33, "the key is no Ed25519 log key")
    own_id = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    need(own_id.hex() == key_id, "the key's id is not its own")
    text, lines = note.rsplit("\n\n", 1)
    text += "\n"
    found = False
    for line in lines.splitlines():
        dash, by, blob = line.split(" ")
        blob = base64.b64decode(blob)
        need(dash == "\u2014", "a signature line does not begin with a dash")
        if by == name and blob[:4] == own_id:
            need(signed(key[1:], text.encode(), blob[4:]), "the checkpoint's signature is wrong")
            found = True
    need(found, "the checkpoint is not signed by this key")
    origin, size, root = text.split("\n")[:3]
    need(origin == name, "the checkpoint is another log's")
    return int(size), base64.b64decode(root)


def place(index):
    groups = ["%03d" % (index % 1000)]
    while index >= 1000:
        index //= 1000
        groups.insert(0, "x%03d" % (index % 1000))
    return "/".join(groups)


def read_piece(directory, kind, index, width):
    path = os.path.join(directory, "tile", kind, place(index))
    if width < 256:
        path += ".p/%d" % width
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Bad(f"{path}: {error.strerror}")


def split(bundle, count):
    entries, at = [], 0
    while at < len(bundle):
        length = int.from_bytes(bundle[at:at + 2], "big")
        entry = bundle[at + 2:at + 2 + length]
        need(len(entry) == length, "an entry is cut")
        entries.append(entry)
        at += 2 + length
    need(len(entries) == count, "a bundle has another number of entries than its name says")
    return entries


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree(hashes):
    """RFC 6962, 2.1, as it is written there."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return node(tree(hashes[:half]), tree(hashes[half:]))


def check(directory, vkey):
    with open(os.path.join(directory, "checkpoint"), encoding="utf-8", newline="") as file:
        size, root = read_checkpoint(file.read(), vkey)
    hashes = []
    for index in range((size + 255) // 256):
        width = min(256, size - index * 256)
        for entry in split(read_piece(directory, "entries", index, width), width):
            hashes.append(hashlib.sha256(b"\x00" + entry).digest())
    leaves, level, tiles = hashes, 0, 0
    while hashes:
        above = []
        for index in range((len(hashes) + 255) // 256):
            part = hashes[index * 256:index * 256 + 256]
            need(read_piece(directory, str(level), index, len(part)) == b"".join(part),
                 "tile %d of level %d does not follow from the entries" % (index, level))
            tiles += 1
            if len(part) == 256:
                above.append(tree(part))
        hashes, level = above, level + 1
    need(tree(leaves) == root, "the entries do not lead to the root that is signed")
    return size, tiles


if __name__ == "__main__":
    try:
        print("sound: %d entries, %d tiles" % check(sys.argv[1], sys.argv[2]))
    except (Bad, ValueError, OSError) as error:
        print("not sound:", error)
        sys.exit(1)
