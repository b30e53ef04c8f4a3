/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-process-line-private.h"

#include "base/weir-batch-private.h"

#define SECOND WEIR_PROCESS_LINE_AGEING

static WeirProcessTicket *
add (WeirProcessLine *line, guint data, guint priority, gint64 deadline, gint64 now)
{
  return weir_process_line_add (line, priority, deadline, GUINT_TO_POINTER (data), now);
}

static guint
take (WeirProcessLine *line)
{
  WeirProcessTicket *first = weir_process_line_next (line, NULL);
  guint data = first != NULL ? GPOINTER_TO_UINT (first->data) : 0;

  if (first != NULL)
    weir_process_line_remove (line, first);
  return data;
}

static void
test_the_highest_priority_comes_first (void)
{
  g_autoptr (WeirProcessLine) line = weir_process_line_new ();

  add (line, 1, 0, WEIR_TIME_NEVER, 0);
  add (line, 2, 9, WEIR_TIME_NEVER, 0);
  add (line, 3, 5, WEIR_TIME_NEVER, 0);
  g_assert_cmpuint (weir_process_line_get_length (line), ==, 3);
  g_assert_cmpuint (take (line), ==, 2);
  g_assert_cmpuint (take (line), ==, 3);
  g_assert_cmpuint (take (line), ==, 1);
  g_assert_cmpuint (take (line), ==, 0);
}

static void
test_equals_come_by_deadline_then_by_arrival (void)
{
  g_autoptr (WeirProcessLine) line = weir_process_line_new ();

  add (line, 1, 5, WEIR_TIME_NEVER, 0);
  add (line, 2, 5, WEIR_TIME_NEVER, 0);
  add (line, 3, 5, 20, 0);
  add (line, 4, 5, 10, 0);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (take (line), ==, ((guint[]){ 4, 3, 1, 2 })[i]);
}

static void
test_who_waits_is_found_in_order (void)
{
  g_autoptr (WeirProcessLine) line = weir_process_line_new ();
  WeirProcessTicket *last = add (line, 1, 1, WEIR_TIME_NEVER, 0);
  WeirProcessTicket *first = add (line, 2, 2, WEIR_TIME_NEVER, 0);

  g_assert_true (weir_process_line_next (line, NULL) == first);
  g_assert_true (weir_process_line_next (line, first) == last);
  g_assert_null (weir_process_line_next (line, last));
}

/* A server that serves one a second, to which somebody of the highest priority comes each second.
 */
static void
test_low_priority_ages_so_that_its_wait_is_bounded (void)
{
  g_autoptr (WeirProcessLine) line = weir_process_line_new ();
  guint served = 0;
  gint64 now = 0;

  add (line, 1, 0, WEIR_TIME_NEVER, now);
  for (; served != 1; now += SECOND)
    {
      add (line, 2, 9, WEIR_TIME_NEVER, now);
      served = take (line);
    }
  g_assert_cmpint (now, >=, 9 * SECOND);
  g_assert_cmpint (now, <=, 11 * SECOND);
}

static void
test_each_priority_waits_its_share (void)
{
  g_autoptr (WeirProcessLine) line = weir_process_line_new ();

  for (guint priority = 0; priority <= 9; priority++)
    add (line, priority + 1, priority, WEIR_TIME_NEVER, 0);
  add (line, 11, 9, WEIR_TIME_NEVER, 5 * SECOND / 2);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (take (line), ==, 10 - i);
  g_assert_cmpuint (take (line), ==, 11);
  g_assert_cmpuint (take (line), ==, 7);
}

static void
test_who_is_too_late_is_told (void)
{
  g_autoptr (WeirProcessLine) line = weir_process_line_new ();
  WeirProcessTicket *late = add (line, 1, 9, 20, 0);

  add (line, 2, 9, WEIR_TIME_NEVER, 0);
  add (line, 3, 0, 10, 0);
  g_assert_cmpint (weir_process_line_get_next_time (line), ==, 10);
  g_assert_null (weir_process_line_get_expired (line, 9));
  weir_process_line_remove (line, weir_process_line_get_expired (line, 10));
  g_assert_null (weir_process_line_get_expired (line, 19));
  g_assert_true (weir_process_line_get_expired (line, 20) == late);
  weir_process_line_remove (line, late);
  g_assert_null (weir_process_line_get_expired (line, G_MAXINT64));
  g_assert_cmpint (weir_process_line_get_next_time (line), ==, WEIR_TIME_NEVER);
}

#define ADD(name, func) g_test_add_func ("/process/process-line/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("the highest priority comes first", test_the_highest_priority_comes_first);
  ADD ("equals come by deadline then by arrival", test_equals_come_by_deadline_then_by_arrival);
  ADD ("who waits is found in order", test_who_waits_is_found_in_order);
  ADD ("low priority ages so that its wait is bounded",
       test_low_priority_ages_so_that_its_wait_is_bounded);
  ADD ("each priority waits its share", test_each_priority_waits_its_share);
  ADD ("who is too late is told", test_who_is_too_late_is_told);
  return g_test_run ();
}
