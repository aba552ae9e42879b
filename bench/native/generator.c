/*
 * The load generator: thousands of WebSocket clients in one thread, which check all that they get.
 *
 * In C because it has to be much cheaper than the servers that it measures: a client in JavaScript is
 * the limit itself from about 300,000 frames a second on. A frame that many clients get is decoded once
 * and afterwards compared byte by byte, so the checks are complete for every client.
 *
 * Update number n has the price 100 + n / 100 and belongs to symbol (n * stride) mod symbols; symbols
 * are four letters, AAAA the first; batch number k is due k intervals after the start. So each price
 * says which update it is and when it had to be published, on the one clock of this machine.
 *
 * Arguments are NAME=NUMBER or NAME=TEXT, see read_options. Prints one JSON document a line:
 * "connected" when all clients have what they need before the stream, "complete" when all have all of
 * it, "done" with the counts and faults. Reads "go START_MICROSECONDS" from standard input.
 */
#define _GNU_SOURCE
#include "json_scan.h"
#include "sockets.h"
#include "view.h"
#include <sys/resource.h>
#ifdef WITH_ZLIB
#include "pieces.h"
#endif

enum { CACHE_SLOTS = 8192, CONNECTING_MAX = 64, EVENTS_MAX = 1024 };
/* Once for what has arrived: the kernel need not look again whether all of it was read, which it was. */
enum { READABLE = EPOLLIN | EPOLLRDHUP | EPOLLET };
enum { FAULTS_MAX = 5, FAULT_BYTES = 240, BUCKETS = 2048, LINGER_US = 200000, AWAKE_MS = 500 };

enum state { CONNECTING, UPGRADING, GREETING, READY, LOST };

struct client {
  int fd;
  enum state state;
  bool slow;
  bool complete;
  uint32_t delivered;
  uint32_t conflated;
  uint32_t expected;
  uint32_t heartbeats;
  uint64_t frames;
  uint64_t payload_bytes;
  int64_t seq;
  int64_t base_seq;
  struct stream *stream; /* of a compressed feed */
  int pieces;            /* of that stream, so far */
  struct view *view;
  uint64_t *wanted; /* bit for each symbol; NULL for all */
  char *rest;      /* the part of a frame that has arrived */
  size_t rest_length;
};

struct options {
  int port, clients, symbols, stride, total, batch, slow, nap_ms, list, different, addresses, exact;
  int64_t interval_us, pause_us, warm_up_ms, deadline_ms, connect_deadline_ms;
  char protocol[64], path[64], arrivals[512];
};

static struct options options;
static struct client *clients;
static int32_t *final_update;      /* of each symbol */
static uint32_t *updates_of_key;
static uint64_t warm_delivered, warm_frames; /* after the warm-up, by all clients but the slow ones */
static uint32_t *arrival_us;       /* [client][update] since the start; 0 for never */
static struct document cache[CACHE_SLOTS];
static uint64_t histogram[BUCKETS];
static uint64_t staleness_count;
static int64_t staleness_max_us;
static char faults[FAULTS_MAX][FAULT_BYTES];
static uint64_t fault_count;
static int ready_count, complete_count, lost_count, active_count;
static int64_t start_us = -1;
static bool slow_awake;
static char *read_buffer;
static int poller;

static int64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

__attribute__((format(printf, 2, 3)))
static void fault(const struct client *client, const char *format, ...) {
  if (fault_count < FAULTS_MAX) {
    char *text = faults[fault_count];
    int used = client ? snprintf(text, FAULT_BYTES, "client %d: ", (int)(client - clients)) : 0;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, FAULT_BYTES - used, format, arguments);
    va_end(arguments);
  }
  fault_count += 1;
}

/* Buckets of 1/32 of a power of two: a quantile is exact to 3 %. */
static int bucket_of(int64_t us) {
  if (us < 64) return us < 0 ? 0 : (int)us;
  int exponent = 63 - __builtin_clzll((uint64_t)us);
  return (exponent - 5) * 32 + 32 + (int)((us >> (exponent - 5)) & 31);
}

