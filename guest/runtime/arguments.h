#ifndef SALLYPORT_ARGUMENTS_H
#define SALLYPORT_ARGUMENTS_H

#include "numbers.h"

struct arguments {
  const char *image;
  u8 image_hash[32];
  bool has_image_hash;
  bool probe;
  u64 memory;
  u64 cpu;
  u64 parent;
};

/* Reads the command line; an argument that is not understood ends the process with a message. */
void arguments_parse(struct arguments *arguments, int argc, char **argv);

#endif
