/* Confines itself, then makes one system call, by number and first argument: does the filter let it through? */
#include <stdlib.h>

#include "confine.h"
#include "system.h"

int main(int argc, char **argv) {
  if (argc != 3)
    return 1;
  s64 number = atol(argv[1]);
  u64 argument = (u64)atol(argv[2]);
  confine(0, 0);
  system_call(number, argument, (u64) "", 0, 0, 0, 0);
  leave(42);
}
