/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A worker that misbehaves as it is told to.
 *
 *   badworker [OPTION…] [-- ARGUMENT…]
 *
 *   --framing lines|frames  how records come and replies go (lines)
 *   --start STEPS           before the first record is read
 *   --do STEPS              for each record that the conditions choose; the others are echoed
 *   --else STEPS            for the others, instead of the echo
 *   --end STEPS             when the input has ended
 *   --nth N                 condition: the N-th record of this process
 *   --every N               condition: each N-th record of this process
 *   --match TEXT            condition: the record contains the text
 *   --chance N              condition: by lot, N in 1000
 *   --once FILE             condition: the file is not there yet; it is made
 *   --buffered              replies are left in stdio's buffer
 *   --stubborn              the same, whatever is preloaded
 *   --mark TEXT             ignored: makes the process and its children easy to find
 *
 * STEPS are a list joined by commas, done in order; the tables at the ends of the files name them.
 * A step may have an argument behind a colon. Without a step that replies there is no reply. */
#include "badworker.h"

#include <sys/types.h>

BadWorker worker;

static uint64_t
get_number (const unsigned char *bytes, int n_bytes)
{
  uint64_t number = 0;

  for (int i = n_bytes - 1; i >= 0; i--)
    number = number << 8 | bytes[i];
  return number;
}

static void
fail (const char *what, const char *which)
{
  fprintf (stderr, "badworker: %s: %s\n", what, which);
  _exit (64);
}

static const BadStep *
find_step (const char *name)
{
  static const BadStep *const tables[] = { bad_replies, bad_answers, bad_deeds };

  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
    for (const BadStep *step = tables[i]; step->name; step++)
      if (strcmp (step->name, name) == 0)
        return step;
  return NULL;
}

static void
do_step (char *text)
{
  char *argument = strchr (text, ':');

  if (argument)
    *argument++ = '\0';

  const BadStep *step = find_step (text);
  if (!step)
    fail ("unknown step", text);
  step->func (argument);
}

static void
do_steps (const char *text)
{
  char *copy = strdup (text);
  char *rest = copy;
  char *step;

  while ((step = strsep (&rest, ",")))
    do_step (step);
  free (copy);
}

static bool
read_frame (void)
{
  unsigned char head[FRAME_HEAD];

  if (fread (head, 1, sizeof head, stdin) != sizeof head)
    return false;
  worker.length = get_number (head, 4) - FRAME_FIXED;
  worker.id = get_number (head + 4, 8);
  if (worker.length + 1 > worker.size)
    worker.record = realloc (worker.record, worker.size = worker.length + 1);
  worker.record[worker.length] = '\0';
  return fread (worker.record, 1, worker.length, stdin) == worker.length;
}

static bool
read_line (void)
{
  ssize_t length = getline (&worker.record, &worker.size, stdin);

  if (length < 0)
    return false;
  if (length > 0 && worker.record[length - 1] == '\n')
    worker.record[--length] = '\0';
  worker.length = (size_t)length;
  worker.id++;
  return true;
}

static bool
makes_file (const char *path)
{
  FILE *file = fopen (path, "wx");

  if (file)
    fclose (file);
  return file != NULL;
}

static bool
is_chosen (void)
{
  return worker.action && (worker.nth == 0 || worker.n_records == worker.nth)
         && (worker.every == 0 || worker.n_records % worker.every == 0)
         && (!worker.match || strstr (worker.record, worker.match))
         && (worker.chance == 0 || random () % 1000 < worker.chance)
         && (!worker.once || makes_file (worker.once));
}

static void
work (void)
{
  if (worker.start)
    do_steps (worker.start);
  while (worker.frames ? read_frame () : read_line ())
    {
      worker.n_records++;
      if (is_chosen ())
        do_steps (worker.action);
      else if (worker.otherwise)
        do_steps (worker.otherwise);
      else
        do_steps ("reply");
    }
  if (worker.end)
    do_steps (worker.end);
}

static bool
take_option (const char *name, char *value)
{
  const struct
  {
    const char *name;
    const char **text;
    long *number;
  } options[] = { { "--start", &worker.start },
                  { "--do", &worker.action },
                  { "--end", &worker.end },
                  { "--else", &worker.otherwise },
                  { "--match", &worker.match },
                  { "--once", &worker.once },
                  { "--nth", NULL, &worker.nth },
                  { "--every", NULL, &worker.every },
                  { "--chance", NULL, &worker.chance },
                  { "--mark", NULL, NULL } };

  for (size_t i = 0; value && i < sizeof options / sizeof options[0]; i++)
    if (strcmp (options[i].name, name) == 0)
      {
        if (options[i].text)
          *options[i].text = value;
        else if (options[i].number)
          *options[i].number = atol (value);
        return true;
      }
  if (value && strcmp (name, "--framing") == 0)
    worker.frames = strcmp (value, "frames") == 0;
  return value && strcmp (name, "--framing") == 0;
}

static void
parse (char **argv)
{
  for (argv++; *argv; argv++)
    if (strcmp (*argv, "--") == 0)
      {
        worker.arguments = argv + 1;
        return;
      }
    else if (strcmp (*argv, "--buffered") == 0)
      worker.buffered = true;
    else if (strcmp (*argv, "--stubborn") == 0)
      {
        worker.buffered = true;
        setvbuf (stdout, NULL, _IOFBF, 256 * 1024);
      }
    else if (take_option (*argv, argv[1]))
      argv++;
    else
      fail ("what is that", *argv);
}

int
main (int argc, char **argv)
{
  srandom ((unsigned)getpid ());
  parse (argv);
  work ();
  free (worker.record);
  return 0;
}
