/** Strings with lone surrogates as WTF-8: UTF-8 with the surrogates that stand alone as three bytes each. */

const LONE = /\p{Surrogate}/u;

export const isWellFormed = (text: string): boolean => !LONE.test(text);

export const toWtf8 = (text: string): Uint8Array => {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), tail(code));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), tail(code >> 6), tail(code));
    else bytes.push(0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code));
  }
  return Uint8Array.from(bytes);
};

const tail = (code: number): number => 0x80 | (code & 0x3f);

/** undefined for what is no WTF-8. A pair of surrogates becomes the character that it stands for in JavaScript. */
export const fromWtf8 = (bytes: Uint8Array): string | undefined => {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const more = first < 0x80 ? 0 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    let code = more === 0 ? first : first & (0x3f >> more);
    if (more > 0 && (first < 0xc2 || first > 0xf4 || at + more >= bytes.length)) return undefined;
    for (let index = 1; index <= more; index++) {
      const next = bytes[at + index] ?? 0;
      if ((next & 0xc0) !== 0x80) return undefined;
      code = (code << 6) | (next & 0x3f);
    }
    if (code > 0x10ffff || (more === 2 && code < 0x800) || (more === 3 && code < 0x10000)) return undefined;
    parts.push(String.fromCodePoint(code));
    at += more + 1;
  }
  return parts.join("");
};
