/*
 * Functions of the program that the runtime can do in its stead, for the unit that holds the translated program:
 * guest/build/native/replacements.ts puts a call of these before the body of an exported function of that name.
 * False: nothing was done, and the body runs. Addresses and lengths are the guest's, and checked in both flavours.
 */
#ifndef SALLYPORT_REPLACEMENTS_H
#define SALLYPORT_REPLACEMENTS_H

#include "digests.h"
#include "memory.h"

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

#endif
