#ifndef SALLYPORT_CONFINE_H
#define SALLYPORT_CONFINE_H

#include "numbers.h"

/* Gives up everything but read(0), write(1), exit and sigreturn; for good. `cpu` in seconds, 0: no limit;
   `parent`: the process that must still be there, 0: not checked. */
void confine(u64 cpu, u64 parent);

#endif
