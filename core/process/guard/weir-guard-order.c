/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weir-guard-order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static union
{
  WeirGuardRequest request;
  char bytes[WEIR_GUARD_MAX_PACKET + 1];
} packet;

static void
refuse (GuardOrder *order, int step, int error)
{
  order->step = step;
  order->error = error;
}

/* The descriptors that came; they are as many as the mask says unless there was no room for them.
 */
static void
take_fds (GuardOrder *order, struct msghdr *message)
{
  struct cmsghdr *control = CMSG_FIRSTHDR (message);
  int given[WEIR_GUARD_MAX_FDS];
  unsigned n_given = 0, next = 0;

  if (control != NULL && control->cmsg_type == SCM_RIGHTS)
    {
      n_given = (unsigned)((control->cmsg_len - CMSG_LEN (0)) / sizeof (int));
      memcpy (given, CMSG_DATA (control), n_given * sizeof (int));
    }
  for (unsigned i = 0; i < WEIR_GUARD_MAX_FDS; i++)
    order->fds[i] = (order->request.fd_mask >> i & 1) && next < n_given ? given[next++] : -1;
  if (next < (unsigned)__builtin_popcount (order->request.fd_mask))
    refuse (order, WEIR_GUARD_STEP_RECEIVE, EMFILE);
}

static unsigned
count_environment (void)
{
  unsigned n = 0;

  while (environ[n] != NULL)
    n++;
  return n;
}

static int
is_same_name (const char *a, const char *b)
{
  size_t length = strcspn (a, "=");

  return strncmp (a, b, length) == 0 && b[length] == '=';
}

/* The guard's environment before that of the request, without what the request sets anew. */
static void
merge_environment (GuardOrder *order, char **given)
{
  char **next = order->environment;

  for (char **own = environ; *own != NULL; own++)
    {
      unsigned i = 0;
      while (i < order->request.n_environment && !is_same_name (*own, given[i]))
        i++;
      if (i == order->request.n_environment)
        *next++ = *own;
    }
  for (unsigned i = 0; i < order->request.n_environment; i++)
    *next++ = given[i];
  *next = NULL;
}

/* Points @strings at @count strings; where they end, or NULL when there are fewer. */
static char *
split (char *text, const char *end, char **strings, unsigned count)
{
  for (unsigned i = 0; i < count; i++)
    {
      char *zero = text < end ? memchr (text, '\0', (size_t)(end - text)) : NULL;
      if (zero == NULL)
        return NULL;
      strings[i] = text;
      text = zero + 1;
    }
  return text;
}

static void
read_strings (GuardOrder *order, char *text, const char *end)
{
  const WeirGuardRequest *request = &order->request;
  size_t n
      = (size_t)request->n_argv + 1 + 2 * (size_t)request->n_environment + count_environment () + 1;
  char *directory = NULL;

  order->strings = calloc (n, sizeof (char *));
  if (order->strings == NULL)
    {
      refuse (order, WEIR_GUARD_STEP_MEMORY, ENOMEM);
      return;
    }
  order->argv = order->strings;
  char **given = order->argv + request->n_argv + 1;
  order->environment = given + request->n_environment;

  text = request->has_directory ? split (text, end, &directory, 1) : text;
  text = text != NULL ? split (text, end, order->argv, request->n_argv) : NULL;
  text = text != NULL ? split (text, end, given, request->n_environment) : NULL;
  order->directory = directory;
  if (text != NULL && request->n_argv > 0)
    merge_environment (order, given);
  else
    refuse (order, WEIR_GUARD_STEP_RECEIVE, EINVAL);
}

static void
read_packet (GuardOrder *order, struct msghdr *message, size_t length)
{
  memcpy (&order->request, &packet.request, sizeof order->request);
  take_fds (order, message);
  if (order->error != 0 || order->request.kind != WEIR_GUARD_REQUEST_SPAWN)
    return;
  if (length > WEIR_GUARD_MAX_PACKET || order->request.n_limits > WEIR_GUARD_MAX_LIMITS
      || order->request.n_argv > WEIR_GUARD_MAX_PACKET
      || order->request.n_environment > WEIR_GUARD_MAX_PACKET)
    refuse (order, WEIR_GUARD_STEP_RECEIVE, E2BIG);
  else
    read_strings (order, packet.bytes + sizeof (WeirGuardRequest), packet.bytes + length);
}

int
guard_order_receive (int socket, GuardOrder *order)
{
  char control[CMSG_SPACE (WEIR_GUARD_MAX_FDS * sizeof (int))]
      __attribute__ ((aligned (__alignof__(struct cmsghdr))));
  struct iovec text = { packet.bytes, sizeof packet.bytes };
  struct msghdr message = {
    .msg_iov = &text, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
  };
  ssize_t length = recvmsg (socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

  memset (order, 0, sizeof *order);
  if (length < 0 && (errno == EAGAIN || errno == EINTR))
    return GUARD_ORDER_NONE;
  if (length < (ssize_t)sizeof (WeirGuardRequest))
    return GUARD_ORDER_CLOSED;
  read_packet (order, &message, (size_t)length);
  return GUARD_ORDER_RECEIVED;
}

void
guard_order_clear (GuardOrder *order)
{
  for (unsigned i = 0; i < WEIR_GUARD_MAX_FDS; i++)
    if (order->fds[i] >= 0)
      close (order->fds[i]);
  free (order->strings);
}
