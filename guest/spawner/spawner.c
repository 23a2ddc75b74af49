/*
 * spawner: starts native guests for a controller.
 *
 *   spawner CONTROLLER
 *
 * A controller is a large process: a fork of it copies its page tables, stops it meanwhile, and makes it copy every page
 * that it writes soon after. So it starts this small program once (CONTROLLER is its process id), and asks it for guests:
 * commands come on 0, one after the other, and events go to 1. It keeps no state but what the kernel has: every number
 * that a command needs is one that an event carried.
 *
 *   commands   u32 kind, then
 *     START    u32 length, argument strings, each with its NUL: the executable's path, which is also argument 0, and the
 *              guest's arguments; "--parent" and this process's id are added
 *     RELEASE  u32 descriptor, u32 descriptor: the controller has opened them (through /proc) or will not
 *     REAP     u32 process id, u32 descriptor: the controller has taken note of a guest's end, and signals it no more
 *     WIDEN    u32 descriptor of the controller's, u32 bytes: the pipe that it is an end of holds so much, if it may;
 *              that is for guests that move much: pipes of all guests together are limited for each user
 *   events     u32 kind, u32 a, u32 b, u32 c, u32 d
 *     READY    this process's id
 *     STARTED  process id, descriptor to write to the guest, descriptor to read from it, descriptor of the process
 *     FAILED   errno
 *     ENDED    process id, descriptor of the process, exit status or signal, 1 if by a signal
 *
 * A guest that has ended stays a zombie until REAP, so that its process id is no one else's while the controller may
 * still signal it. The controller's end (that of its thread, too) is the spawner's, and the spawner's end is its guests':
 * by the parent's death signal, which guests set themselves, and by the end of 0.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START = 1, RELEASE = 2, REAP = 3, WIDEN = 4 };
enum { READY = 1, STARTED = 2, FAILED = 3, ENDED = 4 };
enum { STATUS_USAGE = 64, STATUS_SYSTEM = 65, STATUS_PROTOCOL = 71 };
enum { MAX_ARGUMENTS = 32, MAX_BYTES = 16384 };

/* Signals that others send to the whole process group: they are for the controller to act on. */
static const int others[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGTERM};
enum { OTHERS = sizeof others / sizeof *others };

static int watched;
static pid_t controller;

/* Reads exactly so many bytes; the end of the commands is the end of this process, and so of its guests. */
static void take(void *to, size_t length) {
  for (size_t got = 0; got < length;) {
    ssize_t n = read(0, (char *)to + got, length - got);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(0);
    got += (size_t)n;
  }
}

static void tell(uint32_t kind, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  uint32_t event[5] = {kind, a, b, c, d};
  for (size_t put = 0; put < sizeof event;) {
    ssize_t n = write(1, (char *)event + put, sizeof event - put);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(0);
    put += (size_t)n;
  }
}

static int pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

static void watch(int fd, uint64_t data) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = data};
  if (epoll_ctl(watched, EPOLL_CTL_ADD, fd, &event) != 0) _exit(STATUS_SYSTEM);
}

