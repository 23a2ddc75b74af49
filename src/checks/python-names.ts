/** Python's words, which name nothing. */
export const PYTHON_KEYWORDS: ReadonlySet<string> = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from " +
    "global if import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);

/** Whether a text can name something in Python. */
export const isPythonName = (name: string): boolean =>
  /^[\p{ID_Start}_]\p{ID_Continue}*$/u.test(name) && !PYTHON_KEYWORDS.has(name);
