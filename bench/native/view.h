/*
 * What clients know: the newest update of each symbol. Clients that were sent the same know the same and
 * share one view, and a document that has led one of them from a view to the next leads the others there
 * without a look at its quotes. With a table for each of 10,000 clients the generator would wait for
 * memory most of the time, on the cores whose limit it is to find.
 */
#ifndef VIEW_H
#define VIEW_H
#include "json_scan.h"

struct view {
  int users;          /* clients that have it, and documents that lead from it or to it */
  uint32_t open_keys; /* symbols without their last update */
  int32_t last[];     /* newest update of each symbol; -2 before the snapshot */
};

static struct view *new_view(int symbols, uint32_t open_keys) {
  struct view *view = malloc(sizeof *view + symbols * sizeof *view->last);
  view->users = 0;
  view->open_keys = open_keys;
  for (int key = 0; key < symbols; key++) view->last[key] = -2;
  return view;
}

/* Lets `place` refer to another view, and frees the one that nobody uses any more. */
static void set_view(struct view **place, struct view *view) {
  struct view *before = *place;
  if (view) view->users += 1;
  *place = view;
  if (before && --before->users == 0) free(before);
}

/* Makes the view of `place` one that may be changed: nobody else's. */
static void own_view(struct view **place, int symbols) {
  struct view *shared = *place;
  if (shared->users == 1) return;
  size_t bytes = sizeof *shared + symbols * sizeof *shared->last;
  struct view *own = malloc(bytes);
  memcpy(own, shared, bytes);
  own->users = 0;
  set_view(place, own);
}

/* Lets `place` refer to the view that has been met before and is the same as its own, if there is one. */
static void share_view(struct view **place, int symbols) {
  enum { KNOWN_MAX = 16 };
  static struct view *known[KNOWN_MAX];
  static int known_count;
  for (int i = 0; i < known_count; i++) {
    size_t bytes = symbols * sizeof *known[i]->last;
    if (!memcmp(known[i]->last, (*place)->last, bytes)) return set_view(place, known[i]);
  }
  if (known_count < KNOWN_MAX) set_view(&known[known_count++], *place);
}
#endif
