/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

#include <weir/weir-datagram-source.h>
#include <weir/weir-error.h>

#include "base/weir-emitter-private.h"
#include "net/weir-address-private.h"
#include "net/weir-listener-private.h"

/* Datagrams that are read by one system call, and the longest that there is. */
#define N_SLOTS   32
#define SLOT_SIZE (64 * 1024)

/* What the system counts of its buffer for a small datagram. */
#define LEAST_CHARGE 768

/* Datagrams are read many at once into slots of a fixed size, whose pages are touched as far as
 * they are used, and then copied to the line reader, each as an input of its own: so a record lies
 * close to the next one in a pooled buffer, and the rules for lines are those of every source. */
typedef struct
{
  WeirListener *listener;
  WeirLineReader *reader;
  char *slots;
  struct iovec pieces[N_SLOTS];
  struct sockaddr_storage senders[N_SLOTS];
  struct mmsghdr messages[N_SLOTS];
  guint n_messages;
  guint next;
  gsize done; /* bytes of the datagram at hand that the reader has */
  gboolean halting;
  gint64 left; /* to read before the end, when halting */
} Datagrams;

const char *const weir_datagram_checks[] = { "fields", "full", NULL };

static Datagrams *
datagrams_of (gpointer stage)
{
  return ((WeirDatagramSource *)stage)->datagrams;
}

/* Reading ---------------------------------------------------------------------------------------
 */

static void
prepare (Datagrams *self)
{
  for (guint i = 0; i < N_SLOTS; i++)
    {
      self->pieces[i] = (struct iovec){ self->slots + (gsize)i * SLOT_SIZE, SLOT_SIZE };
      self->messages[i].msg_hdr = (struct msghdr){
        .msg_name = &self->senders[i],
        .msg_namelen = sizeof self->senders[i],
        .msg_iov = &self->pieces[i],
        .msg_iovlen = 1,
      };
    }
}

/* FALSE: there is nothing now. An error of the socket tells of a datagram that was sent, and there
 * are none here. */
static gboolean
receive (Datagrams *self)
{
  int n;

  do
    {
      prepare (self);
      n = recvmmsg (weir_listener_get_fd (self->listener), self->messages, N_SLOTS, MSG_DONTWAIT,
                    NULL);
    }
  while (n < 0 && errno == EINTR);
  self->next = 0;
  self->done = 0;
  self->n_messages = MAX (n, 0);
  for (guint i = 0; i < self->n_messages; i++)
    self->left -= MAX (LEAST_CHARGE, self->messages[i].msg_len);
  return n > 0;
}

/* A #WeirReadFunc: the datagram at hand, to its end. */
static gssize
read_datagram (gpointer data, char *buffer, gsize size, GError **error)
{
  Datagrams *self = data;
  gsize n = MIN (size, self->messages[self->next].msg_len - self->done);

  memcpy (buffer, self->slots + (gsize)self->next * SLOT_SIZE + self->done, n);
  self->done += n;
  return n;
}

static char *
name_sender (const Datagrams *self)
{
  const struct msghdr *header = &self->messages[self->next].msg_hdr;
  g_autoptr (GSocketAddress) address
      = g_socket_address_new_from_native (header->msg_name, header->msg_namelen);

  return address != NULL ? weir_address_format (address) : g_strdup ("an unknown sender");
}

/* The message of a failed record tells who sent it. */
static void
name_failures (const Datagrams *self, WeirBatch *batch, guint from)
{
  for (guint i = from; i < batch->n_records; i++)
    {
      WeirRecord *record = &batch->records[i];

      if (record->verdict != WEIR_VERDICT_FAILED)
        continue;

      g_autofree char *sender = name_sender (self);
      g_autofree char *message
          = g_strconcat (sender, ": ", weir_batch_get_message (batch, record), NULL);

      weir_record_set_verdict (record, WEIR_VERDICT_FAILED, message);
    }
}

/* Emits the records of the datagram at hand; FALSE: the emitter is full before its end. */
static gboolean
emit_datagram (Datagrams *self, WeirEmitter *out)
{
  guint n_before = out->batch->n_records;
  WeirSourceStatus status;

  do
    status = weir_line_reader_fill (self->reader, out, read_datagram, self, NULL);
  while (status == WEIR_SOURCE_MORE && !weir_emitter_is_full (out));

  if (out->batch->messages != NULL)
    name_failures (self, out->batch, n_before);
  if (status == WEIR_SOURCE_MORE)
    return FALSE;
  weir_line_reader_restart (self->reader);
  self->next++;
  self->done = 0;
  return TRUE;
}

