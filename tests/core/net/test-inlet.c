/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inlet-fixture.h"

#include <sys/resource.h>

static void
records_of_all_clients_come_as_they_send_them (void)
{
  g_autoptr (InletFixture) fixture = inlet_fixture_new ((WeirInletOptions){ .max_connections = 9 });
  g_autoptr (GSocket) a = inlet_fixture_connect (fixture);
  g_autoptr (GSocket) b = inlet_fixture_connect (fixture);

  say (a, "1\n2");
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "[1]");
  say (b, "3\n");
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "[3]");
  say (a, "2\n");
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "[22]");
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "");
  g_assert_cmpint (weir_inlet_get_next_time (fixture->inlet), ==, WEIR_TIME_NEVER);
}

static void
half_a_record_at_close_is_failed_and_says_whose_it_was (void)
{
  g_autoptr (InletFixture) fixture = inlet_fixture_new ((WeirInletOptions){ .max_connections = 9 });
  g_autoptr (GSocket) a = inlet_fixture_connect (fixture);
  g_autofree char *expected
      = g_strdup_printf ("%s (process %d): ended in mid-record", fixture->inlet->name, getpid ());

  say (a, "1\n2");
  g_socket_close (a, NULL);
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "[1]{2}");
  g_assert_cmpstr (fixture->messages->str, ==, expected);
  g_assert_cmpuint (fixture->inlet->n_peers, ==, 0);
}

static void
more_records_than_a_batch_takes_come_in_several_and_in_order (void)
{
  g_autoptr (InletFixture) fixture = inlet_fixture_new ((WeirInletOptions){ .max_connections = 9 });
  g_autoptr (GSocket) a = inlet_fixture_connect (fixture);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = 0; i < 5000; i++)
    {
      g_string_append_printf (text, "%u\n", i);
      g_string_append_printf (expected, "[%u]", i);
    }
  say (a, text->str);
  g_socket_close (a, NULL);
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, expected->str);
  g_assert_cmpuint (fixture->most, ==, WEIR_BATCH_FULL);
}

static void
one_who_sends_without_end_does_not_keep_others_waiting (void)
{
  g_autoptr (InletFixture) fixture = inlet_fixture_new ((WeirInletOptions){ .max_connections = 9 });
  g_autoptr (GSocket) a = inlet_fixture_connect (fixture);
  g_autoptr (GSocket) b = inlet_fixture_connect (fixture);
  g_autofree char *much = g_strnfill (100000, '\n');
  gboolean came = FALSE;

  inlet_fixture_fill (fixture);
  for (gsize i = 0; i < 100000; i += 2)
    much[i] = 'a';
  say (b, "b\n");
  for (guint n = 0; n < 200 && !came; n++)
    {
      send (g_socket_get_fd (a), much, 100000, MSG_DONTWAIT);
      inlet_fixture_step (fixture, weir_inlet_fill);
      came = strstr (fixture->seen->str, "[b]") != NULL;
    }
  g_assert_true (came);
}

static void
connections_beyond_the_limit_wait_until_one_closes_and_it_is_told_once (void)
{
  g_autoptr (InletFixture) fixture = inlet_fixture_new ((WeirInletOptions){ .max_connections = 2 });
  g_autoptr (GPtrArray) clients = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u\n", i);

      g_ptr_array_add (clients, inlet_fixture_connect (fixture));
      say (clients->pdata[i], text);
    }
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "[0][1]");
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "");
  g_socket_close (clients->pdata[0], NULL);
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "[2]");
  g_socket_close (clients->pdata[1], NULL);
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "[3]");
  g_autofree char *warnings = take_warnings ();
  g_assert_nonnull (strstr (warnings, ": 2 connections are open, as many as max-connections"));
  g_assert_true (strchr (warnings, '\n') == warnings + strlen (warnings) - 1);
}

static void
one_who_sends_nothing_is_closed_at_its_time_and_one_who_sends_a_byte_is_not (void)
{
  g_autoptr (InletFixture) fixture
      = inlet_fixture_new ((WeirInletOptions){ .max_connections = 9, .idle_timeout = 10 * SECOND });
  g_autoptr (GSocket) slow = inlet_fixture_connect (fixture);
  g_autoptr (GSocket) idle = inlet_fixture_connect (fixture);

  say (idle, "1\nha");
  say (slow, "x");
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "[1]");
  g_assert_cmpint (weir_inlet_get_next_time (fixture->inlet), ==, 10 * SECOND);
  fixture->now = 9 * SECOND;
  say (slow, "x");
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "");
  fixture->now = 10 * SECOND;
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "{ha}");
  g_assert_true (is_closed (idle));
  g_assert_nonnull (strstr (fixture->messages->str, "sent nothing for the idle-timeout in mid-"));
  g_assert_cmpint (weir_inlet_get_next_time (fixture->inlet), ==, 19 * SECOND);
  say (slow, "\n");
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "[xx]");
}

