/* Never ends. */
#include "program.h"

volatile u32 turns;

START {
  say("spinning\n");
  for (;;)
    turns++;
}
