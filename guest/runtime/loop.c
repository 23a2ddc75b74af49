/* What the confined process does: says hello, then what the controller wants next. */
#include "loop.h"

#include "frame.h"
#include "module.h"
#include "operations.h"
#include "mapping.h"
#include "signals.h"
#include "state.h"
#include "system.h"

enum { HELLO_VERSION = 1, ENGINE_NATIVE = 1, ENGINE_NATIVE_HARDENED = 2 };
enum { VERB_LEAVE = 0, VERB_RUN = 1, VERB_SNAPSHOT = 2, VERB_RESTORE = 3 };

static void hello(const u8 *image_hash) {
#ifdef SALLYPORT_HARDENED
  u32 engine = ENGINE_NATIVE_HARDENED;
#else
  u32 engine = ENGINE_NATIVE;
#endif
  u32 length = image_hash ? 32 : 0;
  request_begin(SP_OP_sallyport_hello.number, 16 + length);
  request_put_u32(HELLO_VERSION);
  request_put_u32(engine);
  request_put_u32(mapping_limit_pages());
  request_put_u32(length);
  if (image_hash)
    request_put(image_hash, length);
  request_send();
  if (answer_begin() != 0)
    leave(STATUS_PROTOCOL);
  answer_end();
}

/* The guest that counts for the profile writes its counts between runs: the controller may end it at any time. */
#ifdef SALLYPORT_TRAINING
void training_checkpoint(void);
#else
#define training_checkpoint()
#endif

static u32 next(u64 *argument) {
  training_checkpoint();
  request_begin(SP_OP_sallyport_next.number, 0);
  request_send();
  if (answer_begin() != 0)
    protocol_error();
  u32 verb = answer_take_u32();
  *argument = answer_take_u64();
  answer_end();
  return verb;
}

static void run_command(void) {
  module_command();
  request_begin(SP_OP_wasi_snapshot_preview1_proc_exit.number, 4);
  request_put_u32(0);
  request_send();
  leave(0);
}

void loop(const u8 *image_hash) {
  hello(image_hash);
  if (!module_has_image)
    module_start();
  if (module_interrupt_words)
    signal_words_at(module_interrupt_words());
  if (module_command)
    run_command();
  if (!module_run)
    leave(0);
  for (;;) {
    u64 argument;
    switch (next(&argument)) {
    case VERB_LEAVE:
      leave((u32)argument);
    case VERB_RUN: {
      state_touched();
      u32 status = module_run();
      if (status != 0)
        leave(status);
      break;
    }
    case VERB_SNAPSHOT:
      state_save();
      break;
    case VERB_RESTORE:
      state_restore();
      break;
    default:
      protocol_error();
    }
  }
}
