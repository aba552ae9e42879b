/*
 * The physical limit: a server that does nothing but format each frame once and send() it to every
 * client, heartbeats included where it sends Quotewire's frames. No event loop while it publishes, no
 * protocol, no checks.
 *
 * In C because that is the point of it. Arguments and conversation are those of all peers, see
 * peers/stream.js.
 */
#define _GNU_SOURCE
#include "sockets.h"

enum { FRAME_BYTES = 1 << 20, HEARTBEAT_US = 1000000 };

struct options {
  int port, clients, symbols, stride, total, batch, each;
  int64_t interval_us;
};

static struct options options;
static int *clients;
static char *frame;

static int64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void read_options(int count, char **arguments) {
  struct { const char *name; int *into; } numbers[] = {
    {"port", &options.port}, {"clients", &options.clients}, {"symbols", &options.symbols},
    {"stride", &options.stride}, {"total", &options.total}, {"batch", &options.batch},
  };
  for (int i = 1; i < count; i++) {
    const char *equals = strchr(arguments[i], '=');
    if (!equals) die("Cannot read %s: must be NAME=VALUE", arguments[i]);
    size_t length = equals - arguments[i];
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
      if (strlen(numbers[n].name) == length && !strncmp(arguments[i], numbers[n].name, length)) {
        *numbers[n].into = atoi(equals + 1);
      }
    }
    if (!strncmp(arguments[i], "intervalUs=", 11)) options.interval_us = atoll(equals + 1);
    if (!strcmp(arguments[i], "frames=each")) options.each = 1;
  }
}

/* ---- the handshake needs SHA-1 and base64 (RFC 6455, 4.2.2) ---- */

static uint32_t rotate(uint32_t word, int bits) {
  return word << bits | word >> (32 - bits);
}

