#include <string.h>

/* Eight bytes at a time where musl looks at four. */
typedef unsigned long long word __attribute__((__may_alias__, __aligned__(1)));

#define ONES 0x0101010101010101ull
#define HIGHS (ONES << 7)
/* Not zero where a byte of x is; the lowest bit that is set is that of the first one. */
#define ZERO(x) (((x) - ONES) & ~(x) & HIGHS)

/* Under this name the native guest does long ones with more bytes at a time (guest/runtime/replacements.h). */
__attribute__((export_name("sallyport_memchr")))
void *memchr(const void *src, int c, size_t n)
{
	const unsigned char *s = src;
	unsigned long long k = ONES * (unsigned char)c;
	for (; n >= 32; s += 32, n -= 32) {
		const word *w = (const void *)s;
		unsigned long long w0 = w[0]^k, w1 = w[1]^k, w2 = w[2]^k, w3 = w[3]^k;
		if (ZERO(w0) | ZERO(w1) | ZERO(w2) | ZERO(w3)) break;
	}
	for (; n >= 8; s += 8, n -= 8) {
		unsigned long long w = *(const word *)s ^ k, found = ZERO(w);
		if (found) return (void *)(s + __builtin_ctzll(found) / 8);
	}
	for (; n && *s != (unsigned char)c; s++, n--);
	return n ? (void *)s : 0;
}
