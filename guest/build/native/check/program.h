/* For the small programs that check the runtime: WASI's imports and a way to say what was found. */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))
IMPORT(fd_write) u32 fd_write(u32 fd, const void *vectors, u32 count, u32 *written);
IMPORT(fd_read) u32 fd_read(u32 fd, const void *vectors, u32 count, u32 *nread);
IMPORT(random_get) u32 random_get(void *to, u32 length);
IMPORT(args_get) u32 args_get(u32 *array, void *strings);
IMPORT(args_sizes_get) u32 args_sizes_get(u32 *count, u32 *size);
IMPORT(path_create_directory) u32 path_create_directory(u32 fd, const void *path, u32 length);
IMPORT(sched_yield) u32 sched_yield(void);
IMPORT(proc_exit) void proc_exit(u32 status);

struct vector {
  const void *at;
  u32 length;
};

static inline u32 length_of(const char *text) {
  u32 n = 0;
  while (text[n])
    n++;
  return n;
}

static inline void say(const char *text) {
  struct vector vector = {text, length_of(text)};
  u32 written;
  fd_write(1, &vector, 1, &written);
}

static inline void say_number(const char *label, u64 value) {
  char digits[24];
  u32 at = sizeof digits - 1;
  digits[at--] = 0;
  digits[at] = '\n';
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  say(label);
  say(digits + at);
}

#define START __attribute__((export_name("_start"))) void _start(void)