static double bucket_ms(int bucket) {
  if (bucket < 64) return bucket / 1000.0;
  int exponent = (bucket - 32) / 32 + 5;
  return (((int64_t)1 << exponent) + ((int64_t)(bucket % 32) << (exponent - 5))) / 1000.0;
}

static double quantile_ms(double share) {
  uint64_t rank = (uint64_t)(share * staleness_count), seen = 0;
  for (int bucket = 0; bucket < BUCKETS; bucket++) {
    seen += histogram[bucket];
    if (seen > rank) return bucket_ms(bucket);
  }
  return staleness_max_us / 1000.0;
}

/* ---- options ---- */

static void read_option(const char *argument) {
  const char *equals = strchr(argument, '=');
  if (!equals) die("Cannot read %s: must be NAME=VALUE", argument);
  size_t length = equals - argument;
  const char *value = equals + 1;
  struct { const char *name; int *into; } numbers[] = {
    {"port", &options.port}, {"clients", &options.clients}, {"symbols", &options.symbols},
    {"stride", &options.stride}, {"total", &options.total}, {"batch", &options.batch},
    {"slow", &options.slow}, {"napMs", &options.nap_ms}, {"list", &options.list}, {"different", &options.different},
    {"addresses", &options.addresses}, {"exact", &options.exact},
  };
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    if (strlen(numbers[i].name) == length && !strncmp(argument, numbers[i].name, length)) {
      *numbers[i].into = atoi(value);
      return;
    }
  }
  if (!strncmp(argument, "intervalUs=", 11)) options.interval_us = atoll(value);
  else if (!strncmp(argument, "pauseUs=", 8)) options.pause_us = atoll(value);
  else if (!strncmp(argument, "warmUpMs=", 9)) options.warm_up_ms = atoll(value);
  else if (!strncmp(argument, "deadlineMs=", 11)) options.deadline_ms = atoll(value);
  else if (!strncmp(argument, "connectDeadlineMs=", 18)) options.connect_deadline_ms = atoll(value);
  else if (!strncmp(argument, "protocol=", 9)) snprintf(options.protocol, 64, "%s", value);
  else if (!strncmp(argument, "path=", 5)) snprintf(options.path, 64, "%s", value);
  else if (!strncmp(argument, "arrivals=", 9)) snprintf(options.arrivals, 512, "%s", value);
  else die("Cannot read %s: no such option", argument);
}

static void read_options(int count, char **arguments) {
  options = (struct options){
    .symbols = 500, .stride = 1, .batch = 1, .addresses = 1, .exact = 1, .interval_us = 10000,
    .deadline_ms = 60000, .connect_deadline_ms = 60000, .path = "/ws",
  };
  for (int i = 1; i < count; i++) read_option(arguments[i]);
  if (options.port < 1 || options.clients < 1 || options.total < 1 || options.symbols < 1 ||
      options.symbols > 26 * 26 * 26 * 26 || options.list > options.symbols ||
      options.slow >= options.clients) die("Cannot start: options do not fit together");
}

/* Slow clients sleep most of the time, or for ever; the latter owe nothing. */
static bool must_complete(const struct client *client) {
  return !client->slow || options.nap_ms > 0;
}

static int key_of(int64_t update) {
  return (int)(update * options.stride % options.symbols);
}

/* ---- what each client has to get ---- */

static int listed_symbol(int client, int position) {
  int variant = options.different ? client : 0;
  int step = 23 + 2 * (variant / options.symbols);
  return (int)(((int64_t)variant + (int64_t)position * step) % options.symbols);
}

static void prepare_client(struct client *client, int index, struct view *first_view) {
  client->fd = -1;
  client->seq = -1;
  client->base_seq = -1;
  client->slow = index < options.slow;
  client->expected = options.total;
  if (options.list == 0) return set_view(&client->view, first_view);
  set_view(&client->view, new_view(options.symbols, options.list));
  client->wanted = calloc(options.symbols / 64 + 1, 8);
  client->expected = 0;
  for (int i = 0; i < options.list; i++) {
    int key = listed_symbol(index, i);
    if (client->wanted[key / 64] >> (key % 64) & 1) die("Cannot start: a list names a symbol twice");
    client->wanted[key / 64] |= (uint64_t)1 << (key % 64);
    client->expected += updates_of_key[key];
  }
}

