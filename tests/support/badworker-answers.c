/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "badworker.h"

#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#define MAX_TEXT (64 * 1024)

/* A string of JSON, as far as arguments need it. */
static void
append_json (char *text, const char *string)
{
  char *to = text + strlen (text);

  *to++ = '"';
  for (; *string && to < text + MAX_TEXT - 16; string++)
    if (*string == '"' || *string == '\\')
      to += sprintf (to, "\\%c", *string);
    else if ((unsigned char)*string < 0x20)
      to += sprintf (to, "\\u%04x", *string);
    else
      *to++ = *string;
  *to++ = '"';
  *to = '\0';
}

__attribute__ ((format (printf, 2, 3))) static void
append (char *text, const char *format, ...)
{
  size_t length = strlen (text);
  va_list list;

  va_start (list, format);
  vsnprintf (text + length, MAX_TEXT - length, format, list);
  va_end (list);
}

static void
step_arguments (const char *argument)
{
  static char text[MAX_TEXT];

  strcpy (text, "[");
  for (char **word = worker.arguments; word && *word; word++)
    {
      if (word != worker.arguments)
        strcat (text, ",");
      append_json (text, *word);
    }
  strcat (text, "]");
  bad_put_text (text);
}

/* Opens nothing while it looks. */
static void
step_fds (const char *argument)
{
  static char text[MAX_TEXT];
  struct stat info;

  strcpy (text, "[");
  for (int fd = 0; fd < 4096; fd++)
    if (fstat (fd, &info) == 0)
      append (text, "%s%d", text[1] ? "," : "", fd);
  append (text, "]");
  bad_put_text (text);
}

static void
step_affinity (const char *argument)
{
  static char text[MAX_TEXT];
  cpu_set_t set;

  sched_getaffinity (0, sizeof set, &set);
  strcpy (text, "[");
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET (cpu, &set))
      append (text, "%s%d", text[1] ? "," : "", cpu);
  append (text, "]");
  bad_put_text (text);
}

static void
step_limits (const char *argument)
{
  static const struct
  {
    const char *name;
    int resource;
  } rows[]
      = { { "memory", RLIMIT_AS },       { "cpu", RLIMIT_CPU },         { "files", RLIMIT_NOFILE },
          { "file-size", RLIMIT_FSIZE }, { "processes", RLIMIT_NPROC }, { "core", RLIMIT_CORE } };
  static char text[MAX_TEXT];
  struct rlimit limit;

  strcpy (text, "{");
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    {
      getrlimit (rows[i].resource, &limit);
      append (text, "%s\"%s\":", i ? "," : "", rows[i].name);
      if (limit.rlim_cur == RLIM_INFINITY)
        append (text, "null");
      else
        append (text, "%" PRIu64, (uint64_t)limit.rlim_cur);
    }
  append (text, "}");
  bad_put_text (text);
}

static bool
blocks_signals (void)
{
  sigset_t set;

  sigprocmask (SIG_BLOCK, NULL, &set);
  for (int number = 1; number < 32; number++)
    if (sigismember (&set, number) == 1)
      return true;
  return false;
}

static bool
ignores_signals (void)
{
  for (int number = 1; number < 32; number++)
    {
      struct sigaction action;

      if (sigaction (number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
        return true;
    }
  return false;
}

/* Process, group, folder, privileges and signals. */
static void
step_self (const char *argument)
{
  static char text[MAX_TEXT];
  char folder[4096];

  sprintf (text, "{\"pid\":%d,\"group\":%d,\"no_new_privs\":%d,\"blocks\":%s,\"ignores\":%s",
           (int)getpid (), (int)getpgrp (), prctl (PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
           blocks_signals () ? "true" : "false", ignores_signals () ? "true" : "false");
  strcat (text, ",\"directory\":");
  append_json (text, getcwd (folder, sizeof folder) ? folder : "");
  strcat (text, "}");
  bad_put_text (text);
}

static void
step_environment (const char *argument)
{
  static char text[MAX_TEXT];
  const char *value = getenv (argument);

  text[0] = '\0';
  append_json (text, value ? value : "");
  bad_put_text (text);
}

static void
append_line (const char *path, const char *text)
{
  FILE *file = fopen (path, "a");

  fprintf (file, "%s\n", text);
  fclose (file);
}

/* Seconds of CPU and bytes of memory at the most, by its own account: a reply, or a line into a
 * file. */
static void
step_usage (const char *argument)
{
  static char text[MAX_TEXT];
  struct timespec cpu;
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &cpu);
  sprintf (text, "{\"pid\":%d,\"cpu\":%ld.%09ld,\"peak\":%ld}", (int)getpid (), (long)cpu.tv_sec,
           cpu.tv_nsec, usage.ru_maxrss * 1024);
  if (argument)
    append_line (argument, text);
  else
    bad_put_text (text);
}

const BadStep bad_answers[] = {
  { "arguments", step_arguments }, /* behind the -- */
  { "fds", step_fds },
  { "affinity", step_affinity },
  { "limits", step_limits },
  { "self", step_self },
  { "environment", step_environment }, /* :NAME */
  { "usage", step_usage },             /* :FILE */
  { NULL, NULL },
};
