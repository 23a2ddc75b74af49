/*
 * SHA-1 and SHA-256 by the processor's own instructions. Programs that export a function `sha1_blocks` or
 * `sha256_blocks` have it done here where the processor can (replacements.h); elsewhere theirs is what runs.
 */
#ifndef SALLYPORT_DIGESTS_H
#define SALLYPORT_DIGESTS_H

#include "numbers.h"

/* Set once, before confinement, and never by anything of the guest's. */
extern bool digests_by_processor;
void digests_detect(void);

/* Whole blocks of 64 bytes; the state is 5 or 8 words, as the algorithms number them. Nothing needs to be aligned. */
void digest_sha1(u8 *state, const u8 *data, u64 blocks);
void digest_sha256(u8 *state, const u8 *data, u64 blocks);

#endif
