"""hashlib: SHA-256, SHA-3, BLAKE2, MD5."""
import hashlib


def main():
    data = bytes(range(256)) * 1200
    out = []
    for name in ("sha256", "sha512", "sha3_256", "blake2b", "md5"):
        h = hashlib.new(name)
        for _ in range(3):
            h.update(data)
        out.append(h.hexdigest()[:8])
    for i in range(4000):
        out[0] = hashlib.sha256(out[0].encode()).hexdigest()
    return out
