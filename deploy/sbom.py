#!/usr/bin/env python3
"""The bill of materials of the binary, CycloneDX 1.5 JSON on stdout: what cargo says is linked into it.
    deploy/sbom.py > sigill.cdx.json
Crates that only tests or build scripts use are left out. No clock and no random number: the same lock file gives the same bytes."""
import hashlib, json, subprocess, sys, tomllib

triple = next(line.split()[1] for line in subprocess.check_output(["rustc", "-vV"], text=True).splitlines() if line.startswith("host"))
facts = json.loads(subprocess.check_output(
    ["cargo", "metadata", "--format-version=1", "--locked", "--filter-platform", triple]))
packages = {package["id"]: package for package in facts["packages"]}
nodes = {node["id"]: node for node in facts["resolve"]["nodes"]}
root = facts["resolve"]["root"]
sums = {(one["name"], one["version"]): one.get("checksum") for one in tomllib.load(open("Cargo.lock", "rb"))["package"]}

# What `cargo metadata` resolves takes in what features of tests alone would ask for; `cargo tree` knows what is built.
tree = subprocess.check_output(["cargo", "tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"], text=True)
built = {tuple(line.split()[:2]) for line in tree.splitlines() if line}

def needed(id):
    kinds = lambda dep: {kind["kind"] for kind in dep["dep_kinds"]}
    is_built = lambda dep: (packages[dep]["name"], "v" + packages[dep]["version"]) in built
    return sorted(dep["pkg"] for dep in nodes[id]["deps"] if None in kinds(dep) and is_built(dep["pkg"]))

def reference(id):
    return f"pkg:cargo/{packages[id]['name']}@{packages[id]['version']}"

def component(id, kind):
    package = packages[id]
    told = {"type": kind, "bom-ref": reference(id), "name": package["name"], "version": package["version"], "purl": reference(id)}
    if package["license"]:
        told["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if checksum := sums.get((package["name"], package["version"])):
        told["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return told

seen, waiting = {root}, [root]
while waiting:
    for id in needed(waiting.pop()):
        if id not in seen:
            seen.add(id)
            waiting.append(id)
# Serial numbers are UUIDs; this one is made of the lock file.
digest = hashlib.sha256(open("Cargo.lock", "rb").read()).hexdigest()
serial = f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
json.dump({
    "bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{serial}", "version": 1,
    "metadata": {"component": component(root, "application")},
    "components": [component(id, "library") for id in sorted(seen - {root}, key=reference)],
    "dependencies": [{"ref": reference(id), "dependsOn": sorted({reference(one) for one in needed(id)})}
                     for id in sorted(seen, key=reference)],
}, sys.stdout, indent=1, ensure_ascii=False)
print()