/* Starts a guest on two pipes. Answers 0, or what failed. */
static int start_guest(char **argv, const int request[2], const int answer[2], pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, ours;
  char *environment[] = {NULL};
  sigemptyset(&none);
  sigemptyset(&ours);
  for (int i = 0; i < OTHERS; i++) sigaddset(&ours, others[i]);
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  int failed = posix_spawn_file_actions_adddup2(&actions, answer[0], 0);
  if (failed == 0) failed = posix_spawn_file_actions_adddup2(&actions, request[1], 1);
  if (failed == 0) failed = posix_spawnattr_setsigmask(&attributes, &none);
  if (failed == 0) failed = posix_spawnattr_setsigdefault(&attributes, &ours);
  if (failed == 0) failed = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  if (failed == 0) failed = posix_spawn(pid, argv[0], &actions, &attributes, argv, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

static void start(void) {
  static char bytes[MAX_BYTES], parent[16];
  uint32_t length;
  take(&length, sizeof length);
  if (length == 0 || length > MAX_BYTES) _exit(STATUS_PROTOCOL);
  take(bytes, length);
  if (bytes[length - 1] != 0) _exit(STATUS_PROTOCOL);
  char *argv[MAX_ARGUMENTS + 3];
  int argc = 0;
  for (char *at = bytes; at < bytes + length; at += strlen(at) + 1) {
    if (argc == MAX_ARGUMENTS) _exit(STATUS_PROTOCOL);
    argv[argc++] = at;
  }
  snprintf(parent, sizeof parent, "%d", (int)getpid());
  argv[argc++] = "--parent";
  argv[argc++] = parent;
  argv[argc] = NULL;

  int request[2], answer[2], process = -1;
  pid_t pid = 0;
  if (pipe2(request, O_CLOEXEC) != 0) {
    tell(FAILED, (uint32_t)errno, 0, 0, 0);
    return;
  }
  if (pipe2(answer, O_CLOEXEC) != 0) {
    tell(FAILED, (uint32_t)errno, 0, 0, 0);
    close(request[0]);
    close(request[1]);
    return;
  }
  int failed = start_guest(argv, request, answer, &pid);
  close(request[1]);
  close(answer[0]);
  if (failed == 0 && (process = pidfd_open(pid)) < 0) {
    failed = errno;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
  }
  if (failed != 0) {
    close(request[0]);
    close(answer[1]);
    tell(FAILED, (uint32_t)failed, 0, 0, 0);
    return;
  }
  fcntl(process, F_SETFD, FD_CLOEXEC);
  tell(STARTED, (uint32_t)pid, (uint32_t)answer[1], (uint32_t)request[0], (uint32_t)process);
  watch(process, (uint64_t)pid << 32 | (uint32_t)process);
}

/* The descriptor may be another file's by now: what is no pipe is not opened, and no pipe is made smaller. */
static void widen(uint32_t descriptor, uint32_t size) {
  char path[48];
  struct stat found;
  snprintf(path, sizeof path, "/proc/%d/fd/%u", (int)controller, (unsigned)descriptor);
  int place = open(path, O_PATH | O_CLOEXEC);
  if (place < 0) return;
  if (fstat(place, &found) == 0 && S_ISFIFO(found.st_mode)) {
    snprintf(path, sizeof path, "/proc/self/fd/%d", place);
    int end = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (end >= 0) {
      int now = fcntl(end, F_GETPIPE_SZ);
      if (now >= 0 && (uint32_t)now < size) fcntl(end, F_SETPIPE_SZ, (int)size);
      close(end);
    }
  }
  close(place);
}

static void command(void) {
  uint32_t kind, numbers[2];
  take(&kind, sizeof kind);
  switch (kind) {
  case START:
    start();
    return;
  case RELEASE:
    take(numbers, sizeof numbers);
    close((int)numbers[0]);
    close((int)numbers[1]);
    return;
  case REAP:
    take(numbers, sizeof numbers);
    waitpid((pid_t)numbers[0], NULL, 0);
    close((int)numbers[1]);
    return;
  case WIDEN:
    take(numbers, sizeof numbers);
    widen(numbers[0], numbers[1]);
    return;
  default:
    _exit(STATUS_PROTOCOL);
  }
}

static void ended(pid_t pid, int process) {
  siginfo_t info = {0};
  if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) _exit(STATUS_SYSTEM);
  if (info.si_pid != pid) return;
  epoll_ctl(watched, EPOLL_CTL_DEL, process, NULL);
  tell(ENDED, (uint32_t)pid, (uint32_t)process, (uint32_t)info.si_status, info.si_code != CLD_EXITED);
}

int main(int argc, char **argv) {
  if (argc != 2) return STATUS_USAGE;
  controller = (pid_t)strtol(argv[1], NULL, 10);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != controller) return STATUS_SYSTEM;
  for (int i = 0; i < OTHERS; i++) signal(others[i], SIG_IGN);
  signal(SIGCHLD, SIG_DFL);
  if (chdir("/") != 0 || (watched = epoll_create1(EPOLL_CLOEXEC)) < 0) return STATUS_SYSTEM;
  int self = pidfd_open(getpid());
  if (self < 0) return STATUS_SYSTEM;
  close(self);
  watch(0, 0);
  tell(READY, (uint32_t)getpid(), 0, 0, 0);
  for (;;) {
    struct epoll_event events[16];
    int count = epoll_wait(watched, events, 16, -1);
    if (count < 0 && errno != EINTR) return STATUS_SYSTEM;
    for (int i = 0; i < count; i++) {
      uint64_t data = events[i].data.u64;
      if (data == 0) command();
      else ended((pid_t)(data >> 32), (int)(uint32_t)data);
    }
  }
}
