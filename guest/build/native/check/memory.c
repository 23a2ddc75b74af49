/* Growing up to the limit and not beyond; new memory is zero; filling and moving. */
#include "program.h"

START {
  u32 before = __builtin_wasm_memory_size(0), pages = before;
  while (__builtin_wasm_memory_grow(0, 1) != (u32)-1)
    pages++;
  say_number("pages ", pages);
  say_number("size ", __builtin_wasm_memory_size(0));
  u32 nonzero = 0;
  volatile u8 *new = (u8 *)(before << 16);
  for (u32 i = 0; i < (pages - before) << 16; i++)
    nonzero += new[i] != 0;
  say_number("nonzero ", nonzero);
  __builtin_memset((u8 *)new, 5, 70000);
  for (u32 length = 0; length < 3000; length = length * 5 / 4 + 1)
    for (int shift = -70; shift <= 70; shift += 7) {
      for (u32 i = 0; i < 4000; i++)
        new[i] = (u8)(i * 31);
      __builtin_memmove((u8 *)new + 500 + shift, (u8 *)new + 500, length);
      for (u32 i = 0; i < length; i++)
        nonzero += new[500 + shift + i] != (u8)((500 + i) * 31);
    }
  say_number("moved wrongly ", nonzero);
}
