/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-process-private.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static gboolean
read_file (pid_t pid, const char *name, char **text)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int)pid, name);

  return g_file_get_contents (path, text, NULL, NULL);
}

/* utime, stime, cutime and cstime are the 12th to 15th word behind the name; in clock ticks. */
static gboolean
read_times (pid_t pid, WeirUsage *usage)
{
  g_autofree char *text = NULL;
  long user, system, children_user, children_system;

  if (!read_file (pid, "stat", &text))
    return FALSE;
  const char *rest = strrchr (text, ')');
  if (rest == NULL
      || sscanf (rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld %ld %ld", &user,
                 &system, &children_user, &children_system)
             != 4)
    return FALSE;

  guint64 tick = 1000000000 / (guint64)sysconf (_SC_CLK_TCK);
  usage->user = (guint64)(user + children_user) * tick;
  usage->system = (guint64)(system + children_system) * tick;
  return TRUE;
}

/* Since Linux 6.2 the counters of both are rough by some pages for each CPU. */
static guint64
read_memory (const char *text, const char *name)
{
  const char *line = strstr (text, name);

  return line != NULL ? g_ascii_strtoull (line + strlen (name), NULL, 10) * 1024 : 0;
}

static void
read_peak (pid_t pid, WeirUsage *usage)
{
  g_autofree char *text = NULL;

  if (read_file (pid, "status", &text))
    usage->peak = MAX (read_memory (text, "\nVmHWM:"), read_memory (text, "\nVmRSS:"));
}

void
weir_process_get_usage (const WeirProcess *process, WeirUsage *usage)
{
  *usage = process->usage;
  if (process->pid <= 1 || process->state == WEIR_PROCESS_ENDED)
    return;

  WeirUsage live = { 0 };
  if (!read_times (process->pid, &live))
    return;
  read_peak (process->pid, &live);
  *usage = live;
}
