/*
 * Loads and stores of the guest's linear memory, for the unit that holds the translated program.
 *
 * The base is a constant (layout.h), so that an access is one instruction with the base as its displacement.
 * An address is at most 2^32 - 1 plus an offset of at most 2^32 - 1 plus 8 bytes: that whole range is reserved
 * without access rights, and nothing else is ever mapped in it. The hardened flavour does not rely on that: it
 * compares every address with the memory's size.
 */
#ifndef SALLYPORT_MEMORY_H
#define SALLYPORT_MEMORY_H

#include "layout.h"
#include "numbers.h"

/* Bytes that are the guest's now, and pages it may have. Only this unit knows them by name, and never their
   addresses, so the compiler knows that no store of the guest's changes them. */
static u64 memory_bytes;
static u64 memory_limit;

static inline u8 *memory_at(u64 address) { return (u8 *)(MEMORY_BASE + address); }

#define RANGE_CHECK(address, length)                         \
  do {                                                       \
    if (UNLIKELY((u64)(address) + (length) > memory_bytes))  \
      TRAP(OOB);                                             \
  } while (0)

#ifdef SALLYPORT_HARDENED
#define ACCESS_CHECK(address, length) RANGE_CHECK(address, length)
#else
#define ACCESS_CHECK(address, length)
#endif

/* A load whose value nobody uses must trap all the same only where exact traps are asked for (in tests). */
#ifdef SALLYPORT_EXACT_TRAPS
#define FORCE_READ(value) __asm__ volatile("" ::"r"(value))
#else
#define FORCE_READ(value)
#endif

#define DEFINE_LOAD(name, stored, extended, result)                  \
  static inline result name(u64 address) {                           \
    ACCESS_CHECK(address, sizeof(stored));                           \
    stored value;                                                    \
    __builtin_memcpy(&value, memory_at(address), sizeof(stored));    \
    FORCE_READ(value);                                               \
    return (result)(extended)value;                                  \
  }
#define DEFINE_STORE(name, stored, given)                            \
  static inline void name(u64 address, given value) {                \
    ACCESS_CHECK(address, sizeof(stored));                           \
    stored wrapped = (stored)value;                                  \
    __builtin_memcpy(memory_at(address), &wrapped, sizeof(stored));  \
  }

DEFINE_LOAD(i32_load, u32, u32, u32)
DEFINE_LOAD(i64_load, u64, u64, u64)
DEFINE_LOAD(f32_load, f32, f32, f32)
DEFINE_LOAD(f64_load, f64, f64, f64)
DEFINE_LOAD(i32_load8_s, s8, s32, u32)
DEFINE_LOAD(i64_load8_s, s8, s64, u64)
DEFINE_LOAD(i32_load8_u, u8, u32, u32)
DEFINE_LOAD(i64_load8_u, u8, u64, u64)
DEFINE_LOAD(i32_load16_s, s16, s32, u32)
DEFINE_LOAD(i64_load16_s, s16, s64, u64)
DEFINE_LOAD(i32_load16_u, u16, u32, u32)
DEFINE_LOAD(i64_load16_u, u16, u64, u64)
DEFINE_LOAD(i64_load32_s, s32, s64, u64)
DEFINE_LOAD(i64_load32_u, u32, u64, u64)
DEFINE_STORE(i32_store, u32, u32)
DEFINE_STORE(i64_store, u64, u64)
DEFINE_STORE(f32_store, f32, f32)
DEFINE_STORE(f64_store, f64, f64)
DEFINE_STORE(i32_store8, u8, u32)
DEFINE_STORE(i32_store16, u16, u32)
DEFINE_STORE(i64_store8, u8, u64)
DEFINE_STORE(i64_store16, u16, u64)
DEFINE_STORE(i64_store32, u32, u64)

static inline void memory_fill(u32 to, u32 value, u32 length) {
  RANGE_CHECK(to, length);
  __builtin_memset(memory_at(to), (int)value, length);
}

static inline void memory_copy(u32 to, u32 from, u32 length) {
  RANGE_CHECK(to, length);
  RANGE_CHECK(from, length);
  __builtin_memmove(memory_at(to), memory_at(from), length);
}

static inline void memory_init(const u8 *segment, u32 size, u32 to, u32 from, u32 length) {
  if (UNLIKELY((u64)from + length > size))
    TRAP(OOB);
  RANGE_CHECK(to, length);
  __builtin_memcpy(memory_at(to), segment + from, length);
}

#ifdef SALLYPORT_EXACT_TRAPS
void exact_grow(u64 from, u64 to);
#else
#define exact_grow(from, to)
#endif

static inline u32 memory_size(void) { return (u32)(memory_bytes / MEMORY_PAGE); }

/* Pages before growing, or -1. What is below the limit is mapped since the start, so growing is bookkeeping. */
static u32 memory_grow(u32 pages) {
  u32 before = memory_size();
  if ((u64)before + pages > memory_limit)
    return UINT32_MAX;
  exact_grow(memory_bytes, memory_bytes + (u64)pages * MEMORY_PAGE);
  memory_bytes += (u64)pages * MEMORY_PAGE;
  return before;
}

#endif
