/*
 * Frames: a request to descriptor 1, an answer from descriptor 0, strictly in turn.
 */
#ifndef SALLYPORT_FRAME_H
#define SALLYPORT_FRAME_H

#include "numbers.h"

#define MAX_DATA (1u << 20)
#define MAX_PAYLOAD (MAX_DATA + (1u << 16))

/* A request: begin with the length of its whole payload, put exactly that, send. */
void request_begin(u16 number, u32 length);
void request_put(const void *from, u32 length);
void request_put_u32(u32 value);
void request_put_u64(u64 value);
void request_send(void);

/* An answer: its errno (0: a payload follows), then take all of it, then end. A controller that says more or
   less than it should ends the process. */
u32 answer_begin(void);
void answer_take(void *to, u32 length);
u32 answer_take_u32(void);
u64 answer_take_u64(void);
u32 answer_left(void);
void answer_end(void);

/* The controller broke the protocol, or has a bug: nothing it says can be relied upon. */
__attribute__((noreturn, cold)) void protocol_error(void);

#endif
