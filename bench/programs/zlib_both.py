"""zlib: compress, decompress, crc32."""
import zlib


def main():
    data = b"".join(b"%d the quick brown fox %d\n" % (i, i * i % 977) for i in range(30000))
    packed = zlib.compress(data, 6)
    return (len(packed), zlib.crc32(zlib.decompress(packed)))
