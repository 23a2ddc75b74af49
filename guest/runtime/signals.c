/*
 * Signals. A fault of the guest's code ends it with a last frame that says why; every other signal that can be
 * caught is an interrupt: it marks the interpreter's words, which the interpreter looks at by itself.
 */
#include "signals.h"

#include "frame.h"
#include "layout.h"
#include "module.h"
#include "operations.h"
#include "state.h"
#include "system.h"

enum { SIG_ILL = 4, SIG_TRAP = 5, SIG_BUS = 7, SIG_FPE = 8, SIG_KILL = 9, SIG_SEGV = 11, SIG_PIPE = 13, SIG_STOP = 19 };
enum { SIG_TSTP = 20, SIG_CONT = 18, SIG_SYS = 31, SIGNALS = 64 };
static const u64 SA_SIGINFO = 4, SA_RESTORER = 0x04000000, SA_ONSTACK = 0x08000000, SA_RESTART = 0x10000000;

struct action {
  void *handler;
  u64 flags;
  void *restorer;
  u64 mask;
};

struct alternate_stack {
  void *base;
  s32 flags;
  u64 size;
};

/* The part of siginfo_t and ucontext_t that is looked at. */
struct information {
  s32 number, error, code, pad;
  u64 address;
};
struct context {
  u64 flags, link, stack[3];
  u64 registers[23];
};
enum { REGISTER_RIP = 16 };

/* The program's own words: src of interrupt_words(), all addresses in linear memory. */
struct words {
  u32 tripped_base, tripped_stride, is_tripped, eval_breaker, breaker_bit, nsignals;
};
static u32 words_address;

/* The kernel's signal frame with the vector registers' state needs up to 12 KiB on today's processors. */
static u8 alternate[65536] __attribute__((aligned(16)));

__attribute__((naked)) static void restore(void) {
  __asm__("mov $15, %eax\n\tsyscall");
}

static void *word(u64 address) {
  return address % 4 == 0 && address + 4 <= module_memory_bytes() ? (void *)(MEMORY_BASE + address) : 0;
}

static void mark(u64 address, u32 bits) {
  u32 *at = word(address);
  if (at)
    __atomic_fetch_or(at, bits, __ATOMIC_RELAXED);
}

void signal_words_at(u32 address) { words_address = address; }

void signal_trip(u32 number) {
  u64 end = (u64)words_address + sizeof(struct words);
  if (words_address == 0 || words_address % 4 != 0 || end > module_memory_bytes())
    return;
  struct words words;
  __builtin_memcpy(&words, (void *)(MEMORY_BASE + words_address), sizeof words);
  if (number >= words.nsignals)
    return;
  state_touched();
  mark(words.tripped_base + (u64)number * words.tripped_stride, 1);
  mark(words.is_tripped, 1);
  mark(words.eval_breaker, words.breaker_bit);
}

__attribute__((noreturn, cold)) static void die(u32 reason, u64 detail) {
  request_begin(SP_OP_sallyport_died.number, 12);
  request_put_u32(reason);
  request_put_u64(detail);
  request_send();
  leave(STATUS_TRAP);
}

void wasm_trap(u32 reason) { die(reason, (u64)__builtin_return_address(0)); }

static void on_fault(s32 number, const struct information *information, const struct context *context) {
  u64 address = information->address;
  u64 place = context->registers[REGISTER_RIP];
  if (number == SIG_SEGV || number == SIG_BUS) {
    if (address >= MEMORY_BASE && address < MEMORY_END)
      die(TRAP_OUT_OF_BOUNDS, address - MEMORY_BASE);
    if (address >= STACK_GUARD && address < STACK_BASE)
      die(TRAP_STACK, place);
  }
  if (number == SIG_FPE)
    die(TRAP_INTEGER, place);
  if (number == SIG_ILL)
    die(TRAP_UNREACHABLE, place);
  die(TRAP_OTHER, place);
}

static void on_interrupt(s32 number, const struct information *information, const struct context *context) {
  (void)information;
  (void)context;
  signal_trip((u32)number);
}

static bool is_fault(u32 number) {
  return number == SIG_SEGV || number == SIG_BUS || number == SIG_FPE || number == SIG_ILL || number == SIG_TRAP ||
         number == SIG_SYS;
}

void signals_install(void) {
  struct alternate_stack stack = {alternate, 0, sizeof alternate};
  if (system_call(SYS_SIGALTSTACK, (u64)&stack, 0, 0, 0, 0, 0) != 0)
    fail(STATUS_CONFINEMENT, "sigaltstack failed", 0);
  for (u32 number = 1; number <= SIGNALS; number++) {
    if (number == SIG_KILL || number == SIG_STOP || number == SIG_CONT || number == SIG_TSTP)
      continue;
    struct action action = {(void *)on_interrupt, SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_RESTART, (void *)restore,
                            ~0ull};
    if (is_fault(number))
      action.handler = (void *)on_fault;
    else if (number == SIG_PIPE)
      action.handler = (void *)1;
    else if (!module_interrupt_words)
      continue;
    if (system_call(SYS_RT_SIGACTION, number, (u64)&action, 0, 8, 0, 0) != 0)
      fail(STATUS_CONFINEMENT, "sigaction failed", 0);
  }
  /* Whatever mask was inherited: interrupts must arrive. */
  u64 none = 0;
  system_call(SYS_RT_SIGPROCMASK, 2, (u64)&none, 0, 8, 0, 0);
}
