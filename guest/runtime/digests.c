/* SHA-1 and SHA-256 with the instructions made for them (FIPS 180-4; Intel's manual, SHA Extensions). */
#include "digests.h"

#include <cpuid.h>
#include <immintrin.h>

#define WITH_SHA __attribute__((target("sha,sse4.1")))
#define UNROLLED _Pragma("clang loop unroll(full)")

enum { BLOCK = 64, LEAF_FEATURES = 1, LEAF_MORE_FEATURES = 7, BIT_SSSE3 = 1 << 9, BIT_SSE41 = 1 << 19, BIT_SHA = 1 << 29 };

bool digests_by_processor;

void digests_detect(void) {
#ifndef SALLYPORT_PORTABLE
  u32 a, b, c, d;
  if (!__get_cpuid(LEAF_FEATURES, &a, &b, &c, &d) || (c & (BIT_SSSE3 | BIT_SSE41)) != (BIT_SSSE3 | BIT_SSE41))
    return;
  digests_by_processor = __get_cpuid_count(LEAF_MORE_FEATURES, 0, &a, &b, &c, &d) && (b & BIT_SHA) != 0;
#endif
}

static const u32 sha256_constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* Four words of a block, each in the processor's order of bytes, from the first on. */
WITH_SHA static inline __m128i words(const u8 *data) {
  return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)data),
                          _mm_set_epi64x(0x0c0d0e0f08090a0bll, 0x0405060700010203ll));
}

WITH_SHA void digest_sha256(u8 *state, const u8 *data, u64 blocks) {
  /* The instructions want the eight words a to h as (a b e f) and (c d g h), from high to low. */
  __m128i dcba = _mm_loadu_si128((const __m128i *)state), hgfe = _mm_loadu_si128((const __m128i *)(state + 16));
  __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1), efgh = _mm_shuffle_epi32(hgfe, 0x1b);
  __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
  for (; blocks > 0; blocks--, data += BLOCK) {
    __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i w[4];
    UNROLLED for (int i = 0; i < 16; i++) {
      if (i < 4) {
        w[i] = words(data + 16 * i);
      } else {
        __m128i before = w[(i - 1) & 3], seven_before = _mm_alignr_epi8(before, w[(i - 2) & 3], 4);
        __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[i & 3], w[(i - 3) & 3]), seven_before);
        w[i & 3] = _mm_sha256msg2_epu32(sum, before);
      }
      __m128i input = _mm_add_epi32(w[i & 3], _mm_load_si128((const __m128i *)(sha256_constants + 4 * i)));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, input);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(input, 0x0e));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)(state + 16), _mm_alignr_epi8(dchg, feba, 8));
}

/* Four rounds; which function and constant they take is part of the instruction. */
WITH_SHA static inline __m128i sha1_rounds(__m128i abcd, __m128i input, int kind) {
  switch (kind) {
  case 0:
    return _mm_sha1rnds4_epu32(abcd, input, 0);
  case 1:
    return _mm_sha1rnds4_epu32(abcd, input, 1);
  case 2:
    return _mm_sha1rnds4_epu32(abcd, input, 2);
  default:
    return _mm_sha1rnds4_epu32(abcd, input, 3);
  }
}

WITH_SHA void digest_sha1(u8 *state, const u8 *data, u64 blocks) {
  u32 last;
  __builtin_memcpy(&last, state + 16, sizeof last);
  /* From high to low, and what becomes e in the top word. */
  __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0x1b);
  __m128i e = _mm_set_epi32((int)last, 0, 0, 0);
  for (; blocks > 0; blocks--, data += BLOCK) {
    __m128i abcd_before = abcd, e_before = e;
    __m128i w[4];
    UNROLLED for (int i = 0; i < 20; i++) {
      if (i < 4) {
        w[i] = _mm_shuffle_epi32(words(data + 16 * i), 0x1b);
      } else {
        __m128i sum = _mm_xor_si128(_mm_sha1msg1_epu32(w[i & 3], w[(i - 3) & 3]), w[(i - 2) & 3]);
        w[i & 3] = _mm_sha1msg2_epu32(sum, w[(i - 1) & 3]);
      }
      __m128i input = i == 0 ? _mm_add_epi32(e, w[0]) : _mm_sha1nexte_epu32(e, w[i & 3]);
      e = abcd;
      abcd = sha1_rounds(abcd, input, i / 5);
    }
    abcd = _mm_add_epi32(abcd, abcd_before);
    e = _mm_sha1nexte_epu32(e, e_before);
  }
  _mm_storeu_si128((__m128i *)state, _mm_shuffle_epi32(abcd, 0x1b));
  last = (u32)_mm_extract_epi32(e, 3);
  __builtin_memcpy(state + 16, &last, sizeof last);
}
