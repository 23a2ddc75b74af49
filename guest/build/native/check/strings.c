/*
 * Searches and comparisons of memory: the exported functions, which the runtime may do in the program's stead, against
 * the same code under other names; at every alignment, and up to the last byte of memory.
 */
#include "program.h"

static inline __attribute__((always_inline)) const u8 *first(const u8 *at, u32 c, u32 n) {
  for (; n && *at != (u8)c; at++)
    n--;
  return n ? at : 0;
}
static inline __attribute__((always_inline)) const u8 *last(const u8 *at, u32 c, u32 n) {
  while (n--)
    if (at[n] == (u8)c)
      return at + n;
  return 0;
}
static inline __attribute__((always_inline)) const u32 *first_word(const u32 *at, u32 c, u32 n) {
  for (; n && *at != c; at++)
    n--;
  return n ? at : 0;
}
static inline __attribute__((always_inline)) int compare(const u8 *a, const u8 *b, u32 n) {
  for (; n && *a == *b; a++, b++)
    n--;
  return n ? (*a < *b ? -1 : 1) : 0;
}

#define REPLACED(name) __attribute__((export_name("sallyport_" #name), noinline))
REPLACED(memchr) const u8 *memchr_(const u8 *at, u32 c, u32 n) { return first(at, c, n); }
REPLACED(memrchr) const u8 *memrchr_(const u8 *at, u32 c, u32 n) { return last(at, c, n); }
REPLACED(wmemchr) const u32 *wmemchr_(const u32 *at, u32 c, u32 n) { return first_word(at, c, n); }
REPLACED(memcmp) int memcmp_(const u8 *a, const u8 *b, u32 n) { return compare(a, b, n); }

#define HERE __attribute__((noinline)) static
HERE const u8 *first_here(const u8 *at, u32 c, u32 n) { return first(at, c, n); }
HERE const u8 *last_here(const u8 *at, u32 c, u32 n) { return last(at, c, n); }
HERE const u32 *first_word_here(const u32 *at, u32 c, u32 n) { return first_word(at, c, n); }
HERE int compare_here(const u8 *a, const u8 *b, u32 n) { return compare(a, b, n); }

static u32 random_state = 1;
static u32 next(void) { return (random_state = random_state * 1664525 + 1013904223) >> 8; }

enum { AREA = 1024 };
static u8 other[AREA];

START {
  /* All that there can be, so that nothing behind it can be read. */
  __builtin_wasm_memory_grow(0, 128 - __builtin_wasm_memory_size(0));
  u8 *end = (u8 *)(__builtin_wasm_memory_size(0) << 16), *area = end - AREA;
  u32 different = 0;
  for (u32 round = 0; round < 20000; round++) {
    u32 n = round % 3 == 0 ? next() % AREA : next() % 200, at = round % 4 == 0 ? AREA - n : next() % (AREA - n + 1);
    u32 to = next() % (AREA - n + 1), few = next() % 4;
    for (u32 i = 0; i < n; i++)
      other[to + i] = area[at + i] = 0x80;
    for (u32 i = 0; i < few && n; i++)
      area[at + next() % n] = (u8)(next() % 3 + 0x7f);
    if (n && next() % 2) {
      for (u32 i = 0; i < n; i++)
        other[to + i] = area[at + i];
      if (next() % 2)
        other[to + next() % n] ^= (u8)(1 << next() % 8);
    }
    u32 c = next() << 8 | (next() % 3 + 0x7f);
    different += memchr_(area + at, c, n) != first_here(area + at, c, n);
    different += memrchr_(area + at, c, n) != last_here(area + at, c, n);
    different += memcmp_(area + at, other + to, n) != compare_here(area + at, other + to, n);
    different += memcmp_(other + to, area + at, n) != compare_here(other + to, area + at, n);
    const u32 *words = (const u32 *)(area + (at & ~3u));
    u32 count = n / 4, word = count && next() % 2 ? words[next() % count] : 0x80808080u;
    different += wmemchr_(words, word, count) != first_word_here(words, word, count);
  }
  say_number("different ", different);
  /* Longer than memory, but what is wanted is in it: the program's own code finds it. */
  area[AREA - 1] = 1;
  say_number("beyond ", (u32)(memchr_(area, 1, 0xffffffffu) == end - 1));
  other[0] = (u8)(area[AREA - 100] + 1);
  say_number("beyond ", (u32)(memcmp_(end - 100, other, 0xfffffff0u) < 0));
#ifdef BEYOND
  /* And nothing is found behind the end. */
  for (u32 i = 0; i < AREA; i++)
    area[i] = other[i] = 0x80;
  if (BEYOND == 1)
    say_number("", (u32)(u64)memchr_(end - 128, 7, 129));
  if (BEYOND == 2)
    say_number("", (u32)(u64)memrchr_(end - 128, 7, 129));
  if (BEYOND == 3)
    say_number("", (u32)(u64)wmemchr_((const u32 *)(end - 128), 7, 0x40000001u));
  if (BEYOND == 4)
    say_number("", (u32)memcmp_(end - 128, area, 0xffffffffu));
  say("after\n");
#endif
}