/* Halting, what is there is read, and not what goes on coming. */
static void
begin_halt (Datagrams *self)
{
  int size = 0;
  socklen_t length = sizeof size;

  getsockopt (weir_listener_get_fd (self->listener), SOL_SOCKET, SO_RCVBUF, &size, &length);
  self->halting = TRUE;
  self->left = size;
}

static WeirSourceStatus
fill (WeirSource *source, WeirEmitter *out, GError **error)
{
  Datagrams *self = datagrams_of (source);
  gboolean received = TRUE;

  if (weir_source_is_halting (source) && !self->halting)
    begin_halt (self);
  if (self->next == self->n_messages)
    received = (!self->halting || self->left > 0) && receive (self);
  while (self->next < self->n_messages && !weir_emitter_is_full (out))
    if (!emit_datagram (self, out))
      return WEIR_SOURCE_MORE;

  if (self->next < self->n_messages || self->n_messages == N_SLOTS || (received && self->halting))
    return WEIR_SOURCE_MORE;
  if (self->halting)
    return WEIR_SOURCE_END;
  weir_stage_wait_fd (WEIR_STAGE (source), weir_listener_get_fd (self->listener), G_IO_IN);
  return WEIR_SOURCE_WAIT;
}

/* Life ------------------------------------------------------------------------------------------
 */

static void
check (WeirStage *stage, WeirMistakes *mistakes)
{
  const WeirDatagramSource *source = (WeirDatagramSource *)stage;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnectable) where
      = weir_address_parse_inet (source->listen, WEIR_ADDRESS_LISTEN, &error);

  if (where == NULL)
    weir_mistakes_add (mistakes, "/listen", error->message);
}

/* More than the system allows needs a privilege. */
static void
set_receive_buffer (int fd, guint64 size)
{
  int wanted = MIN (size, G_MAXINT);

  if (setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0)
    setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
}

static gboolean
start (WeirStage *stage, GError **error)
{
  WeirDatagramSource *source = (WeirDatagramSource *)stage;
  g_autoptr (GSocketConnectable) where
      = weir_address_parse_inet (source->listen, WEIR_ADDRESS_LISTEN, error);
  WeirListener *listener
      = where != NULL ? weir_listener_new (where, G_SOCKET_TYPE_DATAGRAM, error) : NULL;
  Datagrams *self;

  if (listener == NULL)
    return FALSE;
  if (g_str_has_suffix (source->listen, ":0"))
    g_message ("%s: listening on %s", weir_stage_get_id (stage), weir_listener_get_name (listener));
  set_receive_buffer (weir_listener_get_fd (listener), source->receive_buffer);
  weir_source_set_live (WEIR_SOURCE (stage), TRUE);

  self = g_new0 (Datagrams, 1);
  self->listener = listener;
  self->reader = weir_line_reader_new (source->max_record, source->check);
  self->slots = g_malloc ((gsize)N_SLOTS * SLOT_SIZE);
  source->datagrams = self;
  return TRUE;
}

/* What did not fit the receive buffer. */
static void
tell_lost (WeirStage *stage, const Datagrams *self)
{
  guint32 counts[SK_MEMINFO_VARS] = { 0 };
  socklen_t length = sizeof counts;

  if (getsockopt (weir_listener_get_fd (self->listener), SOL_SOCKET, SO_MEMINFO, counts, &length)
          == 0
      && counts[SK_MEMINFO_DROPS] > 0)
    g_warning ("%s: %u datagrams were lost before they were read (a larger receive-buffer holds "
               "more)",
               weir_stage_get_id (stage), counts[SK_MEMINFO_DROPS]);
}

static void
stop (WeirStage *stage)
{
  Datagrams *self = datagrams_of (stage);

  tell_lost (stage, self);
  weir_listener_free (self->listener);
  weir_line_reader_free (self->reader);
  g_free (self->slots);
  g_free (self);
  ((WeirDatagramSource *)stage)->datagrams = NULL;
}

/**
 * weir_datagram_source_class_init: (skip)
 * @klass: the class of a source whose struct begins with a #WeirDatagramSource
 *
 * Makes the sources of a class take records from datagrams.
 */
void
weir_datagram_source_class_init (WeirSourceClass *klass)
{
  WEIR_STAGE_CLASS (klass)->check = check;
  WEIR_STAGE_CLASS (klass)->start = start;
  WEIR_STAGE_CLASS (klass)->stop = stop;
  klass->fill = fill;
}
