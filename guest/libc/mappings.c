/* mmap and its kin.
 *
 * Linear memory has no pages that could be mapped, so a file's mapping is a copy of it. A shared one is
 * written back, where it was changed, by msync, munmap and at the end. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "layer.h"

/* Linux's, which musl does not name: whoever maps fills the pages anyway. */
#define MAP_UNINITIALIZED 0x4000000

/* A shared, writable mapping of a file. `marks` has a hash of each page as it is in the file. */
struct mapping {
	uintptr_t address;
	size_t pages;
	int fd;
	int64_t offset;
	uint64_t *marks;
};

enum { MAPPINGS = 64, MARKS_PER_PAGE = PAGE / sizeof(uint64_t), FIRST_DESCRIPTOR = MAX_DESCRIPTORS / 2 };

static struct mapping mappings[MAPPINGS];
static size_t used;

static size_t pages_of(size_t size)
{
	return size / PAGE + (size % PAGE != 0);
}

static size_t pages_of_marks(size_t pages)
{
	return (pages + MARKS_PER_PAGE - 1) / MARKS_PER_PAGE;
}

static uint64_t hash(uintptr_t page)
{
	const uint64_t *words = (const uint64_t *)page;
	uint64_t sum = 0x9e3779b97f4a7c15;
	for (size_t i = 0; i < PAGE / sizeof *words; i++) {
		sum = (sum ^ words[i]) * 0xff51afd7ed558ccd;
		sum ^= sum >> 32;
	}
	return sum;
}

/* Writes what was changed of some pages of a mapping; what is beyond the file's end stays there. */
static long save(struct mapping *mapping, size_t first, size_t count)
{
	int64_t size = -1;
	for (size_t i = first; i < first + count; i++) {
		uintptr_t page = mapping->address + i * PAGE;
		int64_t offset = mapping->offset + (int64_t)i * PAGE;
		uint64_t mark = hash(page);
		if (mark == mapping->marks[i]) continue;
		if (size < 0) size = size_of_file(mapping->fd);
		if (offset >= size) break;
		size_t length = size - offset < (int64_t)PAGE ? (size_t)(size - offset) : PAGE;
		long result = layer_pwrite(mapping->fd, (const void *)page, length, offset);
		if (result < 0) return result;
		mapping->marks[i] = mark;
	}
	return 0;
}

void save_mappings(void)
{
	for (size_t i = 0; i < used; i++) save(&mappings[i], 0, mappings[i].pages);
}

static void drop(struct mapping *mapping)
{
	sallyport_close(mapping->fd);
	give_pages((uintptr_t)mapping->marks, pages_of_marks(mapping->pages));
	*mapping = mappings[--used];
}

/* Records a mapping, whose pages hold what the file has. */
static long record(uintptr_t address, size_t pages, int fd, int64_t offset)
{
	int copy;
	if (used == MAPPINGS) return -ENOMEM;
	/* The mapping outlives the descriptor it was made with; its own is as far from those the program counts on
	 * as the sandbox's limit of descriptors lets it. */
	uint32_t error = EINVAL;
	for (int first = FIRST_DESCRIPTOR; error == EINVAL && first > 0; first /= 2) {
		error = sallyport_dup(fd, first, O_CLOEXEC, &copy);
	}
	if (error) return failed(error);
	uintptr_t marks = take_pages(pages_of_marks(pages));
	if (!marks) {
		sallyport_close(copy);
		return -ENOMEM;
	}
	mappings[used] = (struct mapping){ address, pages, copy, offset, (uint64_t *)marks };
	for (size_t i = 0; i < pages; i++) mappings[used].marks[i] = hash(address + i * PAGE);
	used++;
	return 0;
}

/* Fills pages from a file, as far as it goes. */
static long load(uintptr_t address, size_t pages, int fd, int64_t offset)
{
	long result = layer_pread(fd, (void *)address, pages * PAGE, offset);
	return result == -ESPIPE || result == -EISDIR ? -ENODEV : result;
}

static long map_file(uintptr_t address, size_t pages, int protection, int flags, int fd, int64_t offset)
{
	int access;
	uint32_t error = sallyport_flags(fd, 0, -1, &access);
	if (error) return failed(error);
	bool shared = (flags & MAP_TYPE) != MAP_PRIVATE, writes = shared && protection & PROT_WRITE;
	access &= O_ACCMODE;
	if (access == O_WRONLY || (writes && access != O_RDWR)) return -EACCES;
	long result = load(address, pages, fd, offset);
	if (result < 0) return result;
	return writes ? record(address, pages, fd, offset) : 0;
}

long layer_mmap(uintptr_t address, size_t size, int protection, int flags, int fd, uint32_t page)
{
	int type = flags & MAP_TYPE;
	if (size == 0 || (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE)) return -EINVAL;
	if (size > SIZE_MAX - PAGE) return -ENOMEM;
	size_t pages = pages_of(size);
	bool filled = (flags & MAP_ANONYMOUS) && (flags & MAP_UNINITIALIZED);
	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		/* Only over what was mapped before, which makes it new. */
		if (address % PAGE || !pages_taken(address, pages) || flags & MAP_FIXED_NOREPLACE) return -ENOMEM;
		long result = layer_munmap(address, size);
		if (result < 0) return result;
		if (!extend_pages(address, 0, pages)) return -ENOMEM;
	} else if (!(address = filled ? take_used_pages(pages) : take_pages(pages))) {
		return -ENOMEM;
	}
	if (flags & MAP_ANONYMOUS) return (long)address;
	long result = map_file(address, pages, protection, flags, fd, (int64_t)page * PAGE);
	if (result < 0) give_pages(address, pages);
	return result < 0 ? result : (long)address;
}

