/*
 * Operations of the guest: from an import's arguments to a request, from an answer to linear memory.
 *
 * One interpreter of the kinds of parameter (src/wire/parameters.ts) for all operations. Everything is checked
 * before the first byte is sent: after that only the controller can be wrong, and then the process ends.
 */
#include "marshal.h"

#include "frame.h"
#include "layout.h"
#include "module.h"
#include "system.h"

enum { MAX_PARAMETERS = 10, MAX_VECTORS = 1024 };
enum { OVERFLOW_CLAMP = 0, OVERFLOW_NAME = 1 };

struct errnos {
  u32 fault, invalid, name_too_long, too_big;
};
static const struct errnos LINUX_ERRNOS = {14, 22, 36, 7};
static const struct errnos WASI_ERRNOS = {21, 28, 37, 1};

struct vector {
  u32 address, length;
};

/* The vector of gather or scatter, copied, so that what was checked is what is used. */
static struct vector vectors[MAX_VECTORS];
static u32 vector_count;

static u8 *at(u64 address) { return (u8 *)(MEMORY_BASE + address); }
static bool inside(u64 address, u64 length) { return address + length <= module_memory_bytes(); }
static u32 smaller(u64 a, u32 b) { return a < b ? (u32)a : b; }

/* Copies and checks a vector; gives the bytes it holds, at most MAX_DATA. */
static u32 take_vector(u32 address, u32 count, const struct errnos *errnos, u32 *total) {
  if (count > MAX_VECTORS)
    return errnos->invalid;
  if (!inside(address, (u64)count * sizeof(struct vector)))
    return errnos->fault;
  __builtin_memcpy(vectors, at(address), count * sizeof(struct vector));
  u32 left = MAX_DATA;
  vector_count = 0;
  for (u32 i = 0; i < count && left > 0; i++) {
    struct vector *vector = &vectors[i];
    vector->length = smaller(vector->length, left);
    if (!inside(vector->address, vector->length))
      return errnos->fault;
    left -= vector->length;
    vector_count++;
  }
  *total = MAX_DATA - left;
  return 0;
}

/* The length of a variable part as it travels in the request; an errno if the guest's arguments are wrong. */
static u32 measure(const struct sp_parameter *parameter, const u64 *arguments, const struct errnos *errnos,
                   u32 *length) {
  u32 address = (u32)arguments[parameter->slot];
  u64 wanted = 0;
  switch (parameter->kind) {
  case SP_I32:
  case SP_U32:
  case SP_I64:
  case SP_U64:
    return 0;
  case SP_BYTES:
    wanted = (u32)arguments[parameter->slot + 1];
    if (wanted > parameter->size) {
      if (parameter->overflow != OVERFLOW_CLAMP)
        return parameter->overflow == OVERFLOW_NAME ? errnos->name_too_long : errnos->too_big;
      wanted = parameter->size;
    }
    break;
  case SP_GATHER:
  case SP_SCATTER:
    return take_vector(address, (u32)arguments[parameter->slot + 1], errnos, length);
  case SP_ARRAY:
  case SP_SLOTS:
    wanted = (u64)parameter->size * (u32)arguments[parameter->counter];
    if (wanted > MAX_DATA)
      return errnos->invalid;
    break;
  case SP_BUFFER:
  case SP_FILLED:
    wanted = smaller((u32)arguments[parameter->slot + 1], MAX_DATA);
    break;
  case SP_OUT:
    wanted = parameter->size;
    break;
  case SP_COUNT:
    wanted = 4;
    break;
  case SP_STRINGS:
    return 0;
  }
  if (!inside(address, wanted))
    return errnos->fault;
  *length = (u32)wanted;
  return 0;
}

static u32 fixed_size(u32 kind) {
  switch (kind) {
  case SP_I64:
  case SP_U64:
    return 8;
  case SP_OUT:
  case SP_COUNT:
  case SP_STRINGS:
    return 0;
  default:
    return 4;
  }
}

static bool sends_data(u32 kind) { return kind == SP_BYTES || kind == SP_GATHER || kind == SP_ARRAY; }

static void send(const struct sp_operation *operation, const u64 *arguments, const u32 *lengths) {
  u32 payload = 0;
  for (u32 i = 0; i < operation->nparameters; i++) {
    u32 kind = operation->parameters[i].kind;
    payload += fixed_size(kind) + (sends_data(kind) ? lengths[i] : 0);
  }
  request_begin(operation->number, payload);
  for (u32 i = 0; i < operation->nparameters; i++) {
    const struct sp_parameter *parameter = &operation->parameters[i];
    if (parameter->kind == SP_I32 || parameter->kind == SP_U32)
      request_put_u32((u32)arguments[parameter->slot]);
    else if (parameter->kind == SP_I64 || parameter->kind == SP_U64)
      request_put_u64(arguments[parameter->slot]);
    else if (fixed_size(parameter->kind) != 0)
      request_put_u32(lengths[i]);
  }
  for (u32 i = 0; i < operation->nparameters; i++) {
    const struct sp_parameter *parameter = &operation->parameters[i];
    if (parameter->kind == SP_GATHER)
      for (u32 v = 0; v < vector_count; v++)
        request_put(at(vectors[v].address), vectors[v].length);
    else if (sends_data(parameter->kind))
      request_put(at((u32)arguments[parameter->slot]), lengths[i]);
  }
  request_send();
}

