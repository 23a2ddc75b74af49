"""Packs the guest's files into one archive: pack.py OUTPUT ROOT=DIRECTORY…

SALLYLIB, version u32, index length u32, index (JSON: root → [path, offset, size]), the files' bytes.
In Python's library the byte code goes into one file, .modules, in which modules that are imported together lie together:
magic, index length u32, index (JSON: name → [offset, size, package, CRC-32]), the marshalled code. See _sallyport_library.py.
"""

import ast
import json
import marshal
import struct
import subprocess
import sys
import zlib
from pathlib import Path

MODULES = ".modules"
# What these import lies together, in that order.
TOGETHER = """unittest unittest.mock doctest http.client urllib.request http.server xml.etree.ElementTree xml.dom.minidom xml.sax
sqlite3 email email.message email.mime.multipart smtplib concurrent.futures multiprocessing ctypes zipfile tarfile gzip bz2 lzma
configparser tomllib plistlib sched cmd pdb code timeit cProfile pstats trace graphlib optparse getopt mimetypes webbrowser
ipaddress wave colorsys sqlite3.dump dbm shelve xmlrpc.client ftplib imaplib poplib ssl venv zipapp pydoc""".split()


def in_image(root):
    """What the image has already: its imports are told by the driver."""
    tree = ast.parse((root / "sallyport" / "_boot.py").read_text())
    names = next(ast.literal_eval(n.value.func.value).split() for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == "MODULES")
    done = subprocess.run([sys.executable, "-I", "-c", f"import sys, {', '.join(names)}; print(*sys.modules)"], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


RECORDER = """
import sys
class Recorder:
    def find_spec(name, path=None, target=None):
        print(name)
sys.meta_path.insert(0, Recorder)
import """


def import_order(names):
    """Modules in the order in which their import begins, one process for each name, so that none hides another's."""
    seen = {}
    for name in names:
        done = subprocess.run([sys.executable, "-I", "-c", RECORDER + name], capture_output=True, text=True)
        for module in done.stdout.split():
            seen.setdefault(module)
    return list(seen)


def module_name(path):
    parts = list(path.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules_file(root, place, sources):
    codes = {}
    for path in sources:
        # Python, not the machine that packs, knows a source's encoding: compile() takes bytes.
        code = compile((root / path).read_bytes(), f"{place}/{path}", "exec", dont_inherit=True)
        codes[module_name(path)] = (marshal.dumps(code), path.name == "__init__.py")
    image = in_image(root)
    first = [name for name in import_order(TOGETHER) if name in codes and name not in image]
    order = dict.fromkeys(first + sorted(codes))
    index, blob = {}, bytearray()
    for name in order:
        code, package = codes[name]
        index[name] = [len(blob), len(code), int(package), zlib.crc32(code)]
        blob += code
    text = json.dumps(index, separators=(",", ":")).encode()
    return b"SALLYMOD" + struct.pack("<I", len(text)) + text + bytes(blob)


def files_of(root, place):
    """Path → bytes, sorted. Byte code is left out of the tree."""
    paths = sorted(p.relative_to(root) for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    files = {str(path): (root / path).read_bytes() for path in paths}
    if (root / "os.py").exists():
        sources = [path for path in paths if path.suffix == ".py" and "." not in str(path.with_suffix(""))]
        files[MODULES] = modules_file(root, place, sources)
    return files


def main(output, *places):
    index, blob = {}, bytearray()
    for place in places:
        root, _, directory = place.partition("=")
        entries = index[root] = []
        for path, data in files_of(Path(directory), root).items():
            entries.append([path, len(blob), len(data)])
            blob += data
    text = json.dumps(index, separators=(",", ":")).encode()
    Path(output).write_bytes(b"SALLYLIB" + struct.pack("<II", 1, len(text)) + text + bytes(blob))
    print(f"{output}: {sum(map(len, index.values()))} files, {len(blob)} bytes")


main(*sys.argv[1:])
