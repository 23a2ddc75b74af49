/* One trap each, as -DTRAP says: 1 unreachable, 2 out of bounds, 3 integer, 4 stack, 5 indirect call. */
#include "program.h"

volatile u32 zero;
static u32 (*volatile wrong)(u32, u32);

static u32 deep(u32 n) { return n == zero - 1 ? 0 : deep(n + 1) * 3 + n; }
static void plain(void) {}

START {
  say("before\n");
  if (TRAP == 1)
    __builtin_trap();
  if (TRAP == 2)
    *(volatile u32 *)(0xfffffff0u) = 1;
  if (TRAP == 3)
    zero = 5 / zero;
  if (TRAP == 4)
    zero = deep(0);
  if (TRAP == 5) {
    wrong = (u32(*)(u32, u32))plain;
    zero = wrong(1, 2);
  }
  say("after\n");
}
