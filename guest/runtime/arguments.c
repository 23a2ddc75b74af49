/* The command line: names with values, nothing else, each at most once. */
#include "arguments.h"

#include "system.h"

static bool same(const char *a, const char *b) {
  while (*a && *a == *b)
    a++, b++;
  return *a == *b;
}

static u64 number(const char *name, const char *text) {
  u64 value = 0;
  if (!*text)
    fail(STATUS_USAGE, "a number is missing for", name);
  for (; *text; text++) {
    if (*text < '0' || *text > '9' || value > (UINT64_MAX - 9) / 10)
      fail(STATUS_USAGE, "not a number for", name);
    value = value * 10 + (u64)(*text - '0');
  }
  return value;
}

static u32 digit(char c) {
  if (c >= '0' && c <= '9')
    return (u32)(c - '0');
  if (c >= 'a' && c <= 'f')
    return (u32)(c - 'a' + 10);
  fail(STATUS_USAGE, "64 hexadecimal digits are needed for", "--image-sha256");
}

static void hash(u8 *to, const char *text) {
  for (u32 i = 0; i < 32; i++) {
    u32 high = digit(text[0]);
    to[i] = (u8)(high << 4 | digit(text[1]));
    text += 2;
  }
  if (*text)
    digit('\0');
}

void arguments_parse(struct arguments *arguments, int argc, char **argv) {
  enum { IMAGE = 1, HASH = 2, MEMORY = 4, CPU = 8, PARENT = 16 };
  u32 seen = 0;
  *arguments = (struct arguments){0};
  if (argc == 2 && same(argv[1], "--probe")) {
    arguments->probe = true;
    return;
  }
  for (int i = 1; i < argc; i += 2) {
    const char *name = argv[i];
    u32 which = same(name, "--image")          ? IMAGE
                : same(name, "--image-sha256") ? HASH
                : same(name, "--memory")       ? MEMORY
                : same(name, "--cpu")          ? CPU
                : same(name, "--parent")       ? PARENT
                                               : 0;
    if (which == 0)
      fail(STATUS_USAGE, "unknown argument", name);
    if (i + 1 == argc)
      fail(STATUS_USAGE, "a value is missing for", name);
    if (seen & which)
      fail(STATUS_USAGE, "given twice", name);
    seen |= which;
    const char *value = argv[i + 1];
    if (which == IMAGE)
      arguments->image = value;
    else if (which == HASH)
      hash(arguments->image_hash, value);
    else if (which == MEMORY)
      arguments->memory = number(name, value);
    else if (which == CPU)
      arguments->cpu = number(name, value);
    else
      arguments->parent = number(name, value);
  }
  arguments->has_image_hash = (seen & HASH) != 0;
  if (!(seen & MEMORY))
    fail(STATUS_USAGE, "missing: --memory BYTES (of at most 4 GiB)", 0);
}
