#include <string.h>

/* Eight bytes at a time where musl looks at one. */
typedef unsigned long long word __attribute__((__may_alias__, __aligned__(1)));

#define ONES 0x0101010101010101ull
#define LOWS (~(ONES << 7))
/* The high bit of each byte of x that is zero, and no other bit. */
#define ZEROES(x) (~((((x) & LOWS) + LOWS) | (x) | LOWS))

void *__memrchr(const void *m, int c, size_t n)
{
	const unsigned char *s = m;
	unsigned long long k = ONES * (unsigned char)c;
	for (; n >= 8; n -= 8) {
		unsigned long long w = *(const word *)(s + n - 8) ^ k, found = ZEROES(w);
		if (found) return (void *)(s + n - 1 - __builtin_clzll(found) / 8);
	}
	while (n--) if (s[n] == (unsigned char)c) return (void *)(s + n);
	return 0;
}

weak_alias(__memrchr, memrchr);
