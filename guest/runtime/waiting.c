/*
 * Waiting for an answer.
 *
 * Most answers come within microseconds. A processor that has nothing else to do meanwhile is halted, and to wake it
 * takes longer than that in a virtual machine. So the guest looks for its answer again and again for a little while, and
 * only then blocks; where looking is in vain again and again, it is tried ever more rarely. Whether a read blocks is no
 * matter of the call but of what a descriptor is open as: so the pipe that is descriptor 0 is open once more, as LOOKING.
 */
#include "waiting.h"

#include "system.h"

enum { O_RDONLY = 0, O_NONBLOCK = 04000 };
enum { FORMAT = 0170000, FORMAT_PIPE = 0010000 };

/* How long to look, in the processor's ticks: some 12 to 25 µs. */
enum { PATIENCE = 50000 };
/* Most answers that are waited for without looking, after looking in vain again and again. */
enum { MAX_ABSTENTION = 64, MAX_IN_VAIN = 16 };

#ifdef SALLYPORT_FUZZING
static bool looks = true;
#else
static bool looks;
#endif
static u32 in_vain;
static u32 abstention;

static bool is_pipe(u64 fd) {
  u64 attributes[18];
  return system_call(SYS_FSTAT, fd, (u64)attributes, 0, 0, 0, 0) == 0 && (attributes[3] & FORMAT) == FORMAT_PIPE;
}

/* On a single processor looking would keep the controller from answering. */
static bool has_processors(void) {
  static u64 allowed[128];
  s64 size = system_call(SYS_SCHED_GETAFFINITY, 0, sizeof allowed, (u64)allowed, 0, 0, 0);
  u32 count = 0;
  for (s64 i = 0; i < size / 8; i++)
    for (u64 bits = allowed[i]; bits != 0; bits &= bits - 1)
      count++;
  return count > 1;
}

void waiting_prepare(void) {
  if (!is_pipe(0) || !has_processors())
    return;
  s64 fd = system_call(SYS_OPEN, (u64) "/proc/self/fd/0", O_RDONLY | O_NONBLOCK, 0, 0, 0, 0);
  looks = fd == LOOKING;
  if (fd > 0 && !looks)
    system_call(SYS_CLOSE, (u64)fd, 0, 0, 0, 0, 0);
}

static u64 ticks(void) { return __builtin_ia32_rdtsc(); }

/* Whether a look was of use: not if the answer took as long as looking may (another process had the processor). */
static void looked(bool of_use) {
  in_vain = of_use ? 0 : in_vain < MAX_IN_VAIN ? in_vain + 1 : MAX_IN_VAIN;
  if (in_vain > 1)
    abstention = in_vain > 7 ? MAX_ABSTENTION : 1u << (in_vain - 1);
}

s64 waiting_read(void *to, u64 length) {
  if (!looks)
    return system_read(0, to, length);
  if (abstention > 0) {
    abstention--;
    return system_read(0, to, length);
  }
  u64 began = ticks();
  for (;;) {
    s64 n = system_read(LOOKING, to, length);
    bool late = ticks() - began > PATIENCE;
    if (n != -SYSTEM_EAGAIN || late)
      looked(!late);
    if (n != -SYSTEM_EAGAIN)
      return n;
    if (late)
      return system_read(0, to, length);
    __builtin_ia32_pause();
  }
}
