/* The ways out of the process. */
#include "system.h"

#ifdef SALLYPORT_TRAINING
void training_leave(u32 status) __attribute__((noreturn));
#endif

void leave(u32 status) {
#ifdef SALLYPORT_TRAINING
  training_leave(status);
#else
  for (;;)
    system_call(SYS_EXIT, status & 255, 0, 0, 0, 0, 0);
#endif
}

static void say(const char *text) {
  u64 length = 0;
  while (text[length])
    length++;
  (void)system_write(2, text, length);
}

void fail(u32 status, const char *what, const char *value) {
  say("sallyport guest: ");
  say(what);
  if (value) {
    say(": ");
    say(value);
  }
  say("\n");
  leave(status);
}
