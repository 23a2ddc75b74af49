#ifndef SALLYPORT_MAPPING_H
#define SALLYPORT_MAPPING_H

#include "numbers.h"

/* Lays out the address space (layout.h) for a memory of at most `memory` bytes, from the image file if the
   program has one, and sets the program's memory and globals. Whatever does not fit ends the process. */
void mapping_make(const char *image, u64 memory);

/* Pages (64 KiB) that the image holds; 0 without one. */
u32 mapping_image_pages(void);
/* Pages that memory may grow to. */
u32 mapping_limit_pages(void);

#endif
