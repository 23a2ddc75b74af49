/* The program's entry: reads its arguments, lays out memory, confines itself, and goes on on its own stack. */
#include "arguments.h"
#include "confine.h"
#include "digests.h"
#include "layout.h"
#include "loop.h"
#include "mapping.h"
#include "module.h"
#include "signals.h"
#include "strings.h"
#include "system.h"

static struct arguments arguments;

static void say(const char *text) {
  u64 length = 0;
  while (text[length])
    length++;
  (void)system_write(1, text, length);
}

static void say_number(u64 value) {
  char digits[21];
  u32 at = sizeof digits - 1;
  digits[at] = 0;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  say(digits + at);
}

static void probe(void) {
  char hash[65] = {0};
  for (u32 i = 0; i < 32; i++) {
    hash[2 * i] = "0123456789abcdef"[module_hash[i] >> 4];
    hash[2 * i + 1] = "0123456789abcdef"[module_hash[i] & 15];
  }
#ifdef SALLYPORT_HARDENED
  say("{\"version\":1,\"flavour\":\"hardened\",\"wasm\":\"");
#else
  say("{\"version\":1,\"flavour\":\"fast\",\"wasm\":\"");
#endif
  say(hash);
  say(module_has_image ? "\",\"image\":true,\"pages\":" : "\",\"image\":false,\"pages\":");
  say_number(module_initial_pages);
  say("}\n");
  leave(0);
}

/* What was on the command line and in the environment is not the guest's business. */
static void wipe(char **strings) {
  for (; *strings; strings++)
    for (char *c = *strings; *c; c++)
      *(volatile char *)c = 0;
}

__attribute__((noreturn)) static void confined(void) { loop(arguments.has_image_hash ? arguments.image_hash : 0); }

__attribute__((noreturn)) static void go_on_at(u64 stack_end) {
  __asm__ volatile(
      "mov %0, %%rsp\n\t"
      "xor %%ebp, %%ebp\n\t"
      "call *%1\n\t"
      "ud2" ::"r"(stack_end),
      "r"(confined)
      : "memory");
  __builtin_unreachable();
}

__attribute__((noreturn)) void start(u64 *stack) {
  int argc = (int)stack[0];
  char **argv = (char **)(stack + 1);
  char **environment = argv + argc + 1;
  arguments_parse(&arguments, argc, argv);
  if (arguments.probe)
    probe();
  mapping_make(arguments.image, arguments.memory);
  signals_install();
  digests_detect();
  strings_detect();
#ifndef SALLYPORT_TRAINING
  wipe(argv);
  wipe(environment);
  confine(arguments.cpu, arguments.parent);
#else
  (void)wipe;
  (void)environment;
#endif
  go_on_at(STACK_END);
}

#ifdef SALLYPORT_TRAINING
int main(int argc, char **argv);
int main(int argc, char **argv) {
  (void)argc;
  start((u64 *)argv - 1);
}
#else
void _start(void);
__attribute__((naked)) void _start(void) {
  __asm__("xor %ebp, %ebp\n\t"
          "mov %rsp, %rdi\n\t"
          "and $-16, %rsp\n\t"
          "call start\n\t"
          "ud2");
}
#endif
