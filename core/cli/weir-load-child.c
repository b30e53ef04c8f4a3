/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-child-private.h"

#include <signal.h>
#include <unistd.h>

#include "process/weir-guard-private.h"

#define ID 1

struct _WeirLoadChild
{
  WeirGuard *guard;
  WeirLoadChildState state;
};

static WeirCommand *
make_command (const char *const *argv, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_autofree char *program = g_file_read_link ("/proc/self/exe", error);

  if (!program)
    return NULL;
  g_ptr_array_add (all, program);
  for (; *argv; argv++)
    g_ptr_array_add (all, (gpointer)*argv);
  g_ptr_array_add (all, NULL);

  WeirCommand *command = weir_command_new ((const char *const *)all->pdata);
  weir_command_seal (command);
  return command;
}

WeirLoadChild *
weir_load_child_new (const char *const *argv, GError **error)
{
  const int fds[] = { -1, -1, STDERR_FILENO };
  g_autoptr (WeirCommand) command = make_command (argv, error);
  g_autoptr (WeirLoadChild) child = g_new0 (WeirLoadChild, 1);

  if (!command)
    return NULL;
  child->guard = weir_guard_new (error);
  if (!child->guard)
    return NULL;
  if (!weir_guard_spawn (child->guard, ID, command, NULL, fds, G_N_ELEMENTS (fds), error))
    return NULL;
  return g_steal_pointer (&child);
}

void
weir_load_child_free (WeirLoadChild *child)
{
  g_clear_pointer (&child->guard, weir_guard_free);
  g_free (child);
}

int
weir_load_child_get_fd (const WeirLoadChild *child)
{
  return weir_guard_get_fd (child->guard);
}

static WeirLoadChildState
take_event (const WeirGuardEvent *event, GError **error)
{
  switch (event->kind)
    {
    case WEIR_GUARD_STARTED:
      close (event->pidfd);
      return WEIR_LOAD_CHILD_RUNS;
    case WEIR_GUARD_EXITED:
      return g_spawn_check_wait_status (event->status, error) ? WEIR_LOAD_CHILD_DONE
                                                              : WEIR_LOAD_CHILD_FAILED;
    default:
      g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "cannot start weir: %s",
                   event->kind == WEIR_GUARD_LOST ? "weir-guard has ended"
                                                  : g_strerror (event->error));
      return WEIR_LOAD_CHILD_FAILED;
    }
}

WeirLoadChildState
weir_load_child_check (WeirLoadChild *child, GError **error)
{
  WeirGuardEvent event;

  while (child->state == WEIR_LOAD_CHILD_RUNS && weir_guard_next_event (child->guard, &event))
    child->state = take_event (&event, error);
  return child->state;
}

void
weir_load_child_interrupt (WeirLoadChild *child)
{
  weir_guard_signal (child->guard, ID, SIGINT);
}
