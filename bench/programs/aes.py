"""Bytes and bit operations: AES-128 in pure Python."""


def tables():
    p = q = 1
    sbox = [0] * 256
    while True:
        p = p ^ ((p << 1) & 0xFF) ^ (0x1B if p & 0x80 else 0)
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        x = q ^ (q << 1 | q >> 7) ^ (q << 2 | q >> 6) ^ (q << 3 | q >> 5) ^ (q << 4 | q >> 4)
        sbox[p] = (x ^ 0x63) & 0xFF
        if p == 1:
            break
    sbox[0] = 0x63
    return sbox


SBOX = tables()


def xtime(a):
    return ((a << 1) ^ 0x1B) & 0xFF if a & 0x80 else a << 1


def expand(key):
    words, rcon = [list(key[i:i + 4]) for i in range(0, 16, 4)], 1
    for i in range(4, 44):
        t = list(words[-1])
        if i % 4 == 0:
            t = [SBOX[b] for b in t[1:] + t[:1]]
            t[0] ^= rcon
            rcon = xtime(rcon)
        words.append([a ^ b for a, b in zip(words[-4], t)])
    return [sum(words[i:i + 4], []) for i in range(0, 44, 4)]


def encrypt(block, keys):
    s = [a ^ b for a, b in zip(block, keys[0])]
    for n in range(1, 11):
        s = [SBOX[b] for b in s]
        s = [s[(i + 4 * (i % 4)) % 16] for i in range(16)]
        if n < 10:
            out = []
            for c in range(0, 16, 4):
                a, b, d, e = s[c:c + 4]
                t = a ^ b ^ d ^ e
                out += [a ^ t ^ xtime(a ^ b), b ^ t ^ xtime(b ^ d), d ^ t ^ xtime(d ^ e), e ^ t ^ xtime(e ^ a)]
            s = out
        s = [a ^ b for a, b in zip(s, keys[n])]
    return bytes(s)


def main():
    keys = expand(bytes(range(16)))
    block = bytes.fromhex("00112233445566778899aabbccddeeff")
    first = encrypt(block, keys).hex()
    for _ in range(500):
        block = encrypt(block, keys)
    return (first, block.hex())
