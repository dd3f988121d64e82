/*
 * An upstream that knows every name: it answers each question with one address, of the TTL that it was given.
 *
 *   upstream PORT TTL
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 32

int main(int argc, char **argv) {
  if (argc < 3) return 64;
  static unsigned char buffers[BATCH][4096];
  static struct sockaddr_storage from[BATCH];
  static struct iovec parts[BATCH];
  static struct mmsghdr messages[BATCH];
  unsigned ttl = atoi(argv[2]);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  int size = 4 * 1024 * 1024;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0) {
    perror("bind");
    return 1;
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    for (int i = 0; i < BATCH; i++) {
      parts[i] = (struct iovec){buffers[i], sizeof buffers[i]};
      messages[i].msg_hdr =
          (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &parts[i], .msg_iovlen = 1};
    }
    int got = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    if (got < 0) continue;
    int replies = 0;
    for (int i = 0; i < got; i++) {
      unsigned char *message = buffers[i];
      int end = 12;
      while (end < (int)messages[i].msg_len && message[end] != 0) end += message[end] + 1;
      end += 5;
      if (end > (int)messages[i].msg_len) continue;
      unsigned char record[] = {0xc0, 12, 0, 1, 0, 1, ttl >> 24, ttl >> 16, ttl >> 8, ttl, 0, 4, 192, 0, 2, 1};
      message[2] = 0x81;
      message[3] = 0x80;
      message[6] = 0;
      message[7] = 1;
      memset(message + 8, 0, 4);
      memcpy(message + end, record, sizeof record);
      parts[i].iov_len = end + sizeof record;
      messages[replies++].msg_hdr = messages[i].msg_hdr;
    }
    if (replies > 0) sendmmsg(fd, messages, replies, 0);
  }
}
