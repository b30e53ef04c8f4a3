/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-process-line-private.h"

#include "base/weir-batch-private.h"

typedef struct
{
  WeirProcessTicket ticket; /* first: the one is found by the other */
  GSequenceIter *by_rank;
  GSequenceIter *by_deadline;
} Place;

struct _WeirProcessLine
{
  GSequence *by_rank; /* Place */
  GSequence *by_deadline;
  guint64 n_added;
};

WeirProcessLine *
weir_process_line_new (void)
{
  WeirProcessLine *line = g_new0 (WeirProcessLine, 1);

  line->by_rank = g_sequence_new (NULL);
  line->by_deadline = g_sequence_new (g_free);
  return line;
}

void
weir_process_line_free (WeirProcessLine *line)
{
  g_sequence_free (line->by_rank);
  g_sequence_free (line->by_deadline);
  g_free (line);
}

static int
compare (gint64 a, gint64 b)
{
  return (a > b) - (a < b);
}

static int
compare_deadlines (gconstpointer a, gconstpointer b, gpointer data)
{
  const WeirProcessTicket *x = a, *y = b;
  int order = compare (x->deadline, y->deadline);

  return order != 0 ? order : compare ((gint64)x->number, (gint64)y->number);
}

static int
compare_ranks (gconstpointer a, gconstpointer b, gpointer data)
{
  int order = compare (((const WeirProcessTicket *)a)->rank, ((const WeirProcessTicket *)b)->rank);

  return order != 0 ? order : compare_deadlines (a, b, data);
}

WeirProcessTicket *
weir_process_line_add (WeirProcessLine *line, guint priority, gint64 deadline, gpointer data,
                       gint64 now)
{
  Place *place = g_new0 (Place, 1);

  g_assert (priority <= WEIR_PROCESS_LINE_MOST_PRIORITY);
  place->ticket = (WeirProcessTicket){
    .rank = now - (gint64)priority * WEIR_PROCESS_LINE_AGEING,
    .deadline = deadline,
    .number = line->n_added++,
    .data = data,
  };
  place->by_rank = g_sequence_insert_sorted (line->by_rank, place, compare_ranks, NULL);
  place->by_deadline = g_sequence_insert_sorted (line->by_deadline, place, compare_deadlines, NULL);
  return &place->ticket;
}

void
weir_process_line_remove (WeirProcessLine *line, WeirProcessTicket *ticket)
{
  Place *place = (Place *)ticket;

  g_sequence_remove (place->by_rank);
  g_sequence_remove (place->by_deadline);
}

static WeirProcessTicket *
get_ticket (GSequenceIter *iter)
{
  return g_sequence_iter_is_end (iter) ? NULL : g_sequence_get (iter);
}

WeirProcessTicket *
weir_process_line_next (WeirProcessLine *line, const WeirProcessTicket *ticket)
{
  const Place *place = (const Place *)ticket;

  return get_ticket (place == NULL ? g_sequence_get_begin_iter (line->by_rank)
                                   : g_sequence_iter_next (place->by_rank));
}

gint64
weir_process_line_get_next_time (const WeirProcessLine *line)
{
  const WeirProcessTicket *first = get_ticket (g_sequence_get_begin_iter (line->by_deadline));

  return first != NULL ? first->deadline : WEIR_TIME_NEVER;
}

WeirProcessTicket *
weir_process_line_get_expired (WeirProcessLine *line, gint64 now)
{
  WeirProcessTicket *first = get_ticket (g_sequence_get_begin_iter (line->by_deadline));

  return first != NULL && first->deadline != WEIR_TIME_NEVER && first->deadline <= now ? first
                                                                                       : NULL;
}

guint
weir_process_line_get_length (const WeirProcessLine *line)
{
  return (guint)g_sequence_get_length (line->by_rank);
}