/* Strings: their bytes to the second pointer, the address of each to the array at the first. */
static u32 take_strings(u32 array, u32 address, u32 length, const struct errnos *errnos) {
  if (!inside(address, length)) {
    u8 byte;
    for (u32 i = 0; i < length; i++)
      answer_take(&byte, 1);
    return errnos->fault;
  }
  answer_take(at(address), length);
  if (length > 0 && *at((u64)address + length - 1) != 0)
    protocol_error();
  u32 start = address;
  for (u32 i = 0; i < length; i++) {
    if (*at((u64)address + i) != 0)
      continue;
    if (!inside(array, 4))
      return errnos->fault;
    __builtin_memcpy(at(array), &start, 4);
    array += 4;
    start = address + i + 1;
  }
  return 0;
}

static void scatter(u32 length) {
  for (u32 v = 0; v < vector_count && length > 0; v++) {
    u32 part = smaller(length, vectors[v].length);
    answer_take(at(vectors[v].address), part);
    length -= part;
  }
}

static bool receives_data(u32 kind) {
  return kind == SP_BUFFER || kind == SP_FILLED || kind == SP_SCATTER || kind == SP_SLOTS || kind == SP_STRINGS;
}

/* Takes the answer; `lengths` are capacities before and the lengths of what came after. */
static u32 receive(const struct sp_operation *operation, const u64 *arguments, u32 *lengths,
                   const struct errnos *errnos) {
  u32 error = answer_begin();
  if (error != 0) {
    answer_end();
    return error;
  }
  for (u32 i = 0; i < operation->nparameters; i++) {
    const struct sp_parameter *parameter = &operation->parameters[i];
    if (parameter->kind == SP_OUT || parameter->kind == SP_COUNT) {
      answer_take(at((u32)arguments[parameter->slot]), lengths[i]);
    } else if (receives_data(parameter->kind)) {
      u32 capacity = parameter->kind == SP_STRINGS ? MAX_DATA : lengths[i];
      lengths[i] = answer_take_u32();
      if (lengths[i] > capacity)
        protocol_error();
    }
  }
  u32 result = 0;
  for (u32 i = 0; i < operation->nparameters; i++) {
    const struct sp_parameter *parameter = &operation->parameters[i];
    u32 address = (u32)arguments[parameter->slot];
    if (parameter->kind == SP_STRINGS)
      result = take_strings(address, (u32)arguments[parameter->slot + 1], lengths[i], errnos);
    else if (parameter->kind == SP_SCATTER)
      scatter(lengths[i]);
    else if (receives_data(parameter->kind))
      answer_take(at(address), lengths[i]);
  }
  answer_end();
  return result;
}

static u32 exchange(const struct sp_operation *operation, const u64 *arguments, u32 *lengths) {
  const struct errnos *errnos = operation->wasi ? &WASI_ERRNOS : &LINUX_ERRNOS;
  for (u32 i = 0; i < operation->nparameters; i++) {
    lengths[i] = 0;
    u32 error = measure(&operation->parameters[i], arguments, errnos, &lengths[i]);
    if (error != 0)
      return error;
  }
  send(operation, arguments, lengths);
  if (operation->final)
    leave((u32)arguments[0]);
  return receive(operation, arguments, lengths, errnos);
}

/* An operation whose buffer must be filled whole, however many exchanges that takes. */
static u32 fill(const struct sp_operation *operation, const u64 *arguments, u32 which) {
  u64 copy[MAX_PARAMETERS * 2];
  u32 lengths[MAX_PARAMETERS];
  u32 slot = operation->parameters[which].slot;
  __builtin_memcpy(copy, arguments, operation->nslots * sizeof(u64));
  if (!inside((u32)copy[slot], (u32)copy[slot + 1]))
    return operation->wasi ? WASI_ERRNOS.fault : LINUX_ERRNOS.fault;
  copy[slot + 1] = (u32)copy[slot + 1];
  for (;;) {
    u32 error = exchange(operation, copy, lengths);
    if (error != 0 || lengths[which] == copy[slot + 1])
      return error;
    if (lengths[which] == 0)
      protocol_error();
    copy[slot] += lengths[which];
    copy[slot + 1] -= lengths[which];
  }
}

u32 operation(const struct sp_operation *operation, const u64 *arguments) {
  u32 lengths[MAX_PARAMETERS];
  for (u32 i = 0; i < operation->nparameters; i++)
    if (operation->parameters[i].kind == SP_FILLED)
      return fill(operation, arguments, i);
  return exchange(operation, arguments, lengths);
}
