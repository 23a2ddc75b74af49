/** A name of the domain name system has 253 characters at most. */
const MOST_HOST = 253;
/** Text that can be a host's, as a parser of URLs has it: any number of slashes stands before it, two before a file's. */
const HOST = /^(?:(?:https?|wss?|ftp):[/\\]*|file:[/\\]{2}(?![/\\]))([^/?#\\]*)/i;

/**
 * Whether a URL has a host that is longer than any name, and not ASCII. To bring such a host to its ASCII form takes time that grows
 * with the square of its length.
 */
export const beyondHosts = (url: string): boolean => {
  if (url.length <= MOST_HOST) return false;
  // Control characters before it, and tabs and newlines within, are nothing.
  const authority = HOST.exec(url.replace(/^[\0-\x20]+|[\t\n\r]/g, ""))?.[1] ?? "";
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  return host.length > MOST_HOST && !/^[!-$&-~]*$/.test(host);
};
