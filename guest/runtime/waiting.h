/*
 * Waiting for an answer.
 */
#ifndef SALLYPORT_WAITING_H
#define SALLYPORT_WAITING_H

#include "numbers.h"

/* Before confinement, with nothing open but 0 and 1: opens LOOKING, where that can be and is of use. */
void waiting_prepare(void);

/* Reads from descriptor 0 what is there, as soon as something is; answers as the system call does. */
s64 waiting_read(void *to, u64 length);

#endif
