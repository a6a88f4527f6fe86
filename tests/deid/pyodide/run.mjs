// Runs conformance vectors in Pyodide: node run.mjs SOURCE SITE_PACKAGES VECTORS. Prints JSON: passed, total, reasons, numpy.
// Vectors that touch pixels are left out, since decoders are not part of the browser's engine.
import { loadPyodide } from "pyodide";

const [source, packages, vectors] = process.argv.slice(2);
const python = await loadPyodide();
for (const [place, folder] of [["/source", source], ["/packages", packages], ["/vectors", vectors]]) {
  python.FS.mkdirTree(place);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, place);
}
console.log(python.runPython(`
import json, os, sys, warnings
from collections import Counter
from pathlib import Path

warnings.simplefilter("ignore")
Path("/only").mkdir()
for found in Path("/packages").glob("pydicom*"):
    os.symlink(found, Path("/only") / found.name)
sys.path[:0] = ["/source", "/only"]
from scanhouse.deid.vectors import run_vector

passed, total, reasons = Counter(), Counter(), {}
for file in sorted(Path("/vectors").rglob("*.json")):
    vector = json.loads(file.read_text())
    if "pixels" in vector:
        continue
    failed = run_vector(vector)
    total[vector["language"]] += 1
    passed[vector["language"]] += not failed
    if failed:
        reasons[vector["id"]] = failed
json.dumps({"passed": passed, "total": total, "reasons": reasons, "numpy": "numpy" in sys.modules})
`));
