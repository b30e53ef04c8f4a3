/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guard-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#define PATIENCE 20000 /* milliseconds */

GuardFixture *
guard_fixture_new (void)
{
  g_autoptr (GError) error = NULL;
  GuardFixture *fixture = g_new0 (GuardFixture, 1);

  fixture->guard = weir_guard_new (&error);
  g_assert_no_error (error);
  return fixture;
}

void
guard_fixture_free (GuardFixture *fixture)
{
  g_clear_pointer (&fixture->guard, weir_guard_free);
  g_free (fixture);
}

WeirGuardEvent
guard_fixture_wait (GuardFixture *fixture)
{
  WeirGuardEvent event;

  while (!weir_guard_next_event (fixture->guard, &event))
    {
      gboolean blocked = weir_guard_is_blocked (fixture->guard);
      struct pollfd fd
          = { weir_guard_get_fd (fixture->guard), blocked ? POLLIN | POLLOUT : POLLIN };
      g_assert_cmpint (poll (&fd, 1, PATIENCE), ==, 1);
      weir_guard_flush (fixture->guard);
    }
  return event;
}

WeirGuardEvent
guard_fixture_wait_exit (GuardFixture *fixture, guint64 id)
{
  for (;;)
    {
      WeirGuardEvent event = guard_fixture_wait (fixture);
      if (event.pidfd >= 0)
        close (event.pidfd);
      g_assert_cmpint (event.kind, !=, WEIR_GUARD_LOST);
      if (event.id == id && event.kind != WEIR_GUARD_STARTED)
        return event;
    }
}

guint64
guard_fixture_spawn (GuardFixture *fixture, const WeirCommand *command, int in, int out)
{
  g_autoptr (GError) error = NULL;
  const int fds[] = { in, out };

  weir_guard_spawn (fixture->guard, ++fixture->last_id, command, NULL, fds, 2, &error);
  g_assert_no_error (error);
  return fixture->last_id;
}

static WeirCommand *
command_new_valist (const char *word, va_list rest)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();

  for (; word != NULL; word = va_arg (rest, const char *))
    g_ptr_array_add (argv, (gpointer)word);
  g_ptr_array_add (argv, NULL);
  return weir_command_new ((const char *const *)argv->pdata);
}

WeirCommand *
command_new (const char *word, ...)
{
  va_list rest;

  va_start (rest, word);
  WeirCommand *command = command_new_valist (word, rest);
  va_end (rest);
  return command;
}

guint64
guard_fixture_spawn_words (GuardFixture *fixture, const char *word, ...)
{
  va_list rest;

  va_start (rest, word);
  g_autoptr (WeirCommand) command = command_new_valist (word, rest);
  va_end (rest);
  return guard_fixture_spawn (fixture, command, -1, -1);
}

char *
guard_fixture_run (GuardFixture *fixture, const WeirCommand *command)
{
  GString *text = g_string_new (NULL);
  char bytes[4096];
  gssize length;
  int ends[2];

  make_pipe (ends);
  guint64 id = guard_fixture_spawn (fixture, command, -1, ends[1]);
  close (ends[1]);
  while ((length = read (ends[0], bytes, sizeof bytes)) > 0)
    g_string_append_len (text, bytes, length);
  close (ends[0]);
  g_assert_cmpint (guard_fixture_wait_exit (fixture, id).status, ==, 0);
  return g_string_free (text, FALSE);
}

char *
guard_fixture_start_script (GuardFixture *fixture, const char *script, guint64 *id)
{
  g_autoptr (WeirCommand) command = command_new ("/bin/sh", "-c", script, NULL);
  int ends[2];

  make_pipe (ends);
  *id = guard_fixture_spawn (fixture, command, -1, ends[1]);
  close (ends[1]);
  char *line = read_line (ends[0]);
  close (ends[0]);
  return line;
}

char *
read_line (int fd)
{
  GString *line = g_string_new (NULL);
  char byte;

  while (read (fd, &byte, 1) == 1 && byte != '\n')
    g_string_append_c (line, byte);
  return g_string_free (line, FALSE);
}

void
make_pipe (int ends[2])
{
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
}

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

guint
count_descriptors (void)
{
  return count_entries ("/proc/self/fd") - 1; /* of the folder */
}

guint
count_descriptors_of (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", (int)pid);

  return count_entries (path);
}

guint
count_children (pid_t parent)
{
  g_autofree char *wanted = g_strdup_printf ("\nPPid:\t%d\n", (int)parent);
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (processes)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "status", NULL);
      g_autofree char *text = NULL;
      if (g_ascii_isdigit (*name) && g_file_get_contents (path, &text, NULL, NULL))
        n += strstr (text, wanted) != NULL;
    }
  return n;
}

gboolean
is_there (pid_t pid)
{
  g_assert_cmpint (pid, >, 1);
  return kill (pid, 0) == 0;
}

gboolean
ends_soon (pid_t pid)
{
  int fd = pidfd_open (pid, 0);
  struct pollfd wait = { fd, POLLIN };

  if (fd < 0)
    return errno == ESRCH;
  int n = poll (&wait, 1, 2000);
  close (fd);
  return n == 1;
}

WeirCommand *
self_new (const char *what)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);

  return command_new (program, what, NULL);
}