static void prepare(void) {
  final_update = malloc(options.symbols * sizeof *final_update);
  updates_of_key = calloc(options.symbols, sizeof *updates_of_key);
  for (int key = 0; key < options.symbols; key++) final_update[key] = -1;
  for (int update = 0; update < options.total; update++) {
    final_update[key_of(update)] = update;
    updates_of_key[key_of(update)] += 1;
  }
  clients = calloc(options.clients, sizeof *clients);
  struct view *first_view = new_view(options.symbols, options.symbols);
  for (int i = 0; i < options.clients; i++) prepare_client(&clients[i], i, first_view);
  active_count = options.clients - (options.nap_ms > 0 ? 0 : options.slow);
  if (*options.arrivals) {
    arrival_us = calloc((size_t)options.clients * options.total, sizeof *arrival_us);
    if (!arrival_us) die("Cannot keep arrivals: too many clients and updates");
  }
  read_buffer = malloc(READ_BYTES);
}

/* ---- from a client's socket to what it says ---- */

static void drop(struct client *client, const char *reason) {
  if (client->state == LOST) return;
  epoll_ctl(poller, EPOLL_CTL_DEL, client->fd, NULL);
  close(client->fd);
  client->state = LOST;
  lost_count += 1;
  fault(client, "lost: %s", reason);
}

static void send_frame(struct client *client, int opcode, const char *payload, size_t length) {
  char frame[66000];
  size_t at = 0;
  frame[at++] = (char)(0x80 | opcode);
  if (length < 126) frame[at++] = (char)(0x80 | length);
  else {
    frame[at++] = (char)(0x80 | 126);
    frame[at++] = (char)(length >> 8);
    frame[at++] = (char)length;
  }
  memset(frame + at, 0, 4); /* a mask of zeros leaves the payload as it is */
  at += 4;
  memcpy(frame + at, payload, length);
  if (send(client->fd, frame, at + length, MSG_NOSIGNAL) != (ssize_t)(at + length)) {
    drop(client, "cannot send");
  }
}

static void subscribe(struct client *client) {
  char text[65536];
  size_t at = sprintf(text, "{\"type\":\"subscribe\",\"id\":1,\"symbols\":");
  if (options.list == 0) at += sprintf(text + at, "\"*\"");
  for (int i = 0; i < options.list; i++) {
    char name[5];
    symbol_name(listed_symbol((int)(client - clients), i), name);
    at += sprintf(text + at, "%c\"%s\"", i == 0 ? '[' : ',', name);
  }
  at += sprintf(text + at, "%s}", options.list > 0 ? "]" : "");
  send_frame(client, 1, text, at);
}

static void become_ready(struct client *client) {
  if (client->state == READY) return;
  client->state = READY;
  ready_count += 1;
  /* It does not read any more: the kernel's buffer fills, then the server's. */
  if (client->slow) epoll_ctl(poller, EPOLL_CTL_DEL, client->fd, NULL);
}

static void check_complete(struct client *client) {
  if (client->complete || !must_complete(client) || client->view->open_keys > 0) return;
  if (options.exact && client->delivered + client->conflated < client->expected) return;
  client->complete = true;
  complete_count += 1;
}

/* "You have been sent everything up to here": batches are numbered one by one. */
static void check_claim(struct client *client, int64_t seq) {
  if (seq < client->seq) fault(client, "sequence number went back from %ld to %ld", (long)client->seq, (long)seq);
  client->seq = seq;
  if (client->base_seq < 0 || client->wanted || !options.exact) return;
  uint64_t promised = (uint64_t)(seq - client->base_seq) * options.batch;
  uint64_t accounted = (uint64_t)client->delivered + client->conflated;
  if (accounted < promised) {
    fault(client, "number %ld promises %lu updates, has %lu", (long)seq, (unsigned long)promised,
          (unsigned long)accounted);
  }
}

static bool is_warm(int64_t arrived_us) {
  return start_us >= 0 && arrived_us - start_us >= options.warm_up_ms * 1000;
}

