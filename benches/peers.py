#!/usr/bin/env python3
"""Milliseconds per file, beside others: sigill, poppler's pdfsig and pyHanko, and what no verifier can do without.

    python3 benches/peers.py [FOLDER]      the shared corpus where it is there, else the fixtures

Peers are optional: pdfsig on the path; pyHanko in the Python that runs this (fixtures/make/README.md says how). sigill is
built here. Time is processor time, user and system, so that a busy machine changes little: of processes the least of
three runs, of sigill in process the average of many, by benches/verify.rs, which also measures the floor: one SHA-256 pass over the
file and the public-key operations of its signatures and certificates. Everything runs offline and trusts the test root.
"""

import io
import logging
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
CORPUS = PROJECT.parent / "shared" / "corpus" / "dev" / "pdf"
ROOT = PROJECT / "keys" / "trust" / "test" / "sigill-test-root-ca.pem"
RUNS = 3  # of each process
LARGE = 200_000  # bytes; from here on the goal is twice the floor


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS if CORPUS.is_dir() else PROJECT / "fixtures" / "minutes"
    paths = sorted(folder.glob("*.pdf"))
    print(f"{folder}: {len(paths)} files")
    cargo("build", "--release", "--quiet")
    rows = floor(folder)
    ours = {name: row["verify"] for name, row in rows.items()}
    times = {"sigill in process": ours, "the floor": {name: row["floor"] for name, row in rows.items()}}
    target = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target"))
    times["sigill as a process"] = each(paths, process(
        [target / "release" / "sigill", "--json", "verify", "--trust", ROOT.parent]))
    times["pdfsig as a process"] = each(paths, process(["pdfsig", "-nocert"]) if shutil.which("pdfsig") else None)
    times["pyHanko in process"] = each(paths, pyhanko())
    table(times)
    for what, peer, own in (("pyHanko / sigill, in process", "pyHanko in process", "sigill in process"),
                            ("sigill / pdfsig, as a process", "sigill as a process", "pdfsig as a process")):
        ratio(what, times[peer], times[own])
    near = {name: row["verify"] / row["floor"] for name, row in rows.items() if row["bytes"] >= LARGE and row["signatures"]}
    if near:
        worst = max(near, key=near.get)
        print(f"sigill / floor, {len(near)} signed files of {LARGE} bytes or more: median "
              f"{statistics.median(near.values()):.2f}, worst {near[worst]:.2f} ({worst})")


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True).stdout


def floor(folder):
    """What benches/verify.rs measures, by file."""
    rows = {}
    for line in cargo("bench", "--quiet", "--bench", "verify", "--", str(folder.resolve())).splitlines():
        name, size, signatures, _, verify, digest, keys = line.split("\t")
        rows[name] = {"bytes": int(size), "signatures": int(signatures), "verify": float(verify),
                      "floor": float(digest) + float(keys)}
    return rows


def each(paths, measure):
    return {path.name: min(measure(path) for _ in range(RUNS)) for path in paths} if measure else {}


def process(command):
    def measure(path):
        child = subprocess.Popen([*command, path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, _, used = os.wait4(child.pid, 0)
        child.returncode = 0
        return (used.ru_utime + used.ru_stime) * 1000
    return measure


def pyhanko():
    """Reads the file and validates every signature and document timestamp, as its manual shows; a refusal counts."""
    try:
        from pyhanko.keys import load_cert_from_pemder
        from pyhanko.pdf_utils.reader import PdfFileReader
        from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
        from pyhanko_certvalidator import ValidationContext
    except ImportError:
        return None
    logging.disable(logging.CRITICAL)
    root, known = load_cert_from_pemder(str(ROOT)), {}

    def judge(signature):
        context = ValidationContext(trust_roots=[root], allow_fetching=False)
        stamp = signature.sig_object.get("/Type") == "/DocTimeStamp"
        return (validate_pdf_timestamp if stamp else validate_pdf_signature)(signature, context)

    def measure(path):
        if known.get(path, 0) > 2000:  # once is enough for what takes so long
            return known[path]
        data, start = path.read_bytes(), time.process_time()
        try:
            for signature in PdfFileReader(io.BytesIO(data), strict=False).embedded_signatures:
                try:
                    judge(signature)
                except Exception:
                    pass
        except Exception:
            pass
        known[path] = (time.process_time() - start) * 1000
        return known[path]
    return measure


def table(times):
    print(f"{'ms per file':24}{'files':>8}{'median':>10}{'95 %':>10}{'slowest':>10}{'sum':>12}")
    for what, by_file in times.items():
        values = sorted(by_file.values())
        if not values:
            print(f"{what:24}  not on this machine")
            continue
        at95 = values[min(len(values) * 95 // 100, len(values) - 1)]
        print(f"{what:24}{len(values):8}{statistics.median(values):10.2f}{at95:10.2f}{values[-1]:10.2f}{sum(values):12.1f}")


def ratio(what, upper, lower):
    both = [upper[name] / max(lower[name], 1e-6) for name in upper if name in lower]
    if both:
        total = sum(upper[name] for name in upper if name in lower) / sum(lower[name] for name in lower if name in upper)
        print(f"{what}: median {statistics.median(both):.2f}, all together {total:.2f}")


if __name__ == "__main__":
    main()
