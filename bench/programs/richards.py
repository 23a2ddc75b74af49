"""Classes, methods and attributes: a small operating system's scheduler after Martin Richards."""


class Packet:
    __slots__ = ("link", "ident", "kind", "datum", "data")

    def __init__(self, link, ident, kind):
        self.link, self.ident, self.kind, self.datum, self.data = link, ident, kind, 0, [0] * 4

    def append_to(self, queue):
        self.link = None
        if queue is None:
            return self
        p = queue
        while p.link is not None:
            p = p.link
        p.link = self
        return queue


class Task:
    def __init__(self, world, ident, priority, queue):
        self.world, self.ident, self.priority, self.queue = world, ident, priority, queue
        self.held, self.waiting, self.ready = False, queue is None, queue is not None

    def take(self):
        packet, self.queue = self.queue, self.queue.link
        return packet

    def step(self):
        raise NotImplementedError


class Idle(Task):
    def __init__(self, world):
        super().__init__(world, 0, 0, None)
        self.waiting, self.control, self.count = False, 1, 4000

    def step(self):
        self.count -= 1
        if self.count == 0:
            self.held = True
        elif self.control & 1 == 0:
            self.control //= 2
            self.world.release(4)
        else:
            self.control = self.control // 2 ^ 0xD008
            self.world.release(5)


class Worker(Task):
    destination, count = 2, 0

    def step(self):
        if self.queue is None:
            self.waiting = True
            return
        packet = self.take()
        self.destination = 3 if self.destination == 2 else 2
        packet.ident, packet.datum = self.destination, 0
        for i in range(4):
            self.count = self.count % 26 + 1
            packet.data[i] = 64 + self.count
        self.world.send(packet)


class Handler(Task):
    work = device = None

    def step(self):
        while self.queue is not None:
            packet = self.take()
            if packet.kind == "work":
                self.work = packet.append_to(self.work)
            else:
                self.device = packet.append_to(self.device)
        if self.work is not None:
            work = self.work
            if work.datum >= 4:
                self.work = work.link
                self.world.send(work)
                return
            if self.device is not None:
                device = self.device
                self.device = device.link
                device.datum = work.data[work.datum]
                work.datum += 1
                self.world.send(device)
                return
        self.waiting = True


class Device(Task):
    pending = None

    def step(self):
        if self.queue is None:
            if self.pending is None:
                self.waiting = True
                return
            packet, self.pending = self.pending, None
            self.world.send(packet)
            return
        self.pending = self.take()
        self.held = True


class World:
    def __init__(self):
        self.sent = self.releases = 0
        p = lambda kind, ident, n, link=None: link if n == 0 else p(kind, ident, n - 1, Packet(link, ident, kind))
        self.tasks = {
            0: Idle(self), 1: Worker(self, 1, 1000, p("work", 1, 2)),
            2: Handler(self, 2, 2000, p("device", 4, 3)), 3: Handler(self, 3, 3000, p("device", 5, 3)),
            4: Device(self, 4, 4000, None), 5: Device(self, 5, 5000, None),
        }
        self.order = sorted(self.tasks.values(), key=lambda t: -t.priority)

    def release(self, ident):
        self.releases += 1
        self.tasks[ident].held = False

    def send(self, packet):
        self.sent += 1
        task = self.tasks.get(packet.ident)
        packet.ident = self.current.ident
        task.queue = packet.append_to(task.queue)
        task.waiting = False

    def run(self):
        while True:
            for task in self.order:
                if not task.held and (not task.waiting or task.queue is not None):
                    self.current = task
                    task.waiting = False
                    task.step()
                    break
            else:
                return


def main():
    world = World()
    world.run()
    return (world.sent, world.releases)