static void note_staleness(struct client *client, struct run run, int64_t arrived_us) {
  int64_t us = arrived_us - start_us - run.batch * options.interval_us;
  if (us < -2000) fault(client, "updates of batch %d came %ld us before they were due", run.batch, (long)-us);
  histogram[bucket_of(us)] += run.updates;
  staleness_count += run.updates;
  if (us > staleness_max_us) staleness_max_us = us;
}

/* Sorts a document's updates by when they were due, and finds those that nobody has published. */
static void sort_quotes(struct document *document) {
  document->sorted = true;
  document->strange = false;
  document->run_count = 0;
  set_view(&document->from, NULL);
  set_view(&document->to, NULL);
  document->runs = realloc(document->runs, (document->quote_count + 1) * sizeof *document->runs);
  for (int i = 0; i < document->quote_count; i++) {
    struct quote quote = document->quotes[i];
    if (quote.key >= options.symbols || quote.update < -1 || quote.update >= options.total ||
        (quote.update >= 0 && key_of(quote.update) != quote.key)) document->strange = true;
    if (quote.update < 0) continue;
    int32_t batch = quote.update / options.batch;
    int at = 0;
    while (at < document->run_count && document->runs[at].batch != batch) at++;
    if (at == document->run_count) document->runs[document->run_count++] = (struct run){batch, 0};
    document->runs[at].updates += 1;
  }
}

static void check_update(struct client *client, struct quote quote) {
  int32_t last = client->view->last[quote.key];
  if (quote.update <= last) {
    fault(client, "symbol %d went back from update %d to %d", quote.key, last, quote.update);
  }
  if (quote.update < 0) {
    fault(client, "symbol %d came late: it was there before the stream, and its snapshot lacked it",
          quote.key);
  }
}

/* Changes what the client knows, quote by quote. */
static void walk(struct client *client, const struct document *document) {
  own_view(&client->view, options.symbols);
  struct view *view = client->view;
  for (int i = 0; i < document->quote_count; i++) {
    struct quote quote = document->quotes[i];
    if (client->wanted && !(client->wanted[quote.key / 64] >> (quote.key % 64) & 1)) {
      fault(client, "got symbol %d without asking for it", quote.key);
      continue;
    }
    int32_t *last = &view->last[quote.key];
    bool was_final = *last == final_update[quote.key];
    if (document->kind == UPDATE) check_update(client, quote);
    if (document->kind == UPDATE || quote.update > *last) *last = quote.update;
    if (!was_final && *last == final_update[quote.key]) view->open_keys -= 1;
  }
}

/* Walks for the first who comes this way, and remembers where it led; but no way with a fault. */
static void lead(struct client *client, struct document *document) {
  if (client->wanted || client->view->users == 1) return walk(client, document);
  uint64_t faults_before = fault_count;
  set_view(&document->from, client->view);
  walk(client, document);
  /* Each worker has its own snapshot, with the same prices. */
  if (document->kind == SNAPSHOT) share_view(&client->view, options.symbols);
  set_view(&document->to, client->view);
  if (fault_count > faults_before) set_view(&document->from, NULL);
}

static void note_delivery(struct client *client, const struct document *document, int64_t arrived_us) {
  if (start_us < 0) return fault(client, "%d updates came before the start", document->quote_count);
  client->delivered += document->quote_count;
  if (!client->slow && is_warm(arrived_us)) warm_delivered += document->quote_count;
  if (arrival_us) {
    uint32_t *arrivals = arrival_us + (size_t)(client - clients) * options.total;
    for (int i = 0; i < document->quote_count; i++) {
      int32_t update = document->quotes[i].update;
      if (update >= 0) arrivals[update] = (uint32_t)(arrived_us - start_us);
    }
  } else if (!client->slow) {
    for (int i = 0; i < document->run_count; i++) note_staleness(client, document->runs[i], arrived_us);
  }
}

static void take_quotes(struct client *client, struct document *document, int64_t arrived_us) {
  if (!document->sorted) sort_quotes(document);
  if (document->strange) return fault(client, "was never published: %.120s", document->payload);
  if (!client->wanted && document->from == client->view) set_view(&client->view, document->to);
  else lead(client, document);
  if (document->kind == UPDATE) note_delivery(client, document, arrived_us);
}

