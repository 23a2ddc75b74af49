/*
 * rpython SECONDS: a child that speaks version 1 of RPython's sandbox protocol, as a translated executable does, and
 * times its own requests: writes one line of JSON to its virtual stdout, seconds per getenv and per stat.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char answer[1 << 16];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static char *put_string(char *at, const char *text, uint32_t length) {
  *at++ = 's';
  memcpy(at, &length, 4);
  memcpy(at + 4, text, length);
  return at + 4 + length;
}

static char *put_tuple(char *at, uint32_t count) {
  *at++ = '(';
  memcpy(at, &count, 4);
  return at + 4;
}

static char *put_int(char *at, int64_t value) {
  *at++ = 'I';
  memcpy(at, &value, 8);
  return at + 8;
}

/* One request and its answer, which the controller sends in one piece. */
static void ask(const char *request, char *end) {
  if (write(1, request, end - request) != end - request || read(0, answer, sizeof answer) <= 0) exit(9);
}

static double per_call(const char *request, char *end, double seconds) {
  double best = 1e9;
  for (double spent = 0; spent < seconds;) {
    double began = now();
    for (int i = 0; i < 50; i++) ask(request, end);
    double took = now() - began;
    spent += took;
    if (took / 50 < best) best = took / 50;
  }
  return best;
}

int main(int argc, char **argv) {
  double seconds = argc > 1 ? atof(argv[1]) : 1;
  static char request[4096];
  const char *getenv_name = "ll_os.ll_os_getenv", *stat_name = "ll_os.ll_os_stat";
  char *end = put_string(request, getenv_name, strlen(getenv_name));
  end = put_string(put_tuple(end, 1), "PYPY_GENERATIONGC_NURSERY", 25);
  double getenv_time = per_call(request, end, seconds);
  end = put_string(request, stat_name, strlen(stat_name));
  end = put_string(put_tuple(end, 1), "/bin/pypy-c", 11);
  double stat_time = per_call(request, end, seconds);
  char line[200];
  int length = snprintf(line, sizeof line, "{\"getenv\": %.9f, \"stat\": %.9f}\n", getenv_time, stat_time);
  end = put_string(request, "ll_os.ll_os_write", 17);
  end = put_string(put_int(put_tuple(end, 2), 1), line, length);
  ask(request, end);
  end = put_string(request, "ll_os.ll_os__exit", 17);
  end = put_int(put_tuple(end, 1), 0);
  if (write(1, request, end - request) < 0) return 9;
  pause();
}
