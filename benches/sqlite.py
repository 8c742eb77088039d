"""The same batches into SQLite (WAL, synchronous=FULL), for comparison: entries, leaf index, tiles, head; 1000 at a time.

Only what SQLite does is timed. Usage: sqlite.py DIRECTORY FROM TO; the database goes on from the call before. Prints the
seconds of all batches, of the middle one, of the 99th in a hundred, and of the longest.
"""
import hashlib
import os
import sqlite3
import sys
import time

BATCH = 1000

directory, begin, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def entry(number):
    return number.to_bytes(8, "big") + b"\x5a" * 92


database = sqlite3.connect(os.path.join(directory, "compared.sqlite"), isolation_level=None)
database.executescript("""
    PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;
    CREATE TABLE IF NOT EXISTS bundles (at INTEGER PRIMARY KEY, bytes BLOB);
    CREATE TABLE IF NOT EXISTS leaves (leaf BLOB PRIMARY KEY, at INTEGER) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS tiles (level INTEGER, at INTEGER, bytes BLOB, PRIMARY KEY (level, at)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY, size INTEGER, root BLOB);
""")
bundle, tile, times = [], [], []


def grow(number):
    leaf = hashlib.sha256(b"\0" + entry(number)).digest()
    bundle.append(len(entry(number)).to_bytes(2, "big") + entry(number))
    tile.append(leaf)
    return leaf


for number in range(begin // 256 * 256, begin):
    grow(number)
for first in range(begin, end, BATCH):
    fresh, bundles, tiles = [], {}, {}
    for number in range(first, min(first + BATCH, end)):
        fresh.append((grow(number), number))
        bundles[number // 256], tiles[number // 256] = b"".join(bundle), b"".join(tile)
        if len(tile) == 256:
            bundle, tile = [], []
    began = time.perf_counter()
    database.execute("BEGIN IMMEDIATE")
    for leaf, _ in fresh:
        if database.execute("SELECT at FROM leaves WHERE leaf = ?", (leaf,)).fetchone():
            raise SystemExit("a duplicate where none was")
    database.executemany("INSERT INTO leaves VALUES (?, ?)", fresh)
    database.executemany("INSERT OR REPLACE INTO bundles VALUES (?, ?)", bundles.items())
    database.executemany("INSERT OR REPLACE INTO tiles VALUES (0, ?, ?)", tiles.items())
    database.execute("INSERT OR REPLACE INTO head VALUES (1, ?, ?)", (first + BATCH, fresh[-1][0]))
    database.execute("COMMIT")
    times.append(time.perf_counter() - began)
times.sort()
print(f"{sum(times):.6f} {times[len(times) // 2]:.6f} {times[len(times) * 99 // 100]:.6f} {times[-1]:.6f}")
