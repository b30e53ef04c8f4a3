/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-exec.h"

/* Answers records in frames with two outputs each, and refuses those that contain a 9. */
#define FRAMES                                                                                     \
  "[\"python3\", \"-c\", \"import struct, sys\\ni, o = sys.stdin.buffer, sys.stdout.buffer\\n"     \
  "def put(n, kind, text): o.write(struct.pack('<IQI', 12 + len(text), n, kind) + text)\\n"        \
  "while True:\\n"                                                                                 \
  " head = i.read(16)\\n"                                                                          \
  " if not head: break\\n"                                                                         \
  " size, n, _ = struct.unpack('<IQI', head)\\n"                                                   \
  " text = i.read(size - 12)\\n"                                                                   \
  " if b'9' in text: put(n, 3, b'no nines')\\n"                                                    \
  " else: put(n, 1, text); put(n, 0, text + text)\\n"                                              \
  " o.flush()\"]"

static void
test_lines (void)
{
  g_autoptr (WeirHarness) harness
      = make_exec ("transform.exec", "[\"sed\", \"s/$/0/\"]", ", \"workers\": 2");

  push_words (harness, "1 2 3 4 5");
  g_assert_cmpint (end_and_count (harness, ".records.out"), ==, 5);
  assert_all (harness, "out", "10 20 30 40 50");
}

static void
test_frames (void)
{
  g_autoptr (WeirHarness) harness
      = make_exec ("transform.exec", FRAMES, ", \"framing\": \"frames\"");

  push_words (harness, "1 9 2");
  g_assert_cmpint (end_and_count (harness, ".records.created"), ==, 2);
  assert_all (harness, "out", "1 11 2 22");
  assert_letter (harness, "failed", "no nines");
}

static void
test_any_replies (void)
{
  g_autoptr (WeirHarness) harness = make_exec (
      "transform.exec", "while read -r n; do for i in $(seq $n); do echo $n; done; echo; done",
      ", \"replies\": \"any\"");

  push_words (harness, "1 0 3");
  g_assert_cmpint (end_and_count (harness, ".records.filtered"), ==, 1);
  assert_all (harness, "out", "1 3 3 3");
}

static void
test_empty (void)
{
  g_autoptr (WeirHarness) harness = make_exec ("transform.exec", "[\"sed\", \"s/^2$//\"]", "");

  push_words (harness, "1 2 3");
  g_assert_cmpint (end_and_count (harness, ".records.filtered"), ==, 1);
  assert_all (harness, "out", "1 3");
}

static void
test_poison (void)
{
  g_autoptr (WeirHarness) harness
      = make_exec ("transform.exec",
                   "while read -r n; do [ $n = 3 ] && echo ouch >&2 && kill -9 $$; echo $n; done",
                   ", \"retries\": 0");

  push_words (harness, "1 2 3 4 5");
  turn_until_settled (harness);
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 1);
  assert_all (harness, "out", "1 2 4 5");
  assert_letter (harness, "failed", "ouch");
}

static void
test_key (void)
{
  g_autoptr (WeirHarness) harness = make_exec (
      "transform.exec", "[\"cat\"]", ", \"order\": \"key\", \"key\": \".k\", \"workers\": 2");

  push_words (harness, "{\"k\":1,\"n\":1} {\"k\":1,\"n\":2} {\"k\":1,\"n\":3} {\"n\"");
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 1);
  assert_all (harness, "out", "{\"k\":1,\"n\":1} {\"k\":1,\"n\":2} {\"k\":1,\"n\":3}");
}

/* So many that they cannot all be held, of which nothing goes on. */
static void
test_many_that_end (void)
{
  g_autoptr (WeirHarness) harness = make_exec ("transform.exec", "[\"sed\", \"s/.*//\"]", "");

  for (guint i = 0; i < 10000; i++)
    weir_harness_push (harness, "1");
  g_assert_cmpint (end_and_count (harness, ".records.filtered"), ==, 10000);
}

/* Its answer would be too late, so no other worker is asked. */
static void
test_late (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirHarness) harness = weir_harness_new_full (
      "transform.exec", "{\"command\": \"cat >/dev/null\", \"shell\": true, \"timeout\": \"50ms\"}",
      "{\"deadline\": \"20ms\", \"late\": \"drop\"}", &error);

  g_assert_no_error (error);
  push_words (harness, "1 2");
  turn_until_settled (harness);
  g_assert_cmpint (end_and_count (harness, ".records.late"), ==, 2);
  assert_all (harness, "out", "");
}

static void
test_hopeless (void)
{
  assert_hopeless ("transform.exec");
}

static void
test_mistakes (void)
{
  const char *type = "transform.exec";

  assert_mistake (type, "{}", "/command", "needs the option");
  assert_mistake (type, "{\"command\": [\"cat\"], \"order\": \"key\"}", "/order", "needs");
  assert_mistake (type, "{\"command\": [\"cat\"], \"key\": \".k\"}", "/key", "order");
  assert_mistake (type, "{\"command\": [\"cat\"], \"min-workers\": 3, \"max-workers\": 2}",
                  "/max-workers", "less");
  assert_mistake (type, "{\"command\": [\"cat\"], \"framing\": \"frames\", \"replies\": \"any\"}",
                  "/replies", "lines");
}

#define ADD(name, func) g_test_add_func ("/transform-exec/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("gives the lines that a worker answers", test_lines);
  ADD ("gives the outputs of frames, and fails what is refused", test_frames);
  ADD ("gives any number of lines for a record", test_any_replies);
  ADD ("filters what has an empty answer", test_empty);
  ADD ("fails only the record that its worker dies of", test_poison);
  ADD ("keeps the order of a key, and fails what has none", test_key);
  ADD ("goes on when nothing does of as much as it holds", test_many_that_end);
  ADD ("ends what has become late", test_late);
  ADD ("ends the run when its command cannot be started", test_hopeless);
  ADD ("refuses options that contradict each other", test_mistakes);
  return g_test_run ();
}
