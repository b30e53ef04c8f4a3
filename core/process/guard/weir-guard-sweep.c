/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weir-guard-sweep.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether it could be signalled. Its group is one of the guard's session, or its own. */
static int
end_child (pid_t pid)
{
  pid_t group = getpgid (pid);

  if (pid <= 1)
    return 0;
  if (group > 1 && group != getpgrp ())
    kill (-group, SIGKILL);
  return kill (pid, SIGKILL) == 0;
}

/* The parent of a process, from the text of /proc/PID/stat: "PID (NAME) STATE PARENT …". */
static pid_t
get_parent (const char *pid)
{
  char path[64], text[512];
  snprintf (path, sizeof path, "/proc/%.20s/stat", pid);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t length = fd >= 0 ? read (fd, text, sizeof text - 1) : -1;

  if (fd >= 0)
    close (fd);
  if (length <= 0)
    return 0;
  text[length] = '\0';
  const char *name_end = strrchr (text, ')');
  return name_end != NULL && strlen (name_end) > 4 ? atoi (name_end + 4) : 0;
}

static int
end_children (void)
{
  DIR *processes = opendir ("/proc");
  struct dirent *entry;
  int n_signalled = 0;

  if (processes == NULL)
    return 0;
  while ((entry = readdir (processes)) != NULL)
    if (isdigit ((unsigned char)entry->d_name[0]) && get_parent (entry->d_name) == getpid ())
      n_signalled += end_child (atoi (entry->d_name));
  closedir (processes);
  return n_signalled;
}

/* A child that appears after the look at /proc is an orphan of one that was killed, or made by one:
 * its end is waited for first. */
void
guard_sweep (void)
{
  while (end_children () > 0)
    {
      waitpid (-1, NULL, __WALL);
      while (waitpid (-1, NULL, __WALL | WNOHANG) > 0)
        continue;
    }
}
