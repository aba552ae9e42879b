/*
 * Decompresses the frames of quotewire.v1.deflate: documents that stand alone, and streams in pieces.
 *
 * Many clients get the same pieces, in the same order, though some later than others; so each stream is
 * decompressed once, and kept to the end for the last to come.
 */
#ifndef PIECES_H
#define PIECES_H
#include "json_scan.h"
#include "sockets.h"
#include <zlib.h>

struct stream {
  z_stream zlib;
  struct document *pieces;
  int count, capacity;
  struct stream *older;
};

static struct stream *newest_stream;
static char inflated[READ_BYTES];

static void start_zlib(z_stream *zlib) {
  if (inflateInit2(zlib, -15) != Z_OK) die("Cannot start zlib");
}

/* Leaves the text in `inflated`; returns its length, 0 where the payload is not what is wanted. */
static size_t run_inflate(z_stream *zlib, char *payload, size_t length, int flush, int wanted) {
  zlib->next_in = (unsigned char *)payload;
  zlib->avail_in = (unsigned)length;
  zlib->next_out = (unsigned char *)inflated;
  zlib->avail_out = sizeof inflated - 1;
  int result = inflate(zlib, flush);
  size_t text_length = sizeof inflated - 1 - zlib->avail_out;
  if (result != wanted || zlib->avail_in > 0) return 0;
  inflated[text_length] = 0;
  return text_length;
}

static size_t inflate_alone(char *payload, size_t length, char **text) {
  static z_stream zlib;
  static bool initialised;
  if (!initialised) start_zlib(&zlib);
  initialised = true;
  inflateReset(&zlib);
  *text = inflated;
  return run_inflate(&zlib, payload, length, Z_FINISH, Z_STREAM_END);
}

static bool is_same(const struct document *document, const char *payload, size_t length) {
  return document->length == length && !memcmp(document->payload, payload, length);
}

/* The next piece of a stream: one document and a newline. */
static void add_piece(struct stream *stream, char *payload, size_t length) {
  if (stream->count == stream->capacity) {
    stream->capacity = stream->capacity * 2 + 64;
    stream->pieces = realloc(stream->pieces, stream->capacity * sizeof *stream->pieces);
  }
  struct document *document = &stream->pieces[stream->count++];
  *document = (struct document){0};
  size_t text_length = run_inflate(&stream->zlib, payload, length, Z_SYNC_FLUSH, Z_OK);
  char *newline = memchr(inflated, '\n', text_length);
  bool whole = newline && newline == inflated + text_length - 1;
  scan_document(document, inflated, whole ? text_length : 0);
  keep_payload(document, payload, length);
}

/* The stream that begins with this piece: another client has had it before, or it is new. */
static struct stream *stream_from(char *payload, size_t length) {
  for (struct stream *stream = newest_stream; stream; stream = stream->older) {
    if (is_same(&stream->pieces[0], payload, length)) return stream;
  }
  struct stream *stream = calloc(1, sizeof *stream);
  start_zlib(&stream->zlib);
  stream->older = newest_stream;
  add_piece(stream, payload, length);
  return newest_stream = stream;
}
#endif