static void take_document(struct client *client, struct document *document, int64_t arrived_us) {
  switch (document->kind) {
    case HELLO:
      if (client->state == GREETING) subscribe(client);
      return;
    case SNAPSHOT:
      take_quotes(client, document, arrived_us);
      client->base_seq = document->seq;
      if (client->state == READY) fault(client, "was sent a second snapshot");
      check_claim(client, document->seq);
      if (document->complete) become_ready(client);
      return;
    case UPDATE:
      take_quotes(client, document, arrived_us);
      client->conflated += document->conflated;
      if (document->seq >= 0 && client->base_seq >= 0) check_claim(client, document->seq);
      if (client->delivered + client->conflated > client->expected) {
        fault(client, "%u delivered and %u conflated of %u published", client->delivered,
              client->conflated, client->expected);
      }
      return check_complete(client);
    case HEARTBEAT:
      client->heartbeats += 1;
      if (client->base_seq >= 0) check_claim(client, document->seq);
      return;
    case BROKEN:
      return fault(client, "cannot read %.120s", document->payload);
    case REFUSAL:
      return fault(client, "server says %.120s", document->payload);
    case OTHER:
      return;
  }
}

/* ---- frames ---- */

static uint64_t hash_of(const char *bytes, size_t length) {
  uint64_t hash = length * 0x9E3779B97F4A7C15ull, word;
  size_t at = 0;
  for (; at + 8 <= length; at += 8) {
    memcpy(&word, bytes + at, 8);
    hash = (hash ^ word) * 0x9E3779B97F4A7C15ull;
    hash ^= hash >> 29;
  }
  word = 0;
  memcpy(&word, bytes + at, length - at);
  hash = (hash ^ word) * 0x9E3779B97F4A7C15ull;
  return hash ^ hash >> 32;
}

/* Of a text, or of what a function makes of a compressed payload. */
static struct document *decode_alone(char *payload, size_t length,
                                     size_t (*text_of)(char *, size_t, char **)) {
  uint64_t hash = hash_of(payload, length);
  struct document *document = &cache[hash % CACHE_SLOTS];
  if (document->payload && document->hash == hash && document->length == length &&
      !memcmp(document->payload, payload, length)) return document;
  char *text = payload;
  size_t text_length = text_of ? text_of(payload, length, &text) : length;
  scan_document(document, text, text_length);
  keep_payload(document, payload, length);
  document->hash = hash;
  return document;
}

#ifdef WITH_ZLIB
static struct document *decode_piece(struct client *client, char *payload, size_t length) {
  struct stream *stream = client->stream;
  int next = client->pieces++;
  if (next == stream->count) add_piece(stream, payload, length);
  else if (!is_same(&stream->pieces[next], payload, length)) {
    fault(client, "piece %d of a stream differs from what others got", next);
  }
  return &stream->pieces[next];
}

static struct document *decode_binary(struct client *client, char *payload, size_t length) {
  switch (length > 0 ? payload[0] : -1) {
    case 0:
      return decode_alone(payload + 1, length - 1, inflate_alone);
    case 1:
      if (client->pieces > 0) return decode_piece(client, payload + 1, length - 1);
      fault(client, "got a piece without its stream's first");
      return NULL;
    case 2:
      client->stream = stream_from(payload + 1, length - 1);
      client->pieces = 1;
      return &client->stream->pieces[0];
    default:
      fault(client, "got a frame of an unknown kind");
      return NULL;
  }
}
#else
static struct document *decode_binary(struct client *client, char *payload, size_t length) {
  (void)client, (void)payload, (void)length;
  die("Cannot read a binary frame: built without zlib");
}
#endif

