/** What was thrown, in words: anything can be, and even to ask it for its text can throw. */
export const thrownText = (value: unknown): string => {
  try {
    return String(value);
  } catch {
    return "an exception without a description";
  }
};