static void
what_came_while_nothing_was_read_is_read_and_idle_connections_are_closed_behind_that (void)
{
  g_autoptr (InletFixture) fixture = inlet_fixture_new (
      (WeirInletOptions){ .max_connections = 300, .idle_timeout = 10 * SECOND });
  g_autoptr (GPtrArray) clients = inlet_fixture_connect_many (fixture, 200, "1\n", 2);

  for (guint i = 0; i < 200; i++)
    say (clients->pdata[i], "2\nha");
  fixture->now = 30 * SECOND;
  g_assert_cmpuint (strlen (inlet_fixture_fill (fixture)), ==, 200 * strlen ("[2]"));
  g_assert_cmpuint (fixture->inlet->n_peers, ==, 200);
  g_assert_cmpint (weir_inlet_get_next_time (fixture->inlet), ==, 40 * SECOND);
  fixture->now = 40 * SECOND;
  g_assert_cmpuint (strlen (inlet_fixture_fill (fixture)), ==, 200 * strlen ("{ha}"));
  g_assert_cmpuint (fixture->inlet->n_peers, ==, 0);
}

static void
connections_between_records_hold_no_buffer (void)
{
  g_autoptr (InletFixture) fixture
      = inlet_fixture_new ((WeirInletOptions){ .max_connections = 200 });
  g_autoptr (GPtrArray) clients = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < 100; i++)
    {
      g_ptr_array_add (clients, inlet_fixture_connect (fixture));
      say (clients->pdata[i], i % 2 == 0 ? "a\n" : "a\nb");
    }
  inlet_fixture_fill (fixture);
  g_assert_cmpuint (weir_buffer_pool_get_used (fixture->pool), <=, 512 * 1024);
}

static void
what_was_sent_before_the_stop_is_read_also_by_who_was_not_accepted (void)
{
  g_autoptr (InletFixture) fixture = inlet_fixture_new ((WeirInletOptions){ .max_connections = 9 });
  g_autoptr (GSocket) a = inlet_fixture_connect (fixture);

  say (a, "1\n");
  inlet_fixture_fill (fixture);
  say (a, "2\nha");
  g_autoptr (GSocket) b = inlet_fixture_connect (fixture);
  say (b, "3\n");
  g_assert_cmpstr (inlet_fixture_halt (fixture), ==, "[2]{ha}[3]");
  g_assert_true (g_str_has_suffix (fixture->messages->str, ": stopped in mid-record"));
  g_assert_true (is_closed (a) && is_closed (b));
}

static void
a_stop_with_more_records_than_a_batch_takes_loses_none (void)
{
  g_autoptr (InletFixture) fixture = inlet_fixture_new ((WeirInletOptions){ .max_connections = 9 });
  g_autoptr (GPtrArray) clients = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < 3000; i++)
    g_string_append (text, "a\n");
  for (guint i = 0; i < 3; i++)
    {
      g_ptr_array_add (clients, inlet_fixture_connect (fixture));
      say (clients->pdata[i], text->str);
    }
  g_assert_cmpuint (strlen (inlet_fixture_halt (fixture)), ==, 3 * 3000 * 3);
}

static void
who_sends_without_end_is_cut_off_after_the_stop (void)
{
  g_autoptr (InletFixture) fixture = inlet_fixture_new ((WeirInletOptions){ .max_connections = 9 });
  g_autoptr (GSocket) a = inlet_fixture_connect (fixture);
  g_autofree char *much = g_strnfill (50000, 'a');
  WeirSourceStatus status = WEIR_SOURCE_MORE;

  for (gsize i = 1; i < 50000; i += 2)
    much[i] = '\n';
  for (guint n = 0; status == WEIR_SOURCE_MORE; n++)
    {
      fixture->now = n * SECOND / 10;
      send (g_socket_get_fd (a), much, 50000, MSG_DONTWAIT | MSG_NOSIGNAL);
      status = inlet_fixture_step (fixture, weir_inlet_halt);
    }
  g_assert_true (is_closed (a));
  g_assert_cmpint (fixture->now, >=, 2 * SECOND);
}

static void
a_stop_reads_the_clock_though_no_record_comes (void)
{
  g_autoptr (InletFixture) fixture
      = inlet_fixture_new ((WeirInletOptions){ .max_connections = 200 });
  g_autoptr (GPtrArray) clients = inlet_fixture_connect_many (fixture, 100, "\n", 1);

  for (guint i = 0; i < 100; i++)
    say (clients->pdata[i], "\n\n\n");
  g_assert_cmpint (inlet_fixture_step (fixture, weir_inlet_halt), ==, WEIR_SOURCE_MORE);
  g_assert_cmpuint (fixture->inlet->n_peers, >, 80);
  fixture->now = 2 * SECOND;
  g_assert_cmpint (inlet_fixture_step (fixture, weir_inlet_halt), ==, WEIR_SOURCE_END);
  g_assert_true (is_closed (clients->pdata[99]));
}

