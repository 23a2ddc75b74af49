/*
 * SHA-1 and SHA-256 of blocks: the exported functions, which the runtime may do in the program's stead, against the
 * same code under other names; states and data at every alignment, with the last block the last of memory.
 */
#include "program.h"

#define ROTATED(x, n) ((x) << (n) | (x) >> (32 - (n)))

static u32 word(const u8 *at) { return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3]; }

/* The first digits of the fraction of a root of the i-th prime: FIPS 180-4's constants, computed. */
static u32 fraction(u32 i, u32 power) {
  u32 prime = 1, count = 0;
  while (count <= i) {
    prime++;
    u32 divisor = 2;
    while (prime % divisor)
      divisor++;
    count += divisor == prime;
  }
  double root = 2;
  for (int step = 0; step < 60; step++)
    root -= power == 3 ? (root * root * root - prime) / (3 * root * root) : (root * root - prime) / (2 * root);
  return (u32)((root - (u32)root) * 0x1p32);
}

static u32 constants[64];

static inline __attribute__((always_inline)) void sha256(u32 length, const u8 *data, u32 *state) {
  for (; length >= 64; length -= 64, data += 64) {
    u32 w[64], s[8];
    for (u32 i = 0; i < 8; i++)
      __builtin_memcpy(&s[i], (u8 *)state + 4 * i, 4);
    for (u32 i = 0; i < 64; i++) {
      u32 a = i < 16 ? 0 : w[i - 15], b = i < 16 ? 0 : w[i - 2];
      w[i] = i < 16 ? word(data + 4 * i)
                    : w[i - 16] + (ROTATED(a, 25) ^ ROTATED(a, 14) ^ a >> 3) + w[i - 7] +
                          (ROTATED(b, 15) ^ ROTATED(b, 13) ^ b >> 10);
      u32 e = s[(68 - i) & 7], f = s[(69 - i) & 7], g = s[(70 - i) & 7];
      u32 x = s[(64 - i) & 7], y = s[(65 - i) & 7], z = s[(66 - i) & 7];
      u32 t = s[(71 - i) & 7] + (ROTATED(e, 26) ^ ROTATED(e, 21) ^ ROTATED(e, 7)) + ((e & f) ^ (~e & g)) + constants[i] + w[i];
      s[(67 - i) & 7] += t;
      s[(71 - i) & 7] = t + (ROTATED(x, 30) ^ ROTATED(x, 19) ^ ROTATED(x, 10)) + ((x & y) ^ (x & z) ^ (y & z));
    }
    for (u32 i = 0; i < 8; i++) {
      u32 before;
      __builtin_memcpy(&before, (u8 *)state + 4 * i, 4);
      s[i] += before;
      __builtin_memcpy((u8 *)state + 4 * i, &s[i], 4);
    }
  }
}

static inline __attribute__((always_inline)) void sha1(u32 *state, const u8 *data, u32 blocks) {
  static const u32 k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
  for (; blocks > 0; blocks--, data += 64) {
    u32 w[80], s[5], before[5];
    __builtin_memcpy(s, state, 20);
    __builtin_memcpy(before, s, 20);
    for (u32 i = 0; i < 80; i++) {
      w[i] = i < 16 ? word(data + 4 * i) : ROTATED(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
      u32 b = s[1], c = s[2], d = s[3];
      u32 f = i < 20 ? (b & c) | (~b & d) : i >= 40 && i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      u32 t = ROTATED(s[0], 5) + f + s[4] + k[i / 20] + w[i];
      s[4] = d, s[3] = c, s[2] = ROTATED(b, 30), s[1] = s[0], s[0] = t;
    }
    for (u32 i = 0; i < 5; i++)
      s[i] += before[i];
    __builtin_memcpy(state, s, 20);
  }
}

__attribute__((export_name("sha256_blocks"), noinline)) void sha256_blocks(u32 length, const u8 *data, u32 *state) {
  sha256(length, data, state);
}
__attribute__((export_name("sha1_blocks"), noinline)) void sha1_blocks(u32 *state, const u8 *data, u32 blocks) {
  sha1(state, data, blocks);
}
__attribute__((noinline)) static void sha256_here(u32 length, const u8 *data, u32 *state) { sha256(length, data, state); }
__attribute__((noinline)) static void sha1_here(u32 *state, const u8 *data, u32 blocks) { sha1(state, data, blocks); }

static u32 random_state = 1;
static u32 next(void) { return random_state = random_state * 1664525 + 1013904223; }

START {
  for (u32 i = 0; i < 64; i++)
    constants[i] = fraction(i, 3);
  u8 *end = (u8 *)(__builtin_wasm_memory_size(0) << 16);
  u8 *data = end - 8 * 64;
  u8 states[2][64];
  u32 different = 0;
  for (u32 round = 0; round < 4000; round++) {
    u32 blocks = round % 8, at = round % 17, left = blocks * 64 + next() % 64;
    u8 *from = round % 3 == 0 ? end - blocks * 64 : data + next() % (8 * 64 - blocks * 64 + 1);
    for (u8 *byte = data; byte < end; byte++)
      *byte = (u8)(next() >> 24);
    for (u32 i = 0; i < 64; i++)
      states[0][i] = states[1][i] = (u8)(next() >> 24);
    sha256_blocks(left, from, (u32 *)(states[0] + at));
    sha256_here(left, from, (u32 *)(states[1] + at));
    sha1_blocks((u32 *)(states[0] + at + 7), from, blocks);
    sha1_here((u32 *)(states[1] + at + 7), from, blocks);
    for (u32 i = 0; i < 64; i++)
      different += states[0][i] != states[1][i];
  }
  say_number("different ", different);
  /* FIPS 180-4's first example, padded: "abc". */
  u8 block[64] = {'a', 'b', 'c', 0x80, [63] = 24};
  u32 state[8], first[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for (u32 i = 0; i < 8; i++)
    state[i] = fraction(i, 2);
  sha256_blocks(64, block, state);
  sha1_blocks(first, block, 1);
  say_number("sha256 ", state[0]);
  say_number("sha256 ", state[7]);
  say_number("sha1 ", first[0]);
  say_number("sha1 ", first[4]);
#ifdef BEYOND
  /* Just beyond what is the guest's: the data, or the state. */
  if (BEYOND == 1)
    sha256_blocks(128, end - 64, state);
  if (BEYOND == 2)
    sha256_blocks(64, block, (u32 *)(end - 31));
  if (BEYOND == 3)
    sha1_blocks(first, (u8 *)0xffffffc0u, 0xffffffffu);
  if (BEYOND == 4)
    sha1_blocks((u32 *)(end - 19), block, 0);
  say("after\n");
#endif
}
