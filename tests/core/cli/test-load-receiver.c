/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-receiver-private.h"

#include <gio/gio.h>
#include <unistd.h>

#include "cli/weir-load-record-private.h"

#define SECOND    G_GINT64_CONSTANT (1000000000)
#define MOST_WAIT 10000 /* milliseconds */

typedef struct
{
  WeirClock *clock;
  WeirLoadTally *tally;
  WeirLoadReceiver *receiver;
} Fixture;

static Fixture *
fixture_new (void)
{
  Fixture *fixture = g_new0 (Fixture, 1);
  g_autoptr (GError) error = NULL;

  fixture->clock = weir_test_clock_new ();
  fixture->tally = weir_load_tally_new (SECOND);
  fixture->receiver = weir_load_receiver_new (fixture->clock, fixture->tally, &error);
  g_assert_no_error (error);
  return fixture;
}

static void
fixture_free (Fixture *fixture)
{
  weir_load_receiver_free (fixture->receiver);
  weir_load_tally_free (fixture->tally);
  g_object_unref (fixture->clock);
  g_free (fixture);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static int
connect_to (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  guint n_accepted = weir_load_receiver_count_accepted (fixture->receiver);
  int fd = weir_loopback_connect (weir_load_receiver_get_port (fixture->receiver), &error);

  g_assert_no_error (error);
  while (weir_load_receiver_count_accepted (fixture->receiver) == n_accepted)
    weir_load_receiver_poll (fixture->receiver, -1, MOST_WAIT);
  return fd;
}

static void
send_part (int fd, const char *text, gsize length)
{
  g_assert_cmpint (write (fd, text, length), ==, (gssize)length);
}

static void
test_records_of_several_connections_are_counted_also_in_pieces (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  char text[2 * WEIR_LOAD_RECORD_BYTES];
  int first = connect_to (fixture);
  int second = connect_to (fixture);

  weir_load_record_write (text, SECOND / 2, 0);
  weir_load_record_write (text + WEIR_LOAD_RECORD_BYTES, SECOND / 4, 1);
  send_part (first, text, WEIR_LOAD_RECORD_BYTES + 100);
  send_part (second, text, WEIR_LOAD_RECORD_BYTES);
  while (fixture->tally->n_arrived < 2)
    weir_load_receiver_poll (fixture->receiver, -1, MOST_WAIT);
  send_part (first, text + WEIR_LOAD_RECORD_BYTES + 100, WEIR_LOAD_RECORD_BYTES - 100);
  while (fixture->tally->n_arrived + fixture->tally->n_strange < 3)
    weir_load_receiver_poll (fixture->receiver, -1, MOST_WAIT);
  g_assert_cmpuint (fixture->tally->n_strange, ==, 0);
  g_assert_cmpuint (fixture->tally->latency.maximum, ==, 3 * SECOND / 4);
  close (first);
  close (second);
}

static void
test_a_connection_that_ends_makes_room_for_another (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  for (guint i = 0; i < 100; i++)
    close (connect_to (fixture));
  g_assert_cmpuint (weir_load_receiver_count_accepted (fixture->receiver), ==, 100);
}

static void
test_where_nobody_listens_the_connection_is_refused (void)
{
  g_autoptr (GError) error = NULL;
  guint port = weir_loopback_find_port (&error);

  g_assert_no_error (error);
  g_assert_cmpint (weir_loopback_connect (port, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/load-receiver/records of several connections are counted also in pieces",
                   test_records_of_several_connections_are_counted_also_in_pieces);
  g_test_add_func ("/cli/load-receiver/a connection that ends makes room for another",
                   test_a_connection_that_ends_makes_room_for_another);
  g_test_add_func ("/cli/load-receiver/where nobody listens the connection is refused",
                   test_where_nobody_listens_the_connection_is_refused);
  return g_test_run ();
}
