/*
 * Reading and writing frames.
 *
 * Small parts of a request gather in a buffer that goes out in one write; a large part goes from where it lies.
 * Of an answer the first read takes the header and what is there of a small payload; large parts are read to
 * where they belong. Reading ahead is safe: no answer comes before its request.
 */
#include "frame.h"

#include "signals.h"
#include "system.h"
#include "waiting.h"

enum { HEADER = 8, SEND_BUFFER = 8192, RECEIVE_BUFFER = 8192 };

static u8 sending[SEND_BUFFER];
static u32 sending_used;
static u32 sending_left;

static u8 receiving[RECEIVE_BUFFER];
static u32 receiving_at;
static u32 receiving_end;
/* Bytes of the answer's payload that were not taken yet, buffered or not. */
static u32 receiving_left;

void protocol_error(void) { leave(STATUS_PROTOCOL); }

static void write_all(const u8 *from, u64 length) {
  while (length > 0) {
    s64 n = system_write(1, from, length);
    if (n == -SYSTEM_EINTR)
      continue;
    if (n <= 0)
      leave(STATUS_CONTROLLER_GONE);
    from += n;
    length -= (u64)n;
  }
}

static u32 read_some(u8 *to, u32 length) {
  for (;;) {
    s64 n = waiting_read(to, length);
    if (n == -SYSTEM_EINTR)
      continue;
    if (n <= 0 || n > (s64)length)
      leave(STATUS_CONTROLLER_GONE);
    return (u32)n;
  }
}

static void flush(void) {
  write_all(sending, sending_used);
  sending_used = 0;
}

static void append(const void *from, u32 length) {
  if (length > SEND_BUFFER - sending_used) {
    flush();
    if (length > SEND_BUFFER / 2) {
      write_all(from, length);
      return;
    }
  }
  __builtin_memcpy(sending + sending_used, from, length);
  sending_used += length;
}

void request_begin(u16 number, u32 length) {
  u32 header[2] = {length, number};
  sending_used = 0;
  append(header, HEADER);
  sending_left = length;
}

void request_put(const void *from, u32 length) {
  if (length > sending_left)
    protocol_error();
  sending_left -= length;
  append(from, length);
}

void request_put_u32(u32 value) { request_put(&value, sizeof value); }
void request_put_u64(u64 value) { request_put(&value, sizeof value); }

void request_send(void) {
  if (sending_left != 0)
    protocol_error();
  flush();
}

u32 answer_begin(void) {
  receiving_at = receiving_end = 0;
  while (receiving_end < HEADER)
    receiving_end += read_some(receiving + receiving_end, RECEIVE_BUFFER - receiving_end);
  u32 length;
  u16 error;
  __builtin_memcpy(&length, receiving, 4);
  __builtin_memcpy(&error, receiving + 4, 2);
  u8 signal = receiving[6];
  if (length > MAX_PAYLOAD || receiving[7] != 0 || signal > 63 || (error != 0 && length != 0))
    protocol_error();
  receiving_at = HEADER;
  receiving_left = length;
  if (receiving_end - receiving_at > length)
    protocol_error();
  if (signal != 0)
    signal_trip(signal);
  return error;
}

void answer_take(void *to, u32 length) {
  if (length > receiving_left)
    protocol_error();
  receiving_left -= length;
  u8 *at = to;
  for (;;) {
    u32 ready = receiving_end - receiving_at;
    u32 part = ready < length ? ready : length;
    __builtin_memcpy(at, receiving + receiving_at, part);
    receiving_at += part;
    at += part;
    length -= part;
    if (length == 0)
      return;
    receiving_at = receiving_end = 0;
    if (length >= RECEIVE_BUFFER / 2) {
      u32 n = read_some(at, length);
      at += n;
      length -= n;
      if (length == 0)
        return;
    } else {
      u32 rest = length + receiving_left;
      receiving_end = read_some(receiving, rest < RECEIVE_BUFFER ? rest : RECEIVE_BUFFER);
    }
  }
}

u32 answer_take_u32(void) {
  u32 value;
  answer_take(&value, sizeof value);
  return value;
}

u64 answer_take_u64(void) {
  u64 value;
  answer_take(&value, sizeof value);
  return value;
}

u32 answer_left(void) { return receiving_left; }

void answer_end(void) {
  if (receiving_left != 0)
    protocol_error();
}
