/** Of what cannot be described. */
export const UNDESCRIBED = "an exception without a description";

/** What was thrown, in words: anything can be, and even to ask it for its text can throw. */
export const thrownText = (value: unknown): string => {
  try {
    return String(value);
  } catch {
    return UNDESCRIBED;
  }
};

/** Why something failed, as its error says. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : thrownText(error);