static void sha1_block(uint32_t state[5], const unsigned char *block) {
  uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  for (int i = 0; i < 16; i++) {
    w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
  }
  for (int i = 16; i < 80; i++) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  for (int i = 0; i < 80; i++) {
    uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
    uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
    uint32_t next = rotate(a, 5) + f + e + k + w[i];
    e = d, d = c, c = rotate(b, 30), b = a, a = next;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

/* of the key and the protocol's fixed text: 60 bytes */
static void accept_value(const char key[24], char value[29]) {
  unsigned char block[128] = {0}, digest[21] = {0};
  memcpy(block, key, 24);
  memcpy(block + 24, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
  block[60] = 0x80;
  block[126] = 480 >> 8, block[127] = 480 & 255;
  uint32_t state[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  sha1_block(state, block);
  sha1_block(state, block + 64);
  for (int i = 0; i < 20; i++) digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
  const char *letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int i = 0; i < 7; i++) {
    uint32_t bits = (uint32_t)digest[3 * i] << 16 | digest[3 * i + 1] << 8 | digest[3 * i + 2];
    for (int j = 0; j < 4; j++) value[4 * i + j] = letters[bits >> (18 - 6 * j) & 63];
  }
  value[27] = '=';
  value[28] = 0;
}

static void accept_client(int listener, int index) {
  char request[4096], response[256], value[29];
  int fd = accept(listener, NULL, NULL), on = 1;
  if (fd < 0) die("Cannot accept: %s", strerror(errno));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ssize_t length = recv(fd, request, sizeof request - 1, 0);
  if (length <= 0) die("Cannot read a request");
  request[length] = 0;
  char *key = strcasestr(request, "Sec-WebSocket-Key: ");
  if (!key || strlen(key) < 19 + 24) die("Cannot upgrade: no key");
  accept_value(key + 19, value);
  int size = snprintf(response, sizeof response,
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: %s\r\n\r\n", value);
  if (send(fd, response, size, 0) != size) die("Cannot answer");
  clients[index] = fd;
}

/* ---- frames ---- */

static size_t format_quote(char *at, int64_t update, int64_t time_ms) {
  int key = (int)(update * options.stride % options.symbols);
  int64_t cents = 10000 + update;
  char name[5], decimals[4] = "";
  for (int i = 3; i >= 0; i--, key /= 26) name[i] = (char)('A' + key % 26);
  name[4] = 0;
  if (cents % 100) sprintf(decimals, cents % 10 ? ".%02d" : ".%d", (int)(cents % 10 ? cents % 100 : cents % 100 / 10));
  return sprintf(at, "{\"symbol\":\"%s\",\"source\":\"sim_nyse\",\"price\":%ld%s,\"timestamp\":%ld,\"time\":%ld}",
                 name, (long)(cents / 100), decimals, (long)(time_ms / 1000), (long)time_ms);
}

/* The header goes right before the payload, which begins 10 bytes into the buffer. */
static void send_to_all(size_t length) {
  size_t head = length < 126 ? 2 : length < 65536 ? 4 : 10;
  unsigned char *start = (unsigned char *)frame + 10 - head;
  start[0] = 0x81;
  start[1] = (unsigned char)(head == 2 ? length : head == 4 ? 126 : 127);
  for (size_t i = 2; i < head; i++) start[i] = (unsigned char)(length >> 8 * (head - 1 - i));
  for (int i = 0; i < options.clients; i++) {
    if (send(clients[i], start, head + length, MSG_NOSIGNAL) != (ssize_t)(head + length)) {
      die("Cannot send to client %d: %s", i, strerror(errno));
    }
  }
}

static void publish_batch(int64_t number) {
  int64_t time_ms = now_us() / 1000, first = number * options.batch;
  char *payload = frame + 10;
  size_t length = 0;
  if (options.each) {
    for (int i = 0; i < options.batch; i++) send_to_all(format_quote(payload, first + i, time_ms));
    return;
  }
  length += sprintf(payload, "{\"type\":\"update\",\"seq\":%ld,\"quotes\":[", (long)number + 1);
  for (int i = 0; i < options.batch; i++) {
    if (i > 0) payload[length++] = ',';
    length += format_quote(payload + length, first + i, time_ms);
  }
  length += sprintf(payload + length, "]}");
  send_to_all(length);
}

static void send_heartbeat(int64_t seq) {
  send_to_all(sprintf(frame + 10,
    "{\"type\":\"heartbeat\",\"seq\":%ld,\"server_time\":%ld,"
    "\"feed\":{\"status\":\"live\",\"mode\":\"listen\",\"age_ms\":0}}",
    (long)seq, (long)(now_us() / 1000)));
}

static void publish(int64_t start_us) {
  int64_t heartbeat_us = start_us + HEARTBEAT_US;
  for (int64_t number = 0; number < options.total / options.batch; number++) {
    int64_t due_us = start_us + number * options.interval_us, wait_us = due_us - now_us();
    if (wait_us > 0) usleep((useconds_t)wait_us);
    publish_batch(number);
    if (options.each || due_us < heartbeat_us) continue;
    send_heartbeat(number + 1);
    heartbeat_us += HEARTBEAT_US;
  }
}

int main(int count, char **arguments) {
  read_options(count, arguments);
  raise_descriptor_limit(options.clients + 32);
  clients = calloc(options.clients, sizeof *clients);
  frame = malloc(FRAME_BYTES);
  int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = loopback(1, options.port);
  if (bind(listener, (void *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) {
    die("Cannot listen: %s", strerror(errno));
  }
  printf("ready\n");
  fflush(stdout);
  for (int i = 0; i < options.clients; i++) accept_client(listener, i);
  int64_t start_us;
  if (scanf(" go %ld", &start_us) != 1) return 1;
  publish(start_us);
  printf("published %d\n", options.total);
  fflush(stdout);
  char rest[64];
  while (read(STDIN_FILENO, rest, sizeof rest) > 0) {}
  return 0;
}
