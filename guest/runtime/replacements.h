/*
 * Functions of the program that the runtime can do in its stead, for the unit that holds the translated program:
 * guest/build/native/replacements.ts puts a call of these before the body of an exported function of that name.
 * False: nothing was done, and the body runs. Addresses and lengths are the guest's, and checked in both flavours.
 */
#ifndef SALLYPORT_REPLACEMENTS_H
#define SALLYPORT_REPLACEMENTS_H

#include "digests.h"
#include "memory.h"
#include "strings.h"

static inline bool replace_sha1_blocks(u32 state, u32 data, u32 blocks) {
  if (UNLIKELY(!digests_by_processor))
    return false;
  RANGE_CHECK(state, 5 * sizeof(u32));
  RANGE_CHECK(data, (u64)blocks * 64);
  digest_sha1(memory_at(state), memory_at(data), blocks);
  return true;
}

/* Of a length that is no multiple of a block the rest is not looked at. */
static inline bool replace_sha256_blocks(u32 length, u32 data, u32 state) {
  if (UNLIKELY(!digests_by_processor))
    return false;
  RANGE_CHECK(state, 8 * sizeof(u32));
  RANGE_CHECK(data, (u64)(length / 64) * 64);
  digest_sha256(memory_at(state), memory_at(data), length / 64);
  return true;
}

/* What is shorter, or not all of it the guest's memory, is left to the program: its own code stops where it finds. */
static inline bool long_string(u32 address, u64 length) {
  return length >= 2 * STRINGS_LEAST && strings_by_processor && address + length <= memory_bytes;
}

static inline bool replace_sallyport_memchr(u32 string, u32 c, u32 length, u32 *answer) {
  if (!long_string(string, length))
    return false;
  u64 at = strings_first(memory_at(string), (u8)c, length);
  *answer = at < length ? string + (u32)at : 0;
  return true;
}

static inline bool replace_sallyport_memrchr(u32 string, u32 c, u32 length, u32 *answer) {
  if (!long_string(string, length))
    return false;
  u64 at = strings_last(memory_at(string), (u8)c, length);
  *answer = at < length ? string + (u32)at : 0;
  return true;
}

static inline bool replace_sallyport_wmemchr(u32 string, u32 c, u32 length, u32 *answer) {
  if (!long_string(string, (u64)length * sizeof c))
    return false;
  u64 at = strings_first_word(memory_at(string), c, length);
  *answer = at < length ? string + (u32)(at * sizeof c) : 0;
  return true;
}

static inline bool replace_sallyport_memcmp(u32 left, u32 right, u32 length, u32 *answer) {
  if (!long_string(left, length) || !long_string(right, length))
    return false;
  /* Most of what is sorted differs at once. */
  if (i64_load(left) != i64_load(right))
    return false;
  u64 at = strings_same(memory_at(left), memory_at(right), length);
  *answer = at == length ? 0 : *memory_at(left + at) < *memory_at(right + at) ? UINT32_MAX : 1;
  return true;
}

#endif
