#ifndef SALLYPORT_LOOP_H
#define SALLYPORT_LOOP_H

#include "numbers.h"

/* Serves until the end of the process. `image_hash`: 32 bytes to pass on, or null. */
__attribute__((noreturn)) void loop(const u8 *image_hash);

#endif
