#ifndef SALLYPORT_MARSHAL_H
#define SALLYPORT_MARSHAL_H

#include "numbers.h"
#include "operations.h"

/* Runs one operation for the guest: `arguments` as the import was given them. Answers 0 or an errno. */
u32 operation(const struct sp_operation *operation, const u64 *arguments);

#endif
