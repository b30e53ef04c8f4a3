/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-report-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/weir-cli-arguments-private.h"

static gboolean
write_to_special (const char *path, const char *text, gsize length, GError **error)
{
  int fd = g_open (path, O_WRONLY | O_CLOEXEC, 0);

  while (fd >= 0 && length > 0)
    {
      gssize written = write (fd, text, length);
      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        break;
      text += written;
      length -= written;
    }

  int reason = errno;
  gboolean done = fd >= 0 && length == 0;
  if (!done)
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (reason), "%s", g_strerror (reason));
  if (fd >= 0)
    close (fd);
  return done;
}

gboolean
weir_report_file_write (const char *path, const WeirReport *report)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json = weir_report_to_json (report);
  g_autofree char *target = g_malloc (PATH_MAX);
  GStatBuf status;
  gboolean exists = g_stat (path, &status) == 0;
  gboolean done;

  if (exists && !S_ISREG (status.st_mode) && !S_ISDIR (status.st_mode))
    done = write_to_special (path, json, strlen (json), &error);
  else
    done = g_file_set_contents_full (exists && realpath (path, target) ? target : path, json, -1,
                                     G_FILE_SET_CONTENTS_CONSISTENT, 0666, &error);

  if (!done)
    weir_complain ("cannot write the report %s: %s", path, error->message);
  return done;
}
