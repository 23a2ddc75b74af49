/* Memory for the time after a program has used all that there is. */
#ifndef SALLYPORT_MEMORY_H
#define SALLYPORT_MEMORY_H

#include <stdbool.h>

/* From here on the last pages of memory are held back. */
void sallyport_hold_memory(void);
/* A program has failed for want of memory: a little of what is held back is there for the handling of it. */
void sallyport_no_memory(void);
/* From here on all memory is there to be used. Answers whether any was refused since it was held. */
bool sallyport_free_memory(void);

#endif
