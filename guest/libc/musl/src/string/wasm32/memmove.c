#include <string.h>

/* One bulk memory instruction. */
void *memmove(void *d, const void *s, size_t n)
{
	return __builtin_memmove(d, s, n);
}
