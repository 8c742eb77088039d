#!/usr/bin/env python3
"""Dependencies as far as they can be judged offline: licences allowed, everything from crates.io, sled pinned,
and the advisories we know of and live with. Exit status 1 with a line for each fault."""
import json, re, subprocess, sys

ALLOWED = {
    "MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSD-1-Clause", "ISC", "Zlib",
    "Unicode-3.0", "Unicode-DFS-2016", "CC0-1.0", "0BSD", "MPL-2.0", "Unlicense", "BSL-1.0", "MIT-0", "EUPL-1.2",
    "CDLA-Permissive-2.0", "OpenSSL",
}
# Advisories on what we use, and why they do not reach us. A crate that leaves the tree must leave this list.
LIVED_WITH = {
    "fxhash": "RUSTSEC-2025-0057: unmaintained, inside sled 0.34",
    "instant": "RUSTSEC-2024-0384: unmaintained, inside sled 0.34",
}

def allowed(expression):
    """SPDX, as far as crates use it: OR needs one side, AND both; the old slash means OR."""
    expression = expression.replace("/", " OR ")
    tokens = re.findall(r"\(|\)|[^\s()]+", expression)
    def any_of(i):
        value, i = all_of(i)
        while i < len(tokens) and tokens[i] == "OR":
            right, i = all_of(i + 1)
            value = value or right
        return value, i
    def all_of(i):
        value, i = one(i)
        while i < len(tokens) and tokens[i] == "AND":
            right, i = one(i + 1)
            value = value and right
        return value, i
    def one(i):
        if tokens[i] == "(":
            value, i = any_of(i + 1)
            return value, i + 1
        name, i = tokens[i], i + 1
        if i < len(tokens) and tokens[i] == "WITH":
            name, i = f"{name} WITH {tokens[i + 1]}", i + 2
        return name in ALLOWED, i
    return any_of(0)[0]

packages = json.loads(subprocess.check_output(["cargo", "metadata", "--format-version=1", "--locked"]))["packages"]
faults = []
for package in packages:
    name, licence, source = package["name"], package["license"], package["source"]
    if source is not None and not source.startswith("registry+https://github.com/rust-lang/crates.io-index"):
        faults.append(f"{name}: comes from {source}")
    if not licence:
        if not package.get("license_file"):
            faults.append(f"{name}: states no licence")
    elif not allowed(licence):
        faults.append(f"{name}: {licence} is not on the list")
    if name == "sled" and package["version"] != "0.34.7":
        faults.append(f"sled: {package['version']}, pinned to 0.34.7")
names = {package["name"] for package in packages}
faults += [f"{gone}: no longer used; take it off LIVED_WITH" for gone in LIVED_WITH if gone not in names]
print("\n".join(faults) or f"{len(packages)} packages: licences and sources are as agreed")
sys.exit(bool(faults))
