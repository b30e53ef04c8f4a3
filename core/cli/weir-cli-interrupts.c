/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-interrupts-private.h"

#include <glib-unix.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/weir-cli-private.h"

#define HUNG_MS 500
#define END_MS  900

/* Microseconds in which a second signal is the first one once more: timeout(1) signals its child,
 * and then the group. */
#define SAME 100000

struct _WeirInterrupts
{
  WeirInterruptsFuncs funcs;
  gpointer data;
  guint count;       /* atomic */
  gint64 first_time; /* microseconds */
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  GPtrArray *signals; /* GSource */
};

static void
end_process (int signal_number)
{
  _exit (WEIR_EXIT_ABORTED);
}

static void
arm_end (void)
{
  const struct itimerval timer = { .it_value = { .tv_usec = END_MS * 1000 } };

  signal (SIGALRM, end_process);
  setitimer (ITIMER_REAL, &timer, NULL);
}

static gboolean
call_first (gpointer data)
{
  WeirInterrupts *interrupts = data;

  interrupts->funcs.on_first (interrupts->data);
  return G_SOURCE_REMOVE;
}

static gboolean
call_second (gpointer data)
{
  WeirInterrupts *interrupts = data;

  interrupts->funcs.on_second (interrupts->data);
  return G_SOURCE_REMOVE;
}

static gboolean
call_hung (gpointer data)
{
  WeirInterrupts *interrupts = data;

  interrupts->funcs.on_hung (interrupts->data);
  _exit (WEIR_EXIT_ABORTED);
}

/* Not g_main_context_invoke(): it calls at once, here, while the control thread is not in its
 * main loop. */
static void
attach (GSource *source, GSourceFunc function, WeirInterrupts *interrupts, GMainContext *context)
{
  g_source_set_name (source, "weir interrupts");
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, function, interrupts, NULL);
  g_source_attach (source, context);
  g_source_unref (source);
}

static gboolean
on_signal (gpointer data)
{
  WeirInterrupts *interrupts = data;
  gint64 now = g_get_monotonic_time ();
  guint before;

  if (g_atomic_int_get (&interrupts->count) == 1 && now - interrupts->first_time < SAME)
    return G_SOURCE_CONTINUE;
  before = g_atomic_int_add (&interrupts->count, 1);
  if (before == 0)
    {
      interrupts->first_time = now;
      attach (g_idle_source_new (), call_first, interrupts, NULL);
    }
  else if (before == 1)
    {
      arm_end ();
      attach (g_idle_source_new (), call_second, interrupts, NULL);
      attach (g_timeout_source_new (HUNG_MS), call_hung, interrupts, interrupts->context);
    }

  return G_SOURCE_CONTINUE;
}

static gboolean
quit (gpointer data)
{
  WeirInterrupts *interrupts = data;

  g_main_loop_quit (interrupts->loop);
  return G_SOURCE_REMOVE;
}

static gpointer
watch (gpointer data)
{
  WeirInterrupts *interrupts = data;

  g_main_loop_run (interrupts->loop);
  return NULL;
}

static void
watch_signal (WeirInterrupts *interrupts, int number)
{
  GSource *source = g_unix_signal_source_new (number);

  g_ptr_array_add (interrupts->signals, g_source_ref (source));
  attach (source, on_signal, interrupts, interrupts->context);
}

/* Under nohup a terminal that goes away is nothing to us. */
static gboolean
is_ignored (int number)
{
  struct sigaction action;

  return sigaction (number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

WeirInterrupts *
weir_interrupts_new (const WeirInterruptsFuncs *funcs, gpointer data)
{
  WeirInterrupts *interrupts = g_new0 (WeirInterrupts, 1);

  interrupts->funcs = *funcs;
  interrupts->data = data;
  interrupts->context = g_main_context_new ();
  interrupts->loop = g_main_loop_new (interrupts->context, FALSE);
  interrupts->signals = g_ptr_array_new_with_free_func ((GDestroyNotify)g_source_unref);
  watch_signal (interrupts, SIGINT);
  watch_signal (interrupts, SIGTERM);
  if (!is_ignored (SIGHUP))
    watch_signal (interrupts, SIGHUP);
  interrupts->thread = g_thread_new ("interrupts", watch, interrupts);
  return interrupts;
}

void
weir_interrupts_free (WeirInterrupts *interrupts)
{
  attach (g_idle_source_new (), quit, interrupts, interrupts->context);
  g_thread_join (interrupts->thread);
  for (guint i = 0; i < interrupts->signals->len; i++)
    g_source_destroy (g_ptr_array_index (interrupts->signals, i));
  g_ptr_array_unref (interrupts->signals);
  g_main_loop_unref (interrupts->loop);
  g_main_context_unref (interrupts->context);
  g_free (interrupts);
}

guint
weir_interrupts_get_count (const WeirInterrupts *interrupts)
{
  return g_atomic_int_get (&interrupts->count);
}