static void take_frame(struct client *client, int opcode, char *payload, size_t length, int64_t at_us) {
  bool binary = opcode == 2;
  switch (opcode) {
    case 1:
    case 2:
      if (binary != !strcmp(options.protocol, "quotewire.v1.deflate")) {
        fault(client, "got a frame of the wrong type, %d", opcode);
        return;
      }
      client->frames += 1;
      if (!client->slow && is_warm(at_us)) warm_frames += 1;
      client->payload_bytes += length;
      struct document *document =
          binary ? decode_binary(client, payload, length) : decode_alone(payload, length, NULL);
      if (document) take_document(client, document, at_us);
      return;
    case 8: {
      char reason[64];
      int code = length >= 2 ? (unsigned char)payload[0] << 8 | (unsigned char)payload[1] : 0;
      snprintf(reason, sizeof reason, "closed with %d", code);
      return drop(client, reason);
    }
    case 9:
      return send_frame(client, 10, payload, length);
    case 10:
      return;
    default:
      fault(client, "got opcode %d", opcode);
  }
}

/* Takes every whole frame; returns how many bytes they were. */
static size_t take_frames(struct client *client, char *bytes, size_t length, int64_t at_us) {
  size_t at = 0;
  while (client->state != LOST && length - at >= 2) {
    unsigned char *head = (unsigned char *)bytes + at;
    size_t head_length = 2, size = head[1] & 127;
    if (!(head[0] & 0x80) || head[1] & 0x80) {
      drop(client, "sent a fragment or a mask");
      return length;
    }
    if (size == 126) {
      if (length - at < 4) break;
      size = (size_t)head[2] << 8 | head[3];
      head_length = 4;
    } else if (size == 127) {
      if (length - at < 10) break;
      size = 0;
      for (int i = 2; i < 10; i++) size = size << 8 | head[i];
      head_length = 10;
    }
    if (head_length + size > READ_BYTES / 2) {
      drop(client, "sent a frame beyond 512 KiB");
      return length;
    }
    if (length - at < head_length + size) break;
    take_frame(client, head[0] & 15, bytes + at + head_length, size, at_us);
    at += head_length + size;
  }
  return at;
}

/* Returns how many bytes the answer to the upgrade was, 0 while it is not whole. */
static size_t take_upgrade(struct client *client, char *bytes, size_t length) {
  char *end = memmem(bytes, length, "\r\n\r\n", 4);
  if (!end) return 0;
  *end = 0;
  if (!strstr(bytes, " 101 ") || (*options.protocol && !strcasestr(bytes, options.protocol))) {
    char reason[64];
    snprintf(reason, sizeof reason, "upgrade refused: %.40s", bytes);
    drop(client, reason);
    return length;
  }
  if (*options.protocol) client->state = GREETING;
  else become_ready(client);
  return end + 4 - bytes;
}

/* Returns whether there may be more: the buffer was full. */
static bool read_client(struct client *client) {
  size_t length = client->rest_length;
  if (length > 0) memcpy(read_buffer, client->rest, length);
  size_t room = READ_BYTES - length - 1;
  ssize_t got = recv(client->fd, read_buffer + length, room, 0);
  if (got < 0 && errno == EAGAIN) return false;
  if (got <= 0) {
    drop(client, got == 0 ? "connection ended" : strerror(errno));
    return false;
  }
  int64_t arrived_us = now_us();
  length += got;
  size_t taken = 0;
  if (client->state == UPGRADING) taken = take_upgrade(client, read_buffer, length);
  if (client->state > UPGRADING) {
    taken += take_frames(client, read_buffer + taken, length - taken, arrived_us);
  }
  if (client->state == LOST) return false;
  size_t left = length - taken;
  if (left > 0) {
    client->rest = realloc(client->rest, left);
    memcpy(client->rest, read_buffer + taken, left);
  } else if (client->rest_length > 0) {
    free(client->rest);
    client->rest = NULL;
  }
  client->rest_length = left;
  return (size_t)got == room;
}

/* ---- connecting ---- */

