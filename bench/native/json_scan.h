/*
 * Reads the JSON documents that a price feed sends: what the load generator needs of them, whatever the
 * order of their fields and whatever else is in them.
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Largest document that is read, and part of a stream of them. */
enum { READ_BYTES = 1 << 20 };

enum kind { BROKEN, HELLO, SNAPSHOT, UPDATE, HEARTBEAT, REFUSAL, OTHER };

struct quote {
  int32_t key;    /* number of the symbol */
  int32_t update; /* number of the update, from the price; -1 for what was there before the first */
};

/* Updates of a document that were due together. */
struct run {
  int32_t batch;
  uint32_t updates;
};

struct view;

struct document {
  enum kind kind;
  int64_t seq; /* -1 where there is none */
  uint32_t conflated;
  bool complete;
  int quote_count, quote_capacity;
  struct quote *quotes;
  /* what the reader finds out about it, once: see take_quotes of the generator */
  bool sorted, strange;
  int run_count;
  struct run *runs;
  struct view *from, *to;
  /* the frame that it came in */
  char *payload;
  size_t length;
  uint64_t hash;
};

static void keep_payload(struct document *document, const char *payload, size_t length) {
  document->payload = realloc(document->payload, length + 1);
  memcpy(document->payload, payload, length);
  document->payload[length] = 0;
  document->length = length;
}

struct scanner {
  const char *at, *end;
  bool broken;
};

struct text {
  const char *bytes;
  size_t length;
};

static void symbol_name(int key, char name[5]) {
  for (int i = 3; i >= 0; i--, key /= 26) name[i] = (char)('A' + key % 26);
  name[4] = 0;
}

static int symbol_key(struct text name) {
  if (name.length != 4) return INT32_MAX;
  int key = 0;
  for (int i = 0; i < 4; i++) key = key * 26 + (name.bytes[i] - 'A');
  return key < 0 ? INT32_MAX : key;
}

static char next_char(struct scanner *scan) {
  while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\n')) scan->at++;
  return scan->at < scan->end ? *scan->at : 0;
}

static bool take_char(struct scanner *scan, char wanted) {
  if (next_char(scan) != wanted) return false;
  scan->at++;
  return true;
}

static void expect_char(struct scanner *scan, char wanted) {
  if (!take_char(scan, wanted)) scan->broken = true;
}

/* Without the quotes, escapes as they are: what the generator compares has none. */
static struct text take_string(struct scanner *scan) {
  struct text text = {scan->at, 0};
  expect_char(scan, '"');
  text.bytes = scan->at;
  while (scan->at < scan->end && *scan->at != '"') scan->at += *scan->at == '\\' ? 2 : 1;
  if (scan->at >= scan->end) {
    scan->broken = true;
    return (struct text){"", 0};
  }
  text.length = scan->at - text.bytes;
  scan->at++;
  return text;
}

/* In hundredths; more than two decimals break the scan where `exact`. */
static int64_t take_hundredths(struct scanner *scan, bool exact) {
  next_char(scan);
  bool negative = take_char(scan, '-'), any = false;
  int64_t value = 0;
  int decimals = -1;
  for (; scan->at < scan->end; scan->at++) {
    char c = *scan->at;
    if (c == '.' && decimals < 0) decimals = 0;
    else if (c >= '0' && c <= '9') {
      any = true;
      if (decimals >= 2) {
        if (exact) scan->broken = true;
        continue;
      }
      value = value * 10 + (c - '0');
      if (decimals >= 0) decimals++;
    } else break;
  }
  for (int i = decimals < 0 ? 0 : decimals; i < 2; i++) value *= 10;
  if (!any) scan->broken = true;
  return negative ? -value : value;
}

static int64_t take_integer(struct scanner *scan) {
  return take_hundredths(scan, false) / 100;
}

