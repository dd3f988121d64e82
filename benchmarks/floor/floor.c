/*
 * The least that a server must do to tell many HTTP/2 clients of a change: write the bytes and read what they answer. No
 * protocol, no sessions, no memory of who has what. It is measured beside real servers, as the floor under them.
 *
 *   floor HELLO FIRST CHANGE OFFSET
 *
 * The files hold bytes as they go over the wire: HELLO is sent to each connection at once, FIRST when the client has sent
 * anything at all, CHANGE for each line "INDEX ADDRESS" on standard input, with the 14 bytes at OFFSET replaced by ADDRESS.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CONNECTIONS 65536
#define ADDRESS_LENGTH 14

struct bytes {
  char *data;
  size_t length;
};

static int connections[MAX_CONNECTIONS];
static char greeted[MAX_CONNECTIONS];
static int count;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static struct bytes read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) die(path);
  fseek(file, 0, SEEK_END);
  struct bytes found = {.length = (size_t)ftell(file)};
  rewind(file);
  found.data = malloc(found.length + 1);
  if (found.data == NULL || fread(found.data, 1, found.length, file) != found.length) die(path);
  fclose(file);
  return found;
}

/* What does not fit into the socket at once waits for the client: this server has nothing else to do then. */
static void write_all(int fd, struct bytes bytes) {
  size_t done = 0;
  while (done < bytes.length) {
    ssize_t n = write(fd, bytes.data + done, bytes.length - done);
    if (n > 0) done += (size_t)n;
    else if (n < 0 && errno == EAGAIN) usleep(50);
    else return;
  }
}

static void accept_all(int epoll, int listener, struct bytes hello) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fd >= MAX_CONNECTIONS) {
      close(fd);
      continue;
    }
    greeted[fd] = 0;
    connections[count++] = fd;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
    write_all(fd, hello);
  }
}

static void forget(int fd) {
  close(fd);
  for (int at = 0; at < count; at++) {
    if (connections[at] == fd) {
      connections[at] = connections[--count];
      return;
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "floor HELLO FIRST CHANGE OFFSET\n");
    return 64;
  }
  struct bytes hello = read_file(argv[1]), first = read_file(argv[2]), change = read_file(argv[3]);
  size_t offset = (size_t)atol(argv[4]);
  if (offset + ADDRESS_LENGTH > change.length) die("offset");

  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 4096) < 0) die("listen");
  getsockname(listener, (struct sockaddr *)&address, &length);
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);

  int epoll = epoll_create1(0);
  struct epoll_event own = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &own);
  own.data.fd = STDIN_FILENO;
  epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &own);
  static char buffer[65536];
  static char lines[65536];
  size_t held = 0;
  struct epoll_event events[256];
  for (;;) {
    int ready = epoll_wait(epoll, events, 256, -1);
    for (int at = 0; at < ready; at++) {
      int fd = events[at].data.fd;
      if (fd == listener) {
        accept_all(epoll, listener, hello);
      } else if (fd == STDIN_FILENO) {
        ssize_t n = read(fd, lines + held, sizeof lines - held - 1);
        if (n <= 0) return 0;
        held += (size_t)n;
        lines[held] = 0;
        for (char *end; (end = strchr(lines, '\n')) != NULL;) {
          char *word = strchr(lines, ' ');
          if (word != NULL && end - word - 1 == ADDRESS_LENGTH) {
            memcpy(change.data + offset, word + 1, ADDRESS_LENGTH);
            for (int each = 0; each < count; each++) write_all(connections[each], change);
          }
          held -= (size_t)(end + 1 - lines);
          memmove(lines, end + 1, held + 1);
        }
      } else {
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n == 0 || (n < 0 && errno != EAGAIN)) forget(fd);
        else if (n > 0 && !greeted[fd]) {
          greeted[fd] = 1;
          write_all(fd, first);
        }
      }
    }
  }
}
