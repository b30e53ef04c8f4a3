/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/weir-load-child-private.h"
#include "cli/weir-load-receiver-private.h"

#define MOMENT      20                                /* milliseconds */
#define MEANWHILE   (G_GINT64_CONSTANT (10000000000)) /* nanoseconds to start in, or to end */
#define PATIENCE    (G_GINT64_CONSTANT (2000000000))  /* in which something more must arrive */
#define RELAY_BYTES ((gsize)64 * 1024)

/* Out by one connection, back by others:
 *
 *   sender ──> peer_fd ──> the far end: weir, or a relay ──> receiver
 *   (thread)                                                 (the thread that made it)
 */
typedef struct
{
  int peer_fd;
  WeirLoadSender *sender;
  WeirLoadTally *tally;
  WeirLoadReceiver *receiver;
  WeirLoadChild *child; /* NULL: it is a relay */
} TcpWay;

static gssize
take (gpointer data, const char *text, gsize length)
{
  gssize n = send (((TcpWay *)data)->peer_fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return 0;
  return n;
}

static void
wait_for_room (gpointer data)
{
  struct pollfd fd = { ((TcpWay *)data)->peer_fd, POLLOUT, 0 };

  poll (&fd, 1, MOMENT);
}

static const WeirLoadPeer peer = { take, wait_for_room };

static gpointer
send_all (gpointer data)
{
  TcpWay *way = data;

  weir_load_sender_run (way->sender);
  shutdown (way->peer_fd, SHUT_WR);
  return NULL;
}

/* It is to run as long as there is load. */
static gboolean
check_child (TcpWay *way, GError **error)
{
  WeirLoadChildState state
      = way->child ? weir_load_child_check (way->child, error) : WEIR_LOAD_CHILD_RUNS;

  if (state == WEIR_LOAD_CHILD_DONE)
    g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "weir has ended too early");
  return state == WEIR_LOAD_CHILD_RUNS;
}

/* Until all has arrived that was sent, or nothing more does. */
static gboolean
receive_all (TcpWay *way, GError **error)
{
  WeirClock *clock = weir_clock_get_system ();
  int fd = way->child ? weir_load_child_get_fd (way->child) : -1;
  gint64 last = G_MAXINT64;

  for (;;)
    {
      weir_load_receiver_poll (way->receiver, fd, MOMENT);
      if (!check_child (way, error))
        return FALSE;
      if (!weir_load_sender_is_over (way->sender))
        continue;
      if (way->sender->is_broken)
        break;
      if (last == G_MAXINT64)
        last = weir_clock_get_time (clock);
      last = MAX (last, way->tally->last);
      if (way->tally->n_arrived >= weir_load_sender_get_sent (way->sender)
          || weir_clock_get_time (clock) - last > PATIENCE)
        return TRUE;
    }

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE,
               "the connection that takes records broke");
  return FALSE;
}

/* What it works off before it ends has arrived late, but has arrived. */
static gboolean
end_child (TcpWay *way, GError **error)
{
  WeirClock *clock = weir_clock_get_system ();
  gint64 until = weir_clock_get_time (clock) + MEANWHILE;
  WeirLoadChildState state = WEIR_LOAD_CHILD_RUNS;

  weir_load_child_interrupt (way->child);
  while (state == WEIR_LOAD_CHILD_RUNS && weir_clock_get_time (clock) < until)
    {
      weir_load_receiver_poll (way->receiver, weir_load_child_get_fd (way->child), MOMENT);
      state = weir_load_child_check (way->child, error);
    }
  if (state == WEIR_LOAD_CHILD_RUNS)
    g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "weir does not end");
  return state == WEIR_LOAD_CHILD_DONE;
}

static gboolean
send_and_receive (const WeirLoad *load, TcpWay *way, WeirLoadPoint *point, GError **error)
{
  g_autoptr (WeirLoadSender) sender = weir_load_start (load, way->tally, &peer, way);
  GThread *thread;

  way->sender = sender;
  thread = g_thread_new ("load-sender", send_all, way);
  gboolean done = receive_all (way, error) && (!way->child || end_child (way, error));
  weir_load_sender_stop (sender);
  g_thread_join (thread);
  return done && weir_load_finish (load, sender, way->tally, point, error);
}

/* weir ----------------------------------------------------------------------------------------- */

