/*
 * Searching and comparing memory 32 bytes at a time. Programs that export their functions for it under the names of
 * replacements.h have long runs done here where the processor can; elsewhere theirs is what runs.
 */
#ifndef SALLYPORT_STRINGS_H
#define SALLYPORT_STRINGS_H

#include "numbers.h"

/* Set once, before confinement, and never by anything of the guest's. */
extern bool strings_by_processor;
void strings_detect(void);

/* Fewer bytes than this must not be given to what follows. */
enum { STRINGS_LEAST = 32 };

/* Where among n bytes the first (or last) c is, or n. Nothing needs to be aligned. */
u64 strings_first(const u8 *at, u8 c, u64 n);
u64 strings_last(const u8 *at, u8 c, u64 n);
/* Where among n words of four bytes the first c is, or n. */
u64 strings_first_word(const u8 *at, u32 c, u64 n);
/* How many of n bytes are the same from the first on. */
u64 strings_same(const u8 *left, const u8 *right, u64 n);

#endif
