/* Buffers of all kinds, good and bad. */
#include "program.h"

__attribute__((import_module("elsewhere"), import_name("unknown"))) u32 unknown(u32 a, u64 b);

static u8 large[3 << 20];
static char strings[64];
static u32 array[8];

START {
  say_number("unknown ", unknown(1, 2));
  u32 count = 0, size = 0;
  args_sizes_get(&count, &size);
  say_number("count ", count);
  say_number("size ", size);
  say_number("args ", args_get(array, strings));
  for (u32 i = 0; i < count; i++)
    say((const char *)array[i]), say("\n");

  for (u32 i = 0; i < sizeof large; i++)
    large[i] = 1;
  say_number("random ", random_get(large + 1, sizeof large - 2));
  u32 wrong = (large[0] != 1) + (large[sizeof large - 1] != 1);
  for (u32 i = 1; i < sizeof large - 1; i++)
    wrong += large[i] != 7;
  say_number("wrong ", wrong);

  /* One write of more than travels: what fits is written. */
  struct vector two[2] = {{large, 900000}, {large, 900000}};
  u32 n = 0;
  say_number("write ", fd_write(9, two, 2, &n));
  say_number("written ", n);
  struct vector into[3] = {{large + 10, 5}, {large + 100, 0}, {large + 200, 100000}};
  say_number("read ", fd_read(9, into, 3, &n));
  say_number("got ", n);
  say_number("first ", large[10] + large[14]);
  say_number("behind ", large[15]);
  say_number("third ", large[200] + large[200 + 9994]);

  /* Pointers beyond memory: EFAULT (21); too many vectors: EINVAL (28); a long path: ENAMETOOLONG (37). */
  say_number("fault ", random_get((void *)0xfffffff0u, 16));
  say_number("fault ", random_get((void *)0xffffffffu, 0xffffffffu));
  struct vector bad = {(void *)0xffffff00u, 4096};
  say_number("fault ", fd_write(9, &bad, 1, &n));
  say_number("fault ", fd_write(9, (void *)0xfffffffcu, 1, &n));
  say_number("fault ", fd_write(9, two, 1, (u32 *)0xfffffffeu));
  say_number("vectors ", fd_write(9, two, 1025, &n));
  say_number("path ", path_create_directory(3, large, 4096));
  say_number("path ", path_create_directory(3, large, 4095));
  proc_exit(42);
}
