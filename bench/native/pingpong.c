/*
 * pingpong SECONDS: two processes and two pipes, nothing else: what an exchange costs at least on this machine.
 * Prints as JSON: seconds per exchange of 32 bytes each way, and bytes per second of 64 MiB moved in pieces of 1 MiB,
 * each piece answered with 8 bytes.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SMALL = 32, LARGE = 1 << 20, PIECES = 64, BATCH = 200 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static int whole(ssize_t (*move)(int, void *, size_t), int fd, char *data, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t n = move(fd, data + done, length - done);
    if (n <= 0) return 0;
    done += n;
  }
  return 1;
}

static ssize_t put(int fd, void *data, size_t length) { return write(fd, data, length); }

static char buffer[LARGE];

int main(int argc, char **argv) {
  double seconds = argc > 1 ? atof(argv[1]) : 1;
  int there[2], back[2];
  if (pipe(there) != 0 || pipe(back) != 0) return 1;
  pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    close(there[1]);
    close(back[0]);
    unsigned length;
    while (whole(read, there[0], (char *)&length, sizeof length)) {
      if (length > LARGE || !whole(read, there[0], buffer, length)) break;
      if (!whole(put, back[1], buffer, length == LARGE ? 8 : length)) break;
    }
    _exit(0);
  }
  close(there[0]);
  close(back[1]);
  char frame[sizeof(unsigned) + SMALL] = {0};
  unsigned length = SMALL;
  memcpy(frame, &length, sizeof length);
  double best = 1e9, spent = 0;
  while (spent < seconds) {
    double began = now();
    for (int i = 0; i < BATCH; i++)
      if (!whole(put, there[1], frame, sizeof frame) || !whole(read, back[0], buffer, SMALL)) return 1;
    double took = now() - began;
    spent += took;
    if (took / BATCH < best) best = took / BATCH;
  }
  double rate = 0;
  length = LARGE;
  for (spent = 0; spent < seconds;) {
    double began = now();
    for (int i = 0; i < PIECES; i++)
      if (!whole(put, there[1], (char *)&length, sizeof length) || !whole(put, there[1], buffer, LARGE) ||
          !whole(read, back[0], buffer, 8))
        return 1;
    double took = now() - began;
    spent += took;
    if (PIECES * (double)LARGE / took > rate) rate = PIECES * (double)LARGE / took;
  }
  printf("{\"exchange\": %.9f, \"rate\": %.0f}\n", best, rate);
  close(there[1]);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}
