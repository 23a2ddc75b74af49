#include "state.h"

#include "frame.h"
#include "layout.h"
#include "mapping.h"
#include "module.h"
#include "operations.h"

static volatile bool touched;

void state_touched(void) { touched = true; }

static u64 memory_end(void) { return module_memory_bytes(); }

/* Is the page as it was at the start: as in the image, or zero beyond it? */
static bool page_is_pristine(u64 address) {
  const u64 *page = (const u64 *)(MEMORY_BASE + address);
  bool imaged = address < mapping_image_pages() * MEMORY_PAGE;
  const u64 *image = (const u64 *)(IMAGE_BASE + NATIVE_PAGE + address);
  for (u32 i = 0; i < NATIVE_PAGE / sizeof(u64); i++)
    if (page[i] != (imaged ? image[i] : 0))
      return false;
  return true;
}

static void make_page_pristine(u64 address) {
  void *page = (void *)(MEMORY_BASE + address);
  if (address < mapping_image_pages() * MEMORY_PAGE)
    __builtin_memcpy(page, (const void *)(IMAGE_BASE + NATIVE_PAGE + address), NATIVE_PAGE);
  else
    __builtin_memset(page, 0, NATIVE_PAGE);
}

/* An answer without a result; an errno here means that the controller cannot go on. */
static void expect_empty(void) {
  if (answer_begin() != 0)
    protocol_error();
  answer_end();
}

static void save_run(u64 address, u64 length) {
  request_begin(SP_OP_sallyport_save_page.number, (u32)(12 + length));
  request_put_u64(address);
  request_put_u32((u32)length);
  request_put((const void *)(MEMORY_BASE + address), (u32)length);
  request_send();
  expect_empty();
}

void state_save(void) {
  u64 start = 0, length = 0;
  for (u64 address = 0; address < memory_end(); address += NATIVE_PAGE) {
    if (!page_is_pristine(address)) {
      if (length == 0)
        start = address;
      length += NATIVE_PAGE;
      if (length < MAX_DATA)
        continue;
    }
    if (length > 0)
      save_run(start, length);
    length = 0;
  }
  if (length > 0)
    save_run(start, length);
  request_begin(SP_OP_sallyport_save_state.number, 8 + module_global_count * 8);
  request_put_u32((u32)(memory_end() / MEMORY_PAGE));
  request_put_u32(module_global_count * 8);
  for (u32 i = 0; i < module_global_count; i++)
    request_put_u64(module_global(i));
  request_send();
  expect_empty();
}

/* One answer of load_page, stored; false when it was the last, empty one. */
static bool load_run(void) {
  request_begin(SP_OP_sallyport_load_page.number, 4);
  request_put_u32(MAX_DATA);
  request_send();
  if (answer_begin() != 0)
    protocol_error();
  u64 address = answer_take_u64();
  u32 length = answer_take_u32();
  u64 end = mapping_limit_pages() * MEMORY_PAGE;
  if (length > MAX_DATA || address > end || length > end - address)
    protocol_error();
  answer_take((void *)(MEMORY_BASE + address), length);
  answer_end();
  return length > 0;
}

void state_restore(void) {
  for (u64 address = 0; touched && address < memory_end(); address += NATIVE_PAGE)
    if (!page_is_pristine(address))
      make_page_pristine(address);
  state_touched();
  while (load_run())
    continue;
  request_begin(SP_OP_sallyport_load_state.number, 4);
  request_put_u32(module_global_count * 8);
  request_send();
  if (answer_begin() != 0)
    protocol_error();
  u32 pages = answer_take_u32();
  u32 length = answer_take_u32();
  if (pages < mapping_image_pages() || pages > mapping_limit_pages() || length != module_global_count * 8)
    protocol_error();
  for (u32 i = 0; i < module_global_count; i++)
    module_set_global(i, answer_take_u64());
  answer_end();
  module_set_memory(pages * MEMORY_PAGE, mapping_limit_pages());
}
