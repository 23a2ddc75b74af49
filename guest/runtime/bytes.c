/*
 * memcpy, memmove, memset and memcmp: the compiler calls them, and there is no C library here.
 *
 * Up to 128 bytes everything is loaded before anything is stored, so overlapping needs no thought; long runs
 * are the processor's own string instructions, which are as fast as anything on what is in use today.
 */
#include "numbers.h"

typedef u8 v16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef u64 w8 __attribute__((aligned(1), may_alias));
typedef u32 w4 __attribute__((aligned(1), may_alias));
typedef u16 w2 __attribute__((aligned(1), may_alias));

enum { STRING_INSTRUCTION = 1024 };

void *memmove(void *to, const void *from, u64 length);
void *memcpy(void *to, const void *from, u64 length);
void *memset(void *to, int value, u64 length);
int memcmp(const void *a, const void *b, u64 length);

static inline void *move_small(u8 *to, const u8 *from, u64 n) {
  if (n >= 8) {
    u64 first = *(const w8 *)from, last = *(const w8 *)(from + n - 8);
    *(w8 *)to = first;
    *(w8 *)(to + n - 8) = last;
  } else if (n >= 4) {
    u32 first = *(const w4 *)from, last = *(const w4 *)(from + n - 4);
    *(w4 *)to = first;
    *(w4 *)(to + n - 4) = last;
  } else if (n >= 2) {
    u16 first = *(const w2 *)from, last = *(const w2 *)(from + n - 2);
    *(w2 *)to = first;
    *(w2 *)(to + n - 2) = last;
  } else if (n == 1) {
    *to = *from;
  }
  return to;
}

static void *move_long(u8 *to, const u8 *from, u64 n) {
  v16 head = *(const v16 *)from, tail = *(const v16 *)(from + n - 16);
  if ((u64)to - (u64)from >= n) {
    if (n >= STRING_INSTRUCTION && (u64)from - (u64)to >= 64) {
      void *d = to;
      __asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(n)::"memory");
      return to;
    }
    u64 skip = 16 - ((u64)to & 15);
    u64 i = skip;
    for (; i + 64 <= n; i += 64) {
      v16 a = *(const v16 *)(from + i), b = *(const v16 *)(from + i + 16);
      v16 c = *(const v16 *)(from + i + 32), d = *(const v16 *)(from + i + 48);
      *(v16 *)(to + i) = a;
      *(v16 *)(to + i + 16) = b;
      *(v16 *)(to + i + 32) = c;
      *(v16 *)(to + i + 48) = d;
    }
    for (; i + 16 <= n; i += 16)
      *(v16 *)(to + i) = *(const v16 *)(from + i);
  } else {
    u64 i = n - (((u64)to + n) & 15);
    for (; i >= 64; i -= 64) {
      v16 a = *(const v16 *)(from + i - 16), b = *(const v16 *)(from + i - 32);
      v16 c = *(const v16 *)(from + i - 48), d = *(const v16 *)(from + i - 64);
      *(v16 *)(to + i - 16) = a;
      *(v16 *)(to + i - 32) = b;
      *(v16 *)(to + i - 48) = c;
      *(v16 *)(to + i - 64) = d;
    }
    for (; i >= 16; i -= 16)
      *(v16 *)(to + i - 16) = *(const v16 *)(from + i - 16);
  }
  *(v16 *)to = head;
  *(v16 *)(to + n - 16) = tail;
  return to;
}

void *memmove(void *destination, const void *source, u64 n) {
  u8 *to = destination;
  const u8 *from = source;
  if (n < 16)
    return move_small(to, from, n);
  if (n <= 32) {
    v16 a = *(const v16 *)from, z = *(const v16 *)(from + n - 16);
    *(v16 *)to = a;
    *(v16 *)(to + n - 16) = z;
    return to;
  }
  if (n <= 64) {
    v16 a = *(const v16 *)from, b = *(const v16 *)(from + 16);
    v16 y = *(const v16 *)(from + n - 32), z = *(const v16 *)(from + n - 16);
    *(v16 *)to = a;
    *(v16 *)(to + 16) = b;
    *(v16 *)(to + n - 32) = y;
    *(v16 *)(to + n - 16) = z;
    return to;
  }
  return move_long(to, from, n);
}

void *memcpy(void *to, const void *from, u64 n) __attribute__((alias("memmove")));

void *memset(void *destination, int value, u64 n) {
  u8 *to = destination;
  if (n < 16) {
    u64 word = 0x0101010101010101ull * (u8)value;
    if (n >= 8) {
      *(w8 *)to = word;
      *(w8 *)(to + n - 8) = word;
    } else if (n >= 4) {
      *(w4 *)to = (u32)word;
      *(w4 *)(to + n - 4) = (u32)word;
    } else if (n > 0) {
      to[0] = (u8)word;
      to[n / 2] = (u8)word;
      to[n - 1] = (u8)word;
    }
    return to;
  }
  if (n >= STRING_INSTRUCTION) {
    void *d = to;
    __asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(value) : "memory");
    return to;
  }
  u8 byte = (u8)value;
  v16 filled = {byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte};
  for (u64 i = 0; i + 16 <= n; i += 16)
    *(v16 *)(to + i) = filled;
  *(v16 *)(to + n - 16) = filled;
  return to;
}

int memcmp(const void *left, const void *right, u64 n) {
  const u8 *a = left, *b = right;
  for (u64 i = 0; i < n; i++)
    if (a[i] != b[i])
      return a[i] < b[i] ? -1 : 1;
  return 0;
}
