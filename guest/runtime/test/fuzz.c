/*
 * Fuzzing of the marshaller and the frame reader: any operation with any arguments, over any contents of linear
 * memory, answered with any bytes in reads of any size. What must hold: nothing outside of linear memory is read
 * or written (guard pages and sanitizers see to it), requests are well formed, and the process either goes on
 * or leaves.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../frame.h"
#include "../layout.h"
#include "../marshal.h"
#include "../module.h"
#include "../signals.h"
#include "../state.h"
#include "../system.h"
#include "all-operations.h"

enum { MEMORY = 4 << 16 };

static const u8 *answers;
static size_t answers_left;
static jmp_buf left;
static u64 request_need, request_got;
static u8 request_header[8];

u64 module_memory_bytes(void) { return MEMORY; }
u32 (*const module_interrupt_words)(void) = 0;

void state_touched(void) {}

void leave(u32 status) {
  (void)status;
  longjmp(left, 1);
}

void fail(u32 status, const char *what, const char *value) {
  (void)what;
  (void)value;
  leave(status);
}

static u8 next_byte(void) {
  if (answers_left == 0)
    return 0;
  answers_left--;
  return *answers++;
}

/* A read gives between one byte and all there is, as the input says; one that does not wait may also find nothing. */
s64 system_read(int fd, void *to, u64 length) {
  if (request_got != 0 || (fd != 0 && fd != LOOKING))
    abort();
  u8 control = next_byte();
  if (fd == LOOKING && control % 8 == 5)
    return -SYSTEM_EAGAIN;
  u64 most = control < 200 ? length : control - 199u;
  u64 n = most < length ? most : length;
  if (n > answers_left)
    n = answers_left;
  if (control % 32 == 31)
    return -SYSTEM_EINTR;
  memcpy(to, answers, n);
  answers += n;
  answers_left -= n;
  return (s64)n;
}

/* A request must be exactly as long as its header says. */
s64 system_write(int fd, const void *from, u64 length) {
  if (fd != 1)
    abort();
  u64 n = length > 3 && (answers_left & 7) == 3 ? length / 2 : length;
  const u8 *at = from;
  volatile u8 sink = 0;
  for (u64 i = 0; i < n; i++) {
    sink ^= at[i];
    if (request_got < sizeof request_header)
      request_header[request_got] = at[i];
    request_got++;
    if (request_got == sizeof request_header) {
      u32 payload;
      memcpy(&payload, request_header, 4);
      if (payload > MAX_PAYLOAD || request_header[6] != 0 || request_header[7] != 0)
        abort();
      request_need = sizeof request_header + payload;
    }
    if (request_got >= sizeof request_header && request_got == request_need)
      request_got = 0;
  }
  return (s64)n;
}

static u32 number(const u8 **data, size_t *size) {
  u32 value = 0;
  size_t n = *size < 4 ? *size : 4;
  memcpy(&value, *data, n);
  *data += n;
  *size -= n;
  return value;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  u8 *memory = (u8 *)MEMORY_BASE;
  if (mmap(memory - 0x10000, MEMORY + 0x20000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) !=
          memory - 0x10000 ||
      mprotect(memory, MEMORY, PROT_READ | PROT_WRITE) != 0)
    abort();
  return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size) {
  if (size < 8)
    return 0;
  u8 *memory = (u8 *)MEMORY_BASE;
  const struct sp_operation *which = all_operations[data[0] % (sizeof all_operations / sizeof *all_operations)];
  u8 mode = data[1];
  signal_words_at(mode & 1 ? data[2] * 4u : 0);
  data += 3;
  size -= 3;
  /* Small numbers are far likelier to be good pointers and lengths than any 32 bits. */
  u64 arguments[16];
  for (u32 i = 0; i < 16; i++) {
    u32 value = number(&data, &size);
    arguments[i] = mode & 2 ? value : mode & 4 ? value % (MEMORY + 64) : value % 4096;
  }
  size_t filled = size / 2 < MEMORY ? size / 2 : MEMORY;
  memset(memory, 0, 8192);
  memcpy(memory, data, filled);
  answers = data + filled;
  answers_left = size - filled;
  request_got = 0;
  if (setjmp(left) == 0)
    for (u32 round = 0; round < 4; round++)
      operation(which, arguments);
  return 0;
}
