"""The same batches into SQLite (WAL, synchronous=FULL), for comparison: entries, leaf index, tiles, head; 1000 at a time.

Only what SQLite does is timed. Usage: sqlite.py DIRECTORY ENTRIES; prints seconds and the time of each batch.
"""
import hashlib
import os
import sqlite3
import sys
import time

BATCH = 1000

directory, entries = sys.argv[1], int(sys.argv[2])
database = sqlite3.connect(os.path.join(directory, "compared.sqlite"), isolation_level=None)
database.executescript("""
    PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;
    CREATE TABLE bundles (at INTEGER PRIMARY KEY, bytes BLOB);
    CREATE TABLE leaves (leaf BLOB PRIMARY KEY, at INTEGER) WITHOUT ROWID;
    CREATE TABLE tiles (level INTEGER, at INTEGER, bytes BLOB, PRIMARY KEY (level, at)) WITHOUT ROWID;
    CREATE TABLE head (one INTEGER PRIMARY KEY, size INTEGER, root BLOB);
""")
bundle, tile, times = [], [], []
for first in range(0, entries, BATCH):
    fresh, bundles, tiles = [], {}, {}
    for number in range(first, min(first + BATCH, entries)):
        entry = number.to_bytes(8, "big") + b"\x5a" * 92
        leaf = hashlib.sha256(b"\0" + entry).digest()
        fresh.append((leaf, number))
        bundle.append(len(entry).to_bytes(2, "big") + entry)
        tile.append(leaf)
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
print(f"{sum(times):.6f} {times[len(times) // 2]:.6f} {times[len(times) * 99 // 100]:.6f}")
