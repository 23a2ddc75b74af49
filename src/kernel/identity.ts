/** Who the guest is. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
  readonly pid: number;
  readonly ppid: number;
  readonly user: string;
  readonly home: string;
  readonly shell: string;
  readonly uname: Uname;
}

/** What uname(2) tells. */
export interface Uname {
  readonly sysname: string;
  readonly nodename: string;
  readonly release: string;
  readonly version: string;
  readonly machine: string;
}

/**
 * Who the guest is; what is missing is as by default: user and group 1000, "sandbox" on the host "sallyport", process 1.
 */
export interface IdentityOptions extends Partial<Omit<Identity, "uname">> {
  readonly uname?: Partial<Uname>;
}

const DEFAULTS: Identity = {
  uid: 1000,
  gid: 1000,
  groups: [1000],
  pid: 1,
  ppid: 0,
  user: "sandbox",
  home: "/sandbox",
  shell: "/bin/sh",
  uname: {
    sysname: "Linux",
    nodename: "sallyport",
    release: "6.1.0",
    version: "#1 Sallyport",
    machine: "wasm32",
  },
};

const ID_MAX = 0xffff_fffe;

/** The identity given, the rest from the defaults. Throws RangeError for ids out of range, TypeError for NULs. */
export const identity = (options: IdentityOptions = {}): Identity => {
  const whole: Identity = { ...DEFAULTS, ...options, uname: { ...DEFAULTS.uname, ...options.uname } };
  for (const id of [whole.uid, whole.gid, whole.pid, whole.ppid, ...whole.groups]) {
    if (!Number.isInteger(id) || id < 0 || id > ID_MAX) throw new RangeError(`not an id: ${String(id)}`);
  }
  for (const text of [whole.user, whole.home, whole.shell, ...Object.values(whole.uname)]) {
    if (text.includes("\0")) throw new TypeError(`a NUL in ${JSON.stringify(text)}`);
  }
  return whole;
};

/** One of the numbers of the operation `identity`. */
export const identityNumber = (who: Identity, which: number): number | undefined => {
  switch (which) {
    case 0:
      return who.pid;
    case 1:
      return who.ppid;
    case 2:
    case 3:
      return who.uid;
    case 4:
    case 5:
      return who.gid;
    case 6:
    case 7:
      return who.pid;
    default:
      return undefined;
  }
};
