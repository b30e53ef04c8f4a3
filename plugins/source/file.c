/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source.file: reads records from files, one a line.
 *
 * The files are read one after the other: in the order of the list, those of a pattern sorted by
 * name. Each may be plain, gzip or zstd, which its first bytes tell. A last line without newline
 * is a record. The deadline of a record runs from when it was read. A file that is missing is an
 * error at the start, one that is cut off or damaged ends the run with an error. When the run is
 * stopped, what was not taken in yet stays in its file.
 *
 *   source.file path='["archive-*.ndjson.gz", "today.ndjson"]' ! sink.stdout
 */
#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir-file-input.h"

typedef struct
{
  WeirSource parent;

  GStrv path; /* options */
  guint64 max_record;
  guint check;

  GPtrArray *files; /* char * */
  guint next;       /* of files, to open */
  WeirFileInput *input;
  WeirLineReader *reader;
} WeirSourceFile;

static const char *const checks[] = { "fields", "full", NULL };

static const WeirOption options[] = {
  WEIR_OPTION_STRINGS ("path", WeirSourceFile, path, TRUE,
                       "A file, a pattern such as \"logs/*.gz\", or a list of them"),
  WEIR_OPTION_SIZE ("max-record", WeirSourceFile, max_record, 1, 1 << 30, "1MiB",
                    "Longer records fail, and reading goes on"),
  WEIR_OPTION_ENUM ("check", WeirSourceFile, check, checks, "fields",
                    "What is checked: records whose fields are read, or the full grammar of each"),
};

static gboolean
check_file (const char *path, GError **error)
{
  struct stat status;
  int code = 0;

  if (stat (path, &status) != 0 || access (path, R_OK) != 0)
    code = errno;
  else if (S_ISDIR (status.st_mode))
    code = EISDIR;

  if (code == 0)
    return TRUE;

  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT, "%s: %s", path, g_strerror (code));
  return FALSE;
}

static gint
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* Adds the files that a pattern matches, sorted by their bytes in every locale. */
static gboolean
add_matches (GPtrArray *files, const char *pattern, GError **error)
{
  g_autoptr (GPtrArray) matches = g_ptr_array_new ();
  glob_t found = { 0 };

  if (glob (pattern, GLOB_NOSORT, NULL, &found) == 0)
    for (gsize i = 0; i < found.gl_pathc; i++)
      g_ptr_array_add (matches, g_strdup (found.gl_pathv[i]));
  globfree (&found);

  g_ptr_array_sort (matches, compare_paths);
  for (guint i = 0; i < matches->len; i++)
    g_ptr_array_add (files, matches->pdata[i]);

  if (matches->len > 0)
    return TRUE;

  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT, "%s: no file matches", pattern);
  return FALSE;
}

static gboolean
add_path (GPtrArray *files, const char *path, GError **error)
{
  if (strpbrk (path, "*?[") != NULL && access (path, F_OK) != 0)
    return add_matches (files, path, error);

  g_ptr_array_add (files, g_strdup (path));
  return TRUE;
}

static gboolean
weir_source_file_start (WeirStage *stage, GError **error)
{
  WeirSourceFile *self = (WeirSourceFile *)stage;
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; self->path[i] != NULL; i++)
    if (!add_path (files, self->path[i], error))
      return FALSE;

  for (guint i = 0; i < files->len; i++)
    if (!check_file (files->pdata[i], error))
      return FALSE;

  self->files = g_steal_pointer (&files);
  self->next = 0;
  self->reader = weir_line_reader_new (self->max_record, self->check);
  return TRUE;
}

static WeirSourceStatus
open_next (WeirSourceFile *self, GError **error)
{
  if (self->next == self->files->len)
    return WEIR_SOURCE_END;

  self->input = weir_file_input_open (self->files->pdata[self->next++], error);
  weir_line_reader_restart (self->reader);
  return self->input != NULL ? WEIR_SOURCE_MORE : WEIR_SOURCE_BROKEN;
}

static WeirSourceStatus
weir_source_file_fill (WeirSource *source, WeirEmitter *out, GError **error)
{
  WeirSourceFile *self = (WeirSourceFile *)source;

  if (weir_source_is_halting (source))
    return self->input != NULL && !weir_file_input_is_regular (self->input)
               ? weir_line_reader_halt (self->reader, out)
               : WEIR_SOURCE_END;

  if (self->input == NULL)
    return open_next (self, error);

  WeirSourceStatus status
      = weir_line_reader_fill (self->reader, out, weir_file_input_read, self->input, error);

  if (status == WEIR_SOURCE_WAIT)
    weir_stage_wait_fd (WEIR_STAGE (self), weir_file_input_get_fd (self->input), G_IO_IN);

  if (status != WEIR_SOURCE_END)
    return status;

  g_clear_pointer (&self->input, weir_file_input_close);
  return WEIR_SOURCE_MORE;
}

static void
weir_source_file_stop (WeirStage *stage)
{
  WeirSourceFile *self = (WeirSourceFile *)stage;

  g_clear_pointer (&self->input, weir_file_input_close);
  g_clear_pointer (&self->reader, weir_line_reader_free);
  g_clear_pointer (&self->files, g_ptr_array_unref);
}

static void
weir_source_file_class_init (WeirSourceClass *klass)
{
  WEIR_STAGE_CLASS (klass)->start = weir_source_file_start;
  WEIR_STAGE_CLASS (klass)->stop = weir_source_file_stop;
  klass->fill = weir_source_file_fill;
}

WEIR_DEFINE_SOURCE (WeirSourceFile, weir_source_file, "source.file",
                    "Reads records from files, plain or compressed, one a line",
                    "source.file path='logs/*.ndjson.gz' ! sink.stdout")
