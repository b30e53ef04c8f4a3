#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A worker for the framing `lines` in plain shell: each record gets one more field, in front.
while IFS= read -r line; do
  printf '{"checked_by":"%s",%s\n' "${0##*/}" "${line#\{}"
done
