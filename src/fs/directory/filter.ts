/** Which names of a real directory the guest does not get to see. */
export interface FilterOptions {
  /** Whether names that begin with a dot are there. Default: "show". */
  readonly dotfiles?: "show" | "hide";
  /**
   * What is not there for the guest: patterns with `*`, `?` and `**`. One without a slash (`"*.pem"`) is a name
   * anywhere, one with a slash (`"/build/cache"`, `"src/**\/private"`) a path from the mount on. All beneath is gone, too.
   * Case, Unicode composition and invisible signs make no difference, since to some file systems they make none.
   */
  readonly exclude?: readonly string[];
}

/** One form for all spellings of a name that some file system takes for the same. */
function fold(name: string): string {
  const plain = name.normalize("NFKC").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  const folded = plain.toLowerCase().normalize("NFKC");
  return process.platform === "win32" ? folded.replace(/[. ]+$/, "") : folded;
}

/** Matches with one wildcard for any run of items, in time of at most pattern × subject. */
function wild<P, S>(
  pattern: ArrayLike<P>,
  subject: ArrayLike<S>,
  isRun: (item: P) => boolean,
  fits: (item: P, of: S) => boolean,
): boolean {
  let [at, position, run, resume] = [0, 0, -1, 0];
  while (position < subject.length) {
    const item = pattern[at];
    const of = subject[position];
    if (item !== undefined && isRun(item)) {
      run = at++;
      resume = position;
    } else if (item !== undefined && of !== undefined && fits(item, of)) {
      at++;
      position++;
    } else if (run >= 0) {
      at = run + 1;
      position = ++resume;
    } else {
      return false;
    }
  }
  for (let item = pattern[at]; item !== undefined && isRun(item); item = pattern[++at]);
  return at === pattern.length;
}

const matchName = (pattern: string, name: string): boolean =>
  wild(
    pattern,
    name,
    (sign) => sign === "*",
    (sign, of) => sign === "?" || sign === of,
  );

export class Filter {
  readonly #hideDotfiles: boolean;
  readonly #names: string[] = [];
  readonly #paths: string[][] = [];

  constructor(options: FilterOptions) {
    this.#hideDotfiles = options.dotfiles === "hide";
    for (const pattern of options.exclude ?? []) {
      const parts = pattern
        .split("/")
        .filter((part) => part !== "" && part !== ".")
        .map((part) => (part === "**" ? part : fold(part)));
      if (parts.length === 0 || parts.includes(".."))
        throw new TypeError(`not a pattern of names: ${JSON.stringify(pattern)}`);
      const [only] = parts.filter((part, index) => !(part === "**" && index === 0));
      if (parts.length === 1 && !pattern.startsWith("/") && only !== undefined) this.#names.push(only);
      else if (parts.length === 2 && parts[0] === "**" && only !== undefined) this.#names.push(only);
      else this.#paths.push(parts);
    }
  }

  /** Whether whole paths matter, and `hides` needs them. */
  get needsPaths(): boolean {
    return this.#paths.length > 0;
  }

  /** Whether anything is hidden at all. */
  get active(): boolean {
    return this.#hideDotfiles || this.#names.length > 0 || this.#paths.length > 0;
  }

  /** Whether an entry is hidden, by its name and the path of its directory from the mount on. */
  hides(directory: () => readonly string[], name: string): boolean {
    if (!this.active) return false;
    const folded = fold(name);
    if (this.#hideDotfiles && (name.startsWith(".") || folded.startsWith("."))) return true;
    if (this.#names.some((pattern) => matchName(pattern, folded))) return true;
    if (this.#paths.length === 0) return false;
    const path = [...directory().map(fold), folded];
    return this.#paths.some((pattern) => wild(pattern, path, (part) => part === "**", matchName));
  }

  /**
   * Whether a directory may hold something that is hidden because of where it is, so that under another name
   * it would come to light.
   */
  mayHideBeneath(path: readonly string[]): boolean {
    const folded = path.map(fold);
    return this.#paths.some((pattern) => {
      for (const [index, part] of folded.entries()) {
        const expected = pattern[index];
        if (expected === undefined) return false;
        if (expected === "**") return true;
        if (!matchName(expected, part)) return false;
      }
      return true;
    });
  }
}
