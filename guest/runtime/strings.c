/* Searching and comparing with AVX2; the end of a run is looked at by its last 32 bytes, some of them again. */
#include "strings.h"

#include <cpuid.h>
#include <immintrin.h>

#define WITH_AVX2 __attribute__((target("avx2")))

enum { PART = 32, STEP = 4 * PART };
enum { LEAF_FEATURES = 1, LEAF_MORE_FEATURES = 7, BIT_OSXSAVE = 1 << 27, BIT_AVX2 = 1 << 5, XCR0_SSE_AND_AVX = 6 };

bool strings_by_processor;

void strings_detect(void) {
#ifndef SALLYPORT_PORTABLE
  u32 a, b, c, d;
  if (!__get_cpuid(LEAF_FEATURES, &a, &b, &c, &d) || (c & BIT_OSXSAVE) == 0)
    return;
  /* Whether the kernel keeps these registers. */
  __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
  if ((a & XCR0_SSE_AND_AVX) != XCR0_SSE_AND_AVX)
    return;
  strings_by_processor = __get_cpuid_count(LEAF_MORE_FEATURES, 0, &a, &b, &c, &d) && (b & BIT_AVX2) != 0;
#endif
}

WITH_AVX2 static inline __m256i load(const u8 *at) { return _mm256_loadu_si256((const __m256i *)at); }
WITH_AVX2 static inline u32 bits(__m256i bytes) { return (u32)_mm256_movemask_epi8(bytes); }
WITH_AVX2 static inline __m256i any(__m256i a, __m256i b, __m256i c, __m256i d) {
  return _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));
}
WITH_AVX2 static inline __m256i all(__m256i a, __m256i b, __m256i c, __m256i d) {
  return _mm256_and_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, d));
}

/* A step only finds out that something is in it; parts then say where. What is found is often in the first part. */
WITH_AVX2 u64 strings_first(const u8 *at, u8 c, u64 n) {
  __m256i wanted = _mm256_set1_epi8((char)c);
#define FOUND(i) _mm256_cmpeq_epi8(load(at + (i)), wanted)
  u32 at_once = bits(FOUND(0));
  if (at_once)
    return (u64)__builtin_ctz(at_once);
  u64 i = PART;
  while (i + STEP <= n && !bits(any(FOUND(i), FOUND(i + PART), FOUND(i + 2 * PART), FOUND(i + 3 * PART))))
    i += STEP;
  for (;; i += PART) {
    if (i + PART > n) {
      if (i == n)
        return n;
      i = n - PART;
    }
    u32 found = bits(FOUND(i));
    if (found)
      return i + (u64)__builtin_ctz(found);
  }
#undef FOUND
}

WITH_AVX2 u64 strings_last(const u8 *at, u8 c, u64 n) {
  __m256i wanted = _mm256_set1_epi8((char)c);
#define FOUND(i) _mm256_cmpeq_epi8(load(at + (i)), wanted)
  u32 at_once = bits(FOUND(n - PART));
  if (at_once)
    return n - 1 - (u64)__builtin_clz(at_once);
  u64 i = n - PART;
  while (i >= STEP && !bits(any(FOUND(i - PART), FOUND(i - 2 * PART), FOUND(i - 3 * PART), FOUND(i - STEP))))
    i -= STEP;
  for (;; i -= PART) {
    if (i < PART) {
      if (i == 0)
        return n;
      i = PART;
    }
    u32 found = bits(FOUND(i - PART));
    if (found)
      return i - 1 - (u64)__builtin_clz(found);
  }
#undef FOUND
}

WITH_AVX2 u64 strings_first_word(const u8 *at, u32 c, u64 n) {
  __m256i wanted = _mm256_set1_epi32((int)c);
#define FOUND(i) _mm256_cmpeq_epi32(load(at + (i)), wanted)
  u64 size = n * sizeof c, i = 0;
  while (i + STEP <= size && !bits(any(FOUND(i), FOUND(i + PART), FOUND(i + 2 * PART), FOUND(i + 3 * PART))))
    i += STEP;
  for (;; i += PART) {
    if (i + PART > size) {
      if (i == size)
        return n;
      i = size - PART;
    }
    u32 found = bits(FOUND(i));
    if (found)
      return (i + (u64)__builtin_ctz(found)) / sizeof c;
  }
#undef FOUND
}

WITH_AVX2 u64 strings_same(const u8 *left, const u8 *right, u64 n) {
#define SAME(i) _mm256_cmpeq_epi8(load(left + (i)), load(right + (i)))
  u64 i = 0;
  while (i + STEP <= n && bits(all(SAME(i), SAME(i + PART), SAME(i + 2 * PART), SAME(i + 3 * PART))) == UINT32_MAX)
    i += STEP;
  for (;; i += PART) {
    if (i + PART > n) {
      if (i == n)
        return n;
      i = n - PART;
    }
    u32 different = ~bits(SAME(i));
    if (different)
      return i + (u64)__builtin_ctz(different);
  }
#undef SAME
}
