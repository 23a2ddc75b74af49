/*
 * Tables of functions. A table that the program never changes is two constant arrays: the number of each
 * function's type (0 for an empty entry, which matches no call) and its address. Any other table is an array
 * of references in the guest's private data.
 */
#ifndef SALLYPORT_TABLES_H
#define SALLYPORT_TABLES_H

#include "memory.h"

#define NULL ((void *)0)

typedef void (*function_t)(void);

/* A reference to a function; type 0 is null. */
typedef struct {
  function_t func;
  u64 type;
} funcref_t;
typedef void *externref_t;

#define FUNCREF_NULL ((funcref_t){0, 0})

#define CALL_CONSTANT(table, t, type, index, ...)                                              \
  ((LIKELY((index) < table##_size && table##_types[index] == (type)) || TRAP(CALL_INDIRECT)), \
   ((t)table##_functions[index])(__VA_ARGS__))
#define CALL_VARIABLE(table, t, wanted, index, ...)                                              \
  ((LIKELY((index) < table.size && table.data[index].type == (wanted)) || TRAP(CALL_INDIRECT)), \
   ((t)table.data[index].func)(__VA_ARGS__))

#define DEFINE_TABLE(kind)                                                                     \
  typedef struct {                                                                             \
    kind##_t *data;                                                                            \
    u32 size, limit;                                                                           \
  } kind##_table_t;                                                                            \
  static inline kind##_t kind##_table_get(const kind##_table_t *table, u32 index) {            \
    if (UNLIKELY(index >= table->size))                                                        \
      TRAP(OOB);                                                                               \
    return table->data[index];                                                                 \
  }                                                                                            \
  static inline void kind##_table_set(const kind##_table_t *table, u32 index, kind##_t value) { \
    if (UNLIKELY(index >= table->size))                                                        \
      TRAP(OOB);                                                                               \
    table->data[index] = value;                                                                \
  }                                                                                            \
  static inline void kind##_table_fill(const kind##_table_t *table, u32 to, kind##_t value, u32 n) { \
    if (UNLIKELY((u64)to + n > table->size))                                                   \
      TRAP(OOB);                                                                               \
    for (u32 i = 0; i < n; i++)                                                                \
      table->data[to + i] = value;                                                             \
  }                                                                                            \
  static inline void kind##_table_copy(const kind##_table_t *to, const kind##_table_t *from, u32 at, u32 start, \
                                       u32 n) {                                                \
    if (UNLIKELY((u64)at + n > to->size || (u64)start + n > from->size))                       \
      TRAP(OOB);                                                                               \
    __builtin_memmove(to->data + at, from->data + start, (u64)n * sizeof(kind##_t));           \
  }                                                                                            \
  static inline u32 kind##_table_grow(kind##_table_t *table, u32 n, kind##_t value) {          \
    u32 before = table->size;                                                                  \
    if ((u64)before + n > table->limit)                                                        \
      return UINT32_MAX;                                                                       \
    table->size = before + n;                                                                  \
    kind##_table_fill(table, before, value, n);                                                \
    return before;                                                                             \
  }
DEFINE_TABLE(funcref)
DEFINE_TABLE(externref)

/* One entry of an element segment: a function, or null. */
static inline void funcref_table_init(const funcref_table_t *table, const funcref_t *segment, u32 size, u32 to,
                                      u32 from, u32 n) {
  if (UNLIKELY((u64)from + n > size || (u64)to + n > table->size))
    TRAP(OOB);
  for (u32 i = 0; i < n; i++)
    table->data[to + i] = segment[from + i];
}

static inline void externref_table_init(const externref_table_t *table, u32 size, u32 to, u32 from, u32 n) {
  if (UNLIKELY((u64)from + n > size || (u64)to + n > table->size))
    TRAP(OOB);
  for (u32 i = 0; i < n; i++)
    table->data[to + i] = 0;
}

#endif