static WeirLoadChild *
start_weir (const WeirLoad *load, guint from, guint to, GError **error)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (argv, g_strdup ("run"));
  g_ptr_array_add (argv, g_strdup ("--quiet"));
  g_ptr_array_add (argv, g_strdup_printf ("--threads=%d", load->n_threads));
  for (char **path = load->plugin_paths; path && *path; path++)
    g_ptr_array_add (argv, g_strconcat ("--plugin-path=", *path, NULL));
  g_ptr_array_add (argv, g_strdup ("-e"));
  g_ptr_array_add (argv, g_strdup_printf ("source.tcp listen=127.0.0.1:%u ! " WEIR_LOAD_STAGES
                                          " ! sink.tcp id=out connect=127.0.0.1:%u",
                                          from, to));
  g_ptr_array_add (argv, NULL);
  return weir_load_child_new ((const char *const *)argv->pdata, error);
}

/* It listens as soon as it runs; what its sink connects to listens already. */
static gboolean
connect_to_weir (TcpWay *way, guint port, GError **error)
{
  WeirClock *clock = weir_clock_get_system ();
  gint64 until = weir_clock_get_time (clock) + MEANWHILE;

  while (weir_clock_get_time (clock) < until)
    {
      g_autoptr (GError) reason = NULL;

      way->peer_fd = weir_loopback_connect (port, &reason);
      if (way->peer_fd >= 0)
        return TRUE;
      if (!g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return FALSE;
        }
      weir_load_receiver_poll (way->receiver, weir_load_child_get_fd (way->child), MOMENT);
      if (!check_child (way, error))
        return FALSE;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "weir does not listen");
  return FALSE;
}

gboolean
weir_load_over_tcp (const WeirLoad *load, WeirLoadPoint *point, GError **error)
{
  g_autoptr (WeirLoadTally) tally = weir_load_tally_new (load->deadline);
  g_autoptr (WeirLoadReceiver) receiver
      = weir_load_receiver_new (weir_clock_get_system (), tally, error);
  guint port = receiver ? weir_loopback_find_port (error) : 0;

  if (port == 0)
    return FALSE;
  g_autoptr (WeirLoadChild) child
      = start_weir (load, port, weir_load_receiver_get_port (receiver), error);
  if (!child)
    return FALSE;

  TcpWay way = { -1, NULL, tally, receiver, child };
  if (!connect_to_weir (&way, port, error))
    return FALSE;
  gboolean done = send_and_receive (load, &way, point, error);
  close (way.peer_fd);
  return done;
}

/* The relay ------------------------------------------------------------------------------------ */

typedef struct
{
  int listener;
  guint to;
} Relay;

static gboolean
write_all (int fd, const char *text, gsize length)
{
  while (length > 0)
    {
      gssize n = send (fd, text, length, MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      text += n;
      length -= (gsize)n;
    }
  return TRUE;
}

/* Blocking reads and writes, nothing else. */
static gpointer
relay_all (gpointer data)
{
  const Relay *relay = data;
  g_autofree char *text = g_malloc (RELAY_BYTES);
  int from = accept4 (relay->listener, NULL, NULL, SOCK_CLOEXEC);
  int to = weir_loopback_connect (relay->to, NULL);
  gssize n;

  while (from >= 0 && to >= 0 && (n = read (from, text, RELAY_BYTES)) > 0)
    if (!write_all (to, text, (gsize)n))
      break;
  if (from >= 0)
    close (from);
  if (to >= 0)
    close (to);
  return NULL;
}

gboolean
weir_load_over_relay (const WeirLoad *load, WeirLoadPoint *point, GError **error)
{
  g_autoptr (WeirLoadTally) tally = weir_load_tally_new (load->deadline);
  g_autoptr (WeirLoadReceiver) receiver
      = weir_load_receiver_new (weir_clock_get_system (), tally, error);
  guint port;
  Relay relay = { receiver ? weir_loopback_listen (&port, error) : -1 };

  if (relay.listener < 0)
    return FALSE;
  relay.to = weir_load_receiver_get_port (receiver);
  TcpWay way = { weir_loopback_connect (port, error), NULL, tally, receiver };
  if (way.peer_fd < 0)
    {
      close (relay.listener);
      return FALSE;
    }

  GThread *thread = g_thread_new ("load-relay", relay_all, &relay);
  gboolean done = send_and_receive (load, &way, point, error);
  close (way.peer_fd);
  g_clear_pointer (&receiver, weir_load_receiver_free);
  g_thread_join (thread);
  close (relay.listener);
  return done;
}
