/*
 * Asks a DNS server over UDP as fast as it answers, or at a rate, and says how many answers came and how long they took.
 *
 *   load ADDRESS PORT QUERIES SECONDS WINDOW [RATE]
 *
 * QUERIES is a file of messages, each behind its length in two bytes; they are asked in turn, with ids of our own. Without
 * RATE there are always WINDOW questions under way; with it, RATE questions a second leave whether they are answered or not.
 * The system is asked to carry many messages at once, so that this program costs less than any server.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 32
#define MAX_QUERIES 200000
#define LOST_NS 200000000L

static unsigned char *queries[MAX_QUERIES];
static int lengths[MAX_QUERIES];
static int count;
static long sent_at[65536];
static long *latencies;
static long received, lost, room;
static long codes[16];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

static void read_queries(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) die(path);
  int high;
  while ((high = fgetc(file)) != EOF && count < MAX_QUERIES) {
    int length = high << 8 | fgetc(file);
    queries[count] = malloc(length);
    if (fread(queries[count], 1, length, file) != (size_t)length) die("queries");
    lengths[count++] = length;
  }
  fclose(file);
}

/* Takes what has come; gives how many questions it answered. */
static int receive(int fd, int keep) {
  static unsigned char buffers[BATCH][4096];
  static struct iovec parts[BATCH];
  static struct mmsghdr messages[BATCH];
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){buffers[i], sizeof buffers[i]};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
  }
  int got = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
  if (got < 0) {
    if (errno == EAGAIN || errno == ECONNREFUSED) return 0;
    die("recvmmsg");
  }
  long time = now();
  int answered = 0;
  for (int i = 0; i < got; i++) {
    int id = buffers[i][0] << 8 | buffers[i][1];
    if (messages[i].msg_len < 12 || sent_at[id] == 0) continue;
    if (keep && received < room) latencies[received] = time - sent_at[id];
    sent_at[id] = 0;
    codes[buffers[i][3] & 15]++;
    received++;
    answered++;
  }
  return answered;
}

static int ask(int fd, int want, unsigned *next) {
  static unsigned char copies[BATCH][600];
  static struct iovec parts[BATCH];
  static struct mmsghdr messages[BATCH];
  int some = want < BATCH ? want : BATCH;
  long time = now();
  for (int i = 0; i < some; i++) {
    unsigned number = *next + i;
    int query = number % count;
    memcpy(copies[i], queries[query], lengths[query]);
    copies[i][0] = number >> 8;
    copies[i][1] = number;
    sent_at[number & 0xffff] = time;
    parts[i] = (struct iovec){copies[i], lengths[query]};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
  }
  int done = sendmmsg(fd, messages, some, 0);
  if (done < 0) {
    if (errno == EAGAIN || errno == ECONNREFUSED || errno == ENOBUFS) return 0;
    die("sendmmsg");
  }
  *next += done;
  return done;
}

static int by_size(const void *a, const void *b) {
  long difference = *(const long *)a - *(const long *)b;
  return difference < 0 ? -1 : difference > 0;
}

int main(int argc, char **argv) {
  if (argc < 6) return 64;
  read_queries(argv[3]);
  double seconds = atof(argv[4]);
  int window = atoi(argv[5]);
  double rate = argc > 6 ? atof(argv[6]) : 0;
  room = rate > 0 ? (long)(rate * seconds * 1.2) + 1000 : 0;
  latencies = malloc((room + 1) * sizeof(long));
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  int size = 4 * 1024 * 1024;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  inet_pton(AF_INET, argv[1], &to.sin_addr);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) die("connect");

  unsigned next = 1;
  long under_way = 0, sent = 0;
  long start = now(), end = start + (long)(seconds * 1e9), last = start;
  while (now() < end) {
    long time = now();
    int want = window - under_way;
    if (rate > 0) want = (long)((time - start) / 1e9 * rate) - sent;
    if (want > 0) {
      int done = ask(fd, want, &next);
      sent += done;
      under_way += done;
    }
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    long due = rate > 0 ? start + (long)((sent + 1) / rate * 1e9) - now() : 20000000L;
    struct timespec wait = {0, due < 0 ? 0 : due};
    ppoll(&ready, 1, &wait, NULL);
    int got;
    while ((got = receive(fd, rate > 0)) > 0) {
      under_way -= got;
      last = now();
    }
    if (rate == 0 && under_way >= window && now() - last > LOST_NS) {
      lost += under_way;
      under_way = 0;
      last = now();
      memset(sent_at, 0, sizeof sent_at);
    }
  }
  double took = (now() - start) / 1e9;
  /* Stragglers of a rate count as answered late, not as lost. */
  for (int i = 0; i < 50 && rate > 0 && received < sent; i++) {
    usleep(2000);
    while (receive(fd, 1) > 0) continue;
  }
  if (rate > 0) lost = sent - received;
  long kept = received < room ? received : room;
  double sum = 0;
  for (long i = 0; i < kept; i++) sum += latencies[i];
  qsort(latencies, kept, sizeof(long), by_size);
  printf("{\"sent\":%ld,\"received\":%ld,\"lost\":%ld,\"seconds\":%.4f,\"noError\":%ld,\"nxdomain\":%ld,\"other\":%ld,"
         "\"meanMs\":%.4f,\"p50Ms\":%.4f,\"p99Ms\":%.4f,\"maxMs\":%.4f}\n",
         sent, received, lost, took, codes[0], codes[3], received - codes[0] - codes[3],
         kept ? sum / kept / 1e6 : 0, kept ? latencies[kept / 2] / 1e6 : 0, kept ? latencies[kept * 99 / 100] / 1e6 : 0,
         kept ? latencies[kept - 1] / 1e6 : 0);
  return 0;
}
