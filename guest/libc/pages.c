/* Memory in pages, the ground under malloc and mmap.
 *
 * All of linear memory behind the program's own data is given out from here, by a bitmap: lowest fit. Memory only
 * grows; what was never given out is still zero, anything below the highest page ever used is zeroed again, unless whoever
 * takes it fills it anyway. */
#include <string.h>

#include "layer.h"
#include "memory.h"

enum { ALL_PAGES = 1 << 20, PER_GROWTH = 16, WORD = 64 };

/* Large ranges start where the interpreter's memory pools do, so that it wastes none of its arenas. */
enum { LARGE = 64, LARGE_ALIGNMENT = 4 };

extern unsigned char __heap_base;

static uint64_t taken[ALL_PAGES / WORD];
/* No free page is below `lowest`; none at or above `top` was ever given out. */
static size_t lowest, top;

/* Pages at the end of memory that are held back from a program, so that its failure for want of memory can be handled and
 * told of. Once it has failed, a part of them is there for the handling of it. */
enum { HELD = 192, HELD_LATER = 128 };
static size_t held;
static bool refused;

static size_t first_page(void)
{
	return ((uintptr_t)&__heap_base + PAGE - 1) / PAGE;
}

/* The first page at or after `page` that is taken (or free), or `end`. */
static size_t next(size_t page, size_t end, bool is_taken)
{
	while (page < end) {
		uint64_t word = (is_taken ? taken[page / WORD] : ~taken[page / WORD]) >> page % WORD;
		if (word) {
			page += (size_t)__builtin_ctzll(word);
			return page < end ? page : end;
		}
		page = (page / WORD + 1) * WORD;
	}
	return end;
}

static void mark(size_t page, size_t count, bool is_taken)
{
	while (count > 0) {
		size_t offset = page % WORD, part = WORD - offset < count ? WORD - offset : count;
		uint64_t mask = (part == WORD ? ~0ull : (1ull << part) - 1) << offset;
		if (is_taken) taken[page / WORD] |= mask;
		else taken[page / WORD] &= ~mask;
		page += part;
		count -= part;
	}
}

/* Makes sure that memory reaches to `end`. */
static bool reach(size_t end)
{
	size_t have = __builtin_wasm_memory_size(0) * PER_GROWTH;
	if (end <= have) return true;
	size_t more = (end - have + PER_GROWTH - 1) / PER_GROWTH;
	return __builtin_wasm_memory_grow(0, more) != (size_t)-1;
}

static bool take(size_t page, size_t count, bool zeroed)
{
	size_t end = page + count;
	if (!reach(end + held)) {
		refused = true;
		return false;
	}
	if (zeroed && page < top) {
		size_t used = (end < top ? end : top) - page;
		memset((void *)(page * PAGE), 0, used * PAGE);
	}
	if (end > top) top = end;
	mark(page, count, true);
	if (page == lowest) lowest = end;
	return true;
}

static uintptr_t take_lowest(size_t count, bool zeroed)
{
	size_t alignment = count >= LARGE ? LARGE_ALIGNMENT : 1;
	if (top == 0) lowest = top = first_page();
	if (count == 0) return 0;
	for (size_t page = next(lowest, ALL_PAGES, false); page < ALL_PAGES;) {
		size_t first = (page + alignment - 1) / alignment * alignment;
		if (count > ALL_PAGES - first) break;
		size_t end = next(first, first + count, true);
		if (end - first == count) return take(first, count, zeroed) ? first * PAGE : 0;
		page = next(end, ALL_PAGES, false);
	}
	refused = true;
	return 0;
}

uintptr_t take_pages(size_t count)
{
	return take_lowest(count, true);
}

uintptr_t take_used_pages(size_t count)
{
	return take_lowest(count, false);
}

void give_pages(uintptr_t address, size_t count)
{
	size_t page = address / PAGE;
	mark(page, count, false);
	if (page < lowest) lowest = page;
}

bool extend_pages(uintptr_t address, size_t count, size_t wanted)
{
	size_t end = address / PAGE + count, more = wanted - count;
	if (more > ALL_PAGES - end || next(end, end + more, true) != end + more) return false;
	return take(end, more, true);
}

bool pages_taken(uintptr_t address, size_t count)
{
	size_t page = address / PAGE;
	if (page < first_page() || count > ALL_PAGES - page) return false;
	return next(page, page + count, false) == page + count;
}

size_t free_pages(void)
{
	size_t sum = 0, end = __builtin_wasm_memory_size(0) * PER_GROWTH;
	for (size_t page = lowest; page < end;) {
		size_t from = next(page, end, false);
		page = next(from, end, true);
		sum += page - from;
	}
	return sum;
}

void sallyport_hold_memory(void)
{
	refused = false;
	held = HELD;
	if (reach(top + HELD)) return;
	/* There is not as much: a program that has taken nearly all gets half of the rest, to give something back with. */
	size_t have = __builtin_wasm_memory_size(0) * PER_GROWTH, rest = 0;
	while (rest < HELD && !(taken[(have - rest - 1) / WORD] >> (have - rest - 1) % WORD & 1)) rest++;
	held = rest / 2;
}

void sallyport_no_memory(void)
{
	refused = true;
	if (held > HELD_LATER) held = HELD_LATER;
}

bool sallyport_free_memory(void)
{
	held = 0;
	return refused;
}