/* Takes a range out of a mapping, which may leave a part on each side. */
static long cut(struct mapping *mapping, size_t first, size_t count)
{
	struct mapping whole = *mapping;
	long result = save(mapping, first, count);
	if (result < 0) return result;
	size_t behind = whole.pages - first - count;
	if (behind > 0) {
		size_t skip = first + count;
		result = record(whole.address + skip * PAGE, behind, whole.fd, whole.offset + (int64_t)skip * PAGE);
		if (result < 0) return result;
		memcpy(mappings[used - 1].marks, whole.marks + skip, behind * sizeof *whole.marks);
	}
	if (first == 0) {
		drop(mapping);
	} else {
		size_t keep = pages_of_marks(first), all = pages_of_marks(whole.pages);
		give_pages((uintptr_t)whole.marks + keep * PAGE, all - keep);
		mapping->pages = first;
	}
	return 0;
}

typedef long visitor(struct mapping *mapping, size_t first, size_t count);

/* Calls for the part of each mapping that is within a range; from the last on, so that it may drop them. */
static long each(uintptr_t address, size_t pages, visitor *visit)
{
	uintptr_t end = address + pages * PAGE;
	for (size_t i = used; i-- > 0;) {
		uintptr_t from = mappings[i].address, to = from + mappings[i].pages * PAGE;
		if (from < address) from = address;
		if (to > end) to = end;
		if (from >= to) continue;
		long result = visit(&mappings[i], (from - mappings[i].address) / PAGE, (to - from) / PAGE);
		if (result < 0) return result;
	}
	return 0;
}

long layer_munmap(uintptr_t address, size_t size)
{
	if (address % PAGE || size == 0 || size > SIZE_MAX - PAGE) return -EINVAL;
	size_t pages = pages_of(size);
	if (!pages_taken(address, pages)) return -EINVAL;
	if (used > 0) {
		long result = each(address, pages, cut);
		if (result < 0) return result;
	}
	give_pages(address, pages);
	return 0;
}

static struct mapping *mapping_at(uintptr_t address)
{
	for (size_t i = 0; i < used; i++)
		if (mappings[i].address == address) return &mappings[i];
	return NULL;
}

/* A file's mapping that grows takes in more of the file. */
static long grow_mapping(struct mapping *mapping, uintptr_t address, size_t pages)
{
	struct mapping old = *mapping;
	long result = save(mapping, 0, old.pages);
	if (result < 0) return result;
	if ((result = load(address, pages, old.fd, old.offset)) < 0) return result;
	if ((result = record(address, pages, old.fd, old.offset)) < 0) return result;
	drop(mapping_at(old.address));
	return 0;
}

long layer_mremap(uintptr_t address, size_t old, size_t size, unsigned flags)
{
	if (address % PAGE || size == 0 || size > SIZE_MAX - PAGE || flags & ~(unsigned)MREMAP_MAYMOVE) return -EINVAL;
	size_t before = pages_of(old), pages = pages_of(size);
	if (before == 0 || !pages_taken(address, before)) return -EFAULT;
	if (pages == before) return (long)address;
	if (pages < before) {
		long result = layer_munmap(address + pages * PAGE, (before - pages) * PAGE);
		return result < 0 ? result : (long)address;
	}
	struct mapping *mapping = used > 0 ? mapping_at(address) : NULL;
	if (!mapping && extend_pages(address, before, pages)) return (long)address;
	uintptr_t to = flags & MREMAP_MAYMOVE ? take_pages(pages) : 0;
	if (!to) return -ENOMEM;
	long result = 0;
	if (mapping) result = grow_mapping(mapping, to, pages);
	else memcpy((void *)to, (const void *)address, before * PAGE);
	if (result < 0) give_pages(to, pages);
	else give_pages(address, before);
	return result < 0 ? result : (long)to;
}

long layer_msync(uintptr_t address, size_t size, unsigned flags)
{
	if (address % PAGE || flags & ~(unsigned)(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) return -EINVAL;
	if ((flags & MS_ASYNC && flags & MS_SYNC) || size > SIZE_MAX - PAGE) return -EINVAL;
	size_t pages = pages_of(size);
	if (pages == 0) return 0;
	return pages_taken(address, pages) ? each(address, pages, save) : -ENOMEM;
}

/* Protections are not enforced: there is nothing in linear memory that could do it. */
long layer_mprotect(uintptr_t address, size_t size)
{
	if (address % PAGE || size > SIZE_MAX - PAGE) return -EINVAL;
	return size == 0 || pages_taken(address, pages_of(size)) ? 0 : -ENOMEM;
}
