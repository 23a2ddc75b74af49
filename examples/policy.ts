/** Limits, rules on files, and interceptors. Run: npx tsx examples/policy.ts */
import { memory, refuse, Sandbox } from "sallyport";

const written: string[] = [];

await using sandbox = await Sandbox.create({
  mounts: { "/data": memory({ "prices.csv": "a,1\nb,2\n", "keys/api.key": "s3cr3t" }) },
  limits: { memory: "128 MiB", cpu: "500 ms", wall: "60 s", output: "1 KiB", storage: "64 KiB" },
  // By where a file is, whatever name or link it is reached by.
  files: { deny: ["**/*.key"], readonly: ["/data/**"] },
  // By operation: watch, change, answer or refuse.
  intercept: {
    open: (operation, next) => {
      const writes = (operation.args.flags & 3) !== 0;
      if (writes) written.push(operation.path);
      return next();
    },
    mkdir: () => refuse("EPERM"),
  },
  deterministic: true,
});

const attempts = [
  "open('/data/prices.csv').read()",
  "open('/data/keys/api.key').read()",
  "import os; os.symlink('/data/keys/api.key', '/tmp/x'); open('/tmp/x').read()",
  "open('/data/prices.csv', 'a').write('c,3')",
  "os.mkdir('/sandbox/d')",
  "open('/sandbox/big', 'wb').write(bytes(100_000))",
  "bytearray(10**9)",
  "while True: print('x' * 99)",
  "while True: pass",
  "import socket; socket.create_connection(('192.0.2.1', 80))",
  "import time; time.gmtime().tm_year",
];
for (const code of attempts) {
  const result = await sandbox.run(code);
  const outcome = result.ok
    ? result.value
    : `${result.status}: ${result.error.type}: ${result.error.message}`;
  console.log(code, "→", outcome);
}
console.log("opened for writing:", written);
