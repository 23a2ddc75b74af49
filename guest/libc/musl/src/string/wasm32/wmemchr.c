#include <wchar.h>

/* Eight characters at a time where musl looks at one. */

/* Under this name the native guest does long ones with more bytes at a time (guest/runtime/replacements.h). */
__attribute__((export_name("sallyport_wmemchr")))
wchar_t *wmemchr(const wchar_t *s, wchar_t c, size_t n)
{
	for (; n >= 8; s += 8, n -= 8) {
		if ((s[0] == c) | (s[1] == c) | (s[2] == c) | (s[3] == c)
		 | (s[4] == c) | (s[5] == c) | (s[6] == c) | (s[7] == c)) break;
	}
	for (; n && *s != c; n--, s++);
	return n ? (wchar_t *)s : 0;
}
