"""Bytes: slices, bytearrays, memoryviews, struct, base64, checksums, hashes, compression, pickle."""
import base64
import binascii
import bz2
import copy
import hashlib
import hmac
import io
import lzma
import marshal
import pickle
import struct
import zlib

TEXT = b"".join(b"line %d of some text, %d %d\n" % (i, i * i, i % 7) for i in range(3000))


def slices(n):
    buffer = bytearray(1024)
    view = memoryview(buffer)
    total = 0
    for i in range(n):
        buffer[i % 1024] = (buffer[(i * 7) % 1024] + i) & 0xFF
        total += view[i % 512] ^ buffer[-1]
        if i % 64 == 0:
            view[0:16] = bytes(range(i % 200, i % 200 + 16))
            total += buffer.find(b"\x05\x06") + len(bytes(view[10:200:3]))
    for byte in TEXT[:5000]:
        total += byte
    return total, TEXT.count(b"of"), len(TEXT.split(b"\n")), TEXT.replace(b"text", b"TXT").upper()[:12]


def records(n):
    layout = struct.Struct("<IhBx8sd")
    blob = b"".join(layout.pack(i, -i % 1000, i & 255, b"name", i / 3) for i in range(n))
    total = 0
    for number, short, byte, name, value in layout.iter_unpack(blob):
        total += number + short + byte + len(name) + int(value)
    for i in range(0, len(blob) - 8, 24):
        total += struct.unpack_from(">HH", blob, i)[0]
    return total


def crc(data):
    table = []
    for n in range(256):
        for _ in range(8):
            n = (n >> 1) ^ 0xEDB88320 if n & 1 else n >> 1
        table.append(n)
    value = 0xFFFFFFFF
    for byte in data:
        value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
    assert value ^ 0xFFFFFFFF == zlib.crc32(data)
    return value


def rc4(key, data):
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(out)


def hashes(n):
    for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s"):
        digest = hashlib.new(name)
        for i in range(n):
            digest.update(TEXT[i * 100 : i * 100 + 3000])
        digest.hexdigest()
    return hmac.new(b"key", TEXT, "sha256").hexdigest()[:8], zlib.adler32(TEXT)


def compression():
    packed = [zlib.compress(TEXT, 6), bz2.compress(TEXT[:20000]), lzma.compress(TEXT[:20000])]
    assert zlib.decompress(packed[0]) == TEXT and lzma.decompress(packed[2]) == bz2.decompress(packed[1])
    stream = zlib.decompressobj()
    out = sum(len(stream.decompress(packed[0][i : i + 500])) for i in range(0, len(packed[0]), 500))
    return [len(p) for p in packed], out


def serialising(n):
    value = {"a": list(range(50)), "b": ("x", 1.5, None, True), "c": {str(i): {i} for i in range(20)}, "d": b"\0" * 30}
    total = 0
    for i in range(n):
        total += len(pickle.dumps(value, protocol=2 + i % 4))
        assert pickle.loads(pickle.dumps(value)) == value
        assert copy.deepcopy(value) == value and copy.copy(value) == value
        total += len(marshal.dumps(value["a"])) + len(base64.b64encode(TEXT[:300])) + len(base64.b32decode(base64.b32encode(b"abc")))
        total += len(binascii.unhexlify(binascii.hexlify(TEXT[:200]))) + len(bytes.fromhex(TEXT[:50].hex()))
    out = io.BytesIO()
    for i in range(n * 10):
        out.write(TEXT[i : i + 20])
    out.seek(10)
    return total, len(out.read(50)), len(out.getbuffer())


for _ in range(2):
    print(slices(25000), records(2500), crc(TEXT[:20000]), rc4(b"secret", TEXT[:15000])[:4], hashes(20))
    print(compression(), serialising(60))
