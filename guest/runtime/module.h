/*
 * What the translated program offers the runtime. Made by guest/build/native/translate.ts.
 */
#ifndef SALLYPORT_MODULE_H
#define SALLYPORT_MODULE_H

#include "numbers.h"

/* SHA-256 of the WebAssembly file. */
extern const u8 module_hash[32];
/* Pages of memory that the program declares; no memory: both 0. */
extern const u32 module_initial_pages;
extern const u32 module_maximum_pages;
/* Mutable globals, each as the 64 bits that hold its value. */
extern const u32 module_global_count;
u64 module_global(u32 index);
void module_set_global(u32 index, u64 bits);
/* Does the program need an image to start from? Otherwise it has its data segments in it. */
extern const bool module_has_image;
/* Puts data segments into memory; the WebAssembly start function follows. */
void module_initialise(void);
void module_start(void);

u64 module_memory_bytes(void);
void module_set_memory(u64 bytes, u64 limit_pages);

/* Exports; null where the program has none of that name and type. */
extern u32 (*const module_run)(void);
extern void (*const module_command)(void);
extern u32 (*const module_interrupt_words)(void);

#endif