static void begin_connect(struct client *client, int index) {
  client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (client->fd < 0) die("Cannot open a socket: %s", strerror(errno));
  int on = 1, small = 16384;
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (client->slow) {
    /* As over a real network: the kernel takes megabytes for a loopback peer, whose segments are large. */
    int segment = 1400;
    setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    setsockopt(client->fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
  }
  /* Ports last for 28,000 connections from one address; the loopback network has many addresses. */
  struct sockaddr_in from = loopback(2 + index % options.addresses, 0);
  if (options.addresses > 1 && bind(client->fd, (void *)&from, sizeof from) < 0) {
    die("Cannot bind to 127.0.0.%d: %s", 2 + index % options.addresses, strerror(errno));
  }
  struct sockaddr_in to = loopback(1, options.port);
  if (connect(client->fd, (void *)&to, sizeof to) < 0 && errno != EINPROGRESS) {
    die("Cannot connect: %s", strerror(errno));
  }
  watch(poller, client->fd, EPOLLOUT, client);
}

static void upgrade(struct client *client) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) return drop(client, strerror(error));
  char request[512];
  int length = snprintf(request, sizeof request,
    "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    options.path, options.port);
  if (*options.protocol) {
    length += snprintf(request + length, sizeof request - length, "Sec-WebSocket-Protocol: %s\r\n",
                       options.protocol);
  }
  length += snprintf(request + length, sizeof request - length, "\r\n");
  if (send(client->fd, request, length, MSG_NOSIGNAL) != length) return drop(client, "cannot send");
  client->state = UPGRADING;
  rewatch(poller, client->fd, READABLE, client);
}

static void handle(struct client *client, uint32_t events) {
  if (client->state == CONNECTING) return upgrade(client);
  bool ends = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
  while (read_client(client) || (ends && client->state != LOST)) continue;
}

/* Returns whether there may be more at once. */
static bool poll_once(int timeout_ms, int *stdin_ready) {
  struct epoll_event events[EVENTS_MAX];
  int count = epoll_wait(poller, events, EVENTS_MAX, timeout_ms);
  for (int i = 0; i < count; i++) {
    if (i + 4 < count) __builtin_prefetch(events[i + 4].data.ptr);
    if (!events[i].data.ptr) *stdin_ready = 1;
    else handle(events[i].data.ptr, events[i].events);
  }
  return count == EVENTS_MAX;
}

static double connect_all(void) {
  int64_t begun_us = now_us();
  int started = 0, ignored = 0;
  while (ready_count + lost_count < options.clients) {
    while (started < options.clients && started - ready_count - lost_count < CONNECTING_MAX) {
      begin_connect(&clients[started], started);
      started += 1;
    }
    poll_once(100, &ignored);
    if (now_us() - begun_us > options.connect_deadline_ms * 1000) {
      fault(NULL, "only %d of %d clients were ready by the deadline", ready_count, options.clients);
      break;
    }
  }
  return (now_us() - begun_us) / 1e6;
}

/* ---- the run ---- */

static void await_start(void) {
  watch(poller, STDIN_FILENO, EPOLLIN, NULL);
  for (;;) {
    int stdin_ready = 0;
    poll_once(1000, &stdin_ready);
    if (!stdin_ready) continue;
    char line[128];
    ssize_t length = read(STDIN_FILENO, line, sizeof line - 1);
    if (length <= 0) exit(1); /* whoever started us is gone */
    line[length] = 0;
    if (sscanf(line, "go %ld", &start_us) != 1) die("Cannot start: told %s", line);
    epoll_ctl(poller, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
    return;
  }
}

/* Slow clients that nap wake up in between, and for good when the stream has ended. */
static void wake_slow(void) {
  if (options.nap_ms == 0) return;
  int64_t since_ms = (now_us() - start_us) / 1000;
  int64_t end_ms = options.total / options.batch * options.interval_us / 1000;
  bool awake = since_ms > end_ms || since_ms % (options.nap_ms + AWAKE_MS) >= options.nap_ms;
  if (awake == slow_awake) return;
  slow_awake = awake;
  for (int i = 0; i < options.slow; i++) {
    if (clients[i].state != READY) continue;
    if (awake) watch(poller, clients[i].fd, READABLE, &clients[i]);
    else epoll_ctl(poller, EPOLL_CTL_DEL, clients[i].fd, NULL);
  }
}

static void check_end(void) {
  for (int i = 0; i < options.clients; i++) {
    struct client *client = &clients[i];
    if (client->complete || client->state == LOST || !must_complete(client)) continue;
    fault(client, "%u delivered and %u conflated of %u published, %u symbols without their last price",
          client->delivered, client->conflated, client->expected, client->view->open_keys);
  }
}

static void print_text(const char *text) {
  putchar('"');
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') putchar('\\');
    if ((unsigned char)*text >= 32) putchar(*text);
  }
  putchar('"');
}

