/*
 * pingpong SECONDS [FILE]: two processes and two pipes, nothing else: what an exchange costs at least on this machine.
 * Prints as JSON: seconds per exchange of 32 bytes each way, and bytes per second of 64 MiB moved in pieces of 1 MiB,
 * each piece answered with 8 bytes. With FILE, which is made anew, also the bytes per second of as much that the other
 * process writes to the file besides, and of what it reads from there and sends in pieces of 1 MiB, each asked for with 8 bytes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SMALL = 32, LARGE = 1 << 20, PIECES = 64, BATCH = 200 };
/* What the other process does: answers with as much, takes it, takes it for the file, gives it from the file. */
enum { ECHO, TAKE, PUT, GET };

struct request {
  unsigned kind, length;
};

static int there[2], back[2];
static char buffer[LARGE];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static int whole(ssize_t (*move)(int, void *, size_t), int fd, void *data, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t n = move(fd, (char *)data + done, length - done);
    if (n <= 0) return 0;
    done += n;
  }
  return 1;
}

static ssize_t put(int fd, void *data, size_t length) { return write(fd, data, length); }

static void other(int file) {
  struct request request;
  off_t at = 0;
  while (whole(read, there[0], &request, sizeof request) && request.length <= LARGE) {
    unsigned answer = request.kind == ECHO || request.kind == GET ? request.length : 8;
    if (request.kind != GET && !whole(read, there[0], buffer, request.length)) break;
    if (request.kind == PUT && pwrite(file, buffer, LARGE, at) != LARGE) break;
    if (request.kind == GET && pread(file, buffer, LARGE, at) != LARGE) break;
    if (request.kind == PUT || request.kind == GET) at = (at + LARGE) % (PIECES * (off_t)LARGE);
    if (!whole(put, back[1], buffer, answer)) break;
  }
  _exit(0);
}

/* The best of several passes over all pieces; 0 where something failed. */
static double rate(unsigned kind, double seconds, int file) {
  struct request request = {kind, LARGE};
  double best = 0;
  for (double spent = 0; spent < seconds;) {
    if (kind == PUT && ftruncate(file, 0) != 0) return 0;
    double began = now();
    for (int i = 0; i < PIECES; i++) {
      if (!whole(put, there[1], &request, sizeof request)) return 0;
      if (kind != GET && !whole(put, there[1], buffer, LARGE)) return 0;
      if (!whole(read, back[0], buffer, kind == GET ? LARGE : 8)) return 0;
    }
    double took = now() - began;
    spent += took;
    if (PIECES * (double)LARGE / took > best) best = PIECES * (double)LARGE / took;
  }
  return best;
}

int main(int argc, char **argv) {
  double seconds = argc > 1 ? atof(argv[1]) : 1;
  int file = argc > 2 ? open(argv[2], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
  if ((argc > 2 && file < 0) || pipe(there) != 0 || pipe(back) != 0) return 1;
  pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    close(there[1]);
    close(back[0]);
    other(file);
  }
  close(there[0]);
  close(back[1]);
  char frame[sizeof(struct request) + SMALL] = {0};
  struct request small = {ECHO, SMALL};
  memcpy(frame, &small, sizeof small);
  double best = 1e9;
  for (double spent = 0; spent < seconds;) {
    double began = now();
    for (int i = 0; i < BATCH; i++)
      if (!whole(put, there[1], frame, sizeof frame) || !whole(read, back[0], buffer, SMALL)) return 1;
    double took = now() - began;
    spent += took;
    if (took / BATCH < best) best = took / BATCH;
  }
  printf("{\"exchange\": %.9f, \"rate\": %.0f", best, rate(TAKE, seconds, file));
  if (file >= 0) {
    double writes = rate(PUT, seconds, file);
    printf(", \"file\": {\"read\": %.0f, \"write\": %.0f}", rate(GET, seconds, file), writes);
    /* Nothing is left to be written to the disk while others are measured. */
    if (ftruncate(file, 0) != 0) return 1;
  }
  printf("}\n");
  close(there[1]);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}
