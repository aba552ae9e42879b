/* What the C programs of the benchmark share: small things about sockets, and how to give up. */
#ifndef SOCKETS_H
#define SOCKETS_H
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

/* 127.0.0.HOST */
static struct sockaddr_in loopback(int host, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(0x7F000000u + (uint32_t)host);
  return address;
}

__attribute__((unused))
static void watch(int poller, int fd, uint32_t events, void *data) {
  struct epoll_event event = {.events = events, .data.ptr = data};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) die("Cannot watch: %s", strerror(errno));
}

__attribute__((unused))
static void rewatch(int poller, int fd, uint32_t events, void *data) {
  struct epoll_event event = {.events = events, .data.ptr = data};
  epoll_ctl(poller, EPOLL_CTL_MOD, fd, &event);
}

static void raise_descriptor_limit(int needed) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < (rlim_t)needed) {
    die("Cannot open %d sockets: ulimit -n must allow them, is %lu", needed, (unsigned long)limit.rlim_max);
  }
}
#endif
