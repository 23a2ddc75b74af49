/* malloc and anonymous mappings. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../memory.h"
#include "check.h"

static int all(const unsigned char *data, size_t size, unsigned char value)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] != value) return 0;
	return 1;
}

/* Blocks of many sizes, each filled with a value of its own, live side by side and stay as they are. */
static void blocks(void)
{
	enum { COUNT = 400 };
	static unsigned char *block[COUNT];
	static size_t size[COUNT];
	uint32_t random = 1;
	int intact = 1;
	for (int round = 0; round < 20000; round++) {
		random = random * 1664525 + 1013904223;
		int i = (int)(random >> 8) % COUNT;
		if (block[i]) {
			intact &= all(block[i], size[i], (unsigned char)i);
			if (random >> 30) {
				free(block[i]);
				block[i] = NULL;
				continue;
			}
		}
		size_t wanted = (random >> 4) % (round % 100 ? 2000 : 300000) + 1;
		unsigned char *new = realloc(block[i], wanted);
		if (!new) {
			intact = 0;
			break;
		}
		if (block[i]) intact &= all(new, size[i] < wanted ? size[i] : wanted, (unsigned char)i);
		block[i] = new;
		size[i] = wanted;
		memset(new, i, wanted);
	}
	CHECK(intact);
	for (int i = 0; i < COUNT; i++) free(block[i]);
}

static unsigned char *pages(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Takes all there is in parts; answers how many there were. */
static size_t fill(unsigned char **parts, size_t most, size_t size)
{
	size_t count = 0;
	while (count < most && (parts[count] = pages(size)) != MAP_FAILED) count++;
	return count;
}

/* What is held back is there when it is wanted. */
static void held(void)
{
	enum { PART = 1 << 20, MOST = 4096, SMALL = 4096, SMALLS = 1024 };
	static unsigned char *parts[MOST], *smalls[SMALLS], *late[SMALLS];
	sallyport_hold_memory();
	CHECK(!sallyport_free_memory());
	sallyport_hold_memory();
	size_t count = fill(parts, MOST, PART), small = fill(smalls, SMALLS, SMALL);
	CHECK(count > 0 && count < MOST && small < SMALLS);
	CHECK(sallyport_free_memory());
	size_t rest = fill(late, SMALLS, SMALL);
	CHECK(rest >= 100 && rest < SMALLS);
	/* Who has used that, too, is left half of what there is. */
	for (size_t i = 0; i < 20; i++) munmap(late[--rest], SMALL);
	sallyport_hold_memory();
	size_t half = fill(late + rest, SMALLS - rest, SMALL);
	CHECK(half == 10);
	sallyport_free_memory();
	for (size_t i = 0; i < rest + half; i++) munmap(late[i], SMALL);
	for (size_t i = 0; i < small; i++) munmap(smalls[i], SMALL);
	for (size_t i = 0; i < count; i++) munmap(parts[i], PART);
	sallyport_hold_memory();
	void *fine = malloc(PART);
	CHECK(fine != NULL && !sallyport_free_memory());
	free(fine);
}

void test_memory(void)
{
	blocks();
	held();

	unsigned char *a = pages(10000), *b = pages(4096);
	CHECK(a != MAP_FAILED && b != MAP_FAILED && (uintptr_t)a % 4096 == 0);
	CHECK(all(a, 12288, 0));
	memset(a, 1, 12288);
	CHECK(munmap(a, 10000) == 0);
	unsigned char *again = pages(12288);
	CHECK(again == a && all(again, 12288, 0));

	/* Growing: in place where there is room, elsewhere where there is none. */
	memset(again, 7, 12288);
	unsigned char *moved = mremap(again, 12288, 40960, MREMAP_MAYMOVE);
	CHECK(moved != MAP_FAILED && moved != again && all(moved, 12288, 7) && all(moved + 12288, 28672, 0));
	unsigned char *longer = mremap(moved, 40960, 81920, 0);
	CHECK(longer == moved && all(longer + 40960, 40960, 0));
	CHECK(mremap(longer, 81920, 4096, 0) == longer && longer[0] == 7);
	unsigned char *blocker = pages(4096);
	CHECK(blocker != MAP_FAILED);
	CHECK(munmap(longer, 4096) == 0 && munmap(blocker, 4096) == 0 && munmap(b, 4096) == 0);

	/* A hole in the middle is given again. */
	unsigned char *range = pages(5 * 4096);
	CHECK(munmap(range + 4096, 4096) == 0);
	CHECK(pages(4096) == range + 4096);
	CHECK(munmap(range, 5 * 4096) == 0);
	FAILS(EINVAL, munmap(range, 4096));
	FAILS(EINVAL, munmap(range + 1, 4096));
	FAILS(EINVAL, munmap((void *)4096, 4096));
	FAILS(EINVAL, (long)mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	FAILS(ENOMEM, (long)mmap(NULL, SIZE_MAX - 4095, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	/* Too much is an error, not the end; and afterwards there is memory again. */
	void *volatile huge = malloc(0xf0000000u);
	CHECK(huge == NULL);
	void *fine = malloc(1000);
	CHECK(fine != NULL);
	free(fine);

	unsigned char *zeros = calloc(1, 200000);
	CHECK(zeros && all(zeros, 200000, 0));
	memset(zeros, 1, 200000);
	free(zeros);
	zeros = calloc(1, 200000);
	CHECK(zeros && all(zeros, 200000, 0));
	free(zeros);
	void *aligned = NULL;
	CHECK(posix_memalign(&aligned, 65536, 100000) == 0 && (uintptr_t)aligned % 65536 == 0);
	free(aligned);
}
