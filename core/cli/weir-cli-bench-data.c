/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-bench-private.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define EPOCH_MS     G_GUINT64_CONSTANT (1767225600000) /* 2026-01-01T00:00:00Z */
#define WRITE_BUFFER (1024 * 1024)

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
static guint64
draw (guint64 *state)
{
  guint64 z = *state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* From 0 to @n - 1. */
static guint
below (guint64 *state, guint n)
{
  return (guint)(((draw (state) >> 32) * n) >> 32);
}

#define CHOOSE(state, table) table[below (state, G_N_ELEMENTS (table))]

static const struct
{
  const char *country;
  const char *city; /* as it stands in JSON */
} places[] = {
  { "US", "Chicago" },         { "DE", "K\\u00f6ln" },   { "FR", "Saint-\\u00c9tienne" },
  { "GB", "Manchester" },      { "JP", "Ky\\u014dto" },  { "BR", "Bras\\u00edlia" },
  { "IN", "Bengaluru" },       { "CN", "Shenzhen" },     { "CA", "Qu\\u00e9bec" },
  { "AU", "Melbourne" },       { "NL", "Rotterdam" },    { "SE", "G\\u00f6teborg" },
  { "PL", "Krak\\u00f3w" },    { "ES", "M\\u00e1laga" }, { "IT", "Torino" },
  { "KR", "Busan" },           { "MX", "Canc\\u00fan" }, { "ZA", "Johannesburg" },
  { "TR", "Eski\\u015fehir" }, { "CZ", "Plze\\u0148" },
};

static const char *const agents[] = {
  "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0",
  "Mozilla/5.0 (Macintosh; Intel) Safari/605.1",
  "curl/8.5.0",
  "kube-probe/1.30",
  "Prometheus/2.53.0",
  "Googlebot/2.1 (+http://www.google.com/bot.html)",
  "Go-http-client/2.0",
  "python-httpx/0.27",
};

static const char *const hosts[]
    = { "www.example.org", "api.example.org", "login.example.org", "static.example.org" };
static const char *const tags[] = { "[\"web\",\"live\"]", "[\"api\",\"live\",\"eu\"]", "[\"web\"]",
                                    "[\"cdn\",\"us\",\"edge\"]" };
static const char *const paths[] = { "/",
                                     "/index.html",
                                     "/login",
                                     "/api/v2/users/%u",
                                     "/api/v2/orders/%u/items",
                                     "/img/%u.png",
                                     "/js/app.%u.js",
                                     "/search?q=thing-%u" };

/* Of a thousand responses, 50 are 500 and above. */
static guint
draw_status (guint64 *state)
{
  static const struct
  {
    guint below;
    guint status;
  } shares[] = { { 790, 200 }, { 840, 304 }, { 875, 302 }, { 925, 404 },
                 { 950, 403 }, { 974, 500 }, { 988, 502 }, { 1000, 503 } };
  guint drawn = below (state, 1000);
  guint i = 0;

  while (drawn >= shares[i].below)
    i++;
  return shares[i].status;
}

static void
write_time (FILE *file, guint64 ms)
{
  time_t seconds = (time_t)(ms / 1000);
  char text[32];
  struct tm tm;

  gmtime_r (&seconds, &tm);
  strftime (text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
  fprintf (file, "{\"ts\":\"%s.%03uZ\",\"ts_ms\":%" G_GUINT64_FORMAT, text, (guint)(ms % 1000), ms);
}

typedef struct
{
  guint64 address;
  const char *method;
  char path[64];
  guint status;
  guint bytes;
  double seconds;
} Request;

/* Draws stand apart from what is printed: the order in which arguments are evaluated is open. */
static void
draw_request (guint64 *state, Request *request)
{
  double normal = -3;

  request->address = draw (state);
  request->method = below (state, 5) == 0 ? "POST" : "GET";
  const char *path = CHOOSE (state, paths);
  request->status = draw_status (state);
  request->bytes = request->status == 304 ? 0 : 120 + below (state, 60000);
  for (int i = 0; i < 3; i++)
    normal += below (state, 1000) / 500.0;
  request->seconds = exp (1.2 * normal - 4);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_snprintf (request->path, sizeof request->path, path, below (state, 100000));
#pragma GCC diagnostic pop
}

static void
write_address (FILE *file, guint64 address)
{
  fprintf (file, "%u.%u.%u.%u", 1 + (guint)(address >> 40) % 223, (guint)(address >> 32) & 0xff,
           (guint)(address >> 24) & 0xff, 1 + (guint)(address >> 16) % 254);
}

static void
write_request (FILE *file, const Request *request)
{
  fputs (",\"remote_addr\":\"", file);
  write_address (file, request->address);
  fprintf (file,
           "\",\"method\":\"%s\",\"path\":\"%s\",\"status\":%u,\"bytes\":%u,"
           "\"request_time\":%.4f",
           request->method, request->path, request->status, request->bytes, request->seconds);
}

/* Some countries come much more often than others. */
static void
write_client (FILE *file, guint64 *state)
{
  const char *agent = CHOOSE (state, agents);
  const char *host = CHOOSE (state, hosts);
  const char *tag = CHOOSE (state, tags);
  guint place = below (state, G_N_ELEMENTS (places));

  if (below (state, 2) == 0)
    place %= 5;
  fprintf (file,
           ",\"user_agent\":\"%s\",\"host\":\"%s\",\"trace_id\":\"%016" G_GINT64_MODIFIER "x\"",
           agent, host, draw (state));
  fprintf (file, ",\"geo\":{\"country\":\"%s\",\"city\":\"%s\"},\"tags\":%s}\n",
           places[place].country, places[place].city, tag);
}

static void
write_record (FILE *file, guint64 ms, guint64 *state)
{
  Request request;

  draw_request (state, &request);
  write_time (file, ms);
  write_request (file, &request);
  write_client (file, state);
}

/* The combined format of a web server. */
static void
write_log_line (FILE *file, guint64 ms, guint64 *state)
{
  static const char *const months[]
      = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
  time_t seconds = (time_t)(ms / 1000);
  Request request;
  struct tm tm;

  draw_request (state, &request);
  const char *agent = CHOOSE (state, agents);
  const char *host = CHOOSE (state, hosts);
  gmtime_r (&seconds, &tm);
  write_address (file, request.address);
  fprintf (
      file,
      " - - [%02d/%s/%d:%02d:%02d:%02d +0000] \"%s %s HTTP/1.1\" %u %u \"https://%s/\" \"%s\"\n",
      tm.tm_mday, months[tm.tm_mon], 1900 + tm.tm_year, tm.tm_hour, tm.tm_min, tm.tm_sec,
      request.method, request.path, request.status, request.bytes, host, agent);
}

static gboolean
fail (GError **error, int reason)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (reason),
               "cannot make the data in %s: %s", g_get_tmp_dir (), g_strerror (reason));
  return FALSE;
}

