/*
 * Around one module of the specification's tests: a process that is not confined, where a trap jumps back.
 * Included at the end of the translated unit.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static sigjmp_buf spec_back;
static unsigned spec_passed, spec_failed;

void wasm_trap(u32 reason) { siglongjmp(spec_back, (int)reason); }

void exact_grow(u64 from, u64 to) {
  if (to > from && mprotect(memory_at(from), to - from, PROT_READ | PROT_WRITE) != 0)
    abort();
}

u32 operation(const struct sp_operation *which, const u64 *arguments) {
  (void)which;
  (void)arguments;
  return 52;
}

static void spec_fault(int number, siginfo_t *information, void *context) {
  u64 address = (u64)information->si_addr;
  (void)context;
  if (address >= MEMORY_BASE && address < MEMORY_END)
    siglongjmp(spec_back, TRAP_OUT_OF_BOUNDS);
  siglongjmp(spec_back, number == SIGSEGV ? TRAP_STACK : TRAP_OTHER);
}

static void spec_check(u32 line, int good) {
  if (good) {
    spec_passed++;
    return;
  }
  spec_failed++;
  printf("failed: line %u\n", line);
}

/* 0: returned; else the reason of the trap. */
#define SPEC_TRY(statement)                                     \
  ({                                                            \
    int spec_reason = sigsetjmp(spec_back, 1);                  \
    if (spec_reason == 0) {                                     \
      statement;                                                \
    }                                                           \
    spec_reason;                                                \
  })

/* Arguments that the compiler knows nothing of, so that it is the instructions that are tested. */
static inline u32 spec_i32(u32 value) {
  __asm__ volatile("" : "+r"(value));
  return value;
}
static inline u64 spec_i64(u64 value) {
  __asm__ volatile("" : "+r"(value));
  return value;
}

enum { SPEC_CANONICAL = 1, SPEC_ARITHMETIC = 2 };

static int spec_nan32(u32 bits, int kind) {
  return kind == SPEC_CANONICAL ? (bits & 0x7fffffff) == 0x7fc00000 : (bits & 0x7fc00000) == 0x7fc00000;
}
static int spec_nan64(u64 bits, int kind) {
  return kind == SPEC_CANONICAL ? (bits & 0x7fffffffffffffff) == 0x7ff8000000000000
                                : (bits & 0x7ff8000000000000) == 0x7ff8000000000000;
}

static void spec_run(void);

static void spec_main(void) {
  struct sigaction action = {.sa_sigaction = spec_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  static char alternate[65536];
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, 0);
  sigaction(SIGSEGV, &action, 0);
  sigaction(SIGBUS, &action, 0);
  if (mmap(memory_at(0), MEMORY_RESERVED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
           0) == MAP_FAILED)
    abort();
  u64 bytes = module_initial_pages * MEMORY_PAGE;
  exact_grow(0, bytes);
  module_set_memory(bytes, module_maximum_pages < 32768 ? module_maximum_pages : 32768);
  spec_run();
  printf("%u passed, %u failed\n", spec_passed, spec_failed);
  exit(spec_failed != 0);
}

int main(void) {
  char *stack = mmap(0, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  mprotect(stack, 1 << 20, PROT_NONE);
  __asm__ volatile("mov %0, %%rsp\n\tcall *%1" ::"r"(stack + (8 << 20)), "r"(spec_main) : "memory");
}