static void
who_sends_without_end_does_not_use_up_the_time_that_others_have_at_the_stop (void)
{
  g_autoptr (InletFixture) fixture = inlet_fixture_new ((WeirInletOptions){ .max_connections = 9 });
  g_autoptr (GSocket) a = inlet_fixture_connect (fixture);
  g_autoptr (GSocket) b = inlet_fixture_connect (fixture);
  g_autofree char *much = g_strnfill (50000, 'a');
  WeirSourceStatus status = WEIR_SOURCE_MORE;
  gboolean came = FALSE;

  for (gsize i = 1; i < 50000; i += 2)
    much[i] = '\n';
  say (b, "b\n");
  for (; status == WEIR_SOURCE_MORE && !came; fixture->now += SECOND / 1000)
    {
      send (g_socket_get_fd (a), much, 50000, MSG_DONTWAIT | MSG_NOSIGNAL);
      g_string_truncate (fixture->seen, 0);
      status = inlet_fixture_step (fixture, weir_inlet_halt);
      came = strstr (fixture->seen->str, "[b]") != NULL;
    }
  g_assert_true (came);
  g_assert_false (is_closed (a));
}

static void
a_broken_framing_closes_its_connection_and_no_other (void)
{
  g_autoptr (InletFixture) fixture = inlet_fixture_new (
      (WeirInletOptions){ .max_connections = 9, .framing = WEIR_STREAM_OCTET_COUNTED });
  g_autoptr (GSocket) a = inlet_fixture_connect (fixture);
  g_autoptr (GSocket) b = inlet_fixture_connect (fixture);

  say (a, "1 x{}\n{}\n");
  say (b, "1 y1 ");
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "[x]{{}}[y]");
  g_assert_true (is_closed (a));
  say (b, "z");
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "[z]");
}

/* No descriptor is left for a connection. */
static void
take_descriptors (struct rlimit *before)
{
  int next = dup (STDERR_FILENO);
  struct rlimit limit;

  close (next);
  getrlimit (RLIMIT_NOFILE, before);
  limit = *before;
  limit.rlim_cur = next;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

static void
no_descriptor_left_is_told_once_and_tried_again_after_a_second (void)
{
  g_autoptr (InletFixture) fixture = inlet_fixture_new ((WeirInletOptions){ .max_connections = 9 });
  g_autoptr (GSocket) a = inlet_fixture_connect (fixture);
  struct rlimit limit;

  say (a, "1\n");
  take_descriptors (&limit);
  for (fixture->now = 0; fixture->now < 3 * SECOND; fixture->now += SECOND)
    {
      g_assert_cmpint (inlet_fixture_step (fixture, weir_inlet_fill), ==, WEIR_SOURCE_WAIT);
      g_assert_cmpint (is_readable (fixture), ==, fixture->now > 0);
      g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "");
      g_assert_cmpint (weir_inlet_get_next_time (fixture->inlet), ==, fixture->now + SECOND);
    }
  setrlimit (RLIMIT_NOFILE, &limit);
  g_assert_cmpstr (inlet_fixture_fill (fixture), ==, "[1]");
  g_autofree char *warnings = take_warnings ();
  g_assert_nonnull (strstr (warnings, "no connection can be accepted beside the 0 that are open"));
  g_assert_true (strchr (warnings, '\n') == warnings + strlen (warnings) - 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  told = g_string_new (NULL);
  g_log_set_writer_func (keep_warning, NULL, NULL);

#define ADD(test) g_test_add_func ("/inlet/" #test, test)
  ADD (records_of_all_clients_come_as_they_send_them);
  ADD (half_a_record_at_close_is_failed_and_says_whose_it_was);
  ADD (more_records_than_a_batch_takes_come_in_several_and_in_order);
  ADD (one_who_sends_without_end_does_not_keep_others_waiting);
  ADD (connections_beyond_the_limit_wait_until_one_closes_and_it_is_told_once);
  ADD (one_who_sends_nothing_is_closed_at_its_time_and_one_who_sends_a_byte_is_not);
  ADD (what_came_while_nothing_was_read_is_read_and_idle_connections_are_closed_behind_that);
  ADD (connections_between_records_hold_no_buffer);
  ADD (what_was_sent_before_the_stop_is_read_also_by_who_was_not_accepted);
  ADD (a_stop_with_more_records_than_a_batch_takes_loses_none);
  ADD (who_sends_without_end_is_cut_off_after_the_stop);
  ADD (a_stop_reads_the_clock_though_no_record_comes);
  ADD (who_sends_without_end_does_not_use_up_the_time_that_others_have_at_the_stop);
  ADD (a_broken_framing_closes_its_connection_and_no_other);
  ADD (no_descriptor_left_is_told_once_and_tried_again_after_a_second);

  return g_test_run ();
}
