/*
 * The address space: everything that will ever be mapped is mapped here, before confinement.
 */
#include "mapping.h"

#include "layout.h"
#include "module.h"
#include "system.h"

enum { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2 };
enum { MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20, MAP_NORESERVE = 0x4000, MAP_FIXED_NOREPLACE = 0x100000 };
enum { O_RDONLY = 0, O_CLOEXEC = 02000000 };

/* Page 0 of an image file; values of the mutable globals follow, memory from NATIVE_PAGE on. What is behind that in the
   file is not the guest's, and never mapped. */
struct header {
  u8 magic[8];
  u32 version, pages, globals, zero;
  u8 module_hash[32];
  u64 values[];
};
enum { HEADER_GLOBALS = (NATIVE_PAGE - sizeof(struct header)) / sizeof(u64) };

static u32 image_pages;
static u32 limit_pages;

u32 mapping_image_pages(void) { return image_pages; }
u32 mapping_limit_pages(void) { return limit_pages; }

static void map(u64 address, u64 length, u64 protection, u64 flags, s64 fd, u64 offset) {
  if (length == 0)
    return;
  s64 result = system_call(SYS_MMAP, address, length, protection, flags, (u64)fd, offset);
  if (result != (s64)address)
    fail(STATUS_MAPPING, "the address space could not be laid out (a limit on virtual memory?)", 0);
}

static void reserve(u64 address, u64 length) {
  map(address, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
}

static void map_anonymous(u64 address, u64 length) {
  map(address, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

static u64 file_size(s64 fd) {
  u64 attributes[18];
  if (system_call(SYS_FSTAT, (u64)fd, (u64)attributes, 0, 0, 0, 0) != 0)
    return 0;
  return attributes[6];
}

static void check_header(const struct header *header, u64 size, const char *path) {
  static const u8 magic[8] = "SALLYIMG";
  bool same = true;
  for (u32 i = 0; i < 8; i++)
    same &= header->magic[i] == magic[i];
  if (!same || header->version != 1 || header->zero != 0)
    fail(STATUS_MAPPING, "not an image of this version", path);
  for (u32 i = 0; i < 32; i++)
    same &= header->module_hash[i] == module_hash[i];
  if (!same)
    fail(STATUS_MAPPING, "the image was made for another program", path);
  if (header->globals != module_global_count || header->globals > HEADER_GLOBALS ||
      header->pages > 0x10000 || size < NATIVE_PAGE + header->pages * MEMORY_PAGE)
    fail(STATUS_MAPPING, "the image is damaged", path);
}

static void map_image(const char *path) {
  s64 fd = system_call(SYS_OPEN, (u64)path, O_RDONLY | O_CLOEXEC, 0, 0, 0, 0);
  if (fd < 0)
    fail(STATUS_MAPPING, "cannot open the image", path);
  u64 size = file_size(fd);
  if (size < NATIVE_PAGE)
    fail(STATUS_MAPPING, "the image is damaged", path);
  map(IMAGE_BASE, NATIVE_PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, 0);
  const struct header *header = (const struct header *)IMAGE_BASE;
  check_header(header, size, path);
  if (header->pages > limit_pages)
    fail(STATUS_USAGE, "--memory is below what the image needs", 0);
  image_pages = header->pages;
  u64 held = image_pages * MEMORY_PAGE;
  map(IMAGE_BASE + NATIVE_PAGE, held, PROT_READ, MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, NATIVE_PAGE);
  map(MEMORY_BASE, held, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, NATIVE_PAGE);
  for (u32 i = 0; i < header->globals; i++)
    module_set_global(i, header->values[i]);
}

void mapping_make(const char *image, u64 memory) {
  u64 pages = memory / MEMORY_PAGE;
  limit_pages = pages < module_maximum_pages ? (u32)pages : module_maximum_pages;
  if (module_has_image && !image)
    fail(STATUS_USAGE, "missing: --image FILE", 0);
  if (!module_has_image && image)
    fail(STATUS_USAGE, "this program starts without --image", 0);
  if (limit_pages < module_initial_pages)
    fail(STATUS_USAGE, "--memory is below what the program needs", 0);
  reserve(STACK_GUARD, STACK_END - STACK_GUARD);
  reserve(MEMORY_BASE, MEMORY_RESERVED);
  map_anonymous(STACK_BASE, STACK_SIZE);
  if (image)
    map_image(image);
  u64 held = image_pages * MEMORY_PAGE;
  map_anonymous(MEMORY_BASE + held, limit_pages * MEMORY_PAGE - held);
  module_set_memory((image ? image_pages : module_initial_pages) * MEMORY_PAGE, limit_pages);
  if (!image)
    module_initialise();
}
