#include <string.h>

/* Eight bytes at a time where musl looks at one. */
typedef unsigned long long word __attribute__((__may_alias__, __aligned__(1)));

#define ONES 0x0101010101010101ull
#define LOWS (~(ONES << 7))
/* The high bit of each byte of x that is zero, and no other bit. */
#define ZEROES(x) (~((((x) & LOWS) + LOWS) | (x) | LOWS))

/* Under this name the native guest does long ones with more bytes at a time (guest/runtime/replacements.h). */
__attribute__((export_name("sallyport_memrchr")))
void *__memrchr(const void *m, int c, size_t n)
{
	const unsigned char *s = m;
	unsigned long long k = ONES * (unsigned char)c;
	for (; n >= 32; n -= 32) {
		const word *w = (const void *)(s + n - 32);
		unsigned long long w0 = w[0]^k, w1 = w[1]^k, w2 = w[2]^k, w3 = w[3]^k;
		if (ZEROES(w0) | ZEROES(w1) | ZEROES(w2) | ZEROES(w3)) break;
	}
	for (; n >= 8; n -= 8) {
		unsigned long long w = *(const word *)(s + n - 8) ^ k, found = ZEROES(w);
		if (found) return (void *)(s + n - 1 - __builtin_clzll(found) / 8);
	}
	while (n--) if (s[n] == (unsigned char)c) return (void *)(s + n);
	return 0;
}

weak_alias(__memrchr, memrchr);