static void skip_value(struct scanner *scan) {
  int depth = 0;
  do {
    char c = next_char(scan);
    if (c == 0) {
      scan->broken = true;
      return;
    }
    if (c == '"') take_string(scan);
    else {
      if (c == '{' || c == '[') depth++;
      if (c == '}' || c == ']') depth--;
      scan->at++;
      /* the rest of a number or a word */
      if (depth == 0 && c != '}' && c != ']') {
        while (scan->at < scan->end && !strchr(",}] \n", *scan->at)) scan->at++;
      }
    }
  } while (depth > 0 && !scan->broken);
}

static bool is_text(struct text text, const char *wanted) {
  return text.length == strlen(wanted) && !memcmp(text.bytes, wanted, text.length);
}

static void keep_quote(struct document *document, struct quote quote) {
  if (document->quote_count == document->quote_capacity) {
    document->quote_capacity = document->quote_capacity * 2 + 8;
    document->quotes = realloc(document->quotes, document->quote_capacity * sizeof quote);
  }
  document->quotes[document->quote_count++] = quote;
}

/* One field of a quote; returns whether it was one. */
static bool scan_quote_field(struct scanner *scan, struct text name, struct quote *quote) {
  if (is_text(name, "symbol")) quote->key = symbol_key(take_string(scan));
  else if (is_text(name, "price")) quote->update = (int32_t)(take_hundredths(scan, true) - 10000);
  else return false;
  return true;
}

static void scan_quote(struct scanner *scan, struct document *document) {
  struct quote quote = {INT32_MAX, INT32_MAX};
  expect_char(scan, '{');
  while (!scan->broken) {
    struct text name = take_string(scan);
    expect_char(scan, ':');
    if (!scan_quote_field(scan, name, &quote)) skip_value(scan);
    if (!take_char(scan, ',')) break;
  }
  expect_char(scan, '}');
  keep_quote(document, quote);
}

static void scan_quotes(struct scanner *scan, struct document *document) {
  expect_char(scan, '[');
  if (take_char(scan, ']')) return;
  do scan_quote(scan, document);
  while (!scan->broken && take_char(scan, ','));
  expect_char(scan, ']');
}

static enum kind kind_of(struct text type) {
  if (is_text(type, "update")) return UPDATE;
  if (is_text(type, "snapshot")) return SNAPSHOT;
  if (is_text(type, "heartbeat")) return HEARTBEAT;
  if (is_text(type, "hello")) return HELLO;
  if (is_text(type, "error") || is_text(type, "closing")) return REFUSAL;
  return OTHER;
}

/* A document without a type is one quote: what a server without a protocol sends. */
static void scan_document(struct document *document, const char *text, size_t length) {
  struct scanner scan = {text, text + length, false};
  struct quote single = {INT32_MAX, INT32_MAX};
  bool is_single = false;
  document->kind = UPDATE;
  document->seq = -1;
  document->conflated = 0;
  document->complete = false;
  document->quote_count = 0;
  document->sorted = false;
  expect_char(&scan, '{');
  while (!scan.broken) {
    struct text name = take_string(&scan);
    expect_char(&scan, ':');
    if (is_text(name, "type")) document->kind = kind_of(take_string(&scan));
    else if (is_text(name, "seq")) document->seq = take_integer(&scan);
    else if (is_text(name, "conflated")) document->conflated = (uint32_t)take_integer(&scan);
    else if (is_text(name, "complete")) {
      document->complete = next_char(&scan) == 't';
      skip_value(&scan);
    } else if (is_text(name, "quotes") && next_char(&scan) == '[') scan_quotes(&scan, document);
    else if (scan_quote_field(&scan, name, &single)) is_single = true;
    else skip_value(&scan);
    if (!take_char(&scan, ',')) break;
  }
  expect_char(&scan, '}');
  if (is_single) keep_quote(document, single);
  if (scan.broken || next_char(&scan) != 0) document->kind = BROKEN;
}
#endif
