/*
 * start ROUNDS ANSWERS GUEST ARG... -- NATIVE ARG...
 *
 * Times, in turn, the start of a guest until it has ended and of a native command until it has ended, and prints the
 * median of each in microseconds: "guest N native N". The guest is served from ANSWERS, the recorded frames of a
 * controller: each of its requests gets the next one. What a controller costs is so left out.
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
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 8, MAX_FRAME = 2 << 20, MAX_ROUNDS = 10000 };

static void fail(const char *what) {
  fprintf(stderr, "start: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int read_whole(int fd, char *to, size_t length) {
  for (size_t got = 0; got < length;) {
    ssize_t n = read(fd, to + got, length - got);
    if (n <= 0) return 0;
    got += n;
  }
  return 1;
}

static void write_whole(int fd, const char *from, size_t length) {
  for (size_t put = 0; put < length;) {
    ssize_t n = write(fd, from + put, length - put);
    if (n <= 0) return;
    put += n;
  }
}

static uint32_t payload(const char *frame) {
  uint32_t length;
  memcpy(&length, frame, sizeof length);
  return length;
}

static pid_t start(char **argv, int *in, int *out) {
  int request[2], answer[2];
  if (pipe2(request, O_CLOEXEC) != 0 || pipe2(answer, O_CLOEXEC) != 0) fail("pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, answer[0], 0);
  posix_spawn_file_actions_adddup2(&actions, request[1], 1);
  char *environment[] = {NULL};
  pid_t pid;
  errno = posix_spawn(&pid, argv[0], &actions, NULL, argv, environment);
  if (errno != 0) fail(argv[0]);
  posix_spawn_file_actions_destroy(&actions);
  close(answer[0]);
  close(request[1]);
  *in = request[0];
  *out = answer[1];
  return pid;
}

static double time_guest(char **argv, const char *answers, size_t size) {
  static char frame[MAX_FRAME];
  int in, out, status;
  double began = now();
  pid_t pid = start(argv, &in, &out);
  const char *at = answers;
  while (read_whole(in, frame, HEADER) && read_whole(in, frame, payload(frame))) {
    /* The recorded controller ended the guest here, after its last answer. */
    if (at + HEADER > answers + size) {
      kill(pid, SIGKILL);
      break;
    }
    size_t length = HEADER + payload(at);
    write_whole(out, at, length);
    at += length;
  }
  waitpid(pid, &status, 0);
  double took = now() - began;
  close(in);
  close(out);
  int good = WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0;
  if (!good || at != answers + size) {
    fprintf(stderr, "start: the guest did not run as recorded (status %d, %zd bytes left)\n", status, answers + size - at);
    exit(1);
  }
  return took;
}

static double time_native(char **argv) {
  char buffer[4096];
  int in, out, status;
  double began = now();
  pid_t pid = start(argv, &in, &out);
  close(out);
  while (read(in, buffer, sizeof buffer) > 0) continue;
  waitpid(pid, &status, 0);
  double took = now() - began;
  close(in);
  return took;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  static double guest[MAX_ROUNDS], native[MAX_ROUNDS];
  int split = 1;
  while (split < argc && strcmp(argv[split], "--") != 0) split++;
  if (argc < 6 || split >= argc - 1) {
    fprintf(stderr, "usage: start ROUNDS ANSWERS GUEST ARG... -- NATIVE ARG...\n");
    return 64;
  }
  int rounds = atoi(argv[1]);
  if (rounds < 1 || rounds > MAX_ROUNDS) rounds = 50;
  argv[split] = NULL;
  int fd = open(argv[2], O_RDONLY);
  struct stat attributes;
  if (fd < 0 || fstat(fd, &attributes) != 0) fail(argv[2]);
  char *answers = malloc(attributes.st_size);
  if (answers == NULL || !read_whole(fd, answers, attributes.st_size)) fail("reading the answers");
  for (int i = 0; i < rounds; i++) {
    guest[i] = time_guest(argv + 3, answers, attributes.st_size);
    native[i] = time_native(argv + split + 1);
  }
  qsort(guest, rounds, sizeof *guest, compare);
  qsort(native, rounds, sizeof *native, compare);
  printf("guest %.1f native %.1f\n", guest[rounds / 2], native[rounds / 2]);
}
