/*
 * The guest process's address space. The program itself is linked, not position independent, from 4 MiB on.
 *
 *   0x1fff0000  16 MiB + 64 KiB without access: more than any frame of the guest's functions
 *   0x21000000  native stack, growing down from its end
 *   0x31000000  without access up to
 *   0x40000000  linear memory: 4 GiB that an address can name, 4 GiB that an offset can add, 64 KiB more
 *   0x280000000 the image once more, read-only, to tell which pages have changed
 */
#ifndef SALLYPORT_LAYOUT_H
#define SALLYPORT_LAYOUT_H

#define STACK_GUARD 0x1fff0000ull
#define STACK_BASE 0x21000000ull
#define STACK_SIZE 0x10000000ull
#define STACK_END (STACK_BASE + STACK_SIZE)

#define MEMORY_BASE 0x40000000ull
#define MEMORY_RESERVED 0x200010000ull
#define MEMORY_END (MEMORY_BASE + MEMORY_RESERVED)
/* WebAssembly's page, and the processor's. */
#define MEMORY_PAGE 0x10000ull
#define NATIVE_PAGE 0x1000ull

#define IMAGE_BASE 0x280000000ull

#endif