static int
open_nameless (void)
{
  int fd = open (g_get_tmp_dir (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

  if (fd >= 0)
    return fd;

  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "weir-bench-XXXXXX", NULL);
  fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0)
    unlink (path);
  return fd;
}

static gboolean
write_all (FILE *file, WeirBenchFormat format, gint64 n_records)
{
  void (*write_one) (FILE * file, guint64 ms, guint64 * state)
      = format == WEIR_BENCH_LOG ? write_log_line : write_record;
  guint64 state = 1;
  guint64 ms = EPOCH_MS;

  setvbuf (file, NULL, _IOFBF, WRITE_BUFFER);
  for (gint64 i = 0; i < n_records && !ferror (file); i++)
    {
      ms += below (&state, 20);
      write_one (file, ms, &state);
    }
  return fflush (file) == 0 && !ferror (file);
}

gboolean
weir_bench_data_make (WeirBenchData *data, WeirBenchFormat format, gint64 n_records, GError **error)
{
  if (data->fd >= 0)
    return TRUE;

  int fd = open_nameless ();
  if (fd < 0)
    return fail (error, errno);

  FILE *file = fdopen (dup (fd), "w");
  if (!file || !write_all (file, format, n_records))
    {
      fail (error, errno);
      if (file)
        fclose (file);
      close (fd);
      return FALSE;
    }

  fclose (file);
  data->fd = fd;
  data->records = (guint64)n_records;
  data->bytes = (guint64)lseek (fd, 0, SEEK_END);
  return TRUE;
}

void
weir_bench_data_clear (WeirBenchData *data)
{
  if (data->fd >= 0)
    close (data->fd);
  data->fd = -1;
}
