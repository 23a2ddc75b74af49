import { Errno } from "../../wire/errno.js";
import { chain } from "../../wire/steps.js";
import type { Handlers } from "../../wire/types.js";
import { O_NONBLOCK, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_TYPE_MASK } from "../flags.js";
import { socketpair } from "../socketpair.js";
import { asSocket, type Socket } from "../sockets.js";
import type { World } from "../world.js";

export type SocketOperation =
  | "socket"
  | "socketpair"
  | "connect"
  | "bind"
  | "listen"
  | "accept"
  | "shutdown"
  | "send"
  | "receive"
  | "sockname"
  | "getsockopt"
  | "setsockopt"
  | "resolve";

/** The longest struct sockaddr. */
const ADDRESS_MAX = 128;
const NAME_MAX = 255;

const typeOf = (
  type: number,
): { readonly type: number; readonly status: number; readonly cloexec: boolean } => {
  if ((type & ~(SOCK_TYPE_MASK | SOCK_NONBLOCK | SOCK_CLOEXEC)) !== 0) throw new Errno("EINVAL");
  return {
    type: type & SOCK_TYPE_MASK,
    // Sockets can be read and written: O_RDWR.
    status: 2 | ((type & SOCK_NONBLOCK) !== 0 ? O_NONBLOCK : 0),
    cloexec: (type & SOCK_CLOEXEC) !== 0,
  };
};

const checkAddress = (address: Uint8Array): Uint8Array => {
  if (address.length < 2 || address.length > ADDRESS_MAX) throw new Errno("EINVAL");
  return address;
};

/** The operations on sockets. */
export const socketOperations = (world: World): Pick<Handlers, SocketOperation> => {
  const { descriptors, network, waits } = world;
  const get = (fd: number): Socket => asSocket(descriptors.get(fd));
  return {
    socket: ({ domain, type, protocol }) => {
      const { type: kind, status, cloexec } = typeOf(type);
      descriptors.room();
      return chain(network.socket(domain, kind, protocol, status, waits), (socket) => ({
        fd: descriptors.add(socket, cloexec),
      }));
    },
    socketpair: ({ domain, type, protocol }) => {
      const { type: kind, status, cloexec } = typeOf(type);
      descriptors.room(2);
      const [one, two] = socketpair(domain, kind, protocol, status, () => world.anonymous("socket"), waits);
      return { fds: [descriptors.add(one, cloexec), descriptors.add(two, cloexec)] };
    },
    connect: ({ fd, address }) => get(fd).connect(checkAddress(address)),
    bind: ({ fd, address }) => get(fd).bind(checkAddress(address)),
    listen: ({ fd, backlog }) => get(fd).listen(backlog),
    accept: ({ fd, flags, address_capacity }) => {
      const { status, cloexec } = typeOf(flags);
      if ((flags & SOCK_TYPE_MASK) !== 0) throw new Errno("EINVAL");
      descriptors.room();
      return chain(get(fd).accept(), ({ socket, address }) => {
        socket.setFlags(status);
        return {
          connection: descriptors.add(socket, cloexec),
          address: address.subarray(0, address_capacity),
          length: address.length,
        };
      });
    },
    shutdown: ({ fd, how }) => get(fd).shutdown(how),
    send: ({ fd, data, flags, address }) =>
      chain(get(fd).send(data, flags, address.length === 0 ? address : checkAddress(address)), (length) => ({
        length,
      })),
    receive: ({ fd, capacity, flags, address_capacity }) =>
      chain(get(fd).receive(capacity, flags), ({ data, length, address }) => ({
        data,
        length,
        address: address.subarray(0, address_capacity),
        address_length: address.length,
      })),
    sockname: ({ fd, which, address_capacity }) => {
      if (which > 1) throw new Errno("EINVAL");
      return chain(get(fd).name(which === 0 ? "own" : "peer"), (address) => ({
        address: address.subarray(0, address_capacity),
        length: address.length,
      }));
    },
    getsockopt: ({ fd, level, option, capacity }) =>
      chain(get(fd).getOption(level, option), (value) => ({ value: value.subarray(0, capacity) })),
    setsockopt: ({ fd, level, option, value }) => get(fd).setOption(level, option, value),
    resolve: ({ name, family, capacity }) => {
      if (name.length === 0 || name.length > NAME_MAX) throw new Errno("EINVAL");
      const text = Buffer.from(name).toString("latin1");
      // Names that are not of letters, digits, "-", "_" and "." are no names of hosts.
      if (!/^[\w.-]+$/.test(text)) throw new Errno("ENOENT");
      return chain(network.resolve(text, family), (addresses) => ({
        addresses: encodeAddresses(addresses, capacity),
      }));
    },
  };
};

/** As many addresses as fit: family u16, length u16, the sockaddr. */
const encodeAddresses = (addresses: readonly Uint8Array[], capacity: number): Uint8Array => {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const address of addresses) {
    if (address.length < 2 || length + 4 + address.length > capacity) break;
    const header = Buffer.alloc(4);
    header.set(address.subarray(0, 2));
    header.writeUInt16LE(address.length, 2);
    parts.push(header, address);
    length += 4 + address.length;
  }
  return Buffer.concat(parts, length);
};