static void report(double connect_seconds, double seconds, double cpu) {
  uint64_t delivered = 0, conflated = 0, frames = 0, bytes = 0, slow_delivered = 0, slow_conflated = 0;
  uint32_t heartbeats_min = UINT32_MAX;
  for (int i = 0; i < options.clients; i++) {
    struct client *client = &clients[i];
    if (client->slow) {
      slow_delivered += client->delivered;
      slow_conflated += client->conflated;
      continue;
    }
    delivered += client->delivered;
    conflated += client->conflated;
    frames += client->frames;
    bytes += client->payload_bytes;
    if (client->heartbeats < heartbeats_min) heartbeats_min = client->heartbeats;
  }
  printf("{\"event\":\"done\",\"clients\":%d,\"connectSeconds\":%.3f,\"delivered\":%lu,"
         "\"warmDelivered\":%lu,\"warmFrames\":%lu,\"conflated\":%lu,\"frames\":%lu,\"payloadBytes\":%lu,\"heartbeatsMin\":%u,\"lost\":%d,"
         "\"slowDelivered\":%lu,\"slowConflated\":%lu,"
         "\"staleP50Ms\":%.3f,\"staleP99Ms\":%.3f,\"staleMaxMs\":%.3f,\"seconds\":%.3f,"
         "\"cpuSeconds\":%.3f,\"faultCount\":%lu,\"faults\":[",
         options.clients, connect_seconds, (unsigned long)delivered, (unsigned long)warm_delivered,
         (unsigned long)warm_frames, (unsigned long)conflated,
         (unsigned long)frames, (unsigned long)bytes, heartbeats_min, lost_count,
         (unsigned long)slow_delivered, (unsigned long)slow_conflated,
         quantile_ms(0.5), quantile_ms(0.99), staleness_max_us / 1000.0, seconds, cpu,
         (unsigned long)fault_count);
  for (uint64_t i = 0; i < fault_count && i < FAULTS_MAX; i++) {
    if (i > 0) putchar(',');
    print_text(faults[i]);
  }
  printf("]}\n");
  fflush(stdout);
}

static void write_arrivals(void) {
  if (!arrival_us) return;
  FILE *file = fopen(options.arrivals, "wb");
  size_t count = (size_t)options.clients * options.total;
  if (!file || fwrite(arrival_us, sizeof *arrival_us, count, file) != count || fclose(file)) {
    die("Cannot write %s: %s", options.arrivals, strerror(errno));
  }
}

int main(int count, char **arguments) {
  read_options(count, arguments);
  raise_descriptor_limit(options.clients + 32);
  poller = epoll_create1(0);
  prepare();
  double connect_seconds = connect_all();
  printf("{\"event\":\"connected\",\"ready\":%d,\"seconds\":%.3f}\n", ready_count, connect_seconds);
  fflush(stdout);
  await_start();
  double cpu_before = cpu_seconds();
  int ignored = 0;
  int64_t end_us = start_us + options.deadline_ms * 1000;
  while (complete_count < active_count && active_count > lost_count && now_us() < end_us) {
    bool more = poll_once(options.nap_ms > 0 ? 10 : 50, &ignored);
    wake_slow();
    /*
     * What arrives meanwhile is read at once: one read for each small frame would be our limit. But a
     * pause within a burst would be one as well: 1,024 frames and 4 ms, 1,024 frames and 4 ms.
     */
    if (options.pause_us > 0 && !more) usleep((useconds_t)options.pause_us);
  }
  double seconds = (now_us() - start_us) / 1e6, cpu = cpu_seconds() - cpu_before;
  printf("{\"event\":\"complete\"}\n");
  fflush(stdout);
  /* Whatever comes after everything has come is too much. */
  int64_t linger_end_us = now_us() + LINGER_US;
  while (now_us() < linger_end_us) poll_once(20, &ignored);
  check_end();
  write_arrivals();
  report(connect_seconds, seconds, cpu);
  return 0;
}
